// Configuration files: nonsense is an error, and what is accepted is within its limits.

#include <tikv/config_file.h>

#include "base/quantity.h"
#include "config/validate_options.h"
#include "input.h"

namespace tikv {
namespace {

void check_quantities(std::string_view text) {
  if (const auto size = base::parse_size(text)) FUZZ_CHECK(base::parse_size(base::size_text(*size)) == size);
  if (const auto duration = base::parse_duration(text)) {
    const auto whole = std::chrono::floor<std::chrono::milliseconds>(*duration);
    if (whole == *duration) FUZZ_CHECK(base::parse_duration(base::duration_text(whole)) == duration);
  }
}

}  // namespace
}  // namespace tikv

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tikv;
  const std::string_view text = fuzz::Input(data, size).rest();
  check_quantities(text);
  (void)parse_path(text);
  const auto options = parse_options(text);
  if (!options) FUZZ_CHECK(!options.error().message().empty());
  if (options && !options->pd_endpoints.empty()) FUZZ_CHECK(config::validate(*options));
  return 0;
}

#include "raw/answer.h"

#include <string>

namespace tikv::raw {

Error server_error(const route::Retry& retry, std::string_view call, std::string_view text, Applied applied) {
  Error error = retry.fail(ErrorKind::kServer, std::string(call) + ": " + std::string(text));
  error.with_applied(applied);
  return error;
}

}  // namespace tikv::raw

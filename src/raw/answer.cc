#include "raw/answer.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/redact.h"

namespace tikv::raw {
namespace {

// How the texts of such errors begin: those of ErrorInner in TiKV's src/storage/errors.rs that src/storage/mod.rs gives
// a raw write before the engine sees it, and EmptyRequest (components/tikv_kv/src/lib.rs), which the engine gives
// before it proposes. There is no field to tell them by. Other texts come later, or nobody knows when: "undetermined
// write result", "stale command", "unknown error".
constexpr std::array<std::string_view, 8> kRefusals = {
    "max key size exceeded, size: ",
    "invalid cf name: ",
    "cf is deprecated in API V2, cf name: ",
    "ttl is not enabled, but get put request with ttl",
    "The length of ttls does not equal to the length of pairs",
    "Api version in request does not match with TiKV storage, cmd: ",
    "Key mode mismatched with the request mode, cmd: ",
    "an empty request",
};

Error server_error(const route::Retry& retry, std::string_view call, std::string_view text, Applied applied) {
  Error error = retry.fail(ErrorKind::kServer, std::string(call) + ": " + base::redacted(text, retry.redaction()));
  error.with_applied(applied);
  return error;
}

}  // namespace

bool refused_outright(std::string_view text) noexcept {
  return std::ranges::any_of(kRefusals, [text](std::string_view refusal) { return text.starts_with(refusal); });
}

Error read_error(const route::Retry& retry, std::string_view call, std::string_view text) {
  return server_error(retry, call, text, Applied::kNo);
}

Error write_error(const route::Retry& retry, std::string_view call, std::string_view text, bool sent_before) {
  const bool untouched = refused_outright(text) && !sent_before && !retry.doubt();
  return server_error(retry, call, text, untouched ? Applied::kNo : Applied::kUnknown);
}

}  // namespace tikv::raw

#include "raw/answer.h"

#include <string>

#include "base/redact.h"

namespace tikv::raw {

Error server_error(const route::Retry& retry, std::string_view call, std::string_view text, Applied applied) {
  Error error = retry.fail(ErrorKind::kServer, std::string(call) + ": " + base::redacted(text, retry.redaction()));
  error.with_applied(applied);
  return error;
}

}  // namespace tikv::raw

#pragma once

#include <tikv/client.h>

#include <cstdint>
#include <functional>

#include "script.h"
#include "session.h"

namespace tikv::cli {

/// What an operation read.
struct Answer {
  std::optional<std::string> value;  ///< Of a get.
  std::vector<KvPair> pairs;         ///< Of a scan.
};

/// Runs the script in `transaction`, without the commit. An expectation that does not hold is `kAssertionFailed`, with
/// the line. The answers are those of the operations, one each. Both pointers outlive the task.
Task<Result<std::vector<Answer>>> run_script(Transaction* transaction, const Script* script);

/// Begins a transaction, runs `body` in it and commits, up to `attempts` times while the error's advice is to run the
/// transaction again. `Client::transact` would not tell the commit timestamp.
Committed transact(Context& context, std::uint32_t attempts, const std::function<void(Transaction&)>& body);

}  // namespace tikv::cli

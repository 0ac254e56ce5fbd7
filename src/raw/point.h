#pragma once

#include <tikv/raw.h>
#include <tikv/task.h>

#include <chrono>
#include <optional>
#include <string>

#include "raw/session.h"

// Calls on one key. Each runs on the session's loop.
namespace tikv::raw {

Task<Result<std::optional<std::string>>> get(SessionRef session, std::string key);
Task<Result<void>> put(SessionRef session, std::string key, std::string value, RawPutOptions options);
Task<Result<void>> remove(SessionRef session, std::string key);
Task<Result<std::optional<std::chrono::seconds>>> get_ttl(SessionRef session, std::string key);
Task<Result<RawSwap>> compare_and_swap(SessionRef session, std::string key, std::optional<std::string> expected,
                                       std::string value, RawPutOptions options);

}  // namespace tikv::raw

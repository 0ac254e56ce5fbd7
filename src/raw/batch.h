#pragma once

#include <tikv/key.h>
#include <tikv/raw.h>
#include <tikv/task.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "raw/session.h"

// Calls on many keys, split by region and size. Each runs on the session's loop.
namespace tikv::raw {

Task<Result<std::vector<std::optional<std::string>>>> batch_get(SessionRef session, std::vector<std::string> keys);
/// `ttls`: one for each pair.
Task<Result<void>> batch_put(SessionRef session, std::vector<KvPair> pairs, std::vector<std::chrono::seconds> ttls);
Task<Result<void>> batch_remove(SessionRef session, std::vector<std::string> keys);

}  // namespace tikv::raw

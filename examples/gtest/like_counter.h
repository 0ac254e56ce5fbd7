#pragma once

#include <tikv/client.h>

#include <string>

/// Somebody's own code: counts likes in TiKV.
class LikeCounter {
 public:
  explicit LikeCounter(tikv::Client& client) : client_(client) {}

  /// Adds one, and gives how many there are then.
  tikv::Task<tikv::Result<int>> like(std::string post) const {
    const std::string key = "likes/" + post;
    co_return co_await client_.transact([&](tikv::Transaction& txn) -> tikv::Task<tikv::Result<int>> {
      const auto stored = co_await txn.get(key).or_return();
      const int likes = (stored ? std::stoi(*stored) : 0) + 1;
      if (auto put = txn.put(key, std::to_string(likes)); !put) co_return std::unexpected(put.error());
      co_return likes;
    });
  }

 private:
  tikv::Client& client_;
};

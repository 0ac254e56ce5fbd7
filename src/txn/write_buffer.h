#pragma once

#include <tikv/error.h>
#include <tikv/redaction.h>
#include <tikv/transaction.h>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/frame_allocator.h"

namespace tikv::txn {

/// What a transaction will do to a key.
struct Write {
  Write() = default;
  Write(std::optional<std::string> v, bool absent) : value(std::move(v)), must_be_absent(absent) {}

  std::optional<std::string> value;  ///< What to write; none to remove the key.
  bool must_be_absent = false;       ///< The key was inserted: the commit fails if it is stored.
};

/// A transaction's writes in key order, the last one of each key. Refuses what can't be committed.
class WriteBuffer {
 public:
  using Map = std::map<std::string, Write, std::less<>, runtime::FrameAllocator<std::pair<const std::string, Write>>>;

  explicit WriteBuffer(TransactionLimits limits, Redaction redaction = Redaction::kOff) noexcept
      : limits_(limits), redaction_(redaction) {}

  Result<void> put(std::string key, std::string value);
  /// `kKeyExists` if the transaction itself has written the key.
  Result<void> insert(std::string key, std::string value);
  Result<void> remove(std::string key);

  /// Null if the transaction has not written the key.
  const Write* find(std::string_view key) const;
  const Map& writes() const noexcept { return writes_; }
  std::size_t size() const noexcept { return writes_.size(); }
  bool empty() const noexcept { return writes_.empty(); }
  /// Of all keys and values.
  std::size_t bytes() const noexcept { return bytes_; }

  /// The first write that was refused.
  const std::optional<Error>& refused() const noexcept { return refused_; }

  /// Hands out the writes and is empty.
  Map take();

 private:
  Result<void> set(std::string key, std::optional<std::string> value, bool insert);
  std::optional<Error> reason_against(std::string_view key, const std::optional<std::string>& value, bool insert,
                                      std::size_t bytes_after) const;

  TransactionLimits limits_;
  Redaction redaction_;
  Map writes_;
  std::size_t bytes_ = 0;
  std::optional<Error> refused_;
};

}  // namespace tikv::txn

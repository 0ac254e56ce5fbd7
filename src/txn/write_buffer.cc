#include "txn/write_buffer.h"

#include <tikv/key.h>

#include <utility>

namespace tikv::txn {
namespace {

std::size_t bytes_of(std::string_view key, const std::optional<std::string>& value) {
  return key.size() + (value ? value->size() : 0);
}

Error too_large(const std::string& what, std::size_t size, std::size_t limit) {
  Error error(ErrorKind::kTooLarge,
              what + " of " + std::to_string(size) + " bytes; the limit is " + std::to_string(limit));
  error.with_detail(SizeLimit{.size = size, .limit = limit});
  return error;
}

}  // namespace

Result<void> WriteBuffer::put(std::string key, std::string value) {
  return set(std::move(key), std::optional<std::string>(std::move(value)), false);
}

Result<void> WriteBuffer::insert(std::string key, std::string value) {
  return set(std::move(key), std::optional<std::string>(std::move(value)), true);
}

Result<void> WriteBuffer::remove(std::string key) { return set(std::move(key), std::nullopt, false); }

const Write* WriteBuffer::find(std::string_view key) const {
  const auto found = writes_.find(key);
  return found == writes_.end() ? nullptr : &found->second;
}

WriteBuffer::Map WriteBuffer::take() {
  bytes_ = 0;
  return std::exchange(writes_, {});
}

Result<void> WriteBuffer::set(std::string key, std::optional<std::string> value, bool insert) {
  const auto found = writes_.find(key);
  const bool known = found != writes_.end();
  const std::size_t bytes_after =
      bytes_ + bytes_of(key, value) - (known ? bytes_of(found->first, found->second.value) : 0);
  if (std::optional<Error> reason = reason_against(key, value, insert, bytes_after)) {
    if (!refused_) refused_ = reason;
    return std::unexpected(std::move(*reason));
  }
  bytes_ = bytes_after;
  if (known) {
    // A key that was inserted must have been absent, whatever became of it later. One that was removed first is absent
    // for this transaction, stored or not: inserting it checks nothing.
    found->second.value = std::move(value);
  } else {
    writes_.emplace(std::move(key), Write(std::move(value), insert));
  }
  return {};
}

std::optional<Error> WriteBuffer::reason_against(std::string_view key, const std::optional<std::string>& value,
                                                 bool insert, std::size_t bytes_after) const {
  if (key.empty()) return Error(ErrorKind::kInvalidArgument, "the key is empty");
  if (key.size() > limits_.max_key_bytes) return too_large("a key", key.size(), limits_.max_key_bytes);
  const std::size_t entry = bytes_of(key, value);
  if (entry > limits_.max_entry_bytes) {
    return too_large("key " + key_text(key, redaction_) + " with a value", entry, limits_.max_entry_bytes);
  }
  if (bytes_after > limits_.max_total_bytes) {
    return too_large("a transaction", bytes_after, limits_.max_total_bytes);
  }
  const Write* own = insert ? find(key) : nullptr;
  if (own != nullptr && own->value) {
    KeyExists detail;
    detail.key = key;
    Error error(ErrorKind::kKeyExists, "key " + key_text(key, redaction_) + " was written by this transaction");
    error.with_detail(std::move(detail));
    return error;
  }
  return std::nullopt;
}

}  // namespace tikv::txn

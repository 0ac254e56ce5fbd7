#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace tikv::testing::store {

/// A key of a transactional request: as the client sent it, and as TiKV keeps it (memory-comparable). Regions and the
/// map of records are ordered by the second form; answers carry the first.
class Key {
 public:
  explicit Key(std::string_view raw);

  /// The key whose kept form is `encoded`, which must come from an encoded key.
  static Key from_encoded(std::string encoded);

  const std::string& raw() const { return raw_; }
  const std::string& encoded() const { return encoded_; }

  friend bool operator==(const Key& a, const Key& b) { return a.encoded_ == b.encoded_; }
  friend auto operator<=>(const Key& a, const Key& b) { return a.encoded_ <=> b.encoded_; }

 private:
  Key(std::string raw, std::string encoded);

  std::string raw_;
  std::string encoded_;
};

/// TiKV's internal key of a record in the write column family: the encoded key and the inverted timestamp.
std::string internal_key(const Key& key, unsigned long long commit_ts);

}  // namespace tikv::testing::store

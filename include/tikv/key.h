#pragma once

#include <string>
#include <string_view>

namespace tikv {

/// The keys from `start` (included) to `end` (left out). An empty `start` is the first key there is, an empty `end`
/// means no upper border. A range whose start equals its end is empty; one whose start is above its end is reversed,
/// which every call refuses with `kInvalidArgument`.
struct KeyRange {
  std::string start;
  std::string end;

  KeyRange() = default;
  KeyRange(std::string start_key, std::string end_key) : start(std::move(start_key)), end(std::move(end_key)) {}

  /// Every key that begins with `prefix`.
  static KeyRange prefix(std::string_view prefix);
  /// Every key there is.
  static KeyRange all() { return {}; }

  bool contains(std::string_view key) const noexcept { return key >= start && (end.empty() || key < end); }
  /// Whether no key can be in it: start and end are equal and set.
  bool empty() const noexcept { return !end.empty() && start == end; }
  bool reversed() const noexcept { return !end.empty() && start > end; }

  friend bool operator==(const KeyRange&, const KeyRange&) = default;
};

/// A key with its value.
struct KvPair {
  std::string key;
  std::string value;

  KvPair() = default;
  KvPair(std::string k, std::string v) : key(std::move(k)), value(std::move(v)) {}

  friend bool operator==(const KvPair&, const KvPair&) = default;
};

/// The first key after `key` in byte order.
std::string next_key(std::string_view key);
/// The first key after all that begin with `prefix`; empty (no upper border) for a prefix of 0xFF bytes only.
std::string prefix_end(std::string_view prefix);

/// `key` for messages: its first bytes in hexadecimal, at most `kKeyTextBytes` of them, then the length.
std::string key_text(std::string_view key);
inline constexpr std::size_t kKeyTextBytes = 32;

}  // namespace tikv

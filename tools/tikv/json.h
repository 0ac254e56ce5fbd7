#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tikv::cli {

/// A JSON value to be printed. Objects keep the order in which their members were added.
class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;

  Json() = default;  // null
  Json(bool value) : value_(value) {}
  Json(std::string text) : value_(std::move(text)) {}
  Json(std::string_view text) : value_(std::string(text)) {}
  Json(const char* text) : value_(std::string(text)) {}
  Json(Array array) : value_(std::move(array)) {}
  Json(Object object) : value_(std::move(object)) {}

  /// A count, a size, a time: exact in every JSON reader below 2^53.
  static Json number(std::uint64_t value);
  static Json integer(std::int64_t value);
  /// A 64-bit id, timestamp or checksum, as a string: readers that keep numbers as doubles would change it.
  static Json id(std::uint64_t value) { return Json(std::to_string(value)); }
  /// Bytes: a string if they are UTF-8, `{"hex": "..."}` if not.
  static Json bytes(std::string_view value);

  /// In one line.
  std::string dump() const;

 private:
  struct Number {
    std::string digits;
  };
  void dump_to(std::string& text) const;
  std::variant<std::monostate, bool, Number, std::string, Array, Object> value_;
};

}  // namespace tikv::cli

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tikv::fuzz {

/// What a fuzzer gave, taken piece by piece. Gives zeros and empty pieces when it is used up.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  /// A length of two bytes, and as many bytes as that, or as are left.
  std::string_view piece() {
    const std::size_t high = byte();
    return take(high << 8 | byte());
  }
  std::string_view take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view rest() { return take(rest_.size()); }

 private:
  std::string_view rest_;
};

}  // namespace tikv::fuzz

/// Ends the program where the fuzzer sees it, in every build.
#define FUZZ_CHECK(condition)           \
  do {                                  \
    if (!(condition)) __builtin_trap(); \
  } while (false)

#pragma once

#include <tikv/options.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The one table of what can be set: validation, the configuration file and its documentation all go by it.
namespace tikv::config {

/// What a number of a setting means.
enum class Kind : std::uint8_t {
  kDuration,  ///< Milliseconds.
  kBytes,
  kCount,
  kSwitch,  ///< 0 or 1.
  kChoice,  ///< The index of one of `choices`.
  kText,    ///< No number, but a text.
  kTexts,   ///< A list of texts.
};

/// What a bare number in a file means for a duration: for keys to which client-go gives one. Others need a unit.
enum class Bare : std::uint8_t { kNone, kMilliseconds, kSeconds };

/// How a setting gets into options and out again: by the first two, or by one of the others.
struct Access {
  std::int64_t (*get)(const ClientOptions&) = nullptr;
  void (*set)(ClientOptions&, std::int64_t) = nullptr;
  std::string& (*text)(ClientOptions&) = nullptr;
  std::vector<std::string>& (*texts)(ClientOptions&) = nullptr;
};

struct Setting {
  std::string_view field;  ///< Of `ClientOptions`, as C++ has it: "network.keepalive_interval".
  std::string_view key;    ///< In a file, with its table: "tikv-client.grpc-keepalive-time".
  Kind kind;
  // Of numbers: the smallest and the largest allowed.
  std::int64_t least = 0;
  std::int64_t most = 0;
  Access access;
  Bare bare = Bare::kNone;
  std::span<const std::string_view> choices;
  /// What is wrong with a text, or one of the texts; null if any will do.
  std::optional<std::string> (*check)(const std::string&) = nullptr;
};

std::span<const Setting> settings() noexcept;
/// Null if no setting has that key.
const Setting* find_setting(std::string_view key) noexcept;

/// `number` as people write it: "10s", "16KiB", "128", "true", "gzip".
std::string value_text(const Setting& setting, std::int64_t number);
/// What is wrong with `number`, as in "is 0s, it must be 1ms to 24h"; nothing if it is within the limits.
std::optional<std::string> out_of_limits(const Setting& setting, std::int64_t number);

}  // namespace tikv::config

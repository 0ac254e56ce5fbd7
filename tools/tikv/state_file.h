#pragma once

#include <tikv/error.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tikv::cli {

/// How far an import or export has come, so that the next run goes on there: named values, in a small text file with a
/// checksum, replaced as a whole.
class State {
 public:
  void set(std::string_view name, std::string value);
  void set(std::string_view name, std::uint64_t value) { set(name, std::to_string(value)); }
  /// Empty if it is not there.
  const std::string& text(std::string_view name) const noexcept;
  /// 0 if it is not there or is no number.
  std::uint64_t number(std::string_view name) const noexcept;

  std::string print() const;
  /// `kInvalidArgument` for what `print` did not write, or not all of it.
  static Result<State> parse(std::string_view text);

  friend bool operator==(const State&, const State&) = default;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// The state in a file; `nullopt` if there is none. Throws `Failure` for a file that holds none.
std::optional<State> load_state(const std::string& path);
/// Replaces the file at once, and on the disk: whoever is killed leaves the old one or the new one. Throws `Failure`.
void save_state(const std::string& path, const State& state);
/// Removes the file, if it is there.
void remove_state(const std::string& path);

}  // namespace tikv::cli

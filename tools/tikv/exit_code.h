#pragma once

#include <tikv/error.h>

#include <optional>
#include <string>
#include <string_view>

namespace tikv::cli {

/// What the program ends with, for scripts. docs/cli.md has the table; numbers never change their meaning.
enum class Exit : int {
  kOk = 0,
  kNotFound = 1,        ///< The key asked for is absent.
  kUsage = 2,           ///< Bad arguments or input; nothing was sent for them.
  kConflict = 3,        ///< Others were first: the transaction may be run again.
  kCondition = 4,       ///< A condition did not hold: compare-and-swap, insert, expect.
  kRetry = 5,           ///< Could not be reached or not in time; the same again may go well.
  kOutcomeUnknown = 6,  ///< A write that may have taken effect.
  kServer = 7,          ///< TiKV or PD refused.
  kWrongCluster = 8,    ///< Not a PD, not the cluster expected, or one whose certificates are not trusted.
  kFile = 9,            ///< A local file or the output could not be read or written.
  kInterrupted = 130,   ///< Ctrl-C.
};

/// By the advice where that decides, by the kind otherwise.
Exit exit_of(const Error& error) noexcept;
/// What the user may do about it, a sentence.
std::string_view hint_of(const Error& error) noexcept;
/// As in JSON: "conflict", "outcome_unknown".
std::string_view name_of(Exit exit) noexcept;
/// The kind as in JSON: "write_conflict"; `to_string(kind)` without blanks.
std::string kind_name(ErrorKind kind);

/// Why a command ends early. Thrown, as are CLI11's; `run_line` catches both.
struct Failure {
  Exit exit = Exit::kUsage;
  std::string message;
  std::optional<Error> error;  ///< The client's, if it was the client that failed.

  Failure(Exit code, std::string text) : exit(code), message(std::move(text)) {}
  explicit Failure(Error cause) : exit(exit_of(cause)), message(cause.message()), error(std::move(cause)) {}
};

/// The value, or a `Failure` thrown.
template <class T>
T value_or_fail(Result<T> result) {
  if (!result) throw Failure(std::move(result).error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace tikv::cli

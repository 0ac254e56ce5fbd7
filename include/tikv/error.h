#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tikv {

/// What went wrong, to switch on. New kinds may be added; give a `default:` branch.
enum class ErrorKind : std::uint8_t {
  kInvalidArgument,  ///< The request can't be sent as it is: an empty key, a reversed range, a bad option. Nothing
                     ///< happened.
  kTooLarge,         ///< A key, value or transaction is above a limit; `detail<SizeLimit>()` has size and limit.
  kClosed,           ///< The client or transaction is closed, or was closed while the call ran.
  kCancelled,        ///< The caller's `std::stop_token` was triggered.
  kDeadline,         ///< The deadline passed. `attempts()` tells what was tried until then.
  kUnavailable,      ///< Region, store or PD could not be reached within the retry budget.
  kClusterMismatch,  ///< The endpoint belongs to another cluster than the one this client was connected to.
  kNotPd,            ///< The endpoint answers, but not as a PD.
  kConflict,         ///< Write conflict: another transaction committed first; `detail<WriteConflict>()`.
  kDeadlock,         ///< Pessimistic locks wait in a circle; `detail<Deadlock>()`.
  kKeyExists,        ///< An insert met an existing key; `detail<KeyExists>()`.
  kLockWaitTimeout,  ///< A pessimistic lock was not granted in the time allowed.
  kAborted,          ///< The transaction was rolled back by somebody else, or its locks expired.
  kAssertionFailed,  ///< A mutation's assertion (must exist, must not exist) did not hold.
  kUndetermined,     ///< It can't be known whether the write took effect.
  kWrongThread,      ///< A blocking call on the client's own io thread, which would wait for itself.
  kServer,           ///< TiKV or PD answered with an error this client has no better name for.
  kUnsupported,      ///< The server does not have this call.
  kTls,              ///< No server could be trusted, or none trusts this client: a certificate is expired, of another
                     ///< authority or for another host, or a server does not speak TLS. The message says which.
};

/// What the caller may do about an error.
enum class Advice : std::uint8_t {
  kGiveUp,            ///< Trying again with the same arguments fails the same way.
  kRetryCall,         ///< The same call may succeed later, and repeating it is safe.
  kRetryTransaction,  ///< Start a new transaction and run everything again.
  kOutcomeUnknown,    ///< Find out what is stored before deciding; a repeated write might apply twice.
};

/// Whether a failed write may have changed anything.
enum class Applied : std::uint8_t { kNo, kUnknown };

/// A key another transaction committed after this one's snapshot was taken.
struct WriteConflict {
  enum class Reason : std::uint8_t {
    kUnknown,
    kOptimistic,
    kPessimisticRetry,
    kSelfRolledBack,
    kRcCheckTs,
    kLazyUniquenessCheck
  };
  std::uint64_t start_ts = 0;            ///< This transaction's start timestamp.
  std::uint64_t conflict_start_ts = 0;   ///< The other transaction's start timestamp.
  std::uint64_t conflict_commit_ts = 0;  ///< The other transaction's commit timestamp, 0 if not known.
  std::string key;
  std::string primary;
  Reason reason = Reason::kUnknown;
};

/// An insert found the key present.
struct KeyExists {
  std::string key;
};

/// The lock this transaction waits for belongs to one that waits for it.
struct Deadlock {
  std::uint64_t lock_ts = 0;
  std::string lock_key;
  std::uint64_t deadlock_key_hash = 0;
};

/// A size in bytes, and the limit that it exceeds.
struct SizeLimit {
  std::uint64_t size = 0;
  std::uint64_t limit = 0;
};

using ErrorDetail = std::variant<std::monostate, WriteConflict, KeyExists, Deadlock, SizeLimit>;

/// One try at a store or PD, as it went.
struct Attempt {
  std::uint64_t region_id = 0;  ///< 0 for a request to PD.
  std::uint64_t epoch_version = 0;
  std::uint64_t epoch_conf_version = 0;
  std::uint64_t store_id = 0;
  std::string address;               ///< host:port, empty if no store could be chosen.
  std::string outcome;               ///< What came back: a region error's name, a gRPC status, "deadline".
  std::chrono::nanoseconds took{0};  ///< From handing the request to the transport until the outcome.
};

/// Why a call failed. Cheap to copy and move (one pointer); immutable once it reached the caller, so safe to share.
class [[nodiscard]] Error {
 public:
  Error(ErrorKind kind, std::string message);

  ErrorKind kind() const noexcept;
  /// What the caller may do; follows from the kind unless the library knew better.
  Advice advice() const noexcept;
  /// For a failed write: whether it may have taken effect. `kNo` for reads.
  Applied applied() const noexcept;
  /// A sentence for people: what failed, where, after how many attempts. Keys in it are redacted as configured.
  const std::string& message() const noexcept;
  /// Typed facts: `if (auto* conflict = error.detail<tikv::WriteConflict>())`. Null if the error has none of that type.
  template <class Detail>
  const Detail* detail() const noexcept {
    return std::get_if<Detail>(&detail_variant());
  }
  /// The newest attempts (at most `kMaxAttempts`), oldest first.
  const std::vector<Attempt>& attempts() const noexcept;
  /// How many attempts there were in all.
  std::uint32_t attempt_count() const noexcept;
  /// Time from the call's start to its failure; zero where nothing was waited for.
  std::chrono::nanoseconds elapsed() const noexcept;

  /// One line with kind, message, attempts and time.
  std::string to_string() const;

  static constexpr std::size_t kMaxAttempts = 16;

  // Builders, for the code that makes the error; each returns the error itself.
  Error& with_advice(Advice advice);
  Error& with_applied(Applied applied);
  Error& with_detail(ErrorDetail detail);
  Error& with_attempts(std::vector<Attempt> attempts, std::uint32_t count);
  Error& with_elapsed(std::chrono::nanoseconds elapsed);
  /// Puts `context: ` before the message.
  Error& with_context(std::string_view context);

 private:
  struct Body;
  const ErrorDetail& detail_variant() const noexcept;
  Body& own();
  std::shared_ptr<Body> body_;
};

/// A value, or why there is none.
template <class T>
using Result = std::expected<T, Error>;

std::string_view to_string(ErrorKind kind) noexcept;
std::string_view to_string(Advice advice) noexcept;
std::string_view to_string(Applied applied) noexcept;

}  // namespace tikv

#pragma once

#include <tikv/error.h>
#include <tikv/key.h>
#include <tikv/snapshot.h>
#include <tikv/task.h>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tikv {

namespace txn {
struct Handle;
class MergedScan;
}  // namespace txn

/// When a transaction happened.
struct Committed {
  /// What its reads saw: everything committed at or before this timestamp.
  std::uint64_t start_ts = 0;
  /// When its writes became visible. The start timestamp if it wrote nothing.
  std::uint64_t commit_ts = 0;

  friend bool operator==(const Committed&, const Committed&) = default;
};

/// For `Client::begin`.
struct TransactionOptions {
  Priority priority = Priority::kNormal;
};

/// For `Client::transact`.
struct TransactOptions {
  /// How often the body may run, 1 or more. With the default, the pauses between the runs add up to some 9 s.
  std::uint32_t max_attempts = 32;
  TransactionOptions transaction;
};

/// What a transaction refuses before anything is sent.
struct TransactionLimits {
  /// The longest key, in bytes. TiKV's `storage.max-key-size` is 8 KiB; raise both together.
  std::size_t max_key_bytes = 8 * 1024;
  /// The largest key and value together, in bytes. TiDB's `txn-entry-size-limit`; TiKV takes no Raft entry above 8 MiB.
  std::size_t max_entry_bytes = 6 * 1024 * 1024;
  /// All keys and values together, in bytes: they are kept in memory until the commit. TiDB's `txn-total-size-limit`.
  std::size_t max_total_bytes = 100 * 1024 * 1024;
};

/// How transactions are committed, and others' locks dealt with.
struct CommitOptions {
  /// Keys and values of one request, in bytes; a single larger pair is a request of its own. Transactions above it get
  /// locks that live longer. 1 B to 8 MiB. client-go's `TxnCommitBatchSize`.
  std::size_t batch_bytes = 16 * 1024;
  /// Requests of one commit that are under way at the same time. 1 to 65536. client-go's `CommitterConcurrency`.
  std::size_t concurrency = 128;
  /// The longest life that locks are given at once, and what each heartbeat of a commit under way prolongs it to: how
  /// long others wait for a client that died. 3 s to 1 h. client-go's `ManagedLockTTL`.
  std::chrono::milliseconds lock_ttl{20'000};
  /// A transaction older than this has to be wrong: its locks are not kept alive any more, so that others may remove
  /// them. 1 s to 24 h. client-go's `MaxTxnTTL`.
  std::chrono::milliseconds max_lifetime{3'600'000};
  /// Locks of another's transaction with fewer keys than this in a region are removed by their keys; of a larger one,
  /// by searching the region. 0 to 2147483647. client-go's `resolve-lock-lite-threshold`.
  std::size_t resolve_by_keys_below = 512;
};

// Trivially destructible, so that braces in an awaited call are safe with g++ 12.
static_assert(std::is_trivially_destructible_v<TransactionOptions>);
static_assert(std::is_trivially_destructible_v<TransactOptions>);

/// The pages of a scan that sees the transaction's own writes.
///
/// One call at a time. Each page shows the transaction's writes as they are when `next` is called.
class TransactionScan {
 public:
  /// The next page, in the scan's order and never empty; `nullopt` at the end. After an error the scan stands where it
  /// stood, and `next` may be called again.
  Task<Result<std::optional<std::vector<KvPair>>>> next();
  /// All that is left, in one vector. An error loses what was read before it.
  Task<Result<std::vector<KvPair>>> collect();

  /// For the library's own code.
  TransactionScan(std::shared_ptr<txn::Handle> handle, std::shared_ptr<txn::MergedScan> scan) noexcept;

 private:
  std::shared_ptr<txn::Handle> handle_;
  std::shared_ptr<txn::MergedScan> scan_;
};

/// Reads at one timestamp and writes that become visible all at once, or not at all (snapshot isolation, optimistic:
/// conflicts show when committing).
///
/// Writes are buffered in memory: they cost no network until `commit`. Reads see them. Destroyed without commit,
/// nothing was ever sent and nothing is left behind.
///
/// Thread-safety: one thread at a time. Several reads may be under way at once; `put`, `insert`, `remove`, `commit` and
/// `rollback` may be called only when none is. May outlive the client; its calls then end with `kClosed`.
///
/// Errors of reads are those of `Snapshot`. After the end of the transaction every call ends with `kClosed`.
class Transaction {
 public:
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) noexcept;
  ~Transaction();

  std::uint64_t start_ts() const noexcept;

  // ---- reads

  /// The value, or `nullopt` if the key is absent. Costs nothing if the transaction wrote the key.
  Task<Result<std::optional<std::string>>> get(std::string key) const;
  /// The values in the order of `keys`, `nullopt` for absent ones.
  Task<Result<std::vector<std::optional<std::string>>>> batch_get(std::vector<std::string> keys) const;
  /// The range's pairs from its start on.
  TransactionScan scan(KeyRange range, ScanOptions options = {}) const;
  /// The range's pairs from its end back.
  TransactionScan reverse_scan(KeyRange range, ScanOptions options = {}) const;

  // ---- writes

  // Refused are an empty key (`kInvalidArgument`) and what is above `TransactionLimits` (`kTooLarge`, with size and
  // limit). A refused write also makes `commit` end with the same error, so that ignoring the result loses nothing.

  /// Writes the key, whether it exists or not. The last write of a key counts.
  Result<void> put(std::string key, std::string value);
  /// Writes a key that must not exist. If this transaction wrote it already: `kKeyExists` at once. If it is stored,
  /// `commit` ends with `kKeyExists`.
  Result<void> insert(std::string key, std::string value);
  /// Removes the key; it need not exist.
  Result<void> remove(std::string key);

  /// How many keys were written, and their bytes with those of the values.
  std::size_t write_count() const noexcept;
  std::size_t write_bytes() const noexcept;

  // ---- the end

  /// Makes the writes visible. Without writes this costs no network. Call it once.
  ///
  /// Errors: `kConflict` if a key was committed by another transaction since `start_ts`, with `WriteConflict`;
  /// `kKeyExists` if an inserted key is stored; `kAborted` if another client rolled this transaction back, because its
  /// locks had expired; `kAssertionFailed`; those of a refused write; `kUnavailable` after 80 s of pauses between
  /// retries in one phase (client-go's `PrewriteMaxBackoff` and `CommitMaxBackoff` with its default weight);
  /// `kDeadline`, `kCancelled`, `kClosed`. With all of these nothing was written (`applied()` is `kNo`): locks that the
  /// attempt left behind are removed in the background, in up to 20 s that neither deadline nor cancel shorten.
  ///
  /// When the reply to the decisive request is lost, the store is asked what became of it, if need be for up to 3 s
  /// beyond the deadline or cancel: the call then succeeds or fails as if the reply had come. Only if the store can't
  /// be asked either, the outcome is `kUndetermined`.
  Task<Result<Committed>> commit();
  /// Forgets the writes and ends the transaction. An optimistic transaction has nothing to undo: no network.
  Task<Result<void>> rollback();

  /// For the library's own code.
  explicit Transaction(std::shared_ptr<txn::Handle> handle) noexcept;

 private:
  std::shared_ptr<txn::Handle> handle_;
};

namespace detail {

/// What `transact` needs of a client.
class TransactHost {
 public:
  virtual ~TransactHost() = default;
  virtual Task<Result<Transaction>> begin(TransactionOptions options) = 0;
  /// Waits before the next run, longer with each failure.
  virtual Task<Result<void>> pause(std::uint32_t failures) = 0;
};

using TransactBody = std::function<Task<Result<void>>(Transaction&)>;

/// Runs `body` in a new transaction and commits it, again and again, until it is committed, fails for good, the
/// deadline passes, or `max_attempts` is reached.
Task<Result<Committed>> run_transact(std::shared_ptr<TransactHost> host, TransactBody body, TransactOptions options);

template <class T>
Task<Result<void>> keep_value(Task<Result<T>> task, std::optional<T>* value) {
  Result<T> result = co_await std::move(task);
  if (!result) co_return std::unexpected(std::move(result).error());
  value->emplace(std::move(*result));
  co_return Result<void>();
}

/// `run_transact` for a body that gives a value; the value of the run that was committed comes out.
template <class Body>
std::invoke_result_t<Body&, Transaction&> transact(std::shared_ptr<TransactHost> host, Body body,
                                                   TransactOptions options) {
  using Value = typename std::invoke_result_t<Body&, Transaction&>::value_type::value_type;
  if constexpr (std::is_void_v<Value>) {
    TransactBody erased = [&body](Transaction& transaction) { return body(transaction); };
    Result<Committed> committed = co_await run_transact(std::move(host), std::move(erased), options);
    if (!committed) co_return std::unexpected(std::move(committed).error());
    co_return Result<void>();
  } else {
    std::optional<Value> value;
    TransactBody erased = [&body, &value](Transaction& transaction) {
      value.reset();
      return keep_value<Value>(body(transaction), &value);
    };
    Result<Committed> committed = co_await run_transact(std::move(host), std::move(erased), options);
    if (!committed) co_return std::unexpected(std::move(committed).error());
    co_return std::move(*value);
  }
}

}  // namespace detail
}  // namespace tikv

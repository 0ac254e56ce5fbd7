#pragma once

#include <tikv/error.h>
#include <tikv/key.h>
#include <tikv/task.h>
#include <tikv/transaction.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "snapshot/page_source.h"
#include "snapshot/reader.h"
#include "txn/environment.h"
#include "txn/scan_merge.h"
#include "txn/write_buffer.h"

namespace tikv::txn {

/// A transaction's reads, buffered writes and end. Tasks run on the loop and need the transaction until they are done;
/// the writes may be called from any one thread while no task runs.
class Transaction {
 public:
  Transaction(Environment& environment, std::uint64_t start_ts, TransactionOptions options);

  Environment& environment() noexcept { return environment_; }
  std::uint64_t start_ts() const noexcept { return reader_.timestamp(); }
  const WriteBuffer& writes() const noexcept { return writes_; }
  snapshot::Reader& reader() noexcept { return reader_; }

  /// `kClosed` once the transaction was committed, rolled back, or has failed.
  Result<void> check_active() const;

  Result<void> put(std::string key, std::string value);
  Result<void> insert(std::string key, std::string value);
  Result<void> remove(std::string key);

  Task<Result<std::optional<std::string>>> get(std::string key);
  Task<Result<std::vector<std::optional<std::string>>>> batch_get(std::vector<std::string> keys);

  /// `keep`, which owns the transaction, is held until the end.
  Task<Result<Committed>> commit(std::shared_ptr<const void> keep = nullptr);
  Task<Result<void>> rollback();

 private:
  Environment& environment_;
  TransactionOptions options_;
  runtime::TimePoint began_;
  snapshot::Reader reader_;
  WriteBuffer writes_;
  bool ended_ = false;
};

/// A scan over what is stored and what the transaction wrote. Loop thread only, one call at a time; the transaction
/// outlives it.
class MergedScan {
 public:
  MergedScan(Transaction& transaction, KeyRange range, snapshot::Direction direction, ScanOptions options);

  /// The next page: never empty, `nullopt` at the end.
  Task<Result<std::optional<std::vector<KvPair>>>> next();
  /// All that is left.
  Task<Result<std::vector<KvPair>>> collect();

 private:
  Transaction& transaction_;
  ScanOptions options_;
  snapshot::PageSource stored_;
  ScanMerge merge_;
  std::size_t given_ = 0;
};

}  // namespace tikv::txn

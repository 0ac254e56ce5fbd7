#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "observe/metric_table.h"

namespace tikv::observe {

/// A call of a user.
enum class Operation : std::uint8_t {
  kRawGet,
  kRawPut,
  kRawRemove,
  kRawGetTtl,
  kRawCompareAndSwap,
  kRawBatchGet,
  kRawBatchPut,
  kRawBatchRemove,
  kRawScan,
  kRawReverseScan,
  kRawRemoveRange,
  kRawChecksum,
  kSnapshotGet,
  kSnapshotBatchGet,
  kSnapshotScan,
  kTxnBegin,
  kTxnGet,
  kTxnBatchGet,
  kTxnScan,
  kTxnCommit,
  kTxnRollback,
  kTimestamp,
};

struct OperationRow {
  Operation operation;
  std::string_view span;
  std::optional<Metric> metric;  ///< Which measures its time.
  std::string_view type;         ///< The metric's label.
};

/// client-go measures a raw put as "batch_put", and a checksum among the sizes of keys; here each has its place.
inline constexpr std::array kOperationTable = {
    OperationRow{Operation::kRawGet, "tikv.raw.get", Metric::kRawCommand, "get"},
    OperationRow{Operation::kRawPut, "tikv.raw.put", Metric::kRawCommand, "put"},
    OperationRow{Operation::kRawRemove, "tikv.raw.remove", Metric::kRawCommand, "delete"},
    OperationRow{Operation::kRawGetTtl, "tikv.raw.get_ttl", Metric::kRawCommand, "get_key_ttl"},
    OperationRow{Operation::kRawCompareAndSwap, "tikv.raw.compare_and_swap", Metric::kRawCommand, "compare_and_swap"},
    OperationRow{Operation::kRawBatchGet, "tikv.raw.batch_get", Metric::kRawCommand, "batch_get"},
    OperationRow{Operation::kRawBatchPut, "tikv.raw.batch_put", Metric::kRawCommand, "batch_put"},
    OperationRow{Operation::kRawBatchRemove, "tikv.raw.batch_remove", Metric::kRawCommand, "batch_delete"},
    OperationRow{Operation::kRawScan, "tikv.raw.scan", Metric::kRawCommand, "raw_scan"},
    OperationRow{Operation::kRawReverseScan, "tikv.raw.reverse_scan", Metric::kRawCommand, "raw_reverse_scan"},
    OperationRow{Operation::kRawRemoveRange, "tikv.raw.remove_range", Metric::kRawCommand, "delete_range"},
    OperationRow{Operation::kRawChecksum, "tikv.raw.checksum", Metric::kRawCommand, "raw_checksum"},
    OperationRow{Operation::kSnapshotGet, "tikv.snapshot.get", Metric::kTxnCommand, "get"},
    OperationRow{Operation::kSnapshotBatchGet, "tikv.snapshot.batch_get", Metric::kTxnCommand, "batch_get"},
    OperationRow{Operation::kSnapshotScan, "tikv.snapshot.scan", std::nullopt, {}},
    OperationRow{Operation::kTxnBegin, "tikv.txn.begin", std::nullopt, {}},
    OperationRow{Operation::kTxnGet, "tikv.txn.get", Metric::kTxnCommand, "get"},
    OperationRow{Operation::kTxnBatchGet, "tikv.txn.batch_get", Metric::kTxnCommand, "batch_get"},
    OperationRow{Operation::kTxnScan, "tikv.txn.scan", std::nullopt, {}},
    OperationRow{Operation::kTxnCommit, "tikv.txn.commit", Metric::kTxnCommand, "commit"},
    OperationRow{Operation::kTxnRollback, "tikv.txn.rollback", Metric::kTxnCommand, "rollback"},
    OperationRow{Operation::kTimestamp, "tikv.timestamp", std::nullopt, {}},
};
inline constexpr std::size_t kOperations = kOperationTable.size();

constexpr const OperationRow& operation_row(Operation operation) noexcept {
  return kOperationTable[static_cast<std::size_t>(operation)];
}

}  // namespace tikv::observe

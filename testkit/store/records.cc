#include "testkit/store/records.h"

namespace tikv::testing::store {

using proto::kvrpcpb::LockInfo;
using proto::kvrpcpb::Op;

namespace {

/// What marks a rollback that later rollbacks must not fold away; it is kept where a short value would be.
constexpr std::string_view kProtectedMark = "p";

}  // namespace

Write Write::rollback(std::uint64_t start_ts, bool is_protected) {
  Write write;
  write.kind = WriteKind::kRollback;
  write.start_ts = start_ts;
  if (is_protected) write.short_value = std::string(kProtectedMark);
  return write;
}

bool Write::is_protected_rollback() const { return kind == WriteKind::kRollback && short_value == kProtectedMark; }

WriteKind write_kind_of(LockKind kind) {
  switch (kind) {
    case LockKind::kPut:
      return WriteKind::kPut;
    case LockKind::kDelete:
      return WriteKind::kDelete;
    case LockKind::kLock:
    case LockKind::kPessimistic:
      return WriteKind::kLock;
  }
  return WriteKind::kLock;
}

Op op_of(LockKind kind) {
  switch (kind) {
    case LockKind::kPut:
      return Op::Put;
    case LockKind::kDelete:
      return Op::Del;
    case LockKind::kLock:
      return Op::Lock;
    case LockKind::kPessimistic:
      return Op::PessimisticLock;
  }
  return Op::Put;
}

Op op_of(WriteKind kind) {
  switch (kind) {
    case WriteKind::kPut:
      return Op::Put;
    case WriteKind::kDelete:
      return Op::Del;
    case WriteKind::kLock:
      return Op::Lock;
    case WriteKind::kRollback:
      return Op::Rollback;
  }
  return Op::Put;
}

LockInfo lock_info(const Lock& lock, std::string_view key) {
  LockInfo info;
  info.set_primary_lock(lock.primary);
  info.set_lock_version(lock.start_ts);
  info.set_key(std::string(key));
  info.set_lock_ttl(lock.ttl_ms);
  info.set_txn_size(lock.txn_size);
  info.set_lock_type(op_of(lock.kind));
  info.set_lock_for_update_ts(lock.for_update_ts);
  info.set_use_async_commit(lock.use_async_commit);
  info.set_min_commit_ts(lock.min_commit_ts);
  for (const std::string& secondary : lock.secondaries) info.add_secondaries(secondary);
  return info;
}

LockInfo lock_info(const SharedLocks& locks, std::string_view key) {
  LockInfo info;
  info.set_lock_type(Op::SharedLock);
  info.set_key(std::string(key));
  for (const auto& [start_ts, lock] : locks.by_start_ts) *info.add_shared_lock_infos() = lock_info(lock, key);
  return info;
}

}  // namespace tikv::testing::store

#include "lock/lock_info.h"

#include <tikv/proto/kvrpcpb.pb.h>

namespace tikv::lock {
namespace {

namespace kvrpcpb = proto::kvrpcpb;

Lock lock_of(const kvrpcpb::LockInfo& info) {
  Lock lock;
  lock.key = info.key();
  lock.primary = info.primary_lock();
  lock.start_ts = info.lock_version();
  lock.ttl_ms = info.lock_ttl();
  lock.txn_size = info.txn_size();
  lock.for_update_ts = info.lock_for_update_ts();
  lock.min_commit_ts = info.min_commit_ts();
  lock.pessimistic =
      info.lock_type() == kvrpcpb::Op::PessimisticLock || info.lock_type() == kvrpcpb::Op::SharedPessimisticLock;
  lock.async_commit = info.use_async_commit();
  return lock;
}

}  // namespace

void append_locks(const kvrpcpb::LockInfo& info, std::vector<Lock>& locks) {
  if (info.shared_lock_infos().empty()) {
    locks.push_back(lock_of(info));
    return;
  }
  // The lock around shared ones belongs to nobody.
  for (const kvrpcpb::LockInfo& shared : info.shared_lock_infos()) {
    locks.push_back(lock_of(shared));
    if (locks.back().key.empty()) locks.back().key = info.key();
  }
}

}  // namespace tikv::lock

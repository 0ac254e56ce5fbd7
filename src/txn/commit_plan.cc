#include "txn/commit_plan.h"

#include <algorithm>
#include <cmath>

namespace tikv::txn {
namespace {

constexpr std::chrono::milliseconds kDefaultLockTtl{3000};
constexpr double kTtlMsPerRootMib = 6000;

Op op_of(const Write& write) {
  if (write.value) return write.must_be_absent ? Op::Insert : Op::Put;
  return write.must_be_absent ? Op::CheckNotExists : Op::Del;
}

}  // namespace

CommitPlan::CommitPlan(WriteBuffer::Map writes) {
  store_->mutable_mutations()->Reserve(static_cast<int>(writes.size()));
  while (!writes.empty()) {
    auto node = writes.extract(writes.begin());
    Write& write = node.mapped();
    Mutation& mutation = *store_->add_mutations();
    mutation.set_op(op_of(write));
    mutation.set_key(proto::without_slack(std::move(node.key())));
    if (write.value) mutation.set_value(proto::without_slack(std::move(*write.value)));
    bytes_ += mutation.key().size() + mutation.value().size();
  }
  while (primary_ < size() && !locks(*mutations()[primary_])) ++primary_;
  primary_key_ = &mutations()[has_locks() ? primary_ : 0]->key();
}

std::size_t CommitPlan::count_in(const region::Region& region) const {
  const auto below = [](const Mutation* mutation, const std::string& key) { return mutation->key() < key; };
  const std::span<const Mutation* const> all = mutations();
  const auto begin = std::lower_bound(all.begin(), all.end(), region.start_key, below);
  const auto end = region.end_key.empty() ? all.end() : std::lower_bound(begin, all.end(), region.end_key, below);
  return static_cast<std::size_t>(end - begin);
}

std::span<const Mutation* const> CommitPlan::primary_batch(const region::Region& region, std::size_t bytes) const {
  const std::span<const Mutation* const> all = mutations();
  std::size_t end = primary_;
  std::size_t taken = 0;
  while (end < all.size() && taken < bytes && region.contains(all[end]->key())) taken += all[end++]->key().size();
  return all.subspan(primary_, end - primary_);
}

std::vector<const Mutation*> CommitPlan::locked_from(std::size_t begin) const {
  const std::span<const Mutation* const> rest = mutations().subspan(begin);
  std::vector<const Mutation*> locked;
  locked.reserve(rest.size());
  for (const Mutation* mutation : rest) {
    if (locks(*mutation)) locked.push_back(mutation);
  }
  return locked;
}

std::chrono::milliseconds lock_ttl(std::size_t bytes, std::chrono::milliseconds elapsed, const CommitOptions& options) {
  std::chrono::milliseconds ttl = kDefaultLockTtl;
  if (bytes >= options.batch_bytes) {
    const double mib = static_cast<double>(bytes) / (1024 * 1024);
    const std::chrono::milliseconds grown(static_cast<std::int64_t>(kTtlMsPerRootMib * std::sqrt(mib)));
    ttl = std::clamp(grown, kDefaultLockTtl, options.lock_ttl);
  }
  return ttl + elapsed;
}

}  // namespace tikv::txn

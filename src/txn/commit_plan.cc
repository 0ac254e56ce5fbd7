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
  mutations_.reserve(writes.size());
  while (!writes.empty()) {
    auto node = writes.extract(writes.begin());
    Write& write = node.mapped();
    Mutation& mutation = mutations_.emplace_back();
    mutation.set_op(op_of(write));
    mutation.set_key(std::move(node.key()));
    if (write.value) mutation.set_value(std::move(*write.value));
    bytes_ += mutation.key().size() + mutation.value().size();
  }
  while (primary_ < mutations_.size() && !locks(mutations_[primary_])) ++primary_;
}

std::vector<Mutation*> CommitPlan::to_prewrite() {
  std::vector<Mutation*> all;
  all.reserve(mutations_.size());
  for (Mutation& mutation : mutations_) all.push_back(&mutation);
  return all;
}

std::size_t CommitPlan::count_in(const region::Region& region) const {
  const auto below = [](const Mutation& mutation, const std::string& key) { return mutation.key() < key; };
  const auto begin = std::lower_bound(mutations_.begin(), mutations_.end(), region.start_key, below);
  const auto end =
      region.end_key.empty() ? mutations_.end() : std::lower_bound(begin, mutations_.end(), region.end_key, below);
  return static_cast<std::size_t>(end - begin);
}

std::span<const Mutation> CommitPlan::primary_batch(const region::Region& region, std::size_t bytes) const {
  std::size_t end = primary_;
  std::size_t size = 0;
  while (end < mutations_.size() && size < bytes && region.contains(mutations_[end].key())) {
    size += mutations_[end++].key().size();
  }
  return std::span<const Mutation>(mutations_).subspan(primary_, end - primary_);
}

std::vector<const Mutation*> CommitPlan::locked_from(std::size_t begin) const {
  std::vector<const Mutation*> locked;
  locked.reserve(mutations_.size() - begin);
  for (std::size_t i = begin; i < mutations_.size(); ++i) {
    if (locks(mutations_[i])) locked.push_back(&mutations_[i]);
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

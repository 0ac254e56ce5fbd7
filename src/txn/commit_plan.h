#pragma once

#include <tikv/proto/kvrpcpb.pb.h>
#include <tikv/transaction.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/pooled.h"
#include "region/region.h"
#include "txn/write_buffer.h"

// What a commit consists of. No I/O, no clock.
namespace tikv::txn {

using Op = proto::kvrpcpb::Op;
/// As prewrites have it from the start, so that keys and values are never copied.
using Mutation = proto::kvrpcpb::Mutation;

/// Whether prewriting it leaves a lock, which is committed or rolled back later. One that only checks was inserted and
/// removed again: it fails if the key is stored.
inline bool locks(const Mutation& mutation) { return mutation.op() != Op::CheckNotExists; }

/// A transaction's mutations in key order. Its primary, whose lock decides over the whole, is the first that locks.
class CommitPlan {
 public:
  /// `writes`: at least one.
  explicit CommitPlan(WriteBuffer::Map writes);

  std::size_t size() const noexcept { return static_cast<std::size_t>(store_->mutations_size()); }
  std::span<const Mutation* const> mutations() const noexcept {
    return span_of<const Mutation* const>(store_->mutations());
  }
  /// All of them, to be lent to requests.
  std::span<Mutation*> to_prewrite() noexcept { return span_of<Mutation*>(*store_->mutable_mutations()); }
  /// Of all keys and values.
  std::size_t bytes() const noexcept { return bytes_; }
  /// Whether there is anything to commit after the prewrite.
  bool has_locks() const noexcept { return primary_ < size(); }
  /// The key that stands for the transaction; the first one if nothing is locked.
  const std::string& primary() const noexcept { return *primary_key_; }
  /// A prewrite of all mutations, apart from its header.
  proto::kvrpcpb::PrewriteRequest& message() noexcept { return *store_; }

  /// How many of the keys lie in `region`.
  std::size_t count_in(const region::Region& region) const;
  /// The primary and what follows it in `region`, up to `bytes` of keys: what is committed together with it.
  std::span<const Mutation* const> primary_batch(const region::Region& region, std::size_t bytes) const;
  /// Where that begins.
  std::size_t primary_index() const noexcept { return primary_; }
  /// What is locked, from the mutation at `begin` on.
  std::vector<const Mutation*> locked_from(std::size_t begin) const;

 private:
  template <class Element, class Field>
  static std::span<Element> span_of(Field& field) noexcept {
    if (field.empty()) return {};
    return {&*field.pointer_begin(), static_cast<std::size_t>(field.size())};
  }

  proto::Pooled<proto::kvrpcpb::PrewriteRequest, CommitPlan> store_;
  std::size_t bytes_ = 0;
  std::size_t primary_ = 0;
  const std::string* primary_key_ = nullptr;
};

/// How long locks of a transaction with `bytes` of writes live from its start, which was `elapsed` ago: 3 s, or from
/// `CommitOptions::batch_bytes` on 6 s times the square root of its MiB, up to `CommitOptions::lock_ttl` (client-go's
/// defaultLockTTL, ttlFactor, ManagedLockTTL), and the time since the start.
std::chrono::milliseconds lock_ttl(std::size_t bytes, std::chrono::milliseconds elapsed, const CommitOptions& options);

}  // namespace tikv::txn

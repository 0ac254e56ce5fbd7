#pragma once

#include <tikv/transaction.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "region/region.h"
#include "txn/write_buffer.h"

// What a commit consists of. No I/O, no clock.
namespace tikv::txn {

enum class Op : std::uint8_t {
  kPut,
  kRemove,
  kInsert,          ///< A put that fails if the key is stored.
  kCheckNotExists,  ///< Fails if the key is stored, and leaves no lock: the key was inserted and removed again.
};

struct Mutation {
  Mutation(Op o, std::string k, std::string v) : op(o), key(std::move(k)), value(std::move(v)) {}
  /// Whether prewriting it leaves a lock, which is committed or rolled back later.
  bool locks() const noexcept { return op != Op::kCheckNotExists; }

  Op op;
  std::string key;
  std::string value;
};

/// A transaction's mutations in key order. Its primary, whose lock decides over the whole, is the first that locks.
class CommitPlan {
 public:
  explicit CommitPlan(WriteBuffer::Map writes);

  const std::vector<Mutation>& mutations() const noexcept { return mutations_; }
  /// Of all keys and values.
  std::size_t bytes() const noexcept { return bytes_; }
  /// Whether there is anything to commit after the prewrite.
  bool has_locks() const noexcept { return primary_ < mutations_.size(); }
  /// The key that stands for the transaction; the first one if nothing is locked.
  const std::string& primary() const noexcept { return mutations_[has_locks() ? primary_ : 0].key; }

  /// How many of the keys lie in `region`.
  std::size_t count_in(const region::Region& region) const;
  /// The primary and what follows it in `region`, up to `bytes` of keys: what is committed together with it.
  std::span<const Mutation> primary_batch(const region::Region& region, std::size_t bytes) const;
  /// What is locked, from the mutation at `begin` on.
  std::vector<const Mutation*> locked_from(std::size_t begin) const;
  std::size_t index_of(const Mutation& mutation) const noexcept {
    return static_cast<std::size_t>(&mutation - mutations_.data());
  }

 private:
  std::vector<Mutation> mutations_;
  std::size_t bytes_ = 0;
  std::size_t primary_ = 0;
};

/// How long locks of a transaction with `bytes` of writes live from its start, which was `elapsed` ago: 3 s, or from
/// `CommitOptions::batch_bytes` on 6 s times the square root of its MiB, up to `CommitOptions::lock_ttl` (client-go's
/// defaultLockTTL, ttlFactor, ManagedLockTTL), and the time since the start.
std::chrono::milliseconds lock_ttl(std::size_t bytes, std::chrono::milliseconds elapsed, const CommitOptions& options);

}  // namespace tikv::txn

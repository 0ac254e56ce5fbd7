#pragma once

#include <memory>

#include "stage.h"

namespace tikv::testing {

/// Something that clients do to a cluster, over and over, and what must hold of it. Expectations that fail are the
/// run's findings. Workloads of one run share the cluster and have keys of their own, at least one behind each border.
class Workload {
 public:
  virtual ~Workload() = default;
  /// Fills the cluster, before anything goes wrong.
  virtual void prepare() {}
  /// One operation of `process`, which runs one after the other.
  virtual Task<bool> step(Client& client, std::size_t process) = 0;
  /// What must hold when all is over and everything is well again.
  virtual void check() = 0;
};

using WorkloadMaker = std::unique_ptr<Workload> (*)(Stage&);

// Transactional.

/// Transfers between accounts; each leaves a receipt in the same transaction. The money adds up, for every reader, and
/// the receipts say how it got where it is.
std::unique_ptr<Workload> bank(Stage& stage);
/// Keys that name each other in a circle; each transaction turns a part of it round. It stays one circle of all keys.
std::unique_ptr<Workload> ring(Stage& stage);
/// Lists to which transactions append their names. The histories are checked by timestamps and by circles.
std::unique_ptr<Workload> lists(Stage& stage);
/// Keys that are overwritten, inserted and removed without being read, and read at old and new timestamps by gets,
/// batch gets and scans in both directions. The histories are checked by timestamps.
std::unique_ptr<Workload> versions(Stage& stage);
/// Keys that are there or not: inserted by one of many, and removed again.
std::unique_ptr<Workload> claims(Stage& stage);
/// Many keys at once, in several batches for each region: nobody sees half of a transaction.
std::unique_ptr<Workload> wide(Stage& stage);

// Raw.

/// Puts, removes, compare-and-swaps and reads of an atomic handle. Each key's history is linearizable.
std::unique_ptr<Workload> registers(Stage& stage);
/// Plain puts and removes, alone, in batches and by range, batch gets and scans in both directions. Each key's history
/// is linearizable, if a write may be repeated later on.
std::unique_ptr<Workload> bulk(Stage& stage);
/// Counters raised by compare-and-swap: once for each success.
std::unique_ptr<Workload> counters(Stage& stage);
/// Pairs that nobody writes: every read, scan and checksum finds them all.
std::unique_ptr<Workload> stock(Stage& stage);
/// Values that go away by themselves: neither early nor late. Needs a cluster with times to live.
std::unique_ptr<Workload> leases(Stage& stage);

}  // namespace tikv::testing

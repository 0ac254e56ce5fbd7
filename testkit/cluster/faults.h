#pragma once

#include <tikv/proto/errorpb.pb.h>
#include <tikv/testing/fault.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "testkit/cluster/server_id.h"
#include "testkit/cluster/topology.h"

namespace tikv::testing::cluster {

/// The script of faults: rules in the order they were added. Deterministic: what is hit depends on the order of
/// requests alone.
class FaultScript {
 public:
  FaultId add(Fault fault);
  /// A fault that answers with an error of the caller's own making.
  FaultId add(Fault fault, proto::errorpb::Error error);
  void remove(FaultId id);
  void clear() { rules_.clear(); }
  bool empty() const { return rules_.empty(); }
  /// How many requests the fault has hit; 0 if it was removed.
  std::uint64_t hits(FaultId id) const;
  /// Whose request the fault has hit last; nothing if it has hit none.
  std::optional<ServerId> last_hit(FaultId id) const;

  struct Hit {
    Fault fault;
    std::optional<proto::errorpb::Error> error;
  };
  /// Counts the request and says what happens to it; nothing for most.
  std::optional<Hit> meet(const ServerId& server, std::string_view method);

 private:
  struct Rule {
    FaultId id;
    Fault fault;
    std::optional<proto::errorpb::Error> error;
    std::uint64_t met = 0;
    std::uint64_t hits = 0;
    ServerId last_hit{};
  };
  const Rule* find(FaultId id) const;

  std::vector<Rule> rules_;
  FaultId last_id_ = 0;
};

/// The error that `fault` asks for, filled in from the cluster as it is: `region_id` and `store_id` are those of the
/// request.
proto::errorpb::Error make_region_error(const Fault& fault, const Topology& topology, std::uint64_t region_id,
                                        std::uint64_t store_id);

}  // namespace tikv::testing::cluster

#pragma once

#include <tikv/proto/kvrpcpb.pb.h>
#include <tikv/task.h>

#include <memory>
#include <string>
#include <vector>

#include "net/transport.h"
#include "pd/pd_client.h"
#include "runtime/loop.h"

namespace tikv::bench {

/// The regions of a cluster that does not change, learnt once: what is left of a client above the transport.
class BareCluster {
 public:
  struct Region {
    std::string start_key;  // as callers write keys
    std::string address;    // of its leader
    proto::kvrpcpb::Context context;
  };

  /// Asks PD; ends the program on errors. Raw and transactional keys have borders of different make.
  static Task<Result<BareCluster>> learn(runtime::Loop& loop, net::Transport& transport, pd::PdOptions options,
                                         bool raw);

  const Region& region_of(std::string_view key) const;
  const std::string& pd_leader() const noexcept { return pd_leader_; }
  std::uint64_t id() const noexcept { return id_; }

 private:
  std::string pd_leader_;
  std::uint64_t id_ = 0;
  std::vector<Region> regions_;  // in key order
};

}  // namespace tikv::bench

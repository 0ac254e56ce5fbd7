#pragma once

#include <tikv/proto/pdpb.pb.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "net/fifo.h"
#include "net/transport.h"
#include "runtime/loop.h"
#include "runtime/wait.h"

namespace tikv::bench {

/// Timestamps from PD's stream. Like clients do: one request for all who ask at the same time, and few at once.
class BareTimestamps final : private runtime::Deferred {
 public:
  BareTimestamps(runtime::Loop& loop, net::Transport& transport, std::string_view pd_leader, std::uint64_t cluster_id);
  ~BareTimestamps();

  Task<std::uint64_t> get();
  /// Deals out the answers, until the stream ends.
  Task<Result<void>> run();

 private:
  struct Caller : runtime::Wait {
    std::uint64_t timestamp = 0;
  };
  static constexpr std::size_t kMaxInFlight = 4;

  void run_deferred() override;

  runtime::Loop& loop_;
  std::unique_ptr<net::Stream> stream_;
  std::vector<Caller*> asking_;
  net::Fifo<std::vector<Caller*>> asked_;
  proto::pdpb::TsoRequest request_;
};

}  // namespace tikv::bench

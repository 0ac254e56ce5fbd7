#pragma once

#include <tikv/proto/pdpb.pb.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "fake_transport/fake_transport.h"

namespace tikv::testing {

/// PD's members as scripted servers: who they are, who leads, timestamps, regions and stores. Tests change the public
/// fields at any time and may replace single handlers on the transport; members other than the leader answer as PD's do
/// (UNAVAILABLE, "not leader").
class FakePd {
 public:
  FakePd(FakeTransport& transport, std::vector<std::string> addresses);

  std::uint64_t cluster_id = 42;
  std::vector<std::string> members;  ///< host:port
  std::string leader;                ///< Empty: none.
  /// Of the next timestamp.
  std::int64_t physical_ms = 1'700'000'000'000;
  std::int64_t logical = 1;
  std::uint32_t suffix_bits = 0;
  std::chrono::nanoseconds tso_delay{0};
  /// TsoRequest.count of each request served.
  std::vector<std::uint32_t> tso_counts;
  /// By start key; they should cover everything.
  std::map<std::string, proto::pdpb::Region> regions;
  std::map<std::uint64_t, proto::metapb::Store> stores;

  /// A region [start, end) with one peer on each of stores 1 to 3, led from store 1. Peer ids are id * 10 + store.
  proto::pdpb::Region& add_region(std::uint64_t id, std::string start, std::string end);
  /// A store that is up at "store<id>:20160".
  proto::metapb::Store& add_store(std::uint64_t id);
  proto::pdpb::GetMembersResponse members_response() const;
  /// The answer to the next timestamp request for `count`.
  proto::pdpb::TsoResponse next_timestamps(std::uint32_t count);

 private:
  void serve_members(const std::string& address);
  void serve_regions(const std::string& address);
  void serve_stores(const std::string& address);
  void serve_timestamps(const std::string& address);
  template <class Request, class Response>
  void serve(const proto::Rpc<Request, Response>& rpc, const std::string& address,
             std::function<void(const Request&, Response&)> fill);
  template <class Request>
  void serve(const std::string& address, std::function<void(const Request&, proto::ResponseOf<Request>&)> fill);
  const proto::pdpb::Region* region_of(const std::string& key) const;
  std::vector<const proto::pdpb::Region*> scan(const std::string& start, const std::string& end,
                                               std::int32_t limit) const;

  FakeTransport& transport_;
};

}  // namespace tikv::testing

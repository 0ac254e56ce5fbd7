#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/transport.h"
#include "testkit/memory/memory_cluster.h"

namespace tikv::testing::memory {

/// `net::Transport` that hands messages to a cluster on the same loop. Calls go their ways one by one, each with its
/// own latency, so they may overtake each other; a stream keeps its order. A server that is down refuses connections;
/// one that goes down ends its calls and streams with `kConnection`.
class MemoryTransport final : public net::Transport, private cluster::Model::Observer {
 public:
  explicit MemoryTransport(MemoryCluster& cluster);
  ~MemoryTransport() override;

  void start(net::Call& call) override;
  void abandon(net::Call& call) noexcept override;
  std::unique_ptr<net::Stream> open(std::string_view address, const proto::Method& method) override;
  void forget(std::string_view address) override;

  /// Nothing that is sent from now on, to the server or from it, arrives before `until`; the connection stays.
  void freeze(const cluster::ServerId& server, runtime::TimePoint until) { frozen_[server] = until; }

  /// What the server sends on streams from now on, before `until`, arrives twice. Calls are over with their first
  /// reply.
  void double_replies(const cluster::ServerId& server, runtime::TimePoint until) { doubled_[server] = until; }

  /// Calls that wait for their answers.
  std::size_t calls_under_way() const { return calls_.size(); }
  /// Streams that have not been closed.
  std::size_t streams() const { return streams_.size(); }

 private:
  struct UnderWay {
    net::Call* call;
    std::optional<cluster::ServerId> server;
  };
  class MemoryStream;
  class Sink;
  struct Life {};

  void server_down(const cluster::ServerId& server) override { break_connection(server); }
  void server_up(const cluster::ServerId&) override {}

  /// The server: whose connection it is; none for an address of nobody.
  std::chrono::nanoseconds latency(const std::optional<cluster::ServerId>& server);
  bool doubles(const cluster::ServerId& server) const;
  /// Runs `work` after `delay`, if this transport is still there.
  void later(std::chrono::nanoseconds delay, std::move_only_function<void()> work);
  void arrive(std::uint64_t id, const cluster::ServerId& server, std::string_view path, const cluster::CallInfo& info,
              std::string request);
  void answer(std::uint64_t id, const cluster::ServerId& server, cluster::RpcReply reply);
  void finish(std::uint64_t id, net::Status status);
  void break_connection(const cluster::ServerId& server);
  MemoryStream* find_stream(std::uint64_t id);

  MemoryCluster& cluster_;
  std::map<std::uint64_t, UnderWay> calls_;
  std::map<std::uint64_t, MemoryStream*> streams_;
  /// Counts each server's connections: what was sent on an earlier one is lost.
  std::map<cluster::ServerId, std::uint64_t> connections_;
  std::map<cluster::ServerId, runtime::TimePoint> frozen_;
  std::map<cluster::ServerId, runtime::TimePoint> doubled_;
  std::uint64_t last_id_ = 0;
  std::shared_ptr<Life> life_ = std::make_shared<Life>();
};

}  // namespace tikv::testing::memory

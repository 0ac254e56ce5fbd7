#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "testkit/cluster/streams.h"
#include "testkit/memory/memory_transport.h"

namespace tikv::testing::memory {

/// A stream on its way through memory: each direction keeps its order.
class MemoryTransport::MemoryStream final : public net::Stream {
 public:
  MemoryStream(MemoryTransport& transport, std::uint64_t id, std::optional<cluster::ServerId> server);
  ~MemoryStream() override;

  void send(const net::Message& request) override;
  Task<net::Status> receive(net::Message& response) override;

  void connect(std::string_view path, std::shared_ptr<cluster::StreamSink> sink);
  /// From the server, at once.
  void arrived(std::string message);
  void ended(net::Status status);
  /// When a message of now gets to the other side, after those before it.
  std::chrono::nanoseconds next_up() { return in_order(last_up_); }
  std::chrono::nanoseconds next_down() { return in_order(last_down_); }
  const std::optional<cluster::ServerId>& server() const { return server_; }

 private:
  std::chrono::nanoseconds in_order(runtime::TimePoint& last);
  void deliver(const std::string& request);

  MemoryTransport& transport_;
  std::uint64_t id_;
  std::optional<cluster::ServerId> server_;
  std::unique_ptr<cluster::ServerStream> server_side_;
  std::deque<std::string> inbox_;
  std::optional<net::Status> end_;
  runtime::Wait wait_;
  runtime::TimePoint last_up_{};
  runtime::TimePoint last_down_{};
};

}  // namespace tikv::testing::memory

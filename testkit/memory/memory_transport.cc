#include "testkit/memory/memory_transport.h"

#include <google/protobuf/message_lite.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "testkit/memory/memory_stream.h"

namespace tikv::testing::memory {

using cluster::RpcReply;
using cluster::ServerId;

namespace {

net::Status connection_lost(std::string why) {
  net::Status status;
  status.outcome = net::Outcome::kConnection;
  status.message = std::move(why);
  return status;
}

net::Status status_of(const RpcReply& reply) {
  net::Status status;
  status.sent = true;
  if (reply.ok()) return status;
  status.outcome = net::Outcome::kStatus;
  status.code = static_cast<net::StatusCode>(reply.code);
  status.message = reply.text;
  return status;
}

cluster::CallInfo info_of(const net::Call& call) {
  cluster::CallInfo info;
  for (const net::Header& header : call.metadata()) {
    if (header.name == "pd-allow-follower-handle") info.allow_follower = true;
  }
  return info;
}

}  // namespace

/// Carries a server's side of a stream back; the stream and even the transport may be gone.
class MemoryTransport::Sink final : public cluster::StreamSink {
 public:
  Sink(MemoryTransport& transport, std::uint64_t id) : transport_(transport), life_(transport.life_), id_(id) {}

  void send(std::unique_ptr<cluster::Message> response) override {
    MemoryStream* stream = find();
    if (stream == nullptr) return;
    const std::string bytes = response->SerializeAsString();
    for (int copies = transport_.doubles(*stream->server()) ? 2 : 1; copies > 0; --copies) {
      transport_.later(stream->next_down(), [this_transport = &transport_, id = id_, bytes] {
        if (MemoryStream* found = this_transport->find_stream(id)) found->arrived(bytes);
      });
    }
  }

  void finish(RpcReply end) override {
    MemoryStream* stream = find();
    if (stream == nullptr) return;
    if (end.broken) return transport_.break_connection(*stream->server());
    net::Status status = status_of(end);
    status.outcome = net::Outcome::kStatus;
    transport_.later(stream->next_down(), [this_transport = &transport_, id = id_, status = std::move(status)] {
      if (MemoryStream* found = this_transport->find_stream(id)) found->ended(status);
    });
  }

 private:
  MemoryStream* find() const { return life_.expired() ? nullptr : transport_.find_stream(id_); }

  MemoryTransport& transport_;
  std::weak_ptr<Life> life_;
  std::uint64_t id_;
};

MemoryTransport::MemoryTransport(MemoryCluster& cluster) : cluster_(cluster) { cluster_.model().add_observer(this); }

MemoryTransport::~MemoryTransport() { cluster_.model().remove_observer(this); }

std::chrono::nanoseconds MemoryTransport::latency(const std::optional<ServerId>& server) {
  const NetworkOptions& network = cluster_.network();
  std::uniform_int_distribution<std::chrono::nanoseconds::rep> between(network.latency_min.count(),
                                                                       network.latency_max.count());
  const std::chrono::nanoseconds drawn(between(cluster_.host().loop().random()));
  const auto frozen = server ? frozen_.find(*server) : frozen_.end();
  if (frozen == frozen_.end()) return drawn;
  return std::max(drawn, std::chrono::nanoseconds(frozen->second - cluster_.host().loop().now()));
}

bool MemoryTransport::doubles(const ServerId& server) const {
  const auto doubled = doubled_.find(server);
  return doubled != doubled_.end() && cluster_.host().loop().now() < doubled->second;
}

void MemoryTransport::later(std::chrono::nanoseconds delay, std::move_only_function<void()> work) {
  cluster_.host().run_after(delay, [life = std::weak_ptr(life_), work = std::move(work)]() mutable {
    if (!life.expired()) work();
  });
}

MemoryTransport::MemoryStream* MemoryTransport::find_stream(std::uint64_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second;
}

void MemoryTransport::start(net::Call& call) {
  const std::uint64_t id = ++last_id_;
  call.transport_id = id;
  const auto server = cluster_.model().find_server(call.address());
  calls_[id] = {&call, server};
  if (!server || !cluster_.model().alive(*server)) {
    later(latency(server), [this, id] { finish(id, connection_lost("connection refused")); });
    return;
  }
  call.mark_sent();
  later(latency(server), [this, id, server = *server, connection = connections_[*server], path = call.method().path,
                          info = info_of(call), request = call.request().SerializeAsString()] {
    if (connections_[server] == connection) arrive(id, server, path, info, request);
  });
}

void MemoryTransport::arrive(std::uint64_t id, const ServerId& server, std::string_view path,
                             const cluster::CallInfo& info, std::string request) {
  cluster::ReplyFn reply_to_caller = [this, life = std::weak_ptr(life_), id, server](RpcReply reply) {
    if (!life.expired()) answer(id, server, std::move(reply));
  };
  if (Tap* tap = cluster_.tap()) {
    if (auto instead = tap->on_request(server, path, request)) return reply_to_caller(*std::move(instead));
    reply_to_caller = [tap, server, path, request, next = std::move(reply_to_caller)](RpcReply reply) mutable {
      tap->on_reply(server, path, request, reply);
      next(std::move(reply));
    };
  }
  cluster_.model().unary(server, path, info, std::move(request), std::move(reply_to_caller));
}

void MemoryTransport::answer(std::uint64_t id, const ServerId& server, RpcReply reply) {
  if (reply.broken) return break_connection(server);
  later(latency(server), [this, id, reply = std::make_shared<RpcReply>(std::move(reply))] {
    const auto found = calls_.find(id);
    if (found == calls_.end()) return;
    net::Status status = status_of(*reply);
    if (status.ok() && !found->second.call->response().ParseFromString(reply->response->SerializeAsString())) {
      status.outcome = net::Outcome::kMalformed;
    }
    finish(id, std::move(status));
  });
}

void MemoryTransport::finish(std::uint64_t id, net::Status status) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return;
  net::Call& call = *found->second.call;
  calls_.erase(found);
  call.finish(std::move(status));
}

void MemoryTransport::abandon(net::Call& call) noexcept { calls_.erase(call.transport_id); }

std::unique_ptr<net::Stream> MemoryTransport::open(std::string_view address, const proto::Method& method) {
  const std::uint64_t id = ++last_id_;
  const auto server = cluster_.model().find_server(address);
  auto stream = std::make_unique<MemoryStream>(*this, id, server);
  if (!server || !cluster_.model().alive(*server)) {
    later(latency(server), [this, id] {
      if (MemoryStream* found = find_stream(id)) found->ended(connection_lost("connection refused"));
    });
    return stream;
  }
  later(stream->next_up(), [this, id, connection = connections_[*server], path = method.path] {
    MemoryStream* found = find_stream(id);
    if (found != nullptr && connections_[*found->server()] == connection) {
      found->connect(path, std::make_shared<Sink>(*this, id));
    }
  });
  return stream;
}

void MemoryTransport::forget(std::string_view address) {
  if (const auto server = cluster_.model().find_server(address)) break_connection(*server);
}

void MemoryTransport::break_connection(const ServerId& server) {
  ++connections_[server];
  std::vector<std::uint64_t> calls;
  for (const auto& [id, under_way] : calls_) {
    if (under_way.server == server) calls.push_back(id);
  }
  std::vector<std::uint64_t> streams;
  for (const auto& [id, stream] : streams_) {
    if (stream->server() == server) streams.push_back(id);
  }
  later(latency(std::nullopt), [this, calls = std::move(calls), streams = std::move(streams)] {
    for (const std::uint64_t id : calls) finish(id, connection_lost("connection reset"));
    for (const std::uint64_t id : streams) {
      if (MemoryStream* stream = find_stream(id)) stream->ended(connection_lost("connection reset"));
    }
  });
}

}  // namespace tikv::testing::memory

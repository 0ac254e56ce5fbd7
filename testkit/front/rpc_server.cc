#include "testkit/front/rpc_server.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>

#include <algorithm>
#include <array>
#include <deque>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "testkit/front/server_credentials.h"

namespace tikv::testing::front {

using cluster::RpcCode;
using cluster::RpcReply;

namespace {

constexpr std::array<std::string_view, 3> kStreams = {"/tikvpb.Tikv/BatchCommands", "/pdpb.PD/Tso",
                                                      "/pdpb.PD/QueryRegion"};

bool is_stream(std::string_view path) { return std::find(kStreams.begin(), kStreams.end(), path) != kStreams.end(); }

std::string to_string(const ::grpc::ByteBuffer& buffer) {
  std::vector<::grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  bytes.reserve(buffer.Length());
  for (const ::grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

::grpc::ByteBuffer to_buffer(const cluster::Message& message) {
  const ::grpc::Slice slice(message.SerializeAsString());
  return ::grpc::ByteBuffer(&slice, 1);
}

::grpc::Status status_of(const RpcReply& reply) {
  return ::grpc::Status(static_cast<::grpc::StatusCode>(reply.code), reply.text);
}

/// The answers of one call on their way out: written one after the other, then the status. The call's reactor may be
/// gone before the last answer comes, so answers hold on to this instead.
class Outlet final : public cluster::StreamSink, public std::enable_shared_from_this<Outlet> {
 public:
  Outlet(ThreadHost& host, ::grpc::ServerGenericBidiReactor& reactor) : host_(host), reactor_(reactor) {}

  // Inside the host's `run`.
  void send(std::unique_ptr<cluster::Message> response) override {
    {
      const std::lock_guard lock(mutex_);
      if (end_) return;
      queue_.push_back(std::move(response));
    }
    pump_later();
  }
  void finish(RpcReply end) override {
    {
      const std::lock_guard lock(mutex_);
      if (end_) return;
      end_ = status_of(end);
    }
    pump_later();
  }

  /// A unary call's answer.
  void answer(RpcReply reply) {
    if (reply.ok()) send(std::move(reply.response));
    finish(std::move(reply));
  }

  // From gRPC.

  void cancelled() {
    {
      const std::lock_guard lock(mutex_);
      queue_.clear();
      if (!end_) end_ = ::grpc::Status::CANCELLED;
    }
    pump();
  }
  void written() {
    {
      const std::lock_guard lock(mutex_);
      busy_ = false;
    }
    pump();
  }

 private:
  void pump_later() {
    host_.after([self = shared_from_this()] { self->pump(); });
  }

  /// Starts the next operation if none is under way. Nobody touches the reactor after its end was started, and until
  /// then it exists.
  void pump() {
    std::unique_lock lock(mutex_);
    if (busy_ || ended_) return;
    if (!queue_.empty()) {
      busy_ = true;
      const std::unique_ptr<cluster::Message> message = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      buffer_ = to_buffer(*message);
      return reactor_.StartWrite(&buffer_);
    }
    if (!end_) return;
    ended_ = true;
    const ::grpc::Status end = *end_;
    lock.unlock();
    reactor_.Finish(end);
  }

  ThreadHost& host_;
  ::grpc::ServerGenericBidiReactor& reactor_;
  ::grpc::ByteBuffer buffer_;  // of the write under way
  std::mutex mutex_;
  // Under mutex_.
  std::deque<std::unique_ptr<cluster::Message>> queue_;
  std::optional<::grpc::Status> end_;
  bool busy_ = false;
  bool ended_ = false;
};

/// Where a server's calls go.
struct Target {
  ThreadHost& host;
  cluster::Model& model;
  cluster::ServerId server;
};

/// One call of any kind.
class Reactor final : public ::grpc::ServerGenericBidiReactor {
 public:
  Reactor(Target target, ::grpc::GenericCallbackServerContext& context)
      : target_(target),
        path_(context.method()),
        stream_call_(is_stream(path_)),
        outlet_(std::make_shared<Outlet>(target.host, *this)) {
    info_.allow_follower = context.client_metadata().contains("pd-allow-follower-handle");
    StartRead(&buffer_);
  }

 private:
  void OnReadDone(bool ok) override {
    target_.host.run([&] { read_done(ok); });
    if (ok && stream_call_) StartRead(&buffer_);
  }

  /// Inside the host's `run`.
  void read_done(bool ok) {
    // A server that is being killed answers nothing any more.
    if (!target_.model.alive(target_.server)) return;
    if (!stream_call_) return ok ? unary() : outlet_->finish(RpcReply::failed(RpcCode::kInternal, "no request"));
    if (!stream_) stream_ = target_.model.open(target_.server, path_, outlet_);
    if (!stream_) return outlet_->finish(RpcReply::failed(RpcCode::kUnimplemented, "no stream " + path_));
    if (ok) {
      stream_->message(to_string(buffer_));
    } else {
      stream_->half_close();
    }
  }

  void unary() {
    target_.model.unary(target_.server, path_, info_, to_string(buffer_),
                        [outlet = outlet_](RpcReply reply) { outlet->answer(std::move(reply)); });
  }

  void OnWriteDone(bool) override { outlet_->written(); }
  void OnCancel() override { outlet_->cancelled(); }
  void OnDone() override { delete this; }

  Target target_;
  std::string path_;
  cluster::CallInfo info_;
  bool stream_call_;
  std::shared_ptr<Outlet> outlet_;
  ::grpc::ByteBuffer buffer_;
  std::unique_ptr<cluster::ServerStream> stream_;
};

class Service final : public ::grpc::CallbackGenericService {
 public:
  explicit Service(Target target) : target_(target) {}
  ::grpc::ServerGenericBidiReactor* CreateReactor(::grpc::GenericCallbackServerContext* context) override {
    return new Reactor(target_, *context);
  }

 private:
  Target target_;
};

void configure(::grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(-1);
  builder.SetMaxSendMessageSize(-1);
  // Two servers on one port would share the connections.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Clients ping as often as they like.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 1000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
}

}  // namespace

class RpcServer::Listener {
 public:
  explicit Listener(Target target) : service(target) {}

  Service service;
  std::unique_ptr<::grpc::Server> server;
};

RpcServer::RpcServer(ThreadHost& host, cluster::Model& model, cluster::ServerId id, const ServerTls& tls)
    : host_(host), model_(model), id_(id), tls_(tls) {}

RpcServer::~RpcServer() { stop(); }

Result<void> RpcServer::start() {
  auto listener = std::make_unique<Listener>(Target{host_, model_, id_});
  const std::string address = host_.run([this] { return model_.address(id_); });
  ::grpc::ServerBuilder builder;
  configure(builder);
  int port = 0;
  builder.AddListeningPort(address, make_credentials(tls_), &port);
  builder.RegisterCallbackGenericService(&listener->service);
  listener->server = builder.BuildAndStart();
  if (listener->server == nullptr || port == 0) {
    return std::unexpected(Error(ErrorKind::kUnavailable, "cannot listen on " + address));
  }
  listener_ = std::move(listener);
  return {};
}

void RpcServer::stop() {
  if (!listener_) return;
  listener_->server->Shutdown(std::chrono::system_clock::now());
  listener_->server->Wait();
  listener_.reset();
}

}  // namespace tikv::testing::front

// A server's bytes on one connection: a call of its own, two in a batch and a stream wait for them. Whatever comes, all
// of them end.

#include <tikv/proto/kvrpcpb.pb.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "input.h"
#include "net/http_transport.h"
#include "runtime/scope.h"
#include "runtime/sim_loop.h"

namespace tikv::net {
namespace {

using namespace std::chrono_literals;
namespace kvrpcpb = proto::kvrpcpb;

constexpr proto::Method kUnary = proto::raw_reads("/tikvpb.Tikv/RawGet");
constexpr proto::Method kBatched = proto::raw_reads("/tikvpb.Tikv/RawGet", 13);
constexpr proto::Method kStream = proto::streams(proto::Streaming::kBoth, proto::reads("/test/Both"));
const std::string kAddress = "store1:20160";

/// What the server says, and whether it hangs up after that.
struct Script {
  fuzz::Input input;
  bool hangs_up;
  bool used = false;  // by the first connection; the others are refused
};

class ScriptedSocket final : public Socket, public std::enable_shared_from_this<ScriptedSocket> {
 public:
  ScriptedSocket(runtime::Loop& loop, Script& script, Events& events)
      : loop_(loop), script_(script), events_(&events) {}

  void connect(const Address&) override {
    later([](ScriptedSocket& self) {
      if (std::exchange(self.script_.used, true)) return self.events_->on_connect_failed({Io::kFailed, 0, "refused"});
      self.events_->on_connected();
    });
  }
  Moved read(std::span<char> to) override {
    if (piece_.empty() && over_) return {Io::kFailed, 0, "reset"};
    if (piece_.empty()) return {Io::kWouldBlock, 0, {}};
    const std::size_t size = std::min(to.size(), piece_.size());
    std::memcpy(to.data(), piece_.data(), size);
    piece_.erase(0, size);
    return {Io::kDone, size, {}};
  }
  Moved write(std::string_view bytes) override { return {Io::kDone, bytes.size(), {}}; }
  // The next piece is there as soon as the client wants to read.
  void wait_readable() override {
    later([](ScriptedSocket& self) {
      if (self.piece_.empty() && !self.script_.input.empty()) self.piece_ = self.script_.input.piece();
      self.over_ = self.script_.hangs_up && self.script_.input.empty();
      if (!self.piece_.empty() || self.over_) return self.events_->on_readable();
      if (!self.script_.input.empty()) self.wait_readable();
    });
  }
  void wait_writable() override {
    later([](ScriptedSocket& self) { self.events_->on_writable(); });
  }
  void close() noexcept override { events_ = nullptr; }

 private:
  void later(void (*action)(ScriptedSocket&)) {
    loop_.submit([self = shared_from_this(), action] {
      if (self->events_ != nullptr) action(*self);
    });
  }

  runtime::Loop& loop_;
  Script& script_;
  Events* events_;
  std::string piece_;
  bool over_ = false;
};

Task<void> call(Transport& transport, proto::Method method, int& ended) {
  kvrpcpb::RawGetRequest request;
  request.set_key("k");
  kvrpcpb::RawGetResponse response;
  Call call(transport, kAddress, method, request, response);
  const Status status = co_await call;
  FUZZ_CHECK(!status.ok() || status.sent);
  ++ended;
}

Task<void> receive_all(Transport& transport, int& ended) {
  const std::unique_ptr<Stream> stream = transport.open(kAddress, kStream);
  kvrpcpb::RawGetRequest request;
  stream->send(request);
  kvrpcpb::RawGetResponse response;
  Status status;
  do {
    status = co_await stream->receive(response);
  } while (status.ok());
  ++ended;
}

}  // namespace
}  // namespace tikv::net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace std::chrono_literals;
  using namespace tikv;
  fuzz::Input input(data, size);
  const bool hangs_up = input.byte() % 2 != 0;
  net::Script script{input, hangs_up};
  runtime::SimLoop loop;
  net::HttpOptions options;
  options.max_receive_message = 1 << 16;
  auto make_socket = [&](net::Socket::Events& events) {
    return std::make_shared<net::ScriptedSocket>(loop, script, events);
  };
  int ended = 0;
  {
    net::HttpTransport transport(loop, make_socket, options);
    runtime::Scope scope(loop);
    loop.submit([&] {
      scope.spawn(net::call(transport, net::kUnary, ended), 10s);
      scope.spawn(net::call(transport, net::kBatched, ended), 10s);
      scope.spawn(net::call(transport, net::kBatched, ended), 10s);
      scope.spawn(net::receive_all(transport, ended), 10s);
    });
    loop.run_for(11s);
    FUZZ_CHECK(ended == 4);
    loop.close();
  }
  return 0;
}

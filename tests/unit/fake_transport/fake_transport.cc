#include "fake_transport/fake_transport.h"

#include <algorithm>
#include <array>

#include "runtime/timer.h"
#include "runtime/wait.h"

namespace tikv::testing {
namespace {

using std::chrono::nanoseconds;

net::Status malformed_answer() {
  net::Status status;
  status.outcome = net::Outcome::kMalformed;
  status.sent = true;
  status.message = "no gRPC answer";
  return status;
}

}  // namespace

net::Status status_of(net::StatusCode code, std::string text) {
  net::Status status;
  status.outcome = net::Outcome::kStatus;
  status.code = code;
  status.sent = true;
  status.message = std::move(text);
  return status;
}

net::Status broken_connection(bool sent) {
  net::Status status;
  status.outcome = net::Outcome::kConnection;
  status.sent = sent;
  status.message = sent ? "connection broken" : "connection refused";
  return status;
}

std::string_view to_string(Fault fault) {
  constexpr std::array<std::string_view, 5> kNames = {"refused", "reply lost", "no answer", "unavailable", "late"};
  return kNames[static_cast<std::size_t>(fault)];
}

Reply Reply::status(net::StatusCode code, std::string text) {
  Reply reply;
  reply.status_ = status_of(code, std::move(text));
  return reply;
}

Reply Reply::broken() {
  Reply reply;
  reply.status_ = broken_connection();
  return reply;
}

Reply Reply::malformed() {
  Reply reply;
  reply.status_ = malformed_answer();
  return reply;
}

Reply Reply::untrusted(std::string why) {
  Reply reply;
  reply.status_.outcome = net::Outcome::kTls;
  reply.status_.message = std::move(why);
  return reply;
}

Reply Reply::never() {
  Reply reply;
  reply.never_ = true;
  return reply;
}

/// Something that happens later; owned by the transport until it has.
class FakeTransport::Event final : public runtime::Timer {
 public:
  Event(FakeTransport& transport, std::function<void()> action) : transport_(transport), action_(std::move(action)) {}

 private:
  void on_time() override {
    auto node = transport_.events_.extract(std::find_if(transport_.events_.begin(), transport_.events_.end(),
                                                        [this](const auto& event) { return event.get() == this; }));
    action_();
  }
  FakeTransport& transport_;
  std::function<void()> action_;
};

template <class Map>
auto* FakeTransport::find(Map& map, const std::string& address, std::string_view path) {
  auto it = map.find(Route(address, path));
  if (it == map.end()) it = map.find(Route(std::string(), path));
  return it == map.end() ? nullptr : &it->second;
}

/// Both ends of a stream.
class FakeTransport::Pipe final : public StreamPeer, public std::enable_shared_from_this<Pipe> {
 public:
  Pipe(FakeTransport& transport, std::string address, const proto::Method& method)
      : transport_(transport), address_(std::move(address)), method_(method) {}

  const std::string& address() const override { return address_; }
  bool open() const override { return client_open; }
  void send(const google::protobuf::MessageLite& response, nanoseconds delay) override {
    at_client(delay, [this, bytes = response.SerializeAsString()] {
      if (!ended) inbox.push_back(bytes);
    });
  }
  void end(net::Status status) override {
    at_client(nanoseconds{0}, [this, status] { end_now(status); });
  }

  void end_now(const net::Status& status) {
    if (!ended) ended = status;
    wake();
  }
  void from_client(const google::protobuf::MessageLite& request) {
    std::string bytes = request.SerializeAsString();
    const std::optional<Fault> fault = transport_.next_step(address_, method_, bytes);
    if (ended) return;
    const bool refused = fault == Fault::kRefused || !transport_.known(address_) || transport_.cut_.contains(address_);
    if (refused) return end_now(broken_connection(false));
    transport_.later(transport_.latency / 2,
                     [self = shared_from_this(), bytes = std::move(bytes), fault] { self->at_server(bytes, fault); });
  }

  bool client_open = true;
  std::deque<std::string> inbox;
  std::optional<net::Status> ended;
  runtime::Wait* receiver = nullptr;

 private:
  void at_server(const std::string& bytes, std::optional<Fault> fault) {
    if (!client_open || ended || transport_.frozen_.contains(address_) || fault == Fault::kNoAnswer) return;
    if (fault == Fault::kUnavailable) return end(status_of(net::StatusCode::kUnavailable, "scripted"));
    auto* handle = find(transport_.streams_, address_, method_.path);
    if (handle == nullptr) return end(status_of(net::StatusCode::kUnimplemented, "no such stream"));
    extra_delay_ = fault == Fault::kLate ? nanoseconds(kLateBy) : nanoseconds{0};
    if (fault == Fault::kReplyLost) deaf_ = true;
    (*handle)(bytes, *this);
    extra_delay_ = nanoseconds{0};
    if (std::exchange(deaf_, false)) end_now(broken_connection());
  }
  void at_client(nanoseconds delay, std::function<void()> action) {
    if (deaf_ || ended) return;
    const auto now = transport_.loop_.now();
    arrival_ = std::max(arrival_, now + transport_.latency / 2 + delay + extra_delay_);
    transport_.later(arrival_ - now, [self = shared_from_this(), action = std::move(action)] {
      if (self->transport_.frozen_.contains(self->address_)) return;
      action();
      self->wake();
    });
  }
  void wake() {
    if (receiver != nullptr) receiver->wake();
  }

  FakeTransport& transport_;
  std::string address_;
  proto::Method method_;
  runtime::TimePoint arrival_{};
  nanoseconds extra_delay_{0};
  bool deaf_ = false;
};

class FakeTransport::ClientEnd final : public net::Stream {
 public:
  explicit ClientEnd(std::shared_ptr<Pipe> pipe) : pipe_(std::move(pipe)) {}
  ~ClientEnd() override { pipe_->client_open = false; }

  void send(const net::Message& request) override { pipe_->from_client(request); }

  Task<net::Status> receive(net::Message& response) override { return receive_from(pipe_, &response); }

 private:
  static Task<net::Status> receive_from(std::shared_ptr<Pipe> pipe, net::Message* response) {
    while (pipe->inbox.empty() && !pipe->ended) {
      runtime::Wait wait;
      pipe->receiver = &wait;
      const runtime::Wake why = co_await wait;
      pipe->receiver = nullptr;
      if (why == runtime::Wake::kReady) continue;
      net::Status status;
      status.outcome = why == runtime::Wake::kDeadline  ? net::Outcome::kDeadline
                       : why == runtime::Wake::kStopped ? net::Outcome::kStopped
                                                        : net::Outcome::kClosed;
      co_return status;
    }
    if (pipe->inbox.empty()) co_return *pipe->ended;
    response->ParseFromString(pipe->inbox.front());
    pipe->inbox.pop_front();
    co_return net::Status{};
  }

  std::shared_ptr<Pipe> pipe_;
};

FakeTransport::FakeTransport(runtime::Loop& loop) : loop_(loop) {}

FakeTransport::~FakeTransport() {
  for (const auto& event : events_) loop_.timers().disarm(*event);
}

bool FakeTransport::known(const std::string& address) const {
  const auto serves = [&address](const auto& entry) {
    return entry.first.first == address || entry.first.first.empty();
  };
  return std::ranges::any_of(calls_, serves) || std::ranges::any_of(streams_, serves);
}

std::optional<Fault> FakeTransport::next_step(const std::string& address, const proto::Method& method,
                                              std::string bytes) {
  sent_.push_back({address, std::string(method.name()), std::move(bytes), loop_.now()});
  const auto fault = faults_.find(steps_++);
  return fault == faults_.end() ? std::nullopt : std::optional(fault->second);
}

void FakeTransport::later(nanoseconds delay, std::function<void()> action) {
  auto event = std::make_unique<Event>(*this, std::move(action));
  loop_.timers().arm(*event, loop_.now() + delay);
  events_.insert(std::move(event));
}

void FakeTransport::start(net::Call& call) {
  const std::uint64_t id = next_id_++;
  call.transport_id = id;
  UnderWay& entry = under_way_[id];
  entry.call = &call;
  entry.address = call.address();
  entry.method = call.method();
  entry.bytes = call.request().SerializeAsString();
  entry.fault = next_step(entry.address, call.method(), entry.bytes);
  const bool refused = entry.fault == Fault::kRefused || cut_.contains(entry.address) || !known(entry.address);
  if (refused) return later(latency / 2, [this, id] { finish(id, broken_connection(false)); });
  call.mark_sent();
  later(latency / 2, [this, id] { arrive(id); });
}

void FakeTransport::arrive(std::uint64_t id) {
  const auto it = under_way_.find(id);
  if (it == under_way_.end()) return;
  const UnderWay& entry = it->second;
  if (frozen_.contains(entry.address) || entry.fault == Fault::kNoAnswer) return;
  if (entry.fault == Fault::kUnavailable) return answer(id, Reply::status(net::StatusCode::kUnavailable, "scripted"));
  Handle* handle = find(calls_, entry.address, entry.method.path);
  if (handle == nullptr) return answer(id, Reply::status(net::StatusCode::kUnimplemented, "unknown method"));
  Reply reply = (*handle)(entry.bytes, entry.address);
  if (entry.fault == Fault::kReplyLost) reply = Reply::broken();
  if (entry.fault == Fault::kLate) reply.delay_ += kLateBy;
  answer(id, std::move(reply));
}

void FakeTransport::answer(std::uint64_t id, Reply reply) {
  if (reply.never_) return;
  later(latency / 2 + reply.delay_, [this, id, reply = std::move(reply)] {
    const auto it = under_way_.find(id);
    if (it == under_way_.end() || frozen_.contains(it->second.address)) return;
    finish(id, reply.status_, &reply.bytes_);
  });
}

void FakeTransport::finish(std::uint64_t id, net::Status status, const std::string* bytes) {
  auto node = under_way_.extract(id);
  if (node.empty() || node.mapped().call == nullptr) return;
  net::Call& call = *node.mapped().call;
  if (status.ok() && bytes != nullptr && !call.response().ParseFromString(*bytes)) status = malformed_answer();
  call.finish(std::move(status));
}

void FakeTransport::abandon(net::Call& call) noexcept {
  const auto it = under_way_.find(call.transport_id);
  if (it != under_way_.end()) it->second.call = nullptr;
}

std::unique_ptr<net::Stream> FakeTransport::open(std::string_view address, const proto::Method& method) {
  auto pipe = std::make_shared<Pipe>(*this, std::string(address), method);
  std::erase_if(pipes_, [](const auto& old) { return !old->client_open; });
  pipes_.push_back(pipe);
  if (cut_.contains(pipe->address()) || !known(pipe->address())) pipe->ended = broken_connection(false);
  return std::make_unique<ClientEnd>(std::move(pipe));
}

void FakeTransport::forget(std::string_view address) {
  forgotten_.emplace_back(address);
  std::vector<std::uint64_t> ids;
  for (const auto& [id, entry] : under_way_)
    if (entry.address == address) ids.push_back(id);
  for (const std::uint64_t id : ids) finish(id, broken_connection());
  end_streams(std::string(address), broken_connection());
}

void FakeTransport::cut(const std::string& address) {
  cut_.insert(address);
  std::vector<std::uint64_t> ids;
  for (const auto& [id, entry] : under_way_)
    if (entry.address == address) ids.push_back(id);
  for (const std::uint64_t id : ids) finish(id, broken_connection());
  end_streams(address, broken_connection());
}

void FakeTransport::freeze(const std::string& address) { frozen_.insert(address); }

void FakeTransport::heal(const std::string& address) {
  cut_.erase(address);
  frozen_.erase(address);
}

void FakeTransport::end_streams(const std::string& address, net::Status status) {
  for (const auto& pipe : std::vector(pipes_))
    if (pipe->address() == address && pipe->client_open) pipe->end_now(status);
}

std::size_t FakeTransport::count(std::string_view method, std::string_view address) const {
  return static_cast<std::size_t>(std::ranges::count_if(sent_, [method, address](const Sent& sent) {
    return sent.method == method && (address.empty() || sent.address == address);
  }));
}

std::size_t FakeTransport::waiting() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(under_way_, [](const auto& entry) { return entry.second.call != nullptr; }));
}

std::size_t FakeTransport::open_streams(std::string_view address) const {
  return static_cast<std::size_t>(std::ranges::count_if(pipes_, [address](const auto& pipe) {
    return pipe->client_open && (address.empty() || pipe->address() == address);
  }));
}

}  // namespace tikv::testing

#include "fake_network/fake_network.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "net/grpc_frame.h"

namespace tikv::net {
namespace {

std::string_view view(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

std::vector<nghttp2_nv> lines_of(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::vector<nghttp2_nv> lines;
  for (const auto& [name, value] : headers) {
    lines.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                     reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
                     NGHTTP2_NV_FLAG_NONE});
  }
  return lines;
}

}  // namespace

// Both ends call each other only through the loop, as the two ends of a real connection would.
class FakeNetwork::FakeSocket final : public Socket, public std::enable_shared_from_this<FakeSocket> {
 public:
  FakeSocket(FakeNetwork& network, Events& events) : network_(network), events_(&events) {}
  void connect(const Address&) override;
  Moved read(std::span<char> to) override;
  Moved write(std::string_view bytes) override;
  void wait_readable() override {
    waits_readable_ = true;
    wake();
  }
  void wait_writable() override {
    waits_writable_ = true;
    wake();
  }
  void close() noexcept override;

  void arrive(std::string bytes) {
    inbox_ += bytes;
    wake();
  }
  void hang_up() {
    hung_up_ = true;
    wake();
  }
  void wake();

 private:
  FakeNetwork& network_;
  Events* events_;
  std::shared_ptr<Peer> peer_;
  std::string inbox_;
  bool hung_up_ = false;
  bool waits_readable_ = false;
  bool waits_writable_ = false;
};

class FakeNetwork::Peer final : public FakePeer {
 public:
  Peer(FakeNetwork& network, FakeSocket& socket, std::string name) : network_(network), socket_(&socket) {
    address = std::move(name);
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &Peer::on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &Peer::on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &Peer::on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &Peer::on_close);
    nghttp2_session_server_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const std::array settings = {nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, network.initial_window},
                                 nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, network.max_streams}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  }
  ~Peer() override { nghttp2_session_del(session_); }

  void send(std::int32_t id, const std::string& message) override {
    std::string framed;
    std::memcpy(append_frame(framed, message.size()), message.data(), message.size());
    send_bytes(id, framed);
  }
  void send_bytes(std::int32_t id, const std::string& bytes) override {
    Body& body = begin(id);
    body.out += bytes;
    nghttp2_session_resume_data(session_, id);
    flush_soon();
  }
  void finish(std::int32_t id, int grpc_status, const std::string& grpc_message) override {
    Body& body = begin(id);
    body.trailers = {{"grpc-status", std::to_string(grpc_status)}};
    if (!grpc_message.empty()) body.trailers.emplace_back("grpc-message", grpc_message);
    nghttp2_session_resume_data(session_, id);
    flush_soon();
  }
  void respond(std::int32_t id, const std::vector<std::pair<std::string, std::string>>& headers) override {
    const auto lines = lines_of(headers);
    nghttp2_submit_response(session_, id, lines.data(), lines.size(), nullptr);
    flush_soon();
  }
  void reset(std::int32_t id, std::uint32_t code) override {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, code);
    flush_soon();
  }
  void go_away(std::int32_t last_id, std::uint32_t code, const std::string& debug) override {
    nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, last_id, code,
                          reinterpret_cast<const std::uint8_t*>(debug.data()), debug.size());
    flush_soon();
  }
  void say(const std::string& bytes) override { socket_->arrive(bytes); }
  void hang_up() override {
    if (socket_ != nullptr) socket_->hang_up();
  }
  void give_room(std::size_t bytes) override {
    room += bytes;
    if (socket_ != nullptr) socket_->wake();
  }
  bool alive() const override { return socket_ != nullptr; }
  std::int32_t window(std::int32_t id) const override {
    return nghttp2_session_get_stream_remote_window_size(session_, id);
  }

  void arrive(std::string_view bytes) {
    if (silent) return;
    room = std::min(room, network_.room);
    nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    flush_soon();
  }
  void flush_soon() {
    network_.loop_.submit([this, alive = std::weak_ptr<Peer>(self)] {
      if (!alive.expired()) flush();
    });
  }
  void client_gone() { socket_ = nullptr; }
  std::weak_ptr<Peer> self;

 private:
  struct Body {
    std::string out;
    std::vector<std::pair<std::string, std::string>> trailers;
  };

  Body& begin(std::int32_t id) {
    const auto [found, fresh] = bodies_.try_emplace(id);
    if (fresh) {
      nghttp2_data_provider provider{};
      provider.read_callback = &Peer::read_body;
      const auto lines = lines_of(kHeaders);
      nghttp2_submit_response(session_, id, lines.data(), lines.size(), &provider);
    }
    return found->second;
  }
  void flush() {
    if (socket_ == nullptr || silent) return;
    std::string out;
    for (;;) {
      const std::uint8_t* data = nullptr;
      const ssize_t size = nghttp2_session_mem_send(session_, &data);
      if (size <= 0) break;
      out += view(data, static_cast<std::size_t>(size));
    }
    if (!out.empty() && network_.tamper) network_.tamper(out);
    if (!out.empty()) socket_->arrive(std::move(out));
  }

  static ssize_t read_body(nghttp2_session* session, std::int32_t id, std::uint8_t* to, std::size_t room,
                           std::uint32_t* flags, nghttp2_data_source*, void* user) {
    Body& body = static_cast<Peer*>(user)->bodies_[id];
    if (body.out.empty() && body.trailers.empty()) return NGHTTP2_ERR_DEFERRED;
    const std::size_t size = std::min(room, body.out.size());
    std::memcpy(to, body.out.data(), size);
    body.out.erase(0, size);
    if (body.out.empty() && !body.trailers.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const auto lines = lines_of(body.trailers);
      nghttp2_submit_trailer(session, id, lines.data(), lines.size());
    }
    return static_cast<ssize_t>(size);
  }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    Exchange& exchange = static_cast<Peer*>(user)->exchanges[frame->hd.stream_id];
    exchange.id = frame->hd.stream_id;
    if (view(name, name_size) == ":path") exchange.path = view(value, value_size);
    exchange.headers.emplace(view(name, name_size), view(value, value_size));
    return 0;
  }
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size,
                     void* user) {
    auto& self = *static_cast<Peer*>(user);
    Deframer& deframer = self.deframers_.try_emplace(id, std::size_t(-1)).first->second;
    deframer.feed(view(bytes, size));
    while (deframer.next() == Deframer::Next::kMessage) {
      Exchange& exchange = self.exchanges[id];
      exchange.messages.emplace_back(deframer.message());
      if (self.network_.on_message) self.network_.on_message(self, exchange, exchange.messages.back());
    }
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    auto& self = *static_cast<Peer*>(user);
    if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) ++self.pings;
    if (frame->hd.type == NGHTTP2_RST_STREAM) {
      self.exchanges[frame->hd.stream_id].reset_code = frame->rst_stream.error_code;
    }
    const bool ends = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
    if (ends && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      self.exchanges[frame->hd.stream_id].client_ended = true;
    }
    return 0;
  }
  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
    static_cast<Peer*>(user)->exchanges[id].closed = true;
    return 0;
  }

  static inline const std::vector<std::pair<std::string, std::string>> kHeaders = {
      {":status", "200"}, {"content-type", "application/grpc"}};
  FakeNetwork& network_;
  FakeSocket* socket_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Body> bodies_;
  std::map<std::int32_t, Deframer> deframers_;
};

void FakeNetwork::FakeSocket::connect(const Address& address) {
  ++network_.attempts;
  network_.loop_.submit([self = shared_from_this(), name = address.authority] {
    if (self->events_ == nullptr || self->network_.accept == Accept::kHangs) return;
    if (self->network_.accept == Accept::kRefuses || self->network_.closed_addresses.contains(name))
      return self->events_->on_connect_failed({Io::kFailed, 0, "connection refused"});
    self->peer_ = std::make_shared<Peer>(self->network_, *self, name);
    self->peer_->self = self->peer_;
    self->network_.peers.push_back(self->peer_);
    self->peer_->silent = self->network_.accept == Accept::kSaysNothing;
    self->events_->on_connected();
    if (!self->network_.garbage.empty()) {
      self->arrive(self->network_.garbage);
    } else {
      self->peer_->flush_soon();
    }
  });
}

Socket::Moved FakeNetwork::FakeSocket::read(std::span<char> to) {
  if (inbox_.empty() && hung_up_) return {Io::kFailed, 0, "connection reset by peer"};
  if (inbox_.empty()) return {Io::kWouldBlock, 0, {}};
  const std::size_t size = std::min(to.size(), inbox_.size());
  std::memcpy(to.data(), inbox_.data(), size);
  inbox_.erase(0, size);
  return {Io::kDone, size, {}};
}

Socket::Moved FakeNetwork::FakeSocket::write(std::string_view bytes) {
  if (hung_up_) return {Io::kFailed, 0, "broken pipe"};
  const std::size_t size = std::min(bytes.size(), peer_->room);
  if (size == 0) return {Io::kWouldBlock, 0, {}};
  if (peer_->room != std::size_t(-1)) peer_->room -= size;
  ++peer_->writes;
  network_.loop_.submit([peer = peer_, text = std::string(bytes.substr(0, size))] { peer->arrive(text); });
  return {Io::kDone, size, {}};
}

void FakeNetwork::FakeSocket::close() noexcept {
  events_ = nullptr;
  if (peer_) peer_->client_gone();
}

void FakeNetwork::FakeSocket::wake() {
  network_.loop_.submit([self = shared_from_this()] {
    if (self->events_ == nullptr) return;
    const bool readable = !self->inbox_.empty() || self->hung_up_;
    if (readable && std::exchange(self->waits_readable_, false)) self->events_->on_readable();
    if (self->events_ == nullptr || !self->peer_) return;
    const bool writable = self->peer_->room > 0 || self->hung_up_;
    if (writable && std::exchange(self->waits_writable_, false)) self->events_->on_writable();
  });
}

SocketFactory FakeNetwork::factory() {
  return [this](Socket::Events& events) { return std::make_shared<FakeSocket>(*this, events); };
}

}  // namespace tikv::net

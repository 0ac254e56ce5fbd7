#include "net/connection.h"

#include <utility>

#include "net/grpc_status.h"

namespace tikv::net {
namespace {

// What goes into one write at most; with more, the socket's buffer is full anyway.
constexpr std::size_t kWriteSize = 256 << 10;
// Reads in a row before what they brought is worked on: new requests should not wait for a flood of answers.
constexpr int kReadsInARow = 8;
constexpr std::uint32_t kEnhanceYourCalm = 11;

// An alert or a part of a handshake, the first bytes of whose record say so.
bool is_tls(std::string_view bytes) { return bytes.starts_with("\x15\x03") || bytes.starts_with("\x16\x03"); }

Http2Session::Options session_options(const HttpOptions& options, const Address& address) {
  return {.stream_window = options.stream_window,
          .connection_window = options.connection_window,
          .authority = address.authority,
          .user_agent = options.user_agent,
          .tls = address.tls,
          .metadata = options.metadata};
}

}  // namespace

Connection::Connection(NetContext& context, Owner& owner, const Address& address,
                       std::chrono::nanoseconds keepalive_time)
    : context_(context),
      owner_(owner),
      address_(address),
      keepalive_time_(keepalive_time),
      socket_(context.make_socket(*this)),
      session_(session_options(context.options, address), *this) {}

Connection::~Connection() { close(failed(Outcome::kConnection, "the connection was dropped")); }

void Connection::connect() {
  context_.loop.timers().arm(*this, context_.loop.now() + context_.options.connect_timeout);
  socket_->connect(address_);
}

// ---- the end

void Connection::close(const Status& why) {
  if (state_ == State::kClosed) return;
  shut(why);
  session_.lose();
}

void Connection::shut(const Status& why) {
  state_ = State::kClosed;
  why_ = why;
  context_.loop.timers().disarm(*this);
  context_.loop.cancel(*this);
  socket_->close();
}

void Connection::fail(Outcome outcome, const std::string& why) {
  if (state_ == State::kClosed) return;
  const auto self = shared_from_this();
  shut(failed(outcome, address_.authority + ": " + why));
  owner_.on_closing(*this, why_);
  session_.lose();
  owner_.on_closed(*this);
}

void Connection::fail(const Socket::Moved& moved) {
  if (moved.tls) return fail(Outcome::kTls, moved.why);
  if (!connected_ || state_ != State::kConnecting) return fail(Outcome::kConnection, moved.why);
  const char* const guess = address_.tls ? "" : " (does it ask for TLS, tls.ca_path?)";
  fail(Outcome::kConnection, moved.why + ", before any HTTP/2" + guess);
}

// The HTTP/2 session has nothing more to say: it is drained, or the server's bytes made no sense.
void Connection::session_over() {
  if (state_ == State::kDraining && session_.streams() == 0) return fail(Outcome::kConnection, "drained");
  const Outcome outcome = state_ == State::kConnecting ? Outcome::kMalformed : Outcome::kConnection;
  fail(outcome, "the server does not keep to HTTP/2: " + session_.error());
}

// ---- connecting

void Connection::on_connected() {
  connected_ = true;
  socket_->wait_readable();
  flush_soon();  // preface and settings
}

void Connection::on_connect_failed(const Socket::Moved& why) { fail(why); }

void Connection::on_settings() {
  if (state_ != State::kConnecting) return;
  state_ = State::kReady;
  was_ready_ = true;
  context_.loop.timers().disarm(*this);
  owner_.on_ready(*this);
}

void Connection::on_goaway(std::uint32_t error_code, std::string_view debug) {
  drain(error_code == kEnhanceYourCalm && debug == "too_many_pings");
}

void Connection::drain(bool too_many_pings) {
  if (state_ != State::kReady) return;
  state_ = State::kDraining;
  owner_.on_draining(*this, too_many_pings);
  flush_soon();
}

// ---- reading

void Connection::on_readable() {
  const auto self = shared_from_this();
  read_all();
  if (state_ == State::kClosed) return;
  socket_->wait_readable();
  flush_soon();
}

// Takes everything that is there, as long as more answers are expected: the requests that follow from them then go out
// together.
void Connection::read_all() {
  last_received_ = context_.loop.now();
  ping_sent_ = false;
  for (int i = 0; i < kReadsInARow; ++i) {
    const Socket::Moved moved = socket_->read(context_.read_buffer);
    if (moved.io == Socket::Io::kWouldBlock) return;
    if (moved.io == Socket::Io::kFailed) return fail(moved);
    const std::string_view bytes(context_.read_buffer.data(), moved.bytes);
    if (state_ == State::kConnecting && is_tls(bytes)) {
      return fail(Outcome::kTls, "the server speaks TLS, and tls.ca_path is not set");
    }
    if (!session_.receive(bytes)) return session_over();
    if (awaited_ == 0) return;
  }
}

// ---- writing

void Connection::flush_soon() {
  if (connected_ && !write_blocked_ && state_ != State::kClosed) context_.loop.defer(*this);
}

void Connection::run_deferred() {
  const auto self = shared_from_this();
  pump();
}

void Connection::on_writable() {
  const auto self = shared_from_this();
  write_blocked_ = false;
  pump();
}

// Everything that may go out now, as far as it fits in one write. False if the session is over.
bool Connection::fill_output() {
  for (;;) {
    if (!session_.fill(kWriteSize)) return false;
    if (session_.output().size() >= kWriteSize) return true;
    Http2Stream* stream = usable() && producer_ != nullptr ? producer_->produce() : nullptr;
    if (stream == nullptr) return true;
    session_.resume(*stream);
  }
}

void Connection::pump() {
  while (state_ != State::kClosed && !write_blocked_) {
    const bool alive = fill_output();
    if (session_.output().empty()) {
      if (!alive) session_over();
      return;
    }
    const Socket::Moved moved = socket_->write(session_.output());
    if (moved.io == Socket::Io::kWouldBlock) {
      write_blocked_ = true;
      return socket_->wait_writable();
    }
    if (moved.io == Socket::Io::kFailed) return fail(moved);
    session_.handed_over(moved.bytes);
  }
}

// ---- streams

bool Connection::open(Http2Stream& stream, std::string_view path, std::span<const Header> extra, bool whole) {
  flush_soon();
  if (!session_.open(stream, path, extra, whole)) return false;
  // Stream ids are not used twice, so a connection has only so many.
  if (++opened_ == context_.options.max_streams && state_ == State::kReady) {
    session_.go_away();
    drain(false);
  }
  return true;
}

void Connection::resume(Http2Stream& stream) {
  session_.resume(stream);
  flush_soon();
}

void Connection::end(Http2Stream& stream) {
  session_.end(stream);
  flush_soon();
}

void Connection::reset(Http2Stream& stream) {
  session_.reset(stream);
  flush_soon();
}

void Connection::consume(Http2Stream& stream, std::size_t bytes) {
  session_.consume(stream, bytes);
  flush_soon();
}

// ---- signs of life

void Connection::expect_answer() {
  if (awaited_++ == 0 && !armed() && state_ != State::kClosed) {
    context_.loop.timers().arm(*this, last_received_ + keepalive_time_);
  }
}

void Connection::on_time() {
  const auto self = shared_from_this();
  if (state_ == State::kConnecting) {
    return fail(Outcome::kConnection, connected_ ? "the server accepts connections but says nothing"
                                                 : "no connection within the time allowed");
  }
  check_alive();
}

void Connection::check_alive() {
  if (ping_sent_) return fail(Outcome::kConnection, "no sign of life from the server");
  if (awaited_ == 0) return;  // the next `expect_answer` goes on
  const auto now = context_.loop.now();
  if (now < last_received_ + keepalive_time_)
    return context_.loop.timers().arm(*this, last_received_ + keepalive_time_);
  session_.ping();
  flush_soon();
  ping_sent_ = true;
  context_.loop.timers().arm(*this, now + context_.options.keepalive_timeout);
}

}  // namespace tikv::net

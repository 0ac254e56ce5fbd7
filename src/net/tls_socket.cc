#include "net/tls_socket.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <utility>

#include "net/tls_text.h"

namespace tikv::net {
namespace {

constexpr std::string_view kHttp2 = "h2";
constexpr std::string_view kServerClosed = "the server closed the connection";

// A check is all that a clean queue costs.
void forget_errors_of_others() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

class TlsSocket final : public Socket,
                        private Socket::Events,
                        private runtime::Deferred,
                        public std::enable_shared_from_this<TlsSocket> {
 public:
  TlsSocket(runtime::Loop& loop, const SocketFactory& below, std::shared_ptr<TlsSource> source, Socket::Events& events)
      : loop_(loop), source_(std::move(source)), events_(&events), below_(below(*this)), method_(make_method()) {}
  ~TlsSocket() override { close(); }

  void connect(const Address& address) override {
    peer_.host = address.host;
    below_->connect(address);
  }
  Moved read(std::span<char> to) override;
  Moved write(std::string_view bytes) override;
  void wait_readable() override;
  void wait_writable() override { wait(writer_, write_needs_); }
  void close() noexcept override;

 private:
  /// What a step of TLS waits for from the socket below.
  enum class Need : std::uint8_t { kNothing, kReadable, kWritable };

  // Socket::Events, from below.
  void on_connected() override;
  void on_connect_failed(const Moved& why) override { events_->on_connect_failed(why); }
  void on_readable() override { ready(Need::kReadable); }
  void on_writable() override { ready(Need::kWritable); }
  /// There were bytes in OpenSSL's buffers.
  void run_deferred() override;

  void shake();
  void agreed();
  void refuse(std::string why) { events_->on_connect_failed({Io::kFailed, 0, std::move(why), true}); }
  void ready(Need what);
  void wait(Need& who, Need need);
  /// What became of an SSL call that did not succeed.
  Moved outcome(int result, Need& needs);
  /// The connection is gone.
  Moved gone(std::string why) const;

  static std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> make_method();
  static int bio_read(BIO* bio, char* to, int size);
  static int bio_write(BIO* bio, const char* from, int size);
  static long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }
  int moved_below(BIO* bio, Moved moved, void (*retry)(BIO*));

  runtime::Loop& loop_;
  const std::shared_ptr<TlsSource> source_;
  Socket::Events* events_;
  std::shared_ptr<Socket> below_;
  std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> method_;
  TlsContext::Peer peer_;
  std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_{nullptr, &SSL_free};
  std::string failure_below_;
  bool open_ = false;
  bool heard_ = false;                 // the server has said something since the handshake
  bool broken_ = false;                // a call has failed for good
  Need read_needs_ = Need::kNothing;   // what the last read stopped for
  Need write_needs_ = Need::kNothing;  // the same of the last write
  Need reader_ = Need::kNothing;       // what our owner's reader waits for
  Need writer_ = Need::kNothing;
  bool readable_awaited_ = false;  // from below
  bool writable_awaited_ = false;
};

// ---- the socket below, as OpenSSL sees it

std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> TlsSocket::make_method() {
  std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> method(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "tikv socket"),
                                                            &BIO_meth_free);
  BIO_meth_set_read(method.get(), &TlsSocket::bio_read);
  BIO_meth_set_write(method.get(), &TlsSocket::bio_write);
  BIO_meth_set_ctrl(method.get(), &TlsSocket::bio_control);
  return method;
}

int TlsSocket::moved_below(BIO* bio, Moved moved, void (*retry)(BIO*)) {
  BIO_clear_retry_flags(bio);
  if (moved.io == Io::kDone) return static_cast<int>(moved.bytes);
  if (moved.io == Io::kWouldBlock) {
    retry(bio);
  } else {
    failure_below_ = std::move(moved.why);
  }
  return -1;
}

int TlsSocket::bio_read(BIO* bio, char* to, int size) {
  auto& self = *static_cast<TlsSocket*>(BIO_get_data(bio));
  return self.moved_below(bio, self.below_->read({to, static_cast<std::size_t>(size)}),
                          [](BIO* blocked) { BIO_set_retry_read(blocked); });
}

int TlsSocket::bio_write(BIO* bio, const char* from, int size) {
  auto& self = *static_cast<TlsSocket*>(BIO_get_data(bio));
  return self.moved_below(bio, self.below_->write({from, static_cast<std::size_t>(size)}),
                          [](BIO* blocked) { BIO_set_retry_write(blocked); });
}

// ---- the handshake

void TlsSocket::on_connected() {
  const auto self = shared_from_this();
  Result<std::shared_ptr<const TlsContext>> context = source_->current();
  if (!context) return refuse(context.error().message());
  context_ = *std::move(context);
  ssl_ = context_->make_client(peer_);
  BIO* bio = method_ ? BIO_new(method_.get()) : nullptr;
  if (!ssl_ || bio == nullptr) {
    BIO_free(bio);
    return refuse(take_tls_failure());
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  shake();
}

void TlsSocket::shake() {
  forget_errors_of_others();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) return agreed();
  Need needs = Need::kNothing;
  Moved moved = outcome(result, needs);
  if (moved.io == Io::kWouldBlock) {
    Need& who = needs == Need::kReadable ? reader_ : writer_;
    return wait(who, needs);
  }
  if (!moved.tls) moved.why += ", during the TLS handshake";
  events_->on_connect_failed(moved);
}

void TlsSocket::agreed() {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  if (std::string_view(reinterpret_cast<const char*>(name), size) != kHttp2) {
    return refuse("the server does not agree on HTTP/2 (ALPN h2)");
  }
  open_ = true;
  events_->on_connected();
}

// ---- bytes

Socket::Moved TlsSocket::outcome(int result, Need& needs) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      needs = Need::kReadable;
      return {Io::kWouldBlock, 0, {}};
    case SSL_ERROR_WANT_WRITE:
      needs = Need::kWritable;
      return {Io::kWouldBlock, 0, {}};
    case SSL_ERROR_ZERO_RETURN:
      broken_ = true;
      return gone(std::string(kServerClosed));
    default:
      broken_ = true;
      break;
  }
  if (!peer_.refusal.empty()) {
    take_openssl_errors();
    return {Io::kFailed, 0, peer_.refusal, true};
  }
  // Only the socket below has failed, unless OpenSSL has something to say.
  const bool quiet = ERR_peek_error() == 0;
  if (quiet) return gone(failure_below_.empty() ? std::string(kServerClosed) : failure_below_);
  return {Io::kFailed, 0, take_tls_failure(), true};
}

// gRPC's servers say nothing when they refuse a client's certificate, and with TLS 1.3 the client's side of the
// handshake is complete by then.
Socket::Moved TlsSocket::gone(std::string why) const {
  if (heard_ || !peer_.asked) return {Io::kFailed, 0, std::move(why)};
  const bool shown = SSL_get_certificate(ssl_.get()) != nullptr;
  why += shown ? ", after it was shown this client's certificate"
               : ", after it asked for a client certificate (tls.cert_path) and was given none";
  return {Io::kFailed, 0, std::move(why), true};
}

Socket::Moved TlsSocket::read(std::span<char> to) {
  forget_errors_of_others();
  std::size_t bytes = 0;
  read_needs_ = Need::kNothing;
  const int result = SSL_read_ex(ssl_.get(), to.data(), to.size(), &bytes);
  if (result != 1) return outcome(result, read_needs_);
  heard_ = true;
  return {Io::kDone, bytes, {}};
}

Socket::Moved TlsSocket::write(std::string_view bytes) {
  Moved moved;
  write_needs_ = Need::kNothing;
  // A record each time.
  while (moved.bytes < bytes.size()) {
    forget_errors_of_others();
    std::size_t written = 0;
    const std::string_view rest = bytes.substr(moved.bytes);
    const int result = SSL_write_ex(ssl_.get(), rest.data(), rest.size(), &written);
    if (result != 1) {
      Moved end = outcome(result, write_needs_);
      // What stopped it shows again with the next write.
      return moved.bytes > 0 ? moved : end;
    }
    moved.bytes += written;
  }
  return moved;
}

// ---- waiting

void TlsSocket::wait(Need& who, Need need) {
  who = need == Need::kNothing ? Need::kWritable : need;
  bool& awaited = who == Need::kReadable ? readable_awaited_ : writable_awaited_;
  if (std::exchange(awaited, true)) return;
  if (who == Need::kReadable) {
    below_->wait_readable();
  } else {
    below_->wait_writable();
  }
}

void TlsSocket::wait_readable() {
  if (read_needs_ != Need::kNothing) return wait(reader_, read_needs_);
  // The last read got what it asked for, so there may be more that has come already.
  if (SSL_has_pending(ssl_.get()) == 1) return loop_.defer(*this);
  wait(reader_, Need::kReadable);
}

void TlsSocket::run_deferred() {
  const auto self = shared_from_this();
  events_->on_readable();
}

void TlsSocket::ready(Need what) {
  const auto self = shared_from_this();
  (what == Need::kReadable ? readable_awaited_ : writable_awaited_) = false;
  const bool reader = reader_ == what;
  const bool writer = writer_ == what;
  if (reader) reader_ = Need::kNothing;
  if (writer) writer_ = Need::kNothing;
  if (!open_) return shake();
  if (reader) events_->on_readable();
  if (writer && events_ != nullptr) events_->on_writable();
}

void TlsSocket::close() noexcept {
  if (events_ == nullptr) return;
  events_ = nullptr;
  loop_.cancel(*this);
  // A word of farewell, if it fits into the socket.
  if (open_ && !broken_) {
    forget_errors_of_others();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  below_->close();
}

}  // namespace

std::shared_ptr<Socket> make_tls_socket(runtime::Loop& loop, const SocketFactory& below,
                                        const std::shared_ptr<TlsSource>& source, Socket::Events& events) {
  return std::make_shared<TlsSocket>(loop, below, source, events);
}

}  // namespace tikv::net

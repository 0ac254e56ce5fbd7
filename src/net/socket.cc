#include "net/socket.h"

#include <algorithm>
#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "runtime/io_loop.h"

namespace tikv::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// The answers to a full batch of small requests.
constexpr std::size_t kFirstBytes = 16 << 10;

class TcpSocket final : public Socket, public std::enable_shared_from_this<TcpSocket> {
 public:
  TcpSocket(runtime::IoLoop& loop, Events& events) : events_(&events), resolver_(loop.io()), socket_(loop.io()) {}

  void connect(const Address& address) override {
    error_code error;
    const auto numeric = asio::ip::make_address(address.host, error);
    if (!error) {
      socket_.async_connect({numeric, address.port},
                            [self = shared_from_this()](error_code result) { self->connected(result, "connect"); });
      return;
    }
    resolver_.async_resolve(address.host, std::to_string(address.port), tcp::resolver::numeric_service,
                            [self = shared_from_this()](error_code result, const tcp::resolver::results_type& found) {
                              self->resolved(result, found);
                            });
  }

  Moved read(std::span<char> to) override {
    if (given_ < held_) return give(to);
    if (held_error_) return moved(std::exchange(held_error_, {}), 0);
    error_code error;
    const std::size_t bytes = socket_.read_some(asio::buffer(to.data(), to.size()), error);
    return moved(error, bytes);
  }

  Moved write(std::string_view bytes) override {
    error_code error;
    const std::size_t written = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
    return moved(error, written);
  }

  // Asio arms epoll anew for each wait, but not for a read: it knows when the socket is empty. So the first bytes are
  // read by Asio, into a small buffer, and given to the next `read`.
  void wait_readable() override {
    if (given_ < held_ || held_error_) {
      return asio::post(socket_.get_executor(), [self = shared_from_this()] { self->readable(); });
    }
    socket_.async_receive(asio::buffer(first_bytes_), [self = shared_from_this()](error_code error, std::size_t bytes) {
      self->given_ = 0;
      self->held_ = bytes;
      self->held_error_ = error;
      self->readable();
    });
  }

  void wait_writable() override {
    socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](error_code error) {
      if (!error && self->events_ != nullptr) self->events_->on_writable();
    });
  }

  void close() noexcept override {
    events_ = nullptr;
    resolver_.cancel();
    error_code ignored;
    (void)socket_.close(ignored);
  }

 private:
  void readable() {
    if (events_ != nullptr) events_->on_readable();
  }

  Moved give(std::span<char> to) {
    const std::size_t bytes = std::min(to.size(), held_ - given_);
    std::copy_n(first_bytes_.data() + given_, bytes, to.data());
    given_ += bytes;
    return {Io::kDone, bytes, {}};
  }

  void resolved(error_code error, const tcp::resolver::results_type& found) {
    if (events_ == nullptr) return;
    if (error) return events_->on_connect_failed({Io::kFailed, 0, "the name does not resolve: " + error.message()});
    asio::async_connect(socket_, found, [self = shared_from_this()](error_code result, const tcp::endpoint&) {
      self->connected(result, "connect");
    });
  }

  void connected(error_code error, const char* what) {
    if (events_ == nullptr) return;
    if (!error) {
      what = "set socket options";
      (void)socket_.set_option(tcp::no_delay(true), error);
      if (!error) (void)socket_.non_blocking(true, error);
    }
    if (error) return events_->on_connect_failed({Io::kFailed, 0, std::string(what) + ": " + error.message()});
    events_->on_connected();
  }

  static Moved moved(const error_code& error, std::size_t bytes) {
    if (!error) return {Io::kDone, bytes, {}};
    if (error == asio::error::would_block) return {Io::kWouldBlock, 0, {}};
    if (error == asio::error::eof) return {Io::kFailed, 0, "the server closed the connection"};
    return {Io::kFailed, 0, error.message()};
  }

  Events* events_;
  tcp::resolver resolver_;
  tcp::socket socket_;
  std::array<char, kFirstBytes> first_bytes_;
  std::size_t held_ = 0;   // of first_bytes_
  std::size_t given_ = 0;  // of those, to `read`
  error_code held_error_;
};

}  // namespace

std::shared_ptr<Socket> make_tcp_socket(runtime::IoLoop& loop, Socket::Events& events) {
  return std::make_shared<TcpSocket>(loop, events);
}

}  // namespace tikv::net

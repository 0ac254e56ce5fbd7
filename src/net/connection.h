#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/gzip.h"
#include "net/http2_session.h"
#include "net/http_options.h"
#include "net/socket.h"
#include "runtime/loop.h"
#include "runtime/timer.h"

namespace tikv::net {

inline constexpr std::pair<std::string_view, std::string_view> kPackedHeader = {"grpc-encoding", "gzip"};

/// What all connections of a transport share.
struct NetContext {
  runtime::Loop& loop;
  SocketFactory make_socket;
  HttpOptions options;
  /// Sockets are read into it; nothing is left there when a read handler returns.
  std::vector<char> read_buffer;
  Gzip gzip;
};

/// One HTTP/2 connection: reads, writes, watches whether the server is alive. Ends once and for all.
///
/// What streams want to send goes out when all coroutines that were ready have run, in one write.
class Connection final : public std::enable_shared_from_this<Connection>,
                         private Socket::Events,
                         private Http2Session::Events,
                         private runtime::Deferred,
                         private runtime::Timer {
 public:
  enum class State : std::uint8_t {
    kConnecting,
    kReady,
    kDraining,  ///< The server takes no new streams; those it has go on.
    kClosed,
  };

  class Owner {
   public:
    virtual void on_ready(Connection& connection) = 0;
    /// `too_many_pings`: the server asks for fewer signs of life.
    virtual void on_draining(Connection& connection, bool too_many_pings) = 0;
    /// It has closed itself, and its streams are about to be told. `why` is what a call that was not sent ends with.
    virtual void on_closing(Connection& connection, const Status& why) = 0;
    /// Its streams have been told.
    virtual void on_closed(Connection& connection) = 0;

   protected:
    ~Owner() = default;
  };

  /// Makes messages only when there is room to send them.
  class Producer {
   public:
    /// Puts the next message into its stream, and returns that. Null if there is none, or no room.
    virtual Http2Stream* produce() = 0;

   protected:
    ~Producer() = default;
  };

  Connection(NetContext& context, Owner& owner, const Address& address, std::chrono::nanoseconds keepalive_time);
  ~Connection();

  void connect();
  /// Ends the connection and all its streams; the owner is not told.
  void close(const Status& why);
  State state() const noexcept { return state_; }
  /// Why it was closed.
  const Status& why() const noexcept { return why_; }
  /// Whether the server has ever spoken HTTP/2 on it.
  bool was_ready() const noexcept { return was_ready_; }
  /// Whether a new stream may be opened.
  bool usable() const noexcept { return state_ == State::kReady; }

  // For streams; what they give to the session goes out soon.
  bool open(Http2Stream& stream, std::string_view path, std::span<const Header> extra, bool whole);
  void resume(Http2Stream& stream);
  void end(Http2Stream& stream);
  void reset(Http2Stream& stream);
  void consume(Http2Stream& stream, std::size_t bytes);
  /// Lets the producer and everything else that waits go out.
  void flush_soon();
  void set_producer(Producer* producer) noexcept { producer_ = producer; }

  /// One more answer is awaited. While there is any, the server has to show signs of life.
  void expect_answer();
  void got_answer() noexcept { --awaited_; }

  runtime::Loop& loop() const noexcept { return context_.loop; }
  const HttpOptions& options() const noexcept { return context_.options; }
  Gzip& gzip() const noexcept { return context_.gzip; }
  /// What packs the requests of a method; null for sending them as they are. Such a stream has `kPackedHeader`.
  Gzip* packer(std::string_view path) const noexcept {
    const bool packs = options().compression == Compression::kGzip && path.starts_with("/tikvpb.Tikv/");
    return packs ? &context_.gzip : nullptr;
  }
  /// "host:port", for messages.
  const std::string& name() const noexcept { return address_.authority; }

 private:
  void on_connected() override;
  void on_connect_failed(const Socket::Moved& why) override;
  void on_readable() override;
  void on_writable() override;
  void on_settings() override;
  void on_goaway(std::uint32_t error_code, std::string_view debug) override;
  void run_deferred() override;
  void on_time() override;

  void read_all();
  void pump();
  bool fill_output();
  void check_alive();
  void fail(Outcome outcome, const std::string& why);
  void fail(const Socket::Moved& moved);
  void shut(const Status& why);
  void drain(bool too_many_pings);
  void session_over();

  NetContext& context_;
  Owner& owner_;
  Address address_;
  std::chrono::nanoseconds keepalive_time_;
  std::shared_ptr<Socket> socket_;
  Http2Session session_;
  Producer* producer_ = nullptr;
  State state_ = State::kConnecting;
  Status why_;
  bool was_ready_ = false;
  bool connected_ = false;
  bool write_blocked_ = false;
  bool ping_sent_ = false;
  std::size_t awaited_ = 0;
  std::size_t opened_ = 0;
  runtime::TimePoint last_received_{};
};

}  // namespace tikv::net

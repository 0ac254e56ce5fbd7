#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/fifo.h"
#include "net/http2_stream.h"
#include "net/transport.h"

struct nghttp2_session;

namespace tikv::net {

/// The client's side of one HTTP/2 connection without a socket: bytes in, bytes out. nghttp2 does the protocol.
class Http2Session {
 public:
  struct Options {
    std::int32_t stream_window = 1 << 27;
    std::int32_t connection_window = 1 << 27;
    std::string authority;
    std::string user_agent;
    bool tls = false;
    std::vector<Header> metadata;
  };

  /// What concerns the connection as a whole.
  class Events {
   public:
    /// The server's first frame has come: it speaks HTTP/2.
    virtual void on_settings() = 0;
    /// The server wants no new streams here.
    virtual void on_goaway(std::uint32_t error_code, std::string_view debug) = 0;

   protected:
    ~Events() = default;
  };

  Http2Session(const Options& options, Events& events);
  ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  /// Takes what the socket has received. False if the connection is of no use any more: see `error()`.
  bool receive(std::string_view bytes);
  /// Puts frames into `output()` until it has about `enough` bytes or there is nothing left to send. Like `receive`.
  bool fill(std::size_t enough);
  std::string_view output() const noexcept { return std::string_view(output_).substr(taken_); }
  /// The socket has taken the first `bytes` bytes of `output()`.
  void handed_over(std::size_t bytes);
  const std::string& error() const noexcept { return error_; }

  /// Opens a stream with the usual gRPC headers, `extra` and whatever is in `stream.out()`. It goes out with `fill`.
  /// With `whole`, what is in `out()` is all that the stream ever sends.
  bool open(Http2Stream& stream, std::string_view path, std::span<const Header> extra, bool whole);
  /// There is more in `stream.out()`.
  void resume(Http2Stream& stream);
  /// Closes our side after what is in `stream.out()`.
  void end(Http2Stream& stream);
  /// Ends the stream without a word to its owner, and tells the server (HTTP/2 code CANCEL).
  void reset(Http2Stream& stream);
  /// Gives bytes of the response back to flow control.
  void consume(Http2Stream& stream, std::size_t bytes);
  void ping();
  /// Tells the server that no more streams will come.
  void go_away();
  /// Ends every stream with `kLost`.
  void lose();

  std::size_t streams() const noexcept { return streams_.size(); }

 private:
  struct Callbacks;
  struct Headers;
  void close_stream(OpenStream& stream, const StreamEnd& end);
  bool check(std::int64_t code);

  Events& events_;
  std::unique_ptr<Headers> headers_;
  nghttp2_session* session_ = nullptr;
  std::string output_;
  std::size_t taken_ = 0;          // of output_, by the socket
  std::size_t enough_ = 0;         // see fill
  std::uint64_t handed_over_ = 0;  // bytes that the socket has taken, ever
  std::uint64_t queued_ = 0;       // bytes that were put into output_, ever
  struct Mark {
    std::uint64_t at;  // value of queued_ where the bytes begin
    std::int32_t stream_id;
    std::uint32_t bytes;
  };
  Fifo<Mark> marks_;  // whose bytes are in output_
  std::vector<std::unique_ptr<OpenStream>> streams_;
  std::vector<std::unique_ptr<OpenStream>> spare_;
  std::size_t block_bytes_ = 0;  // of the headers that are just arriving
  bool greeted_ = false;
  bool drained_ = false;  // one of the two sides wants no more streams
  std::string error_;
};

}  // namespace tikv::net

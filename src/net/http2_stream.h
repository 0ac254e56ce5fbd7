#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tikv::net {

class Http2Session;
struct OpenStream;

/// How a stream ended.
struct StreamEnd {
  enum class How : std::uint8_t {
    kInOrder,  ///< The server closed its side: headers and trailers tell the rest.
    kReset,    ///< One side reset the stream, with `error_code`.
    kLost,     ///< The connection is gone.
  };
  How how = How::kInOrder;
  std::uint32_t error_code = 0;  ///< HTTP/2 error code.
  /// The server said that it has not looked at the stream and never will, and has not answered on it either.
  bool refused = false;
};

/// One exchange on an HTTP/2 connection, as its owner sees it. All functions are called by the session while it reads
/// or writes; they may open and reset streams.
class Http2Stream {
 public:
  Http2Stream(const Http2Stream&) = delete;
  Http2Stream& operator=(const Http2Stream&) = delete;

  /// A header or trailer of the response.
  virtual void on_header(std::string_view name, std::string_view value) = 0;
  /// Bytes of the response. Each has to be given back to flow control with `Http2Session::consume`.
  virtual void on_data(std::string_view bytes) = 0;
  /// The socket has taken the next `bytes` bytes of what was put into `out()`.
  virtual void on_handed_over(std::size_t bytes) = 0;
  /// The stream is over and forgotten by the session; the last call, unless `reset` came first.
  virtual void on_closed(const StreamEnd& end) = 0;

  /// What is to be sent: append, then call `Http2Session::resume`.
  std::string& out() noexcept { return out_; }
  bool all_taken() const noexcept { return taken_ == out_.size(); }
  /// Whether a session knows the stream.
  bool open() const noexcept { return state_ != nullptr; }

 protected:
  Http2Stream() = default;
  ~Http2Stream() = default;
  /// Makes a closed stream ready to be opened anew.
  void clear_out() noexcept;

 private:
  friend class Http2Session;
  void take(std::string& to, std::size_t size);

  std::string out_;
  std::size_t taken_ = 0;  // of out_, by the session
  OpenStream* state_ = nullptr;
};

}  // namespace tikv::net

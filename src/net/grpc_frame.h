#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// gRPC's length-prefixed messages: one byte of flags, four bytes of length, the message.
namespace tikv::net {

inline constexpr std::size_t kFrameHeader = 5;
/// The first byte of a frame whose message is compressed; 0 if it is not.
inline constexpr char kCompressedFlag = 1;

/// Appends the frame of a message of `size` bytes (below 4 GiB) to `out`; the caller writes the message to the returned
/// place, which has room for exactly that.
char* append_frame(std::string& out, std::size_t size);

/// Cuts a stream of bytes into messages. A message that arrives in one piece is not copied.
class Deframer {
 public:
  enum class Next : std::uint8_t {
    kMessage,   ///< `message()` holds it until the next call.
    kMore,      ///< All bytes are used up.
    kTooLarge,  ///< The next message is above the limit; its size is `size()`. Nothing can be read any more.
    kBadFlag,   ///< These are no frames. Nothing can be read any more.
  };

  explicit Deframer(std::size_t limit) : limit_(limit) {}

  /// The next piece, which has to stay in place until `next()` said `kMore`.
  void feed(std::string_view bytes) noexcept { rest_ = bytes; }
  Next next();
  std::string_view message() const noexcept { return message_; }
  /// Whether the message is compressed.
  bool compressed() const noexcept { return compressed_; }
  std::size_t size() const noexcept { return size_; }
  /// Whether the stream stopped inside a message.
  bool partial() const noexcept { return !partial_.empty() && !delivered_; }
  void clear() noexcept;

 private:
  bool collect(std::size_t up_to);
  Next check_header(const char* header) noexcept;

  std::size_t limit_;
  std::string_view rest_;
  std::string_view message_;
  std::size_t size_ = 0;
  std::string partial_;  // header and beginning of a message that came in pieces
  bool compressed_ = false;
  bool delivered_ = false;  // partial_ is a message that was given out
};

}  // namespace tikv::net

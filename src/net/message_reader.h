#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/grpc_frame.h"
#include "net/gzip.h"
#include "net/transport.h"

namespace tikv::net {

/// Takes the messages out of a response's bytes, and out of gzip where the server has packed them.
class MessageReader {
 public:
  /// `limit`: largest message, before and after unpacking.
  explicit MessageReader(std::size_t limit) : limit_(limit), deframer_(limit) {}

  /// A header of the response; tells how messages are packed.
  void on_header(std::string_view name, std::string_view value);
  /// The next piece, which has to stay in place until `next` has nothing more.
  void feed(std::string_view bytes) noexcept { deframer_.feed(bytes); }
  /// The next message, valid until the next call. Nothing: all bytes are used up, or there is a `failure`.
  std::optional<std::string_view> next(Gzip& gzip);
  /// Why nothing can be read any more; OK if there is nothing wrong.
  const Status& failure() const noexcept { return failure_; }
  /// Whether the response stopped inside a message.
  bool partial() const noexcept { return deframer_.partial(); }
  void clear();

 private:
  enum class Encoding : std::uint8_t { kNotTold, kGzip, kOther };
  std::optional<std::string_view> unpack(std::string_view packed, Gzip& gzip);

  const std::size_t limit_;
  Deframer deframer_;
  Encoding encoding_ = Encoding::kNotTold;
  std::string other_;  // the encoding's name, for kOther
  Status failure_;
};

/// Packs the message of `size` bytes whose frame ends `out`, if that makes it shorter.
void pack_last_frame(std::string& out, std::size_t size, Gzip& gzip);

}  // namespace tikv::net

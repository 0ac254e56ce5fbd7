#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tikv::net {

/// Packs and unpacks gRPC messages with gzip, one at a time. Takes some 300 KB of memory when it is first used.
class Gzip {
 public:
  Gzip();
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  /// Appends the packed message to `out`.
  void pack(std::string_view message, std::string& out);

  enum class Unpacked : std::uint8_t { kDone, kTooLarge, kBroken };
  /// Puts the message into `out`, and never more than `limit` bytes and one: a few bytes can stand for gigabytes.
  Unpacked unpack(std::string_view packed, std::size_t limit, std::string& out);

  /// Somewhere to put a message that is used up at once.
  std::string& scratch() noexcept { return scratch_; }

 private:
  struct Streams;
  Streams& streams();
  std::unique_ptr<Streams> streams_;
  std::string scratch_;
};

}  // namespace tikv::net

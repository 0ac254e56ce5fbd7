#include "net/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

namespace tikv::net {
namespace {

// For zlib: the largest window, with gzip's header and trailer around it.
constexpr int kGzipWindow = 15 + 16;
constexpr int kMemory = 8;
constexpr std::size_t kFirstGuess = 4096;
// A long message's memory is not kept for the short ones after it.
constexpr std::size_t kKeepCapacity = 256 << 10;

Bytef* bytes(const char* data) { return reinterpret_cast<Bytef*>(const_cast<char*>(data)); }

uInt most(std::size_t size) { return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max())); }

}  // namespace

struct Gzip::Streams {
  Streams() {
    if (deflateInit2(&packing, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
    if (inflateInit2(&unpacking, kGzipWindow) != Z_OK) {
      deflateEnd(&packing);
      throw std::bad_alloc();
    }
  }
  ~Streams() {
    deflateEnd(&packing);
    inflateEnd(&unpacking);
  }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  z_stream packing{};
  z_stream unpacking{};
};

Gzip::Gzip() = default;
Gzip::~Gzip() = default;

Gzip::Streams& Gzip::streams() {
  if (!streams_) streams_ = std::make_unique<Streams>();
  return *streams_;
}

void Gzip::pack(std::string_view message, std::string& out) {
  z_stream& stream = streams().packing;
  deflateReset(&stream);
  const std::size_t begin = out.size();
  // Enough for all of it, whatever is in the message.
  out.resize(begin + deflateBound(&stream, message.size()));
  std::size_t in_at = 0;
  std::size_t out_at = begin;
  for (int state = Z_OK; state == Z_OK || state == Z_BUF_ERROR;) {
    stream.next_in = bytes(message.data() + in_at);
    stream.avail_in = most(message.size() - in_at);
    stream.next_out = bytes(out.data() + out_at);
    stream.avail_out = most(out.size() - out_at);
    const bool last = in_at + stream.avail_in == message.size();
    state = deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
    in_at = static_cast<std::size_t>(reinterpret_cast<const char*>(stream.next_in) - message.data());
    out_at = static_cast<std::size_t>(reinterpret_cast<char*>(stream.next_out) - out.data());
  }
  out.resize(out_at);
}

Gzip::Unpacked Gzip::unpack(std::string_view packed, std::size_t limit, std::string& out) {
  z_stream& stream = streams().unpacking;
  inflateReset(&stream);
  if (out.capacity() > kKeepCapacity) out = std::string();
  out.resize(std::min(limit, std::max(kFirstGuess, std::min(4 * packed.size(), kKeepCapacity))) + 1);
  std::size_t in_at = 0;
  std::size_t out_at = 0;
  for (;;) {
    stream.next_in = bytes(packed.data() + in_at);
    stream.avail_in = most(packed.size() - in_at);
    stream.next_out = bytes(out.data() + out_at);
    stream.avail_out = most(out.size() - out_at);
    const int state = inflate(&stream, Z_NO_FLUSH);
    in_at = static_cast<std::size_t>(reinterpret_cast<const char*>(stream.next_in) - packed.data());
    out_at = static_cast<std::size_t>(reinterpret_cast<char*>(stream.next_out) - out.data());
    if (out_at > limit) return Unpacked::kTooLarge;
    if (state == Z_STREAM_END) {
      if (in_at == packed.size()) break;
      inflateReset(&stream);  // gzip's files may have several parts, one after the other
      continue;
    }
    if (state != Z_OK && state != Z_BUF_ERROR) return Unpacked::kBroken;
    if (out_at == out.size()) {
      out.resize(std::min(limit, 2 * out.size()) + 1);
    } else if (in_at == packed.size() || state == Z_BUF_ERROR) {
      return Unpacked::kBroken;  // it stops in the middle
    }
  }
  out.resize(out_at);
  return Unpacked::kDone;
}

}  // namespace tikv::net

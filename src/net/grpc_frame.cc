#include "net/grpc_frame.h"

#include <algorithm>

namespace tikv::net {
namespace {

// A long message is not kept allocated for the short ones after it.
constexpr std::size_t kKeepCapacity = 256 << 10;

std::size_t frame_size(const char* header) noexcept {
  const auto* bytes = reinterpret_cast<const unsigned char*>(header);
  return std::size_t{bytes[1]} << 24 | std::size_t{bytes[2]} << 16 | std::size_t{bytes[3]} << 8 | bytes[4];
}

}  // namespace

char* append_frame(std::string& out, std::size_t size) {
  const std::size_t begin = out.size();
  const std::size_t needed = begin + kFrameHeader + size;
  if (needed > out.capacity()) out.reserve(std::max(needed, 2 * out.capacity()));
  out.resize_and_overwrite(needed, [](char*, std::size_t n) { return n; });
  char* header = out.data() + begin;
  header[0] = 0;
  for (int i = 0; i < 4; ++i) header[1 + i] = static_cast<char>(size >> (24 - 8 * i));
  return header + kFrameHeader;
}

void Deframer::clear() noexcept {
  rest_ = message_ = {};
  size_ = 0;
  delivered_ = false;
  partial_.clear();
  if (partial_.capacity() > kKeepCapacity) partial_.shrink_to_fit();
}

// Moves bytes of the piece into partial_ until that has `up_to`. False if the piece ended before.
bool Deframer::collect(std::size_t up_to) {
  const std::size_t taken = std::min(rest_.size(), up_to - partial_.size());
  partial_.append(rest_.substr(0, taken));
  rest_.remove_prefix(taken);
  return partial_.size() == up_to;
}

Deframer::Next Deframer::check_header(const char* header) noexcept {
  size_ = frame_size(header);
  compressed_ = header[0] == kCompressedFlag;
  if (header[0] != 0 && !compressed_) return Next::kBadFlag;
  return size_ > limit_ ? Next::kTooLarge : Next::kMessage;
}

Deframer::Next Deframer::next() {
  if (delivered_) {
    delivered_ = false;
    partial_.clear();
    if (partial_.capacity() > kKeepCapacity) partial_.shrink_to_fit();
  }
  if (partial_.empty() && rest_.size() >= kFrameHeader) {
    if (const Next bad = check_header(rest_.data()); bad != Next::kMessage) return bad;
    if (rest_.size() >= kFrameHeader + size_) {
      message_ = rest_.substr(kFrameHeader, size_);
      rest_.remove_prefix(kFrameHeader + size_);
      return Next::kMessage;
    }
  }
  if (partial_.size() < kFrameHeader && !collect(kFrameHeader)) return Next::kMore;
  if (const Next bad = check_header(partial_.data()); bad != Next::kMessage) return bad;
  if (!collect(kFrameHeader + size_)) return Next::kMore;
  message_ = std::string_view(partial_).substr(kFrameHeader);
  delivered_ = true;
  return Next::kMessage;
}

}  // namespace tikv::net

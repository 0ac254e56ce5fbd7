#include "line_reader.h"

#include <algorithm>

#include "exit_code.h"

namespace tikv::cli {
namespace {

constexpr std::size_t kChunk = 256 << 10;

}  // namespace

void Digest::add(std::string_view bytes) noexcept {
  for (const char c : bytes) value = (value ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
}

bool LineReader::fill() {
  buffer_.erase(0, start_);
  start_ = 0;
  const std::size_t held = buffer_.size();
  if (held > kMaxLine)
    throw Failure(Exit::kUsage, "line " + std::to_string(position_.line + 1) + " is longer than 64 MiB");
  buffer_.resize(held + kChunk);
  in_.read(buffer_.data() + held, kChunk);
  buffer_.resize(held + static_cast<std::size_t>(in_.gcount()));
  if (in_.bad()) throw Failure(Exit::kFile, "the input could not be read");
  return buffer_.size() > held;
}

std::optional<std::string_view> LineReader::next() {
  std::size_t searched = start_;
  std::size_t end = 0;
  while ((end = buffer_.find('\n', searched)) == std::string::npos) {
    const std::size_t held = buffer_.size() - start_;
    if (!fill()) break;
    searched = held;
  }
  const bool whole = end != std::string::npos;
  if (!whole && start_ == buffer_.size()) return std::nullopt;
  const std::string_view line = std::string_view(buffer_).substr(start_, whole ? end - start_ : std::string::npos);
  const std::size_t taken = line.size() + (whole ? 1 : 0);
  position_.digest.add(std::string_view(buffer_).substr(start_, taken));
  position_.offset += taken;
  ++position_.line;
  start_ += taken;
  return line;
}

bool LineReader::skip_to(const Position& position) {
  while (position_.offset < position.offset) {
    if (start_ == buffer_.size() && !fill()) return false;
    const std::uint64_t wanted = position.offset - position_.offset;
    const std::size_t taken = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, buffer_.size() - start_));
    position_.digest.add(std::string_view(buffer_).substr(start_, taken));
    position_.offset += taken;
    start_ += taken;
  }
  position_.line = position.line;
  return position_ == position;
}

}  // namespace tikv::cli

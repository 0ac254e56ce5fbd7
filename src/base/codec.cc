#include "base/codec.h"

#include <cstdint>

namespace tikv::base {
namespace {

constexpr std::size_t kGroup = 8;
constexpr unsigned char kMarker = 0xFF;

}  // namespace

void encode_bytes_to(std::string_view bytes, std::string& out) {
  out.reserve(out.size() + (bytes.size() / kGroup + 1) * (kGroup + 1));
  // One group more than there are full ones: a key of whole groups ends with a group of padding alone.
  for (std::size_t at = 0; at <= bytes.size(); at += kGroup) {
    const std::string_view group = bytes.substr(at, kGroup);
    const std::size_t padding = kGroup - group.size();
    out.append(group);
    out.append(padding, '\0');
    out.push_back(static_cast<char>(kMarker - padding));
  }
}

std::string encode_bytes(std::string_view bytes) {
  std::string out;
  encode_bytes_to(bytes, out);
  return out;
}

Result<std::string> decode_bytes(std::string_view encoded) {
  std::string out;
  out.reserve(encoded.size() / (kGroup + 1) * kGroup);
  while (encoded.size() >= kGroup + 1) {
    const std::string_view group = encoded.substr(0, kGroup);
    const auto marker = static_cast<unsigned char>(encoded[kGroup]);
    encoded.remove_prefix(kGroup + 1);
    const std::size_t padding = kMarker - marker;
    if (padding > kGroup)
      return std::unexpected(Error(ErrorKind::kInvalidArgument, "encoded key has a bad group marker"));
    const std::size_t kept = kGroup - padding;
    if (group.substr(kept).find_first_not_of('\0') != std::string_view::npos) {
      return std::unexpected(Error(ErrorKind::kInvalidArgument, "encoded key has padding that is not zero"));
    }
    out.append(group.substr(0, kept));
    if (padding > 0) {
      if (!encoded.empty())
        return std::unexpected(Error(ErrorKind::kInvalidArgument, "bytes after the end of an encoded key"));
      return out;
    }
  }
  return std::unexpected(Error(ErrorKind::kInvalidArgument, "encoded key ends in the middle of a group"));
}

}  // namespace tikv::base

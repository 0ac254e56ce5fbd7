#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// HTTP/2 as bytes, right or wrong, for servers that do as they like.
namespace tikv::net::wire {

enum Type : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kReset = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};
enum Flag : std::uint8_t { kNone = 0, kEndStream = 1, kEndHeaders = 4 };

inline std::string big_endian(std::uint64_t value, int bytes) {
  std::string out;
  while (bytes-- > 0) out.push_back(static_cast<char>(value >> (8 * bytes)));
  return out;
}

/// A frame that says it has `length` bytes, whatever it has.
inline std::string frame_of_length(std::size_t length, std::uint8_t type, std::uint8_t flags, std::int32_t stream,
                                   std::string_view payload) {
  std::string out = big_endian(length, 3) + big_endian(type, 1) + big_endian(flags, 1);
  return out + big_endian(static_cast<std::uint32_t>(stream), 4) + std::string(payload);
}
inline std::string frame(std::uint8_t type, std::uint8_t flags, std::int32_t stream, std::string_view payload = {}) {
  return frame_of_length(payload.size(), type, flags, stream, payload);
}

/// A header line that is not remembered for later ones.
inline std::string line(std::string_view name, std::string_view value) {
  const auto text = [](std::string_view t) {
    std::string out;
    if (t.size() < 127) return big_endian(t.size(), 1) + std::string(t);
    out.push_back(127);
    std::size_t rest = t.size() - 127;
    for (; rest >= 128; rest >>= 7) out.push_back(static_cast<char>(rest | 128));
    out.push_back(static_cast<char>(rest));
    return out + std::string(t);
  };
  return std::string(1, '\0') + text(name) + text(value);
}
inline std::string grpc_lines() { return "\x88" + line("content-type", "application/grpc"); }

inline std::string greeting() { return frame(kSettings, kNone, 0); }
inline std::string setting(std::uint16_t id, std::uint32_t value) { return big_endian(id, 2) + big_endian(value, 4); }
inline std::string headers(std::int32_t stream, std::string_view lines, bool ends = false) {
  return frame(kHeaders, static_cast<std::uint8_t>(kEndHeaders | (ends ? kEndStream : kNone)), stream, lines);
}
inline std::string grpc_headers(std::int32_t stream) { return headers(stream, grpc_lines()); }
inline std::string trailers(std::int32_t stream, std::string_view status = "0") {
  return headers(stream, line("grpc-status", status), true);
}
inline std::string data(std::int32_t stream, std::string_view bytes, bool ends = false) {
  return frame(kData, ends ? kEndStream : kNone, stream, bytes);
}
/// A gRPC message that says it has `length` bytes, whatever it has.
inline std::string message_of_length(std::size_t length, std::string_view bytes) {
  return big_endian(0, 1) + big_endian(length, 4) + std::string(bytes);
}
inline std::string message(std::string_view bytes) { return message_of_length(bytes.size(), bytes); }
inline std::string reset(std::int32_t stream, std::uint32_t code) {
  return frame(kReset, kNone, stream, big_endian(code, 4));
}
inline std::string window_update(std::int32_t stream, std::uint32_t by) {
  return frame(kWindowUpdate, kNone, stream, big_endian(by, 4));
}
inline std::string goaway(std::int32_t last, std::uint32_t code) {
  return frame(kGoaway, kNone, 0, big_endian(static_cast<std::uint32_t>(last), 4) + big_endian(code, 4));
}
inline std::string repeated(std::string_view bytes, int times) {
  std::string out;
  while (times-- > 0) out += bytes;
  return out;
}

}  // namespace tikv::net::wire

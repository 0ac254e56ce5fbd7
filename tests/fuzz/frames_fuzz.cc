// gRPC's frames: cut into pieces anyhow, the same messages come out.

#include <string>
#include <vector>

#include "input.h"
#include "net/address.h"
#include "net/grpc_frame.h"
#include "net/grpc_status.h"

namespace tikv::net {
namespace {

constexpr std::size_t kLimit = 1000;

struct Read {
  std::vector<std::string> messages;
  Deframer::Next end = Deframer::Next::kMore;
  bool partial = false;
  friend bool operator==(const Read&, const Read&) = default;
};

void read(Deframer& deframer, std::string_view bytes, Read& read) {
  if (read.end != Deframer::Next::kMore) return;
  deframer.feed(bytes);
  while ((read.end = deframer.next()) == Deframer::Next::kMessage) read.messages.emplace_back(deframer.message());
  read.partial = read.end == Deframer::Next::kMore && deframer.partial();
}

void check_frames(std::string_view bytes, std::string_view cuts) {
  Deframer at_once(kLimit);
  Read whole;
  read(at_once, bytes, whole);
  Deframer in_pieces(kLimit);
  Read cut;
  for (const char c : cuts) {
    // A copy of its own, so that a look behind the piece is seen.
    const std::string piece(bytes.substr(0, static_cast<unsigned char>(c)));
    read(in_pieces, piece, cut);
    bytes.remove_prefix(piece.size());
  }
  read(in_pieces, bytes, cut);
  FUZZ_CHECK(cut == whole);
  for (const std::string& message : whole.messages) FUZZ_CHECK(message.size() <= kLimit);
}

void check_status(std::string_view text) {
  ResponseStatus status;
  for (std::string_view rest = text; !rest.empty();) {
    constexpr std::string_view kNames[] = {":status", "content-type", "grpc-status", "grpc-message", "other"};
    const std::string_view name = kNames[static_cast<unsigned char>(rest.front()) % std::size(kNames)];
    const std::string_view value = rest.substr(1, rest.find('\n') - 1);
    status.on_header(name, value);
    rest.remove_prefix(std::min(rest.size(), value.size() + 2));
  }
  const Status end = status.at_end();
  FUZZ_CHECK(end.ok() || !outcome_name(end).empty());
  (void)percent_decode(text);
  (void)parse_address(text);
}

}  // namespace
}  // namespace tikv::net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tikv::fuzz::Input input(data, size);
  const std::string_view cuts = input.take(input.byte() % 16);
  const std::string_view bytes = input.rest();
  tikv::net::check_frames(bytes, cuts);
  tikv::net::check_status(bytes);
  return 0;
}

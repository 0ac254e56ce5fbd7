// gRPC messages in gzip: what a server has packed comes out as it was, whatever is cut, damaged, a lie or a bomb fails
// with a reason and takes no more memory than the limit, and the next response is read as if nothing had happened.

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "input.h"
#include "net/grpc_frame.h"
#include "net/message_reader.h"

namespace tikv::net {
namespace {

constexpr std::array<std::size_t, 3> kLimits = {64, 1000, 100'000};
constexpr std::array<const char*, 4> kEncodings = {"gzip", "gzip", "snappy", nullptr};

std::string framed(std::string_view message, char flag) {
  std::string out;
  std::copy(message.begin(), message.end(), append_frame(out, message.size()));
  out[out.size() - message.size() - kFrameHeader] = flag;
  return out;
}

/// A response's bytes, and what has to come of them as far as that is known.
class Response {
 public:
  Response(std::size_t limit, bool gzip) : limit_(limit), gzip_(gzip) {}

  void add_plain(std::string_view message) { add(message, framed(message, 0), message.size() > limit_, false); }
  void add_packed(std::string_view message, const std::string& packed) {
    add(message, framed(packed, kCompressedFlag), packed.size() > limit_, true);
  }
  /// `message` packed, and broken since.
  void add_broken(std::string_view message, const std::string& packed) {
    bytes_ += framed(packed, kCompressedFlag);
    // What is above the limit may be seen first.
    if (known_ && message.size() <= limit_ && packed.size() <= limit_) stop(Outcome::kMalformed);
    known_ = false;
  }
  void add_anything(std::string_view frame) {
    bytes_ += frame;
    known_ = false;
  }

  const std::string& bytes() const { return bytes_; }
  /// These come first.
  const std::vector<std::string>& messages() const { return messages_; }
  /// This comes next; nothing where that is not known.
  std::optional<Outcome> end() const { return end_ ? end_ : known_ ? std::optional(Outcome::kOk) : std::nullopt; }

 private:
  void add(std::string_view message, const std::string& frame, bool large, bool packed) {
    bytes_ += frame;
    if (!known_) return;
    if (large) return stop(Outcome::kTooLarge);
    if (packed && !gzip_) return stop(Outcome::kMalformed);
    if (message.size() > limit_) return stop(Outcome::kTooLarge);
    messages_.emplace_back(message);
  }
  void stop(Outcome outcome) {
    end_ = outcome;
    known_ = false;
  }

  const std::size_t limit_;
  const bool gzip_;
  std::string bytes_;
  std::vector<std::string> messages_;
  std::optional<Outcome> end_;
  bool known_ = true;
};

std::string pack(Gzip& gzip, std::string_view message) {
  std::string out;
  gzip.pack(message, out);
  return out;
}

void add_damaged(Response& response, Gzip& gzip, fuzz::Input& input) {
  constexpr std::size_t kTrailer = 8;  // checksum and length
  const std::string_view message = input.piece();
  std::string packed = pack(gzip, message);
  const std::size_t at = input.byte() % packed.size();
  const char change = static_cast<char>(input.byte());
  const std::size_t lost = input.byte() % packed.size();
  const bool in_trailer = at + kTrailer >= packed.size();
  packed[at] ^= change;
  packed.resize(packed.size() - lost);
  if (change == 0 && lost == 0) return response.add_packed(message, packed);
  if (change == 0 || (in_trailer && lost == 0)) return response.add_broken(message, packed);
  response.add_anything(framed(packed, kCompressedFlag));  // in a header, some changes mean nothing
}

void add_bomb(Response& response, Gzip& gzip, fuzz::Input& input) {
  constexpr std::size_t kUnit = 1024;
  const char filling = static_cast<char>(input.byte());
  const std::string message(input.byte() * kUnit, filling);
  response.add_packed(message, pack(gzip, message));
}

void add_lie(Response& response, fuzz::Input& input) {
  std::string frame(input.take(kFrameHeader));
  frame += input.piece();
  response.add_anything(frame);
}

void add_part(Response& response, Gzip& gzip, fuzz::Input& input) {
  switch (input.byte() % 6) {
    case 0:
      return response.add_plain(input.piece());
    case 1: {
      const std::string_view message = input.piece();
      return response.add_packed(message, pack(gzip, message));
    }
    case 2: {  // gzip's own parts, one after the other
      const std::string one(input.piece());
      const std::string two(input.piece());
      return response.add_packed(one + two, pack(gzip, one) + pack(gzip, two));
    }
    case 3:
      return add_damaged(response, gzip, input);
    case 4:
      return add_bomb(response, gzip, input);
    default:
      return add_lie(response, input);
  }
}

struct Read {
  std::vector<std::string> messages;
  Outcome outcome = Outcome::kOk;
  std::string why;
  bool partial = false;
  friend bool operator==(const Read&, const Read&) = default;
};

void read_piece(MessageReader& reader, Gzip& gzip, std::string_view bytes, Read& read) {
  if (read.outcome != Outcome::kOk) return;
  reader.feed(bytes);
  while (const auto message = reader.next(gzip)) read.messages.emplace_back(*message);
  read.outcome = reader.failure().outcome;
  read.why = reader.failure().message;
  read.partial = read.outcome == Outcome::kOk && reader.partial();
}

Read read_all(MessageReader& reader, Gzip& gzip, std::string_view bytes, std::string_view cuts) {
  Read read;
  for (const char c : cuts) {
    // A copy of its own, so that a look behind the piece is seen.
    const std::string piece(bytes.substr(0, static_cast<unsigned char>(c)));
    read_piece(reader, gzip, piece, read);
    bytes.remove_prefix(piece.size());
  }
  read_piece(reader, gzip, std::string(bytes), read);
  return read;
}

void check_read(const Read& read, const Response& response, std::size_t limit) {
  const auto& honest = response.messages();
  FUZZ_CHECK(read.messages.size() >= honest.size());
  FUZZ_CHECK(std::equal(honest.begin(), honest.end(), read.messages.begin()));
  for (const std::string& message : read.messages) FUZZ_CHECK(message.size() <= limit);
  if (const auto end = response.end()) {
    FUZZ_CHECK(read.messages.size() == honest.size());
    FUZZ_CHECK(read.outcome == *end);
    FUZZ_CHECK(!read.partial);
  }
  if (read.outcome == Outcome::kOk) return;
  FUZZ_CHECK(read.outcome == Outcome::kMalformed || read.outcome == Outcome::kTooLarge);
  FUZZ_CHECK(!read.why.empty());
}

/// Requests: packed or not, behind another frame, the same message comes out.
void check_request(MessageReader& reader, Gzip& gzip, std::string_view message, std::size_t limit) {
  if (message.size() > limit) return;
  std::string out = framed("before", 0) + framed(message, 0);
  pack_last_frame(out, message.size(), gzip);
  reader.on_header("grpc-encoding", "gzip");
  const Read read = read_all(reader, gzip, out, {});
  FUZZ_CHECK(read.outcome == Outcome::kOk && !read.partial);
  FUZZ_CHECK(read.messages == (std::vector<std::string>{"before", std::string(message)}));
}

}  // namespace
}  // namespace tikv::net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tikv::net;
  tikv::fuzz::Input input(data, size);
  const std::uint8_t how = input.byte();
  const std::size_t limit = kLimits[how % kLimits.size()];
  const char* encoding = kEncodings[how / kLimits.size() % kEncodings.size()];
  const std::string_view cuts = input.take(input.byte() % 16);
  const std::string_view rest = tikv::fuzz::Input(input).rest();

  Gzip server;
  Response response(limit, encoding == kEncodings.front());
  while (!input.empty()) add_part(response, server, input);

  Gzip gzip;
  MessageReader at_once(limit);
  MessageReader in_pieces(limit);
  for (MessageReader* reader : {&at_once, &in_pieces}) {
    if (encoding != nullptr) reader->on_header("grpc-encoding", encoding);
  }
  const Read whole = read_all(at_once, gzip, response.bytes(), {});
  check_read(whole, response, limit);
  FUZZ_CHECK(read_all(in_pieces, gzip, response.bytes(), cuts) == whole);
  FUZZ_CHECK(gzip.scratch().capacity() <= 2 * (limit + 1));

  in_pieces.clear();
  check_request(in_pieces, gzip, rest, limit);
  return 0;
}

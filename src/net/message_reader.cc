#include "net/message_reader.h"

#include <algorithm>

#include "net/grpc_status.h"

namespace tikv::net {

void MessageReader::on_header(std::string_view name, std::string_view value) {
  if (name != "grpc-encoding") return;
  encoding_ = value == "gzip" ? Encoding::kGzip : Encoding::kOther;
  if (encoding_ == Encoding::kOther) other_ = value;
}

std::optional<std::string_view> MessageReader::next(Gzip& gzip) {
  switch (deframer_.next()) {
    case Deframer::Next::kMore:
      break;
    case Deframer::Next::kTooLarge:
      failure_ = too_large("response", deframer_.size(), limit_);
      break;
    case Deframer::Next::kBadFlag:
      failure_ = failed(Outcome::kMalformed, "the response is not framed as gRPC does");
      break;
    case Deframer::Next::kMessage:
      return deframer_.compressed() ? unpack(deframer_.message(), gzip) : deframer_.message();
  }
  return std::nullopt;
}

std::optional<std::string_view> MessageReader::unpack(std::string_view packed, Gzip& gzip) {
  if (encoding_ != Encoding::kGzip) {
    const std::string how = encoding_ == Encoding::kOther ? "with '" + other_ + "'" : "and does not say how";
    failure_ = failed(Outcome::kMalformed, "the response is compressed " + how + "; this client knows gzip");
    return std::nullopt;
  }
  std::string& message = gzip.scratch();
  switch (gzip.unpack(packed, limit_, message)) {
    case Gzip::Unpacked::kDone:
      return message;
    case Gzip::Unpacked::kTooLarge:
      failure_ = failed(Outcome::kTooLarge, "response of " + std::to_string(packed.size()) +
                                                " bytes is, unpacked, above the limit of " + std::to_string(limit_));
      break;
    case Gzip::Unpacked::kBroken:
      failure_ = failed(Outcome::kMalformed, "the response is no gzip");
      break;
  }
  return std::nullopt;
}

void MessageReader::clear() {
  deframer_.clear();
  encoding_ = Encoding::kNotTold;
  other_.clear();
  failure_ = {};
}

void pack_last_frame(std::string& out, std::size_t size, Gzip& gzip) {
  const std::size_t begin = out.size() - size - kFrameHeader;
  std::string& packed = gzip.scratch();
  packed.clear();
  gzip.pack(std::string_view(out).substr(begin + kFrameHeader), packed);
  if (packed.size() >= size) return;
  out.resize(begin);
  std::copy(packed.begin(), packed.end(), append_frame(out, packed.size()));
  out[begin] = kCompressedFlag;
}

}  // namespace tikv::net

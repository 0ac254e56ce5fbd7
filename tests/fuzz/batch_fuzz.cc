// BatchCommandsResponse, read by hand: the same as protobuf reads it.

#include <tikv/proto/tikvpb.pb.h>

#include <string>

#include "input.h"
#include "net/batch_codec.h"
#include "net/grpc_frame.h"

namespace tikv::net {
namespace {

using proto::tikvpb::BatchCommandsResponse;

bool within(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

/// Whether this version of the messages has a response of that number.
bool known(std::uint32_t arm) {
  std::string tag;
  for (std::uint32_t key = arm << 3 | 2; key != 0; key >>= 7) {
    tag.push_back(static_cast<char>(key < 0x80 ? key : (key & 0x7f) | 0x80));
  }
  tag.push_back('\0');
  BatchCommandsResponse::Response response;
  return response.ParseFromString(tag) && response.cmd_case() != BatchCommandsResponse::Response::CMD_NOT_SET;
}

void check(std::string_view bytes) {
  BatchResponseReader reader;
  const bool read = reader.read(bytes);
  BatchCommandsResponse response;
  const bool parsed = response.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  // Protobuf also looks into the answers, which the reader leaves to who asked; groups are nothing that TiKV sends.
  if (!read || !parsed) return;
  FUZZ_CHECK(static_cast<int>(reader.answers().size()) == response.responses_size());
  FUZZ_CHECK(reader.transport_layer_load() == response.transport_layer_load());
  FUZZ_CHECK(within(reader.health_feedback(), bytes));
  for (int i = 0; i < response.responses_size(); ++i) {
    const BatchAnswer& answer = reader.answers()[static_cast<std::size_t>(i)];
    FUZZ_CHECK(answer.id == response.request_ids(i));
    FUZZ_CHECK(within(answer.body, bytes));
    if (known(answer.arm)) {
      FUZZ_CHECK(answer.arm == static_cast<std::uint32_t>(response.responses(i).cmd_case()));
    }
  }
}

}  // namespace
}  // namespace tikv::net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tikv::net::check(tikv::fuzz::Input(data, size).rest());
  return 0;
}

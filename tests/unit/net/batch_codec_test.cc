// What is written and read by hand, against protobuf.

#include "net/batch_codec.h"

#include <gtest/gtest.h>
#include <tikv/proto/tikvpb.pb.h>

#include <random>
#include <string>
#include <vector>

namespace tikv::net {
namespace {

namespace kvrpcpb = proto::kvrpcpb;
namespace tikvpb = proto::tikvpb;

constexpr std::uint32_t kRawGet = 13;
constexpr std::uint32_t kEmpty = 255;

std::string written(const BatchRequestWriter& writer) {
  std::string text(writer.size(), '?');
  EXPECT_EQ(writer.write(text.data()), text.data() + text.size());
  return text;
}

TEST(BatchCodecTest, WriterWritesWhatProtobufReads) {
  std::mt19937_64 random(1);
  BatchRequestWriter writer;
  for (int round = 0; round < 200; ++round) {
    writer.clear();
    const std::size_t count = 1 + random() % 130;
    std::vector<kvrpcpb::RawGetRequest> gets(count);
    std::vector<tikvpb::BatchCommandsEmptyRequest> empties(count);
    tikvpb::BatchCommandsRequest expected;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t id = random() >> (random() % 64);
      expected.add_request_ids(id);
      if (random() % 4 == 0) {
        empties[i].set_test_id(random() % 3);
        *expected.add_requests()->mutable_empty() = empties[i];
        const std::size_t body = empties[i].ByteSizeLong();
        const std::size_t size = writer.size_with(kEmpty, id, body);
        writer.add(kEmpty, id, empties[i], body);
        EXPECT_EQ(writer.size(), size);
      } else {
        gets[i].set_key(std::string(random() % 300, 'k'));
        *expected.add_requests()->mutable_rawget() = gets[i];
        const std::size_t body = gets[i].ByteSizeLong();
        const std::size_t size = writer.size_with(kRawGet, id, body);
        writer.add(kRawGet, id, gets[i], body);
        EXPECT_EQ(writer.size(), size);
      }
    }
    EXPECT_EQ(writer.count(), count);
    ASSERT_EQ(written(writer), expected.SerializeAsString());
  }
}

tikvpb::BatchCommandsResponse some_response(std::mt19937_64& random) {
  tikvpb::BatchCommandsResponse response;
  for (std::size_t i = random() % 20; i > 0; --i) {
    auto* item = response.add_responses();
    if (random() % 2 == 0) item->mutable_rawget()->set_value(std::string(random() % 300, 'v'));
    if (random() % 4 == 0) item->mutable_empty()->set_test_id(random());
    response.add_request_ids(random() >> (random() % 64));
  }
  if (random() % 2 == 0) response.set_transport_layer_load(random());
  if (random() % 2 == 0) response.mutable_health_feedback()->set_store_id(random());
  if (random() % 2 == 0) response.set_tikv_send_time_ns(random());
  return response;
}

TEST(BatchCodecTest, ReaderReadsWhatProtobufWrites) {
  std::mt19937_64 random(2);
  BatchResponseReader reader;
  for (int round = 0; round < 500; ++round) {
    const tikvpb::BatchCommandsResponse response = some_response(random);
    const std::string text = response.SerializeAsString();
    ASSERT_TRUE(reader.read(text));
    EXPECT_EQ(reader.transport_layer_load(), response.transport_layer_load());
    EXPECT_EQ(reader.health_feedback(),
              response.has_health_feedback() ? response.health_feedback().SerializeAsString() : "");
    ASSERT_EQ(reader.answers().size(), static_cast<std::size_t>(response.responses_size()));
    for (int i = 0; i < response.responses_size(); ++i) {
      const BatchAnswer& answer = reader.answers()[i];
      EXPECT_EQ(answer.id, response.request_ids(i));
      const auto& item = response.responses(i);
      EXPECT_EQ(answer.arm, static_cast<std::uint32_t>(item.cmd_case()));
      if (item.has_rawget()) EXPECT_EQ(answer.body, item.rawget().SerializeAsString());
      if (item.has_empty()) EXPECT_EQ(answer.body, item.empty().SerializeAsString());
    }
  }
}

TEST(BatchCodecTest, IdsMayComeFirstAndUnpacked) {
  // request_ids 5 and 300 one by one, an unknown fixed64 and fixed32, then two responses: RawGet, Empty.
  const std::string text = std::string("\x10\x05\x10\xac\x02", 5) + std::string("\x61\0\0\0\0\0\0\0\0", 9) +
                           std::string("\x6d\0\0\0\0", 5) + std::string("\x0a\x02\x6a\x00", 4) +
                           std::string("\x0a\x03\xfa\x0f\x00", 5);
  BatchResponseReader reader;
  ASSERT_TRUE(reader.read(text));
  ASSERT_EQ(reader.answers().size(), 2U);
  EXPECT_EQ(reader.answers()[0].id, 5U);
  EXPECT_EQ(reader.answers()[0].arm, kRawGet);
  EXPECT_EQ(reader.answers()[1].id, 300U);
  EXPECT_EQ(reader.answers()[1].arm, kEmpty);
}

TEST(BatchCodecTest, ReaderRefusesAnUnevenNumberOfIds) {
  tikvpb::BatchCommandsResponse response;
  response.add_responses();
  BatchResponseReader reader;
  EXPECT_FALSE(reader.read(response.SerializeAsString()));
  response.add_request_ids(1);
  EXPECT_TRUE(reader.read(response.SerializeAsString()));
  response.add_request_ids(2);
  EXPECT_FALSE(reader.read(response.SerializeAsString()));
}

// Cut off anywhere and with any byte changed: never a read beyond the end (ASan looks), and whatever protobuf refuses
// is refused, apart from what is inside an answer.
TEST(BatchCodecTest, ReaderStandsAnything) {
  std::mt19937_64 random(3);
  BatchResponseReader reader;
  std::size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = some_response(random).SerializeAsString();
    if (text.empty()) continue;
    text.resize(random() % (text.size() + 1));
    if (!text.empty()) text[random() % text.size()] = static_cast<char>(random());
    const std::vector<char> exact(text.begin(), text.end());
    if (!reader.read({exact.data(), exact.size()})) {
      ++refused;
      continue;
    }
    std::size_t bytes = 0;
    for (const BatchAnswer& answer : reader.answers()) bytes += answer.body.size();
    EXPECT_LE(bytes, exact.size());
  }
  EXPECT_GT(refused, 5'000U);
}

}  // namespace
}  // namespace tikv::net

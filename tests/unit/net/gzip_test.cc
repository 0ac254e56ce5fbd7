#include "net/gzip.h"

#include <gmock/gmock.h>

#include <random>

#include "net/message_reader.h"

namespace tikv::net {
namespace {

using ::testing::HasSubstr;
using Unpacked = Gzip::Unpacked;

std::string packed(Gzip& gzip, std::string_view message) {
  std::string out;
  gzip.pack(message, out);
  return out;
}

std::string noise(std::size_t size) {
  std::mt19937 random(7);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

TEST(GzipTest, WhatIsPackedIsUnpacked) {
  Gzip gzip;
  std::string out;
  for (const std::string& message : {std::string(), std::string("a"), std::string(5 << 20, 'x'), noise(300'000)}) {
    const std::string small = packed(gzip, message);
    ASSERT_EQ(gzip.unpack(small, message.size(), out), Unpacked::kDone) << message.size();
    EXPECT_TRUE(out == message);
  }
}

TEST(GzipTest, PackingAppends) {
  Gzip gzip;
  std::string out = "before";
  gzip.pack("message", out);
  EXPECT_TRUE(out.starts_with("before\x1f\x8b"));
}

TEST(GzipTest, BombsDoNotExplode) {
  Gzip gzip;
  const std::string bomb = packed(gzip, std::string(64 << 20, '\0'));
  EXPECT_LT(bomb.size(), 100'000U);
  std::string out;
  EXPECT_EQ(gzip.unpack(bomb, 1 << 20, out), Unpacked::kTooLarge);
  EXPECT_LE(out.capacity(), 4U << 20);
}

TEST(GzipTest, LimitIsExact) {
  Gzip gzip;
  std::string out;
  for (const std::size_t size : {0, 1, 4095, 4096, 4097, 100'000}) {
    const std::string small = packed(gzip, std::string(size, 'x'));
    EXPECT_EQ(gzip.unpack(small, size, out), Unpacked::kDone) << size;
    if (size > 0) EXPECT_EQ(gzip.unpack(small, size - 1, out), Unpacked::kTooLarge) << size;
  }
}

TEST(GzipTest, PartsOneAfterTheOtherAreOneMessage) {
  Gzip gzip;
  std::string out;
  EXPECT_EQ(gzip.unpack(packed(gzip, "one ") + packed(gzip, "two"), 100, out), Unpacked::kDone);
  EXPECT_EQ(out, "one two");
}

TEST(GzipTest, NonsenseIsRefusedAndForgotten) {
  Gzip gzip;
  std::string out;
  const std::string good = packed(gzip, noise(1000));
  std::string damaged = good;
  damaged[damaged.size() - 6] ^= 1;  // in the checksum
  for (const std::string& bad : {std::string(), std::string("nonsense"), good.substr(0, 10),
                                 good.substr(0, good.size() - 1), damaged, good + "rubbish"}) {
    EXPECT_EQ(gzip.unpack(bad, 10'000, out), Unpacked::kBroken);
    EXPECT_EQ(gzip.unpack(good, 10'000, out), Unpacked::kDone) << "after " << bad.size();
  }
}

std::string frame(std::string_view message, char flag) {
  std::string out;
  std::copy(message.begin(), message.end(), append_frame(out, message.size()));
  out[0] = flag;
  return out;
}

TEST(MessageReaderTest, TakesMessagesOfBothKinds) {
  Gzip gzip;
  const std::string bytes = frame("plain", 0) + frame(packed(gzip, "packed"), 1) + frame("plain again", 0);
  for (std::size_t piece = 1; piece <= bytes.size(); piece += 7) {
    MessageReader reader(1000);
    reader.on_header("grpc-encoding", "gzip");
    std::vector<std::string> messages;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      const std::string part = bytes.substr(at, piece);
      reader.feed(part);
      while (const auto message = reader.next(gzip)) messages.emplace_back(*message);
    }
    EXPECT_EQ(messages, (std::vector<std::string>{"plain", "packed", "plain again"}));
    EXPECT_TRUE(reader.failure().ok());
  }
}

TEST(MessageReaderTest, SaysWhatIsWrong) {
  Gzip gzip;
  const struct {
    const char* encoding;
    std::string bytes;
    Outcome outcome;
    const char* why;
  } rows[] = {
      {"snappy", frame("x", 1), Outcome::kMalformed, "is compressed with 'snappy'"},
      {"identity", frame("x", 1), Outcome::kMalformed, "is compressed with 'identity'"},
      {nullptr, frame("x", 1), Outcome::kMalformed, "does not say how"},
      {"gzip", frame("x", 2), Outcome::kMalformed, "not framed"},
      {"gzip", frame("x", 1), Outcome::kMalformed, "no gzip"},
      {"gzip", frame(packed(gzip, std::string(1001, 'x')), 1), Outcome::kTooLarge, "unpacked, above the limit of 1000"},
      {"gzip", frame(std::string(1001, 'x'), 0), Outcome::kTooLarge, "1001"},
  };
  for (const auto& row : rows) {
    MessageReader reader(1000);
    if (row.encoding != nullptr) reader.on_header("grpc-encoding", row.encoding);
    reader.feed(row.bytes);
    EXPECT_FALSE(reader.next(gzip));
    EXPECT_EQ(reader.failure().outcome, row.outcome);
    EXPECT_THAT(reader.failure().message, HasSubstr(row.why));
    reader.clear();
    EXPECT_TRUE(reader.failure().ok());
  }
}

TEST(MessageReaderTest, IsPackedOnlyIfThatMakesItShorter) {
  Gzip gzip;
  const std::string long_one(1000, 'x');
  std::string out = frame("before", 0) + frame(long_one, 0);
  pack_last_frame(out, long_one.size(), gzip);
  EXPECT_LT(out.size(), 100U);
  MessageReader reader(10'000);
  reader.on_header("grpc-encoding", "gzip");
  reader.feed(out);
  EXPECT_EQ(reader.next(gzip), "before");
  EXPECT_EQ(reader.next(gzip), long_one);

  const std::string shorter = frame("k", 0);
  out = shorter;
  pack_last_frame(out, 1, gzip);
  EXPECT_EQ(out, shorter);
}

}  // namespace
}  // namespace tikv::net

#include "net/grpc_frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace tikv::net {
namespace {

std::string frame(std::string_view message) {
  std::string out;
  std::memcpy(append_frame(out, message.size()), message.data(), message.size());
  return out;
}

/// The messages in `bytes`, read in pieces of `piece` bytes, and how reading ended.
struct Read {
  std::vector<std::string> messages;
  Deframer::Next end = Deframer::Next::kMore;
};
Read read(Deframer& deframer, std::string_view bytes, std::size_t piece) {
  Read read;
  while (!bytes.empty()) {
    // A piece of its own memory, so that a view into an earlier one is found out.
    const std::string part(bytes.substr(0, piece));
    bytes.remove_prefix(part.size());
    deframer.feed(part);
    while ((read.end = deframer.next()) == Deframer::Next::kMessage) read.messages.emplace_back(deframer.message());
    if (read.end != Deframer::Next::kMore) break;
  }
  return read;
}

TEST(GrpcFrameTest, Layout) {
  EXPECT_EQ(frame("abc"), std::string("\0\0\0\0\3abc", 8));
  EXPECT_EQ(frame(std::string(0x10203, 'x')).substr(0, 5), std::string("\0\0\1\2\3", 5));
}

TEST(GrpcFrameTest, ComesApartInPiecesOfAnySize) {
  const std::vector<std::string> messages = {"a", "", "bcd", std::string(1000, 'e'), "", "f"};
  std::string bytes;
  for (const std::string& message : messages) bytes += frame(message);
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    Deframer deframer(1000);
    EXPECT_EQ(read(deframer, bytes, piece).messages, messages) << piece;
  }
}

TEST(GrpcFrameTest, TooLargeIsKnownFromTheHeader) {
  for (const std::size_t piece : {1, 3, 5, 6, 100}) {
    Deframer deframer(1000);
    const Read got = read(deframer, frame("ok") + frame(std::string(1001, 'x')), piece);
    EXPECT_EQ(got.end, Deframer::Next::kTooLarge);
    EXPECT_EQ(got.messages.size(), 1U);
    EXPECT_EQ(deframer.size(), 1001U);
  }
}

TEST(GrpcFrameTest, CompressedIsTold) {
  std::string bytes = frame("abc");
  bytes[0] = kCompressedFlag;
  Deframer deframer(1000);
  deframer.feed(bytes);
  ASSERT_EQ(deframer.next(), Deframer::Next::kMessage);
  EXPECT_TRUE(deframer.compressed());
  const std::string plain = frame("abc");
  deframer.feed(plain);
  ASSERT_EQ(deframer.next(), Deframer::Next::kMessage);
  EXPECT_FALSE(deframer.compressed());
}

TEST(GrpcFrameTest, UnknownFlagsAreRefused) {
  std::string bytes = frame("abc");
  bytes[0] = 2;
  for (const std::size_t piece : {1, 100}) {
    Deframer deframer(1000);
    EXPECT_EQ(read(deframer, bytes, piece).end, Deframer::Next::kBadFlag);
  }
}

TEST(GrpcFrameTest, KnowsAnUnfinishedMessage) {
  Deframer deframer(1000);
  read(deframer, frame("abc"), 2);
  deframer.feed({});
  deframer.next();
  EXPECT_FALSE(deframer.partial());
  read(deframer, frame("abc").substr(0, 6), 100);
  EXPECT_TRUE(deframer.partial());
  deframer.clear();
  EXPECT_EQ(read(deframer, frame("abc"), 100).messages, std::vector<std::string>{"abc"});
}

}  // namespace
}  // namespace tikv::net

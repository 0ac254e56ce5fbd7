#include "proto/pooled.h"

#include <gtest/gtest.h>
#include <tikv/proto/kvrpcpb.pb.h>

#include <string>
#include <thread>
#include <utility>

namespace tikv::proto {
namespace {

using kvrpcpb::RawPutRequest;

TEST(Pooled, AMessageThatComesBackIsEmptyWhenItGoesOutAgain) {
  const RawPutRequest* first = nullptr;
  {
    const Pooled<RawPutRequest> message;
    first = &*message;
    message->set_key("key");
    message->set_value("value");
    message->set_ttl(7);
    message->mutable_context()->set_region_id(1);
  }
  const Pooled<RawPutRequest> again;
  if (!kSanitized) EXPECT_EQ(&*again, first);
  EXPECT_EQ(again->ByteSizeLong(), 0u);
  EXPECT_FALSE(again->has_context());
  const Pooled<RawPutRequest> second;
  EXPECT_NE(&*second, &*again);
}

TEST(Pooled, ALargeMessageIsNotKept) {
  std::string large(Pooled<RawPutRequest>::kLargestKept + 1, 'v');
  {
    const Pooled<RawPutRequest> message;
    message->set_value(std::move(large));
  }
  const Pooled<RawPutRequest> next;
  EXPECT_LT(next->value().capacity(), Pooled<RawPutRequest>::kLargestKept);
}

TEST(Pooled, AStringThatIsMovedInTakesItsSlackAlongOnlyIfThatIsLittle) {
  const auto capacity_after = [](std::size_t size, std::size_t reserved) {
    std::string text(size, 'v');
    text.reserve(reserved);
    const std::string moved = without_slack(std::move(text));
    EXPECT_EQ(moved, std::string(size, 'v'));
    return moved.capacity();
  };
  EXPECT_LE(capacity_after(10, 1 << 20), 64u);
  EXPECT_LE(capacity_after(1000, 1 << 20), 1100u);
  EXPECT_EQ(capacity_after(200, 400), 400u) << "what growing by doubling leaves";
  EXPECT_EQ(capacity_after(10, 100), 100u);
  EXPECT_EQ(capacity_after(kLargestPooled + 1, 1 << 20), std::size_t{1} << 20) << "not kept, so not copied";
}

TEST(Pooled, MovesAndEndsOnAnotherThread) {
  Pooled<RawPutRequest> message;
  message->set_key("key");
  std::thread([moved = std::move(message)] { EXPECT_EQ(moved->key(), "key"); }).join();
}

}  // namespace
}  // namespace tikv::proto

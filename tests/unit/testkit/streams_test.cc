#include <gmock/gmock.h>
#include <tikv/proto/tikvpb.pb.h>

#include <vector>

#include "memory_fixture.h"

namespace tikv::testing::memory {
namespace {

namespace kvrpcpb = proto::kvrpcpb;
namespace pdpb = proto::pdpb;
namespace tikvpb = proto::tikvpb;
using namespace std::chrono_literals;

/// Reads `stream` until it ends.
template <class Response>
Task<bool> read_all(net::Stream* stream, std::vector<Response>* responses, std::optional<net::Status>* end) {
  for (;;) {
    Response response;
    net::Status status = co_await stream->receive(response);
    if (!status.ok()) {
      *end = std::move(status);
      co_return true;
    }
    responses->push_back(std::move(response));
  }
}

class StreamsTest : public MemoryFixture {
 protected:
  StreamsTest() : MemoryFixture({.pds = 2}) {}
  void TearDown() override { loop_.close(); }

  template <class Response>
  void open(std::string_view address, const proto::Method& method, std::vector<Response>& responses) {
    stream_ = transport_.open(address, method);
    auto task = runtime::run_on(loop_, read_all(stream_.get(), &responses, &end_));
    std::move(task).start([](bool) {});
  }

  void ask_tso(std::uint32_t count) {
    pdpb::TsoRequest request;
    request.mutable_header()->set_cluster_id(model().pd().cluster_id);
    request.set_count(count);
    stream_->send(request);
  }

  kvrpcpb::Context context_of(std::string_view key) {
    const auto& region = model().topology().at(key);
    kvrpcpb::Context context;
    context.set_region_id(region.meta.id());
    *context.mutable_region_epoch() = region.meta.region_epoch();
    *context.mutable_peer() = *region.leader_peer();
    return context;
  }

  std::optional<net::Status> end_;
  std::unique_ptr<net::Stream> stream_;
  std::vector<pdpb::TsoResponse> stamps_;
  std::vector<tikvpb::BatchCommandsResponse> batches_;
};

constexpr auto& kTso = proto::MethodOf<pdpb::TsoRequest>::method;
constexpr auto& kBatch = proto::MethodOf<tikvpb::BatchCommandsRequest>::method;

TEST_F(StreamsTest, TimestampsComeInOrder) {
  open("pd1:2379", kTso, stamps_);
  for (std::uint32_t count = 1; count <= 5; ++count) ask_tso(count);
  loop_.run_for(10ms);
  ASSERT_EQ(stamps_.size(), 5U);
  for (std::size_t i = 0; i < stamps_.size(); ++i) EXPECT_EQ(stamps_[i].count(), i + 1);
  EXPECT_EQ(model().requests("Tso"), 5U);
  EXPECT_FALSE(end_);
}

TEST_F(StreamsTest, RepliesMayComeTwice) {
  open("pd1:2379", kTso, stamps_);
  transport_.double_replies(cluster::ServerId::pd(1), loop_.now() + 10ms);
  ask_tso(1);
  loop_.run_for(10ms);
  ASSERT_EQ(stamps_.size(), 2U);
  EXPECT_EQ(stamps_[0].SerializeAsString(), stamps_[1].SerializeAsString());
  ask_tso(1);
  loop_.run_for(10ms);
  EXPECT_EQ(stamps_.size(), 3U);
  EXPECT_EQ(model().requests("Tso"), 2U);
}

TEST_F(StreamsTest, AFollowersTsoStreamEnds) {
  open("pd2:2379", kTso, stamps_);
  ask_tso(1);
  loop_.run_for(10ms);
  ASSERT_TRUE(end_);
  EXPECT_THAT(end_->message, ::testing::HasSubstr("not leader"));
}

TEST_F(StreamsTest, AServerThatIsDownRefusesStreams) {
  ASSERT_TRUE(model().kill(cluster::ServerId::pd(1)));
  open("pd1:2379", kTso, stamps_);
  loop_.run_for(10ms);
  ASSERT_TRUE(end_);
  EXPECT_EQ(end_->outcome, net::Outcome::kConnection);
  EXPECT_FALSE(end_->sent);
}

TEST_F(StreamsTest, AnotherClustersTsoStreamEnds) {
  open("pd1:2379", kTso, stamps_);
  pdpb::TsoRequest request;
  request.set_count(1);
  stream_->send(request);
  loop_.run_for(10ms);
  ASSERT_TRUE(end_);
  EXPECT_EQ(end_->code, net::StatusCode::kFailedPrecondition);
}

TEST_F(StreamsTest, AKilledServerEndsItsStreams) {
  open("pd1:2379", kTso, stamps_);
  ask_tso(1);
  loop_.run_for(10ms);
  ASSERT_TRUE(model().kill(cluster::ServerId::pd(1)));
  loop_.run_for(10ms);
  ASSERT_TRUE(end_);
  EXPECT_EQ(end_->outcome, net::Outcome::kConnection);
  EXPECT_EQ(stamps_.size(), 1U);
}

TEST_F(StreamsTest, AFrozenStreamGoesOnWhenThawed) {
  open("pd1:2379", kTso, stamps_);
  ASSERT_TRUE(model().freeze(cluster::ServerId::pd(1)));
  ask_tso(1);
  loop_.run_for(1s);
  EXPECT_TRUE(stamps_.empty());
  ASSERT_TRUE(model().thaw(cluster::ServerId::pd(1)));
  loop_.run_for(10ms);
  EXPECT_EQ(stamps_.size(), 1U);
}

TEST_F(StreamsTest, ABatchIsAnsweredInOneMessage) {
  open("store1:20160", kBatch, batches_);
  tikvpb::BatchCommandsRequest batch;
  auto& put = *batch.add_requests()->mutable_rawput();
  *put.mutable_context() = context_of("k");
  put.set_key("k");
  put.set_value("v");
  auto& get = *batch.add_requests()->mutable_rawget();
  *get.mutable_context() = context_of("k");
  get.set_key("k");
  batch.add_requests()->mutable_empty()->set_test_id(5);
  batch.add_requests();
  for (std::uint64_t id = 101; id <= 104; ++id) batch.add_request_ids(id);
  stream_->send(batch);
  loop_.run_for(10ms);
  ASSERT_EQ(batches_.size(), 1U);
  EXPECT_THAT(batches_[0].request_ids(), ::testing::ElementsAre(101, 102, 103, 104));
  EXPECT_TRUE(batches_[0].responses(0).has_rawput());
  EXPECT_EQ(batches_[0].responses(1).rawget().value(), "v");
  EXPECT_EQ(batches_[0].responses(2).empty().test_id(), 5U);
  EXPECT_EQ(batches_[0].responses(3).cmd_case(), tikvpb::BatchCommandsResponse::Response::CMD_NOT_SET);
  EXPECT_EQ(model().requests("RawGet"), 1U);
}

TEST_F(StreamsTest, LateAnswersOfABatchComeAlone) {
  model().faults().add({.method = "RawGet", .kind = FaultKind::kDelayReply, .delay = 50ms});
  open("store1:20160", kBatch, batches_);
  tikvpb::BatchCommandsRequest batch;
  for (std::uint64_t id = 1; id <= 3; ++id) {
    auto& get = *batch.add_requests()->mutable_rawget();
    *get.mutable_context() = context_of("k");
    get.set_key("k");
    batch.add_request_ids(id);
  }
  stream_->send(batch);
  loop_.run_for(10ms);
  ASSERT_EQ(batches_.size(), 1U);
  EXPECT_THAT(batches_[0].request_ids(), ::testing::ElementsAre(2, 3));
  loop_.run_for(100ms);
  ASSERT_EQ(batches_.size(), 2U);
  EXPECT_THAT(batches_[1].request_ids(), ::testing::ElementsAre(1));
}

TEST_F(StreamsTest, AStreamThatNobodyHasIsUnimplemented) {
  open("store1:20160", kTso, stamps_);
  loop_.run_for(10ms);
  ASSERT_TRUE(end_);
  EXPECT_EQ(end_->code, net::StatusCode::kUnimplemented);
}

}  // namespace
}  // namespace tikv::testing::memory

#include <tikv/timestamp.h>
#include <tikv/when_all.h>

#include <algorithm>
#include <numeric>

#include "pd_fixture.h"

namespace tikv::pd {
namespace {

class TimestampStreamTest : public PdFixture {
 protected:
  using Waiting = std::shared_ptr<Pending<Result<std::uint64_t>>>;

  TimestampStreamTest() { EXPECT_TRUE(connect()); }

  std::vector<Waiting> ask(int count) {
    std::vector<Waiting> all;
    for (int i = 0; i < count; ++i) all.push_back(start(client_->get_timestamp()));
    return all;
  }
  /// Timestamps that callers ask for in the same moment.
  std::vector<std::uint64_t> ask_at_once(int count) {
    const auto asked = run(all_at_once(client_.get(), count));
    if (!asked) ADD_FAILURE() << asked.error().to_string();
    return asked.value_or(std::vector<std::uint64_t>());
  }
  static Task<Result<std::vector<std::uint64_t>>> all_at_once(PdClient* client, int count) {
    std::vector<Task<Result<std::uint64_t>>> tasks;
    for (int i = 0; i < count; ++i) tasks.push_back(client->get_timestamp());
    std::vector<Result<std::uint64_t>> results = co_await when_all(std::move(tasks));
    std::vector<std::uint64_t> timestamps;
    for (Result<std::uint64_t>& result : results) timestamps.push_back(co_await std::move(result));
    co_return timestamps;
  }
  /// The values, which must be there and differ.
  std::vector<std::uint64_t> values(const std::vector<Waiting>& all) {
    std::vector<std::uint64_t> result;
    for (const Waiting& one : all) {
      wait(one);
      if (!one->done() || !*one->value) {
        ADD_FAILURE() << (one->done() ? one->value->error().to_string() : "no answer");
        continue;
      }
      result.push_back(**one->value);
    }
    std::vector<std::uint64_t> sorted = result;
    std::ranges::sort(sorted);
    EXPECT_EQ(std::ranges::adjacent_find(sorted), sorted.end()) << "dealt out twice";
    return result;
  }
};

TEST_F(TimestampStreamTest, GrowsFromCallToCall) {
  std::uint64_t last = 0;
  for (int i = 0; i < 5; ++i) {
    const auto timestamp = run(client_->get_timestamp());
    ASSERT_TRUE(timestamp);
    EXPECT_GT(*timestamp, last);
    last = *timestamp;
  }
  EXPECT_EQ(timestamp_physical_ms(last), pd_.physical_ms);
  EXPECT_EQ(net_.open_streams("pd1:2379"), 1u) << "all on one stream";
  EXPECT_EQ(net_.sent().back().as<pdpb::TsoRequest>().header().cluster_id(), 42u);
}

TEST_F(TimestampStreamTest, CallersOfTheSameMomentShareARequest) {
  const auto timestamps = ask_at_once(100);
  EXPECT_EQ(pd_.tso_counts, (std::vector<std::uint32_t>{100}));
  EXPECT_TRUE(std::ranges::is_sorted(timestamps, std::ranges::less_equal()))
      << "in the order of the callers, each its own";
}

TEST_F(TimestampStreamTest, CallersOfARoundTripShareTheNextRequest) {
  options_.tso_max_in_flight = 1;
  make_client(options_.endpoints);
  ASSERT_TRUE(connect());
  pd_.tso_delay = 10ms;
  std::vector<Waiting> all = ask(1);
  for (int i = 0; i < 5; ++i) {
    loop_.run_for(1ms);
    for (Waiting& one : ask(2)) all.push_back(std::move(one));
  }
  values(all);
  EXPECT_EQ(pd_.tso_counts, (std::vector<std::uint32_t>{1, 10}));
}

TEST_F(TimestampStreamTest, SeveralRequestsAreUnderWayAtOnce) {
  pd_.tso_delay = 10ms;
  const auto start_time = loop_.now();
  std::vector<Waiting> all = ask(1);
  for (int i = 0; i < 5; ++i) {
    loop_.run_for(1ms);
    for (Waiting& one : ask(1)) all.push_back(std::move(one));
  }
  values(all);
  EXPECT_EQ(pd_.tso_counts, (std::vector<std::uint32_t>{1, 1, 1, 1, 2}));
  EXPECT_LE(since(start_time), 25ms);
}

TEST_F(TimestampStreamTest, LargeCrowdsAreSplit) {
  options_.tso_max_batch = 10;
  make_client(options_.endpoints);
  ASSERT_TRUE(connect());
  ask_at_once(45);
  EXPECT_EQ(pd_.tso_counts, (std::vector<std::uint32_t>{10, 10, 10, 10, 5}));
}

TEST_F(TimestampStreamTest, SuffixBitsAreKept) {
  pd_.suffix_bits = 3;
  pd_.logical = 0b101;
  for (const std::uint64_t timestamp : ask_at_once(4)) EXPECT_EQ(timestamp_logical(timestamp) & 0b111, 0b101);
}

TEST_F(TimestampStreamTest, ALostStreamIsReplacedAtOnce) {
  ASSERT_TRUE(run(client_->get_timestamp()));
  pd_.tso_delay = 5ms;
  const auto all = ask(3);
  loop_.run_for(2ms);
  net_.end_streams("pd1:2379", testing::broken_connection());
  const auto lost = loop_.now();
  values(all);
  EXPECT_LE(since(lost), 8ms) << "members asked, then asked again";
}

TEST_F(TimestampStreamTest, AStreamLostWhileIdleIsReplacedAtOnce) {
  ASSERT_TRUE(run(client_->get_timestamp()));
  loop_.run_for(10s);
  net_.end_streams("pd1:2379", testing::status_of(net::StatusCode::kOk));
  const auto start_time = loop_.now();
  ASSERT_TRUE(run(client_->get_timestamp()));
  EXPECT_LE(since(start_time), 5ms);
}

TEST_F(TimestampStreamTest, AFrozenStreamIsReplacedAfterTheTimeout) {
  ASSERT_TRUE(run(client_->get_timestamp()));
  net_.freeze("pd1:2379");
  const auto start_time = loop_.now();
  const auto all = ask(3);
  loop_.run_for(1s);
  const auto later = ask(2);
  loop_.run_for(1s);
  pd_.leader = "pd2:2379";
  values(all);
  values(later);
  EXPECT_EQ(since(start_time), options_.tso_timeout + 2ms);
  EXPECT_EQ(net_.open_streams("pd1:2379"), 0u);
}

TEST_F(TimestampStreamTest, AFrozenStreamIsReplacedThoughDeadlinesAreShort) {
  ASSERT_TRUE(run(client_->get_timestamp()));
  net_.freeze("pd1:2379");
  pd_.leader = "pd2:2379";
  const auto start_time = loop_.now();
  int failed = 0;
  while (!run(client_->get_timestamp(), 100ms)) {
    ++failed;
    ASSERT_LT(since(start_time), 4s);
  }
  EXPECT_GE(failed, 29);
}

TEST_F(TimestampStreamTest, AFrozenStreamIsReplacedWhenAnybodyFindsANewLeader) {
  pd_.add_region(1, "", "");
  ASSERT_TRUE(run(client_->get_timestamp()));
  net_.freeze("pd1:2379");
  pd_.leader = "pd2:2379";
  const auto all = ask(3);
  loop_.run_for(2s);
  EXPECT_FALSE(run(client_->get_region("k"), 100ms));
  const auto found = loop_.now();
  values(all);
  EXPECT_LE(since(found), 3ms);
}

TEST_F(TimestampStreamTest, AFormerLeaderIsLeftAtOnce) {
  ASSERT_TRUE(run(client_->get_timestamp()));
  pd_.leader = "pd3:2379";
  const auto start_time = loop_.now();
  values(ask(3));
  EXPECT_EQ(since(start_time), 3ms);
}

TEST_F(TimestampStreamTest, AnElectionIsWaitedFor) {
  net_.cut("pd1:2379");
  pd_.leader.clear();
  const auto all = ask(3);
  loop_.run_for(5s);
  pd_.leader = "pd2:2379";
  values(all);
}

TEST_F(TimestampStreamTest, ACancelledCallerLeavesAlone) {
  ASSERT_TRUE(run(client_->get_timestamp()));
  pd_.tso_delay = 10ms;
  std::stop_source stop;
  const auto before = ask(2);
  const auto cancelled = start(client_->get_timestamp(), 1h, stop.get_token());
  const auto after = ask(2);
  loop_.run_for(2ms);
  stop.request_stop();
  loop_.run_for(0ms);
  ASSERT_TRUE(cancelled->done());
  EXPECT_EQ(cancelled->value->error().kind(), ErrorKind::kCancelled);
  values(before);
  values(after);
  EXPECT_EQ(std::accumulate(pd_.tso_counts.begin(), pd_.tso_counts.end(), 0u), 6u);
}

TEST_F(TimestampStreamTest, ACallerWhoLeavesBeforeTheRequestIsNotAskedFor) {
  options_.tso_max_in_flight = 1;
  make_client(options_.endpoints);
  ASSERT_TRUE(connect());
  pd_.tso_delay = 10ms;
  std::stop_source stop;
  const auto first = ask(1);
  loop_.run_for(1ms);
  const auto cancelled = start(client_->get_timestamp(), 1h, stop.get_token());
  const auto last = ask(1);
  loop_.run_for(1ms);
  stop.request_stop();
  values(first);
  values(last);
  ASSERT_TRUE(cancelled->done());
  EXPECT_EQ(pd_.tso_counts, (std::vector<std::uint32_t>{1, 1}));
}

TEST_F(TimestampStreamTest, EachCallerHasADeadlineOfItsOwn) {
  net_.freeze("pd1:2379");
  const auto start_time = loop_.now();
  const auto impatient = start(client_->get_timestamp(), 500ms);
  const auto patient = start(client_->get_timestamp(), 10s);
  wait(impatient);
  EXPECT_EQ(impatient->value->error().kind(), ErrorKind::kDeadline);
  EXPECT_EQ(since(start_time), 500ms);
  pd_.leader = "pd2:2379";
  wait(patient);
  EXPECT_TRUE(*patient->value);
}

TEST_F(TimestampStreamTest, NobodyReachableIsUnavailableAfterTheBudget) {
  for (const char* address : {"pd1:2379", "pd2:2379", "pd3:2379"}) net_.cut(address);
  const auto start_time = loop_.now();
  const auto timestamp = run(client_->get_timestamp());
  ASSERT_FALSE(timestamp);
  EXPECT_EQ(timestamp.error().kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(since(start_time), options_.retry_budget);
  EXPECT_FALSE(timestamp.error().attempts().empty());
  loop_.run_for(10s);
  const std::size_t steps = net_.steps();
  loop_.run_for(1min);
  EXPECT_EQ(net_.steps(), steps) << "nobody waits, so nothing is tried";
}

TEST_F(TimestampStreamTest, SenselessAnswersAreNotDealtOut) {
  const auto first = run(client_->get_timestamp());
  ASSERT_TRUE(first);
  int refused = 0;
  net_.on_stream<pdpb::TsoRequest>("pd1:2379", [&](const pdpb::TsoRequest& request, testing::StreamPeer& peer) {
    ++refused;
    if (refused == 1) return peer.send(pd_.next_timestamps(request.count() + 1));
    if (refused == 2) pd_.physical_ms -= 1000;
    peer.send(pd_.next_timestamps(request.count()));
    if (refused == 2) pd_.physical_ms += 1000;
  });
  const auto second = run(client_->get_timestamp());
  ASSERT_TRUE(second);
  EXPECT_GT(*second, *first);
  EXPECT_EQ(refused, 3);
}

TEST_F(TimestampStreamTest, AnAnswerThatIsAnErrorIsAskedForAgain) {
  int asked = 0;
  net_.on_stream<pdpb::TsoRequest>("pd1:2379", [&](const pdpb::TsoRequest& request, testing::StreamPeer& peer) {
    pdpb::TsoResponse answer = pd_.next_timestamps(request.count());
    if (++asked == 1) {
      answer.mutable_header()->mutable_error()->set_type(pdpb::UNKNOWN);
      answer.mutable_header()->mutable_error()->set_message("the leader is not ready");
    }
    peer.send(answer);
  });
  EXPECT_TRUE(run(client_->get_timestamp()));
  EXPECT_EQ(asked, 2);
}

// A stream on which an answer came twice can no longer be trusted to answer in order: another one takes its place.
TEST_F(TimestampStreamTest, AnAnswerThatComesTwiceIsNotDealtOutTwice) {
  net_.on_stream<pdpb::TsoRequest>("pd1:2379", [&](const pdpb::TsoRequest& request, testing::StreamPeer& peer) {
    const pdpb::TsoResponse answer = pd_.next_timestamps(request.count());
    peer.send(answer, 1ms);
    peer.send(answer, 1ms);
  });
  std::uint64_t newest = 0;
  for (int i = 0; i < 10; ++i) {
    const auto timestamp = run(client_->get_timestamp());
    ASSERT_TRUE(timestamp) << timestamp.error().to_string();
    EXPECT_GT(*timestamp, newest);
    newest = *timestamp;
  }
  EXPECT_EQ(net_.count("Tso"), 19U) << "from the second on: on a stream that is given up then, and on a new one";
  EXPECT_EQ(net_.open_streams("pd1:2379"), 1U);
}

// Others are asked for meanwhile, of which the second answer might pass for one.
TEST_F(TimestampStreamTest, AnAnswerThatComesTwiceIsNotAnotherRequests) {
  int asked = 0;
  net_.on_stream<pdpb::TsoRequest>("pd1:2379", [&](const pdpb::TsoRequest& request, testing::StreamPeer& peer) {
    const pdpb::TsoResponse answer = pd_.next_timestamps(request.count());
    peer.send(answer, 10ms);
    if (++asked == 1) peer.send(answer, 10ms);
  });
  std::vector<Waiting> all = ask(1);
  for (int i = 0; i < 5; ++i) {
    loop_.run_for(1ms);
    for (Waiting& one : ask(1)) all.push_back(std::move(one));
  }
  const std::vector<std::uint64_t> timestamps = values(all);
  EXPECT_EQ(timestamps.size(), 6U);
  EXPECT_TRUE(std::ranges::is_sorted(timestamps)) << "in the order of the callers";
  EXPECT_EQ(net_.open_streams("pd1:2379"), 1U);
}

TEST_F(TimestampStreamTest, AClockThatWentBackIsAnErrorAndNoTimestamp) {
  ASSERT_TRUE(run(client_->get_timestamp()));
  pd_.physical_ms -= 1000;
  const auto timestamp = run(client_->get_timestamp(), 1s);
  ASSERT_FALSE(timestamp);
  EXPECT_NE(timestamp.error().to_string().find("went back"), std::string::npos) << timestamp.error().to_string();
}

TEST_F(TimestampStreamTest, WorksWithoutConnectFirst) {
  make_client({"pd2:2379"});
  EXPECT_TRUE(run(client_->get_timestamp()));
  EXPECT_EQ(client_->cluster_id(), pd_.cluster_id);
}

}  // namespace
}  // namespace tikv::pd

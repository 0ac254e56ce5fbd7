// What a transport tells watchers about its connections and batches.

#include "recording/recording.h"
#include "simulated.h"

namespace tikv::net {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

class ObservedTransportTest : public SimulatedTest {
 protected:
  ObservedTransportTest() {
    observe::ObserverOptions options;
    options.logger = logger_;
    options.metrics = metrics_;
    observer_ = std::make_unique<observe::Observer>(options);
    options_.observer = observer_.get();
  }
  ~ObservedTransportTest() override { transport_.reset(); }

  double phase(const std::string& name) const {
    return metrics_->value(
        "tikv_client_go_grpc_connection_state{connection_id=\"0\",store_ip=\"store1:20160\",grpc_state=\"" + name +
        "\"}");
  }
  double batch_counter(const std::string& name) const {
    return metrics_->value("tikv_client_go_batch_stream_" + name +
                           "_count{target=\"store1:20160\",conn=\"0\",forward=\"0\"}");
  }

  std::shared_ptr<testing::RecordingLogger> logger_ = std::make_shared<testing::RecordingLogger>();
  std::shared_ptr<testing::RecordingMetrics> metrics_ = std::make_shared<testing::RecordingMetrics>();
  std::unique_ptr<observe::Observer> observer_;
};

TEST_F(ObservedTransportTest, CountsBatchesAndWhatBecameOfTheirRequests) {
  connect(kBatchedGet);
  begin_get(kBatchedGet, "a");
  begin_get(kBatchedGet, "b");
  ASSERT_TRUE(over());
  EXPECT_EQ(batch_counter("tracked_request"), 3);
  EXPECT_EQ(batch_counter("retired_request"), 3);
  EXPECT_EQ(batch_counter("completed_response"), 3);
  EXPECT_EQ(batch_counter("outdated_response"), 0);
  EXPECT_EQ(metrics_->count("tikv_client_go_batch_requests{target=\"store1:20160\"}"), 3U);
  EXPECT_EQ(metrics_->observations("tikv_client_go_batch_pending_requests{target=\"store1:20160\"}").front(), 1);
  EXPECT_EQ(metrics_->count("tikv_client_go_batch_client_wait_connection_establish"), 1U);
}

TEST_F(ObservedTransportTest, TellsTheStateOfAConnection) {
  connect();
  EXPECT_EQ(phase("READY"), 1);
  EXPECT_EQ(phase("CONNECTING"), 0);
  EXPECT_TRUE(logger_->lines().empty()) << "nothing out of the ordinary";
  network_.peer().hang_up();
  settle();
  EXPECT_EQ(phase("READY"), 0);
  EXPECT_EQ(phase("IDLE"), 1);
  ASSERT_EQ(logger_->lines("connection lost").size(), 1U);
  connect();
  EXPECT_EQ(phase("READY"), 1);
  EXPECT_EQ(logger_->lines("connected again").size(), 1U);
  EXPECT_EQ(metrics_->count("tikv_client_go_batch_client_unavailable_seconds"), 1U);
  transport_.reset();
  EXPECT_EQ(phase("SHUTDOWN"), 1);
}

TEST_F(ObservedTransportTest, TellsOfAFailureToConnectOnceASecond) {
  network_.accept = FakeNetwork::Accept::kRefuses;
  for (int i = 0; i < 20; ++i) {
    run(get(kAddress, "k", kUnaryGet));
    loop_.run_for(300ms);
  }
  EXPECT_EQ(phase("TRANSIENT_FAILURE"), 1);
  const auto lines = logger_->lines("cannot connect");
  EXPECT_GE(lines.size(), 2U);
  EXPECT_LE(lines.size(), 7U);
  EXPECT_THAT(lines[0].text, HasSubstr("connection refused"));
  EXPECT_GE(metrics_->value("tikv_client_go_batch_client_no_available_connection_total"), 2);
}

TEST_F(ObservedTransportTest, SendsTheTraceWithACallOfItsOwn) {
  run(get(kAddress, "k", kUnaryGet));
  EXPECT_THAT(network_.peer().last().headers, Not(Contains(Key("traceparent"))));
  const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  run(get(kAddress, "k", kUnaryGet).with_trace(*TraceContext::parse(parent)));
  EXPECT_THAT(network_.peer().last().headers, Contains(Pair("traceparent", parent)));
}

TEST_F(ObservedTransportTest, DescribesItsConnections) {
  connect(kBatchedGet);
  network_.on_message = never_answer;
  begin_get(kBatchedGet, "a");
  const auto connections = transport().connections();
  ASSERT_EQ(connections.size(), 1U);
  EXPECT_EQ(connections[0].address, kAddress);
  EXPECT_EQ(connections[0].state, "ready");
  EXPECT_EQ(connections[0].in_flight, 1U);
  EXPECT_EQ(connections[0].waiting, 0U);
  network_.accept = FakeNetwork::Accept::kRefuses;
  network_.peer().hang_up();
  settle();
  run(get(kAddress, "k", kUnaryGet));
  EXPECT_EQ(transport().connections()[0].state, "idle");
  EXPECT_THAT(transport().connections()[0].last_failure, HasSubstr("connection refused"));
}

}  // namespace
}  // namespace tikv::net

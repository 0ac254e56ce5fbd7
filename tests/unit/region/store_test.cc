#include "region/store.h"

#include <gtest/gtest.h>
#include <tikv/when_all.h>

#include "fake_regions.h"
#include "region/store_check.h"

namespace tikv::region {
namespace {

using namespace std::chrono_literals;
using proto::health::HealthCheckResponse;
using testing::FakeRegions;

TEST(StoreCheck, AnyAnswerIsWellButOfAServerGoingDown) {
  HealthCheckResponse response;
  net::Status ok;
  for (const auto status :
       {HealthCheckResponse::UNKNOWN, HealthCheckResponse::SERVING, HealthCheckResponse::SERVICE_UNKNOWN}) {
    response.set_status(status);
    EXPECT_TRUE(is_well(ok, response));
  }
  response.set_status(HealthCheckResponse::NOT_SERVING);
  EXPECT_FALSE(is_well(ok, response));

  for (const auto code : {net::StatusCode::kUnimplemented, net::StatusCode::kUnknown, net::StatusCode::kInternal,
                          net::StatusCode::kNotFound})
    EXPECT_TRUE(is_well(testing::status_of(code), response));
  for (const auto code :
       {net::StatusCode::kUnavailable, net::StatusCode::kCancelled, net::StatusCode::kDeadlineExceeded})
    EXPECT_FALSE(is_well(testing::status_of(code), response));
  for (const auto outcome : {net::Outcome::kConnection, net::Outcome::kDeadline, net::Outcome::kMalformed}) {
    net::Status status;
    status.outcome = outcome;
    EXPECT_FALSE(is_well(status, response));
  }
}

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() { EXPECT_TRUE(run(pd_.connect())); }
  ~StoreTest() override {
    loop_.close();
    loop_.run_for(1s);
  }
  template <class T>
  T run(Task<T> task) {
    return testing::run_task(loop_, std::move(task));
  }
  Store& resolved(std::uint64_t id) {
    Store& store = stores_.get(id);
    EXPECT_TRUE(run(stores_.resolve(store)));
    return store;
  }
  // Background work starts on the loop.
  void fail(Store& store) {
    loop_.submit([&] { stores_.on_send_failure(store, store.epoch()); });
    loop_.run_for(0ms);
  }
  std::size_t checks() const { return cluster_.net.count("Check"); }

  static pd::PdOptions options() {
    pd::PdOptions options;
    options.endpoints.push_back(FakeRegions::kPd);
    return options;
  }
  runtime::SimLoop loop_;
  FakeRegions cluster_{loop_};
  pd::PdClient pd_{loop_, cluster_.net, options()};
  StoreCache stores_{loop_, pd_, cluster_.net};
};

TEST_F(StoreTest, IsTheSameEachTimeAndResolvedOnce) {
  Store& store = stores_.get(2);
  EXPECT_EQ(&stores_.get(2), &store);
  EXPECT_FALSE(store.resolved());
  std::vector<Task<Result<void>>> tasks;
  for (int i = 0; i < 10; ++i) tasks.push_back(stores_.resolve(store));
  for (const Result<void>& result : run(when_all(std::move(tasks)))) EXPECT_TRUE(result);
  EXPECT_EQ(cluster_.net.count("GetStore"), 1u);
  EXPECT_EQ(*store.address(), FakeRegions::store_address(2));
}

TEST_F(StoreTest, OneThatPdDoesNotHaveIsATombstone) {
  Store& store = resolved(9);
  EXPECT_TRUE(store.tombstone());
  EXPECT_EQ(store.epoch(), 1u) << "regions that name it are looked up again";
}

TEST_F(StoreTest, AFailureCountsOnceAndIsForgottenWhenItAnswers) {
  Store& store = resolved(1);
  loop_.submit([&] {
    for (int i = 0; i < 100; ++i) stores_.on_send_failure(store, 0);
  });
  loop_.run_for(0ms);
  EXPECT_EQ(store.epoch(), 1u);
  EXPECT_EQ(store.liveness(), Liveness::kSuspect);
  EXPECT_EQ(checks(), 1u);
  loop_.run_for(5ms);
  EXPECT_EQ(store.liveness(), Liveness::kReachable) << "it does not know the question, so it is up";
  loop_.run_for(10s);
  EXPECT_EQ(checks(), 1u);
}

TEST_F(StoreTest, OneThatIsDownIsUsedAgainSoonAfterItsReturn) {
  Store& store = resolved(1);
  cluster_.stop_store(1);
  fail(store);
  loop_.run_for(20s);
  EXPECT_EQ(store.liveness(), Liveness::kDown);
  EXPECT_GE(checks(), 15u);
  EXPECT_LE(checks(), 30u);
  cluster_.start_store(1);
  loop_.run_for(1100ms);
  EXPECT_EQ(store.liveness(), Liveness::kReachable);
}

TEST_F(StoreTest, AShortRestartIsNoticedAtOnce) {
  Store& store = resolved(1);
  cluster_.stop_store(1);
  fail(store);
  loop_.run_for(50ms);
  cluster_.start_store(1);
  loop_.run_for(110ms);
  EXPECT_EQ(store.liveness(), Liveness::kReachable);
}

TEST_F(StoreTest, OneThatTakesTooLongIsDown) {
  Store& store = resolved(1);
  cluster_.net.freeze(FakeRegions::store_address(1));
  fail(store);
  loop_.run_for(900ms);
  EXPECT_EQ(store.liveness(), Liveness::kSuspect);
  loop_.run_for(200ms);
  EXPECT_EQ(store.liveness(), Liveness::kDown);
}

TEST_F(StoreTest, NoAnswerAloneIsNoReasonToSuspectIt) {
  Store& store = resolved(1);
  loop_.submit([&] { stores_.on_no_answer(store); });
  loop_.run_for(10ms);
  EXPECT_EQ(store.epoch(), 0u);
  EXPECT_EQ(store.liveness(), Liveness::kReachable);
  cluster_.net.freeze(FakeRegions::store_address(1));
  loop_.submit([&] { stores_.on_no_answer(store); });
  loop_.run_for(2s);
  EXPECT_EQ(store.epoch(), 1u) << "but the check is";
  EXPECT_EQ(store.liveness(), Liveness::kDown);
}

TEST_F(StoreTest, OneThatMovedWhileDownIsFoundAtItsNewAddress) {
  Store& store = resolved(1);
  cluster_.stop_store(1);
  fail(store);
  loop_.run_for(2s);
  cluster_.addresses[1] = FakeRegions::store_address(3);
  loop_.run_for(7s);
  EXPECT_EQ(*store.address(), FakeRegions::store_address(3));
  EXPECT_EQ(store.liveness(), Liveness::kReachable);
  EXPECT_EQ(cluster_.net.forgotten(), std::vector<std::string>{FakeRegions::store_address(1)});
}

TEST_F(StoreTest, OneThatWasRemovedWhileDownIsNotCheckedForEver) {
  Store& store = resolved(1);
  cluster_.stop_store(1);
  fail(store);
  cluster_.addresses.erase(1);
  loop_.run_for(10s);
  EXPECT_TRUE(store.tombstone());
  const std::size_t before = checks();
  loop_.run_for(60s);
  EXPECT_EQ(checks(), before);
}

TEST_F(StoreTest, AnotherStoreAtItsAddressMeansLookingItUp) {
  Store& store = resolved(1);
  stores_.on_wrong_store(store);
  EXPECT_FALSE(store.resolved());
  EXPECT_EQ(store.epoch(), 1u);
  EXPECT_EQ(cluster_.net.forgotten(), std::vector<std::string>{FakeRegions::store_address(1)});
  cluster_.addresses[1] = FakeRegions::store_address(2);
  EXPECT_TRUE(run(stores_.resolve(store)));
  EXPECT_EQ(*store.address(), FakeRegions::store_address(2));
}

TEST_F(StoreTest, CloseEndsTheChecks) {
  Store& store = resolved(1);
  cluster_.stop_store(1);
  fail(store);
  loop_.run_for(3s);
  bool closed = false;
  runtime::run_on(loop_, testing::as_result(stores_.close())).start([&](Result<void>) { closed = true; });
  loop_.run_for(1ms);
  EXPECT_TRUE(closed);
  const std::size_t before = checks();
  loop_.run_for(60s);
  EXPECT_EQ(checks(), before);
}

}  // namespace
}  // namespace tikv::region

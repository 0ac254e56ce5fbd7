// PD and stores that answer nonsense: each call ends within its budget with an error of its kind, holding little, and
// the next one works once the servers are sane.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tikv/client.h>
#include <tikv/proto/kvrpcpb.pb.h>

#include <memory>
#include <optional>

#include "client/connect.h"
#include "fake_transport/fake_pd.h"
#include "proto/pd_methods.h"
#include "proto/tikv_methods.h"
#include "runtime/sim_loop.h"

namespace tikv::testing {
namespace {

using namespace std::chrono_literals;
namespace pdpb = proto::pdpb;
namespace kvrpcpb = proto::kvrpcpb;
using ::testing::HasSubstr;

constexpr const char* kPd = "pd1:2379";
constexpr const char* kStore = "store1:20160";

class HostileClusterTest : public ::testing::Test {
 protected:
  HostileClusterTest() {
    turn_sane();
    ClientOptions options;
    options.pd_endpoints = {kPd};
    client_.emplace(client::connect_on(loop_, net_, std::move(options)).get().value());
  }

  void turn_sane() {
    const std::int64_t later = pd_ ? pd_->physical_ms + 1'000'000 : 1'700'000'000'000;
    pd_ = std::make_unique<FakePd>(net_, std::vector<std::string>{kPd});
    pd_->physical_ms = later;
    pd_->add_store(1);
    metapb_region(pd_->add_region(1, "", ""));
    net_.on<kvrpcpb::RawGetRequest>(kStore, [](const kvrpcpb::RawGetRequest&) -> Reply {
      kvrpcpb::RawGetResponse response;
      response.set_value("v");
      return response;
    });
    net_.on<kvrpcpb::GetRequest>(kStore, [](const kvrpcpb::GetRequest&) -> Reply { return kvrpcpb::GetResponse(); });
    net_.on<kvrpcpb::RawScanRequest>(
        kStore, [](const kvrpcpb::RawScanRequest&) -> Reply { return kvrpcpb::RawScanResponse(); });
    net_.on<kvrpcpb::ScanRequest>(kStore, [](const kvrpcpb::ScanRequest&) -> Reply { return kvrpcpb::ScanResponse(); });
  }
  static void metapb_region(pdpb::Region& entry) {
    while (entry.region().peers_size() > 1) entry.mutable_region()->mutable_peers()->RemoveLast();
  }

  template <class Request>
  void answer(const char* address, const Reply& reply) {
    net_.on<Request>(address, [reply](const Request&) -> Reply { return reply; });
  }
  template <class T>
  ErrorKind kind_of(Task<Result<T>> task) {
    const Result<T> result = std::move(task).get();
    EXPECT_FALSE(result) << "it succeeded";
    if (result) return ErrorKind::kInvalidArgument;
    EXPECT_LT(result.error().to_string().size(), 20'000U);
    return result.error().kind();
  }
  void expect_recovery() {
    turn_sane();
    loop_.run_for(1s);
    const auto value = client_->raw().get("k").get();
    EXPECT_TRUE(value) << value.error().to_string();
    const auto timestamp = client_->timestamp().get();
    EXPECT_TRUE(timestamp) << timestamp.error().to_string();
  }

  runtime::SimLoop loop_;
  FakeTransport net_{loop_};
  std::unique_ptr<FakePd> pd_;
  std::optional<Client> client_;
};

pdpb::GetRegionResponse region_response(std::string start, std::string end, int peers = 1) {
  pdpb::GetRegionResponse response;
  response.mutable_header()->set_cluster_id(42);
  proto::metapb::Region& region = *response.mutable_region();
  region.set_id(7);
  region.set_start_key(std::move(start));
  region.set_end_key(std::move(end));
  for (int i = 0; i < peers; ++i) region.add_peers()->set_store_id(1);
  return response;
}

struct Lie {
  const char* name;
  Reply (*answer)();
  ErrorKind kind;
};

std::string name_of(const ::testing::TestParamInfo<Lie>& test) { return test.param.name; }

// ---- regions

class RegionLieTest : public HostileClusterTest, public ::testing::WithParamInterface<Lie> {};

const Lie kRegionLies[] = {
    {"NoRegion", []() -> Reply { return pdpb::GetRegionResponse(); }, ErrorKind::kUnavailable},
    {"OtherCluster",
     []() -> Reply {
       auto response = region_response("", "");
       response.mutable_header()->set_cluster_id(4711);
       return response;
     },
     ErrorKind::kClusterMismatch},
    {"NoPeers", []() -> Reply { return region_response("", "", 0); }, ErrorKind::kUnavailable},
    {"ReversedBorders", []() -> Reply { return region_response("z", "a"); }, ErrorKind::kUnavailable},
    {"EmptyRegion", []() -> Reply { return region_response("k", "k"); }, ErrorKind::kUnavailable},
    {"RegionOfOtherKeys", []() -> Reply { return region_response("x", "z"); }, ErrorKind::kUnavailable},
    {"ErrorOfAnUnknownType",
     []() -> Reply {
       auto response = region_response("", "");
       response.mutable_header()->mutable_error()->set_type(static_cast<pdpb::ErrorType>(99));
       return response;
     },
     ErrorKind::kServer},
    {"Malformed", []() -> Reply { return Reply::malformed(); }, ErrorKind::kUnavailable},
    {"Internal", []() -> Reply { return Reply::status(net::StatusCode::kInternal); }, ErrorKind::kUnavailable},
    {"Silence", []() -> Reply { return Reply::never(); }, ErrorKind::kUnavailable},
};
INSTANTIATE_TEST_SUITE_P(, RegionLieTest, ::testing::ValuesIn(kRegionLies), name_of);

TEST_P(RegionLieTest, EndsReadsOfEitherKindAndIsSurvived) {
  answer<pdpb::GetRegionRequest>(kPd, GetParam().answer());
  const auto began = loop_.now();
  EXPECT_EQ(kind_of(client_->raw().get("k")), GetParam().kind);
  EXPECT_EQ(kind_of(client_->snapshot(kLatestTimestamp).get("k")), GetParam().kind);
  EXPECT_EQ(kind_of(client_->raw().reverse_scan(KeyRange::all()).collect()), GetParam().kind);
  EXPECT_LE(loop_.now() - began, 3 * 30s);
  expect_recovery();
}

// A look-up of the region before a key that PD answers with the same one again and again.
TEST_F(HostileClusterTest, PdThatGoesInCirclesIsLeftAlone) {
  answer<pdpb::GetRegionRequest>(kPd, region_response("k", ""));
  net_.on(proto::kGetPrevRegion, kPd, [](const pdpb::GetRegionRequest&) -> Reply { return region_response("k", ""); });
  EXPECT_EQ(kind_of(client_->raw().reverse_scan(KeyRange("", "k")).collect()), ErrorKind::kUnavailable);
  EXPECT_LT(net_.count("GetPrevRegion"), 200U);
  answer<pdpb::GetRegionRequest>(kPd, region_response("", "a"));
  EXPECT_EQ(kind_of(client_->raw().reverse_scan(KeyRange::all()).collect()), ErrorKind::kUnavailable);
  EXPECT_LT(net_.count("GetRegion"), 500U);
}

// Borders that are the form of no key: regions of raw keys, to which a transactional client has to find a way.
TEST_F(HostileClusterTest, BordersThatDoNotDecodeAreNoObstacle) {
  answer<pdpb::GetRegionRequest>(kPd, region_response("\1\2\3", std::string(20, '\xff')));
  EXPECT_TRUE(client_->snapshot(kLatestTimestamp).get("k").get());
}

// ---- stores, as PD tells them

class StoreLieTest : public HostileClusterTest, public ::testing::WithParamInterface<Lie> {};

Reply store_at(const char* address) {
  pdpb::GetStoreResponse response;
  response.mutable_header()->set_cluster_id(42);
  response.mutable_store()->set_id(1);
  response.mutable_store()->set_address(address);
  return response;
}

const Lie kStoreLies[] = {
    {"NoAddress", [] { return store_at(""); }, ErrorKind::kUnavailable},
    {"AddressThatIsNone", [] { return store_at("nowhere at all"); }, ErrorKind::kUnavailable},
    {"NoStore", []() -> Reply { return pdpb::GetStoreResponse(); }, ErrorKind::kUnavailable},
    {"Malformed", [] { return Reply::malformed(); }, ErrorKind::kUnavailable},
};
INSTANTIATE_TEST_SUITE_P(, StoreLieTest, ::testing::ValuesIn(kStoreLies), name_of);

TEST_P(StoreLieTest, EndsTheCall) {
  answer<pdpb::GetStoreRequest>(kPd, GetParam().answer());
  EXPECT_EQ(kind_of(client_->raw().get("k")), GetParam().kind);
}

// ---- timestamps

class TimestampLieTest : public HostileClusterTest,
                         public ::testing::WithParamInterface<std::pair<const char*, void (*)(pdpb::TsoResponse&)>> {};

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

using TimestampLie = std::pair<const char*, void (*)(pdpb::TsoResponse&)>;
const TimestampLie kTimestampLies[] = {
    {"Nothing", [](pdpb::TsoResponse& response) { response.Clear(); }},
    {"OtherCount", [](pdpb::TsoResponse& response) { response.set_count(4'000'000'000); }},
    {"NegativeLogical", [](pdpb::TsoResponse& response) { response.mutable_timestamp()->set_logical(kLeast); }},
    {"EndlessLogical", [](pdpb::TsoResponse& response) { response.mutable_timestamp()->set_logical(kMost); }},
    {"EndlessPhysical", [](pdpb::TsoResponse& response) { response.mutable_timestamp()->set_physical(kMost); }},
    {"NegativePhysical", [](pdpb::TsoResponse& response) { response.mutable_timestamp()->set_physical(-1); }},
    {"EndlessSuffix",
     [](pdpb::TsoResponse& response) { response.mutable_timestamp()->set_suffix_bits(4'000'000'000); }},
    {"TimeLongGone", [](pdpb::TsoResponse& response) { response.mutable_timestamp()->set_physical(1); }},
};
INSTANTIATE_TEST_SUITE_P(, TimestampLieTest, ::testing::ValuesIn(kTimestampLies),
                         [](const auto& test) { return test.param.first; });

TEST_P(TimestampLieTest, GivesNoTimestampAndIsSurvived) {
  const std::uint64_t before = client_->timestamp().get().value();
  net_.on_stream<pdpb::TsoRequest>(kPd, [&](const pdpb::TsoRequest& request, StreamPeer& peer) {
    pdpb::TsoResponse response = pd_->next_timestamps(request.count());
    GetParam().second(response);
    peer.send(response);
  });
  EXPECT_EQ(kind_of(client_->timestamp()), ErrorKind::kUnavailable);
  expect_recovery();
  EXPECT_GT(client_->timestamp().get().value(), before);
}

// ---- scans

class ScanLieTest : public HostileClusterTest, public ::testing::WithParamInterface<std::vector<std::string>> {};
INSTANTIATE_TEST_SUITE_P(, ScanLieTest,
                         ::testing::Values(std::vector<std::string>{"c", "c"}, std::vector<std::string>{"d", "c"},
                                           std::vector<std::string>{"a", "c"}, std::vector<std::string>{"c", "x"},
                                           std::vector<std::string>{""}, std::vector<std::string>{"c", "d", "e"}));

TEST_P(ScanLieTest, PairsThatWereNotAskedForAreAnError) {
  kvrpcpb::RawScanResponse raw;
  kvrpcpb::ScanResponse txn;
  for (const std::string& key : GetParam()) {
    raw.add_kvs()->set_key(key);
    txn.add_pairs()->set_key(key);
  }
  answer<kvrpcpb::RawScanRequest>(kStore, raw);
  answer<kvrpcpb::ScanRequest>(kStore, txn);
  const KeyRange range("b", "m");
  const auto began = loop_.now();
  EXPECT_EQ(kind_of(client_->raw().scan(range, {.page = 2}).collect()), ErrorKind::kServer);
  EXPECT_EQ(kind_of(client_->snapshot(kLatestTimestamp).scan(range, {.page = 2}).collect()), ErrorKind::kServer);
  EXPECT_LE(loop_.now() - began, 100ms);
  expect_recovery();
}

TEST_F(HostileClusterTest, ReverseScansAreCheckedTheOtherWayRound) {
  kvrpcpb::RawScanResponse raw;
  for (const char* key : {"c", "d"}) raw.add_kvs()->set_key(key);
  answer<kvrpcpb::RawScanRequest>(kStore, raw);
  EXPECT_EQ(kind_of(client_->raw().reverse_scan(KeyRange("b", "m"), {.page = 2}).collect()), ErrorKind::kServer);
}

// ---- reads

class ReadLieTest : public HostileClusterTest,
                    public ::testing::WithParamInterface<std::pair<const char*, void (*)(proto::errorpb::Error&)>> {};

using RegionErrorLie = std::pair<const char*, void (*)(proto::errorpb::Error&)>;
const RegionErrorLie kRegionErrorLies[] = {
    {"LeaderThatIsNoPeer",
     [](proto::errorpb::Error& error) { error.mutable_not_leader()->mutable_leader()->set_id(99); }},
    {"RegionsReversed",
     [](proto::errorpb::Error& error) {
       auto& region = *error.mutable_epoch_not_match()->add_current_regions();
       region.set_id(1);
       region.set_start_key("z");
       region.set_end_key("a");
       region.mutable_region_epoch()->set_version(9);
       region.mutable_region_epoch()->set_conf_ver(9);
       region.add_peers()->set_store_id(77);
     }},
    {"RegionsOfNobody",
     [](proto::errorpb::Error& error) {
       for (int i = 0; i < 1000; ++i) error.mutable_epoch_not_match()->add_current_regions();
     }},
    {"BusyForEver",
     [](proto::errorpb::Error& error) { error.mutable_server_is_busy()->set_backoff_ms(~std::uint64_t{0}); }},
    {"OtherStore", [](proto::errorpb::Error& error) { error.mutable_store_not_match()->set_actual_store_id(5); }},
    {"Nothing", [](proto::errorpb::Error&) {}},
    {"LongText", [](proto::errorpb::Error& error) { error.set_message(std::string(1 << 20, 'x')); }},
};
INSTANTIATE_TEST_SUITE_P(, ReadLieTest, ::testing::ValuesIn(kRegionErrorLies),
                         [](const auto& test) { return test.param.first; });

TEST_P(ReadLieTest, EndsWithinTheBudgetAndIsSurvived) {
  kvrpcpb::RawGetResponse response;
  GetParam().second(*response.mutable_region_error());
  answer<kvrpcpb::RawGetRequest>(kStore, response);
  const auto began = loop_.now();
  EXPECT_EQ(kind_of(client_->raw().get("k")), ErrorKind::kUnavailable);
  // A busy store is waited for beside the budget, for up to ten minutes in all (a real client has a deadline before).
  EXPECT_LE(loop_.now() - began, 11min);
  EXPECT_LT(net_.count("RawGet"), 30'000U);
  expect_recovery();
}

TEST_F(HostileClusterTest, LockThatLivesForEverIsWaitedForAsLongAsTheCallerWants) {
  kvrpcpb::GetResponse locked;
  kvrpcpb::LockInfo& lock = *locked.mutable_error()->mutable_locked();
  lock.set_key("k");
  lock.set_primary_lock("k");
  lock.set_lock_version(~std::uint64_t{0} - 1);
  lock.set_lock_ttl(~std::uint64_t{0});
  kvrpcpb::CheckTxnStatusResponse alive;
  alive.set_lock_ttl(~std::uint64_t{0});
  *alive.mutable_lock_info() = lock;
  answer<kvrpcpb::GetRequest>(kStore, locked);
  answer<kvrpcpb::CheckTxnStatusRequest>(kStore, alive);
  const auto began = loop_.now();
  EXPECT_EQ(kind_of(client_->snapshot(1).get("k").with_timeout(3s)), ErrorKind::kDeadline);
  EXPECT_EQ(loop_.now() - began, 3s);
  expect_recovery();
}

}  // namespace
}  // namespace tikv::testing

#include <gtest/gtest.h>
#include <tikv/client.h>
#include <tikv/testing/fault.h>

#include <map>
#include <random>
#include <set>

#include "client/connect.h"
#include "runtime/sim_loop.h"
#include "testkit/memory/memory_cluster.h"
#include "testkit/memory/memory_transport.h"

// One caller's random operations while regions split, leaders move, stores die and messages get lost. Every answer is
// held to what the caller may know: a success did what it says, a failure that says "not applied" changed nothing, and
// one that says "unknown" did all or nothing to each key.
namespace tikv::testing {
namespace {

using namespace std::chrono_literals;

using Value = std::optional<std::string>;

/// What each key may hold. Reading settles it.
class Knowledge {
 public:
  void wrote(const std::string& key, Value value) { possible_[key] = {std::move(value)}; }
  void may_have_written(const std::string& key, Value value) { of(key).insert(std::move(value)); }
  ::testing::AssertionResult saw(const std::string& key, const Value& value) {
    if (!of(key).contains(value)) {
      return ::testing::AssertionFailure() << key << " can't be " << value.value_or("absent");
    }
    possible_[key] = {value};
    return ::testing::AssertionSuccess();
  }
  bool may_be(const std::string& key, const Value& value) { return of(key).contains(value); }

 private:
  std::set<Value>& of(const std::string& key) {
    return possible_.try_emplace(key, std::set<Value>{std::nullopt}).first->second;
  }
  std::map<std::string, std::set<Value>> possible_;
};

class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed), loop_({.seed = seed}) {
    ClientOptions options;
    options.pd_endpoints = cluster_.pd_endpoints();
    options.raw.batch_keys = 3;
    options.raw.batch_bytes = 20;
    options.raw.concurrency = 1 + below(4);
    auto connected = client::connect_on(loop_, transport_, std::move(options)).get();
    EXPECT_TRUE(connected);
    client_.emplace(std::move(*connected));
  }

  void run(int operations) {
    for (int i = 0; i < operations && !::testing::Test::HasFailure(); ++i) {
      SCOPED_TRACE("operation " + std::to_string(i));
      if (below(4) == 0) make_trouble();
      operate();
    }
    calm();
    check_all(true);
    EXPECT_GT(failures_ + successes_, 0);
  }

  int failures() const { return failures_; }
  int successes() const { return successes_; }
  int unknown() const { return unknown_; }

 private:
  static constexpr std::uint64_t kKeys = 24;

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  std::string key() { return key_at(below(kKeys)); }
  static std::string key_at(std::uint64_t i) { return "k" + std::string(1, static_cast<char>('a' + i)); }
  std::string fresh() { return std::to_string(++written_); }
  template <class T>
  Task<T> limited(Task<T> task) {
    const auto limit = below(3) == 0 ? std::chrono::milliseconds(below(3000)) : std::chrono::milliseconds(60000);
    return std::move(task).with_timeout(limit);
  }

  void make_trouble() {
    cluster::Model& model = cluster_.model();
    switch (below(8)) {
      case 0:
        (void)model.split(key());
        break;
      case 1:
        (void)model.merge(key());
        break;
      case 2:
        (void)model.move_leader(key(), 1 + below(3));
        break;
      case 3: {
        const cluster::ServerId store{cluster::ServerKind::kStore, 1 + below(3)};
        if (model.alive(store)) {
          (void)model.kill(store);
        } else {
          (void)model.restart(store);
        }
        break;
      }
      default: {
        Fault fault;
        constexpr FaultKind kKinds[] = {FaultKind::kDropRequest, FaultKind::kDropReply,   FaultKind::kBreakBefore,
                                        FaultKind::kBreakAfter,  FaultKind::kRegionError, FaultKind::kStatus};
        constexpr RegionErrorKind kErrors[] = {RegionErrorKind::kServerIsBusy, RegionErrorKind::kEpochNotMatch,
                                               RegionErrorKind::kNotLeader, RegionErrorKind::kUndeterminedResult,
                                               RegionErrorKind::kStaleCommand};
        constexpr const char* kMethods[] = {"RawPut",         "RawBatchPut",       "RawDelete",
                                            "RawBatchDelete", "RawCompareAndSwap", "RawScan",
                                            "RawBatchGet",    "RawDeleteRange",    "RawGet"};
        fault.method = kMethods[below(std::size(kMethods))];
        fault.kind = kKinds[below(std::size(kKinds))];
        fault.region_error = kErrors[below(std::size(kErrors))];
        fault.skip = below(2);
        fault.times = 1 + below(2);
        cluster_.model().faults().add(fault);
        break;
      }
    }
  }

  void calm() {
    cluster_.model().faults().clear();
    for (std::uint64_t id = 1; id <= 3; ++id) (void)cluster_.model().restart({cluster::ServerKind::kStore, id});
    loop_.run_for(60s);
  }

  /// What a write's result tells about its keys.
  void took(const Result<void>& result, const std::vector<std::pair<std::string, Value>>& writes) {
    for (const auto& [key, value] : writes) {
      if (result) {
        known_.wrote(key, value);
      } else if (result.error().applied() == Applied::kUnknown) {
        known_.may_have_written(key, value);
        ++unknown_;
      }
    }
    (result ? successes_ : failures_) += 1;
  }

  void operate() {
    RawClient raw = client_->raw();
    if (below(2) == 0) raw = raw.atomic();
    switch (below(9)) {
      case 0: {
        const std::string k = key();
        const auto got = limited(raw.get(k)).get();
        if (got) EXPECT_TRUE(known_.saw(k, *got));
        break;
      }
      case 1: {
        const std::string k = key();
        const std::string v = fresh();
        took(limited(raw.put(k, v)).get(), {{k, v}});
        break;
      }
      case 2: {
        const std::string k = key();
        took(limited(raw.remove(k)).get(), {{k, std::nullopt}});
        break;
      }
      case 3: {
        std::vector<KvPair> pairs;
        std::map<std::string, Value> last;
        for (std::uint64_t n = below(12); n > 0; --n) pairs.emplace_back(key(), fresh());
        for (const KvPair& pair : pairs) last[pair.key] = pair.value;
        took(limited(raw.batch_put(pairs)).get(), {last.begin(), last.end()});
        break;
      }
      case 4: {
        std::vector<std::string> keys;
        std::vector<std::pair<std::string, Value>> writes;
        for (std::uint64_t n = below(6); n > 0; --n) keys.push_back(key());
        for (const std::string& k : keys) writes.emplace_back(k, std::nullopt);
        took(limited(raw.batch_remove(keys)).get(), writes);
        break;
      }
      case 5: {
        std::vector<std::string> keys;
        for (std::uint64_t n = below(12); n > 0; --n) keys.push_back(key());
        const auto got = limited(raw.batch_get(keys)).get();
        if (!got) break;
        for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_TRUE(known_.saw(keys[i], (*got)[i]));
        break;
      }
      case 6:
        swap(raw.atomic());
        break;
      case 7: {
        const std::uint64_t from = below(kKeys);
        const std::uint64_t to = from + below(4);
        std::vector<std::pair<std::string, Value>> writes;
        for (std::uint64_t i = from; i < to; ++i) writes.emplace_back(key_at(i), std::nullopt);
        took(limited(raw.remove_range(KeyRange(key_at(from), key_at(to)))).get(), writes);
        break;
      }
      default:
        check_all(false);
        break;
    }
  }

  void swap(const RawClient& raw) {
    const std::string k = key();
    const std::string v = fresh();
    const auto now = raw.get(k).get();
    if (!now) return;
    EXPECT_TRUE(known_.saw(k, *now));
    const Value expected = below(3) == 0 ? Value("nothing like it") : *now;
    const auto swap = limited(raw.compare_and_swap(k, expected, v)).get();
    if (!swap) {
      ++failures_;
      if (swap.error().applied() == Applied::kUnknown && expected == *now) known_.may_have_written(k, v);
      return;
    }
    ++successes_;
    EXPECT_TRUE(known_.saw(k, swap->previous));
    EXPECT_EQ(swap->swapped, swap->previous == expected);
    if (swap->swapped) known_.wrote(k, v);
  }

  /// Scans everything, one way or the other.
  void check_all(bool must_succeed) {
    const bool reverse = below(2) == 0;
    const RawScanOptions options{.page = 1 + below(10)};
    auto scan =
        reverse ? client_->raw().reverse_scan(KeyRange::all(), options) : client_->raw().scan(KeyRange::all(), options);
    auto pairs = scan.collect().get();
    EXPECT_TRUE(pairs || !must_succeed) << pairs.error().to_string();
    if (!pairs) return;
    if (reverse) std::ranges::reverse(*pairs);
    EXPECT_TRUE(std::ranges::is_sorted(*pairs, {}, &KvPair::key));
    std::map<std::string, Value> found;
    for (const KvPair& pair : *pairs) found[pair.key] = pair.value;
    EXPECT_EQ(found.size(), pairs->size()) << "a key came twice";
    for (std::uint64_t i = 0; i < kKeys; ++i) EXPECT_TRUE(known_.saw(key_at(i), found[key_at(i)]));
  }

  std::mt19937_64 random_;
  runtime::SimLoop loop_;
  memory::MemoryCluster cluster_{loop_};
  memory::MemoryTransport transport_{cluster_};
  std::optional<Client> client_;
  Knowledge known_;
  int written_ = 0;
  int failures_ = 0;
  int successes_ = 0;
  int unknown_ = 0;
};

TEST(RawHistory, NoAnswerIsALie) {
  int failures = 0;
  int successes = 0;
  int unknown = 0;
  for (std::uint64_t seed = 1; seed <= 200 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History history(seed);
    history.run(100);
    failures += history.failures();
    successes += history.successes();
    unknown += history.unknown();
  }
  EXPECT_GT(failures, 100) << "too quiet to show anything";
  EXPECT_GT(successes, 1000);
  EXPECT_GT(unknown, 100);
}

}  // namespace
}  // namespace tikv::testing

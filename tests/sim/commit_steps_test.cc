#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "world.h"

// A transfer between accounts in three regions, with its server killed at each step of its commit in turn: money is
// neither made nor lost, and the caller is told the truth.
namespace tikv::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

constexpr std::array kAccounts = {"a", "k", "z"};
constexpr std::array kBefore = {100, 100, 100};
constexpr std::array kAfter = {90, 104, 106};

enum class Moment : std::uint8_t { kBeforeHandled, kAfterApplied };
enum class Caches : std::uint8_t { kCold, kWarm };

struct Case {
  Moment moment;
  Caches caches;
  std::size_t replicas;
  std::chrono::milliseconds down;
  std::chrono::milliseconds timeout;
  bool patient() const { return timeout > down + std::chrono::seconds(10); }
};

std::string name_of(const Case& one) {
  std::string name = one.moment == Moment::kBeforeHandled ? "BeforeHandled" : "AfterApplied";
  name += one.caches == Caches::kCold ? "Cold" : "Warm";
  name += std::to_string(one.replicas) + "Replicas" + std::to_string(one.down.count()) + "ms";
  return name + (one.patient() ? "Patient" : "Impatient");
}

/// One world, in which the server of the n-th request of the commit is killed.
class StepRun {
 public:
  StepRun(const Case& one, std::uint64_t n) : case_(one), world_({.seed = n + 1, .pds = 3, .replicas = one.replicas}) {
    world_.spread_transactional();
    set_up();
    FaultKind kind = one.moment == Moment::kBeforeHandled ? FaultKind::kDropRequest : FaultKind::kDropReply;
    transfer(fault_at("", kind, n));
  }

  /// False once the commit has fewer requests.
  bool reached() const { return server_.has_value(); }

  void check() {
    // The client must have finished by itself, or others can: nothing but reading helps it.
    world_.heal();
    world_.loop.run_for(25s);
    std::vector<int> seen;
    for (const char* account : kAccounts) seen.push_back(read(account));
    world_.settle();
    EXPECT_THAT(world_.locked_keys(), IsEmpty());
    const bool all = std::equal(seen.begin(), seen.end(), kAfter.begin());
    const bool none = std::equal(seen.begin(), seen.end(), kBefore.begin());
    EXPECT_TRUE(all || none) << ::testing::PrintToString(seen);
    if (outcome_->has_value()) {
      EXPECT_TRUE(all) << "it was said to be committed";
    } else if (outcome_->error().applied() == Applied::kNo) {
      EXPECT_TRUE(none) << "it was said to have failed: " << describe(*outcome_);
    } else {
      EXPECT_EQ(outcome_->error().kind(), ErrorKind::kUndetermined) << describe(*outcome_);
    }
    world_.finish();
  }

  bool committed() const { return outcome_->has_value(); }
  std::string outcome() const { return describe(*outcome_); }

 private:
  void set_up() {
    Transaction txn = world_.run(teller_.begin()).result.value();
    for (std::size_t i = 0; i < kAccounts.size(); ++i) {
      EXPECT_TRUE(txn.put(kAccounts[i], std::to_string(kBefore[i])));
    }
    const Result<Committed> done = world_.run(txn.commit()).result;
    EXPECT_TRUE(done) << describe(done);
    world_.settle();
  }

  void transfer(const Fault& fault) {
    Client& client = case_.caches == Caches::kWarm ? teller_ : world_.add_client();
    Transaction txn = world_.run(client.begin()).result.value();
    for (std::size_t i = 0; i < kAccounts.size(); ++i) {
      EXPECT_TRUE(txn.put(kAccounts[i], std::to_string(kAfter[i])));
    }
    const FaultId id = world_.add(fault);
    Started<Result<Committed>> committing(txn.commit().with_timeout(case_.timeout));
    const auto limit = world_.now() + 5min;
    const auto over = [&] { return committing.done() && world_.loop.background() == 0; };
    world_.loop.run_until([&] { return over() || world_.hits(id) == 1; }, limit);
    server_ = world_.model().faults().last_hit(id);
    if (server_) {
      world_.kill(*server_);
      world_.restart_after(*server_, case_.down);
    }
    EXPECT_TRUE(world_.loop.run_until(over, limit)) << "the commit does not end";
    outcome_ = committing.value();
  }

  int read(const std::string& account) {
    const std::uint64_t now = world_.run(reader_.timestamp()).result.value();
    const auto value = world_.run(reader_.snapshot(now).get(account)).result;
    EXPECT_TRUE(value) << describe(value);
    return value && *value ? std::stoi(**value) : 0;
  }

  const Case& case_;
  World world_;
  Client& teller_ = world_.add_client();
  Client& reader_ = world_.add_client();
  std::optional<cluster::ServerId> server_;
  std::optional<Result<Committed>> outcome_;
};

class CommitSteps : public ::testing::TestWithParam<Case> {};

TEST_P(CommitSteps, MoneyIsNeitherMadeNorLost) {
  std::uint64_t steps = 0;
  for (;; ++steps) {
    SCOPED_TRACE("killed at request " + std::to_string(steps));
    StepRun run(GetParam(), steps);
    run.check();
    if (!run.reached()) break;
    if (GetParam().patient()) {
      EXPECT_TRUE(run.committed()) << "the server came back in time: " << run.outcome();
    }
  }
  EXPECT_GE(steps, 7U) << "three prewrites, a timestamp, three commits";
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Moment moment : {Moment::kBeforeHandled, Moment::kAfterApplied}) {
    for (const Caches caches : {Caches::kCold, Caches::kWarm}) {
      for (const std::size_t replicas : {1, 3}) {
        all.push_back({moment, caches, replicas, 2s, 60s});
        all.push_back({moment, caches, replicas, 15s, 60s});
        all.push_back({moment, caches, replicas, 2s, 50ms});
        all.push_back({moment, caches, replicas, 15s, 1s});
      }
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Cases, CommitSteps, ::testing::ValuesIn(cases()),
                         [](const auto& one) { return name_of(one.param); });

}  // namespace
}  // namespace tikv::testing

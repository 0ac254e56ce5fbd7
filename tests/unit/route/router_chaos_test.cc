#include <tikv/when_all.h>

#include "fixture.h"

// Any order of events: regions split, merge and change leader, stores die and come back, PD lags behind, single
// requests go wrong, all at random from one seed, under callers that read what they wrote.
namespace tikv::route {
namespace {

using namespace std::chrono_literals;
using testing::Fault;

class Chaos : public RouterTest {
 public:
  explicit Chaos(std::uint64_t seed) : random_(seed) { loop_.random().seed(seed); }
  void TestBody() override {}

  void run_all() {
    budget_ = 120s;
    std::vector<Task<Result<void>>> callers;
    for (int i = 0; i < 6; ++i) callers.push_back(count(caller(std::string(1, static_cast<char>('a' + 4 * i)))));
    callers.push_back(trouble());
    for (const Result<void>& result : run(when_all(std::move(callers))))
      EXPECT_TRUE(result) << result.error().to_string();
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  std::string any_key() { return std::string(1, static_cast<char>('a' + below(26))); }

  // Nobody else writes to its keys, so it knows what they hold.
  Task<Result<void>> caller(std::string mine) {
    std::map<std::string, std::string> model;
    for (int i = 0; i < 40; ++i) {
      std::string key = std::string(1, static_cast<char>(mine[0] + static_cast<char>(below(4))));
      std::string value = std::to_string(i);
      if (below(2) == 0) {
        model[key] = value;
        co_await put_task(key, value, {.timeout = 2s}).or_return();
      } else {
        const std::string expected = model[key];
        const std::string found = co_await get_task(key).or_return();
        EXPECT_EQ(found, expected) << key;
      }
      co_await runtime::sleep(std::chrono::milliseconds(below(50)));
    }
    co_return Result<void>();
  }

  Task<Result<void>> count(Task<Result<void>> caller) {
    Result<void> result = co_await std::move(caller);
    ++done_;
    co_return result;
  }

  Task<Result<void>> trouble() {
    while (done_ < 6) {
      make_trouble();
      co_await runtime::sleep(std::chrono::milliseconds(below(60)));
    }
    co_return Result<void>();
  }

  void make_trouble() {
    FakeRegions::Region& region = cluster_.at(any_key());
    const std::string key = any_key();
    switch (below(8)) {
      case 0:
        if (cluster_.at(key).start != key) cluster_.split(key);
        break;
      case 1:
        if (!region.end.empty()) {
          const auto& right = cluster_.at(region.end);
          if (right.leader_store == region.leader_store && right.stores == region.stores) cluster_.merge(region.start);
        }
        break;
      case 2:
        region.leader_store = below(4);  // or none for a while
        break;
      case 3: {
        // One store at a time: its regions elect others.
        if (down_ != 0) {
          cluster_.start_store(down_);
          down_ = 0;
        } else {
          down_ = 1 + below(3);
          cluster_.stop_store(down_);
        }
        break;
      }
      case 4:
        if (lagging_) {
          cluster_.thaw_pd();
        } else {
          cluster_.freeze_pd();
        }
        lagging_ = !lagging_;
        break;
      case 5:
        // Not for ever: while all wait for PD, each fault would hit PD.
        if (++faults_ <= 12) cluster_.net.fail_step(cluster_.net.steps() + below(3), testing::kAllFaults[below(5)]);
        break;
      case 6:
        ++region.conf;
        break;
      default:
        break;
    }
    settle_leaders();
  }

  void settle_leaders() {
    for (const char* key = "abcdefghijklmnopqrstuvwxyz"; *key != '\0'; ++key) {
      FakeRegions::Region& region = cluster_.at(std::string(1, *key));
      const bool led = region.leader_store != 0 && region.leader_store != down_;
      if (!led && below(3) == 0) region.leader_store = 1 + (down_ + below(2)) % 3;
    }
  }

  std::mt19937_64 random_;
  std::uint64_t down_ = 0;
  bool lagging_ = false;
  int done_ = 0;
  int faults_ = 0;
};

TEST(RouterChaos, CallersReadWhatTheyWrote) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Chaos chaos(seed);
    chaos.run_all();
    if (::testing::Test::HasFailure()) break;
  }
}

}  // namespace
}  // namespace tikv::route

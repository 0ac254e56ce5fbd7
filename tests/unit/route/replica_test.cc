#include "route/replica.h"

#include <gtest/gtest.h>

#include <set>

#include "fake_regions.h"
#include "region/store.h"

namespace tikv::route {
namespace {

using namespace std::chrono_literals;
using testing::FakeRegions;

// Five peers: 0 to 2 vote, 3 is a learner, 4 a witness. 0 leads.
class ChooseLeader : public ::testing::Test {
 protected:
  ChooseLeader() {
    for (std::uint64_t i = 0; i < 5; ++i) {
      region::Peer peer;
      peer.id = 10 + i;
      peer.store_id = 1 + i;
      peer.learner = i == 3;
      peer.witness = i == 4;
      region_.peers.push_back(peer);
      region::Store& store = stores_.get(peer.store_id);
      region_.state.stores.push_back({&store, store.epoch()});
    }
  }
  ~ChooseLeader() override {
    loop_.close();
    loop_.run_for(1s);
  }
  std::optional<std::size_t> choose() { return choose_leader(region_, tries_, random_); }
  /// All that is ever chosen.
  std::set<std::size_t> choices() {
    std::set<std::size_t> seen;
    for (int i = 0; i < 100; ++i)
      if (const auto chosen = choose()) seen.insert(*chosen);
    return seen;
  }
  void suspect(std::size_t peer) {
    loop_.submit([this, peer] {
      region::Store& store = *region_.state.stores[peer].store;
      stores_.on_send_failure(store, store.epoch());
    });
    loop_.run_for(0ms);
  }
  using Set = std::set<std::size_t>;

  static pd::PdOptions options() {
    pd::PdOptions options;
    options.endpoints.push_back(FakeRegions::kPd);
    return options;
  }
  runtime::SimLoop loop_;
  FakeRegions cluster_{loop_};
  pd::PdClient pd_{loop_, cluster_.net, options()};
  region::StoreCache stores_{loop_, pd_, cluster_.net};
  region::Region region_;
  RegionTries tries_{};
  std::mt19937_64 random_{1};
};

TEST_F(ChooseLeader, TheLeaderItIs) {
  EXPECT_EQ(choices(), Set{0});
  tries_[0].sends = kMaxLeaderSends - 1;
  EXPECT_EQ(choices(), Set{0}) << "again and again, with pauses in between";
  region_.state.leader = 2;
  EXPECT_EQ(choices(), Set{2});
}

TEST_F(ChooseLeader, ElseOneOfTheOthersThatCouldBe) {
  tries_[0].not_leader = true;
  EXPECT_EQ(choices(), (Set{1, 2})) << "neither the learner nor the witness";
  tries_[0] = {};
  tries_[0].sends = kMaxLeaderSends;
  EXPECT_EQ(choices(), (Set{1, 2}));
  tries_[0] = {};
  tries_[0].given_up = true;
  EXPECT_EQ(choices(), (Set{1, 2}));
}

TEST_F(ChooseLeader, EachOfTheOthersOnce) {
  tries_[0].not_leader = true;
  tries_[1].sends = 1;
  EXPECT_EQ(choices(), Set{2});
  tries_[2].sends = 1;
  EXPECT_EQ(choose(), std::nullopt);
}

TEST_F(ChooseLeader, NotOnAStoreThatDoesNotAnswer) {
  suspect(0);
  EXPECT_EQ(choices(), (Set{1, 2}));
  suspect(2);
  EXPECT_EQ(choices(), Set{1});
  suspect(1);
  EXPECT_EQ(choose(), std::nullopt);
}

TEST_F(ChooseLeader, NothingBeyondThePeersItHas) {
  region_.peers.clear();
  region_.state.stores.clear();
  EXPECT_EQ(choose(), std::nullopt);
}

}  // namespace
}  // namespace tikv::route

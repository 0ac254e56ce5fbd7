#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "world.h"

namespace tikv::testing {

/// Everything that may happen to a cluster, at times and in an order that the seed decides: requests and answers that
/// get lost or late, region errors, stores and PDs that are killed, frozen or cut off and come back, regions that
/// split, merge, and move, leaders that change.
class Chaos {
 public:
  /// `borders`: where regions may be split, as regions have keys. `methods`: whose requests are singled out, besides
  /// any request at all. It stays until the world has finished.
  Chaos(World& world, std::uint64_t seed, std::vector<std::string> borders, std::vector<std::string> methods);

  /// Goes on for so long. What was killed, frozen or cut off last may still be so afterwards.
  Task<Result<void>> run(std::chrono::nanoseconds duration);

 private:
  using Event = void (Chaos::*)();
  struct Row {
    std::uint64_t weight;
    Event event;
  };
  static const std::vector<Row>& rows();

  void lose_something();
  void answer_with_error();
  void kill_store();
  void freeze_store();
  void cut_store_off();
  void kill_pd();
  void freeze_pd();
  void move_pd();
  void split();
  void merge();
  void move_leader();
  void move_peer();
  void change_latency();

  /// A number in [0, below).
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  std::chrono::milliseconds time(std::uint64_t least, std::uint64_t most) {
    return std::chrono::milliseconds(least + pick(most - least + 1));
  }
  std::string some_method() { return pick(4) == 0 ? std::string() : methods_[pick(methods_.size())]; }
  const std::string& border() { return borders_[pick(borders_.size())]; }
  std::uint64_t store() { return 1 + pick(world_.model().pd().stores.size()); }
  void after(std::chrono::milliseconds delay, std::move_only_function<void()> work);
  /// Whether one more store, or PD member, may be unwell.
  bool spare(cluster::ServerKind kind);
  void unwell(cluster::ServerId server, std::chrono::milliseconds time,
              Result<void> (cluster::Model::*end)(const cluster::ServerId&));

  World& world_;
  std::mt19937_64 random_;
  std::vector<std::string> borders_;
  std::vector<std::string> methods_;
  std::size_t unwell_stores_ = 0;
  std::size_t unwell_pds_ = 0;
};

/// Prints to the error stream when TIKV_SIM_LOG is set: what happened when, for one seed.
void sim_log(const World& world, const std::string& text);

/// The seeds to run: that of TIKV_SIM_SEED alone, or the first TIKV_SIM_SEEDS, or the first `count`.
std::vector<std::uint64_t> sim_seeds(std::uint64_t count);

}  // namespace tikv::testing

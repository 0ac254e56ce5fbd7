#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "trouble.h"
#include "world.h"

namespace tikv::testing {

/// What chaos has to work with.
struct ChaosPlan {
  Troubles troubles;
  /// Where regions may be split, as regions have keys.
  std::vector<std::string> borders;
  /// Whose requests are singled out, besides any request at all.
  std::vector<std::string> methods;
  std::size_t clients = 1;
  /// The shortest and longest pause between two events.
  std::chrono::milliseconds pause_min{1};
  std::chrono::milliseconds pause_max{80};
};

/// What goes wrong in a cluster, at times and in an order that the seed decides. It stays until the world has finished.
class Chaos {
 public:
  Chaos(World& world, std::uint64_t seed, ChaosPlan plan);

  /// Goes on for so long. What was killed, frozen or cut off last may still be so afterwards.
  Task<Result<void>> run(std::chrono::nanoseconds duration);

 private:
  using Event = void (Chaos::*)();
  struct Row {
    Trouble trouble;
    std::uint64_t weight;
    Event event;
  };
  static const std::vector<Row>& rows();

  void lose();
  void delay();
  void repeat();
  void reorder();
  void break_connection();
  void answer_status();
  void answer_region_error();
  void freeze_connection();
  void double_replies();
  void slow_store();
  void freeze_store();
  void kill_store();
  void cut_store_off();
  void kill_pd();
  void freeze_pd();
  void move_pd();
  void split();
  void merge();
  void move_leader();
  void move_peer();
  void jump_clock();

  /// A number in [0, below).
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  std::chrono::milliseconds time(std::uint64_t least, std::uint64_t most) {
    return std::chrono::milliseconds(least + pick(most - least + 1));
  }
  std::string some_method() { return pick(4) == 0 ? std::string() : plan_.methods[pick(plan_.methods.size())]; }
  const std::string& border() { return plan_.borders[pick(plan_.borders.size())]; }
  std::uint64_t store() { return 1 + pick(world_.model().pd().stores.size()); }
  std::uint64_t pd() { return 1 + pick(world_.model().pd().members.size()); }
  void after(std::chrono::milliseconds delay, std::move_only_function<void()> work);
  /// Adds a fault, and takes it back after a while.
  void inject(const char* what, Fault fault);
  /// Whether one more store, or PD member, may be unwell.
  bool spare(cluster::ServerKind kind);
  void unwell(cluster::ServerId server, std::chrono::milliseconds time,
              Result<void> (cluster::Model::*end)(const cluster::ServerId&));

  World& world_;
  std::mt19937_64 random_;
  ChaosPlan plan_;
  std::vector<Row> mix_;
  std::uint64_t total_weight_ = 0;
  std::size_t unwell_stores_ = 0;
  std::size_t unwell_pds_ = 0;
};

}  // namespace tikv::testing

#pragma once

#include <tikv/testing/cluster.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <random>
#include <stop_token>
#include <thread>

namespace tikv::embedded {

/// Trouble for a cluster, one piece after the other until it is destroyed: leaders move, connections break, replies are
/// late, regions are not where clients think, and one store at a time is killed for a while. The cluster keeps its
/// majority.
class Chaos {
 public:
  Chaos(testing::Cluster& cluster, std::chrono::milliseconds pause, std::uint64_t seed);
  ~Chaos();
  Chaos(const Chaos&) = delete;
  Chaos& operator=(const Chaos&) = delete;

 private:
  void run(const std::stop_token& stop);
  void next();
  void move_a_leader();
  void kill_or_restart();
  void inject_a_fault();
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }

  testing::Cluster& cluster_;
  std::chrono::milliseconds pause_;
  std::mt19937_64 random_;
  std::uint64_t killed_ = 0;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;
};

}  // namespace tikv::embedded

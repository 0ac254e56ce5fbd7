#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <stop_token>
#include <string>
#include <vector>

#include "trouble.h"
#include "world.h"

namespace tikv::testing {

/// What the workloads of one run share: the world, its clients, and the callers' moods.
class Stage {
 public:
  Stage(World& world, std::uint64_t seed, const Troubles& troubles);

  /// Clients as they are: the last one may be closed at any time, if that is among the troubles.
  void add_clients(std::size_t count);
  const std::vector<Client*>& clients() const { return clients_; }
  /// One that stays open.
  Client& any_client() { return *clients_[pick(may_close_ ? clients_.size() - 1 : clients_.size())]; }
  bool closed(const Client& client) const { return closed_ == &client; }
  /// Closes the last client at some time in the first seconds, if that is among the troubles.
  void close_one_later();

  void open_for(std::chrono::nanoseconds time) { closing_time_ = world_.now() + time; }
  bool open() const { return world_.now() < closing_time_; }

  World& world() { return world_; }
  /// The callers' clock.
  std::int64_t now() const { return world_.now().time_since_epoch().count(); }
  /// A number in [0, below).
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  bool one_in(std::uint64_t n) { return pick(n) == 0; }
  /// Different each time.
  std::uint64_t next_number() { return ++last_number_; }
  /// The i-th of `count` keys, far from each other.
  static std::string key(std::size_t i, std::size_t count, const std::string& name) {
    return std::string(1, static_cast<char>('a' + i * 26 / count)) + "/" + name;
  }

  /// Runs `task` as an impatient caller does, or a patient one, and holds it to its deadline and to errors that callers
  /// can expect. `slack`: how much later it may end.
  template <class T>
  Task<Result<T>> call(Task<Result<T>> task, std::chrono::nanoseconds slack = std::chrono::nanoseconds{0});

  /// Counts what was done, for the summary.
  void count(const std::string& what) { ++counts_[what]; }
  const std::map<std::string, std::uint64_t>& counts() const { return counts_; }

 private:
  std::chrono::nanoseconds some_timeout();
  std::stop_token some_stop();

  World& world_;
  std::mt19937_64 random_;
  bool may_cancel_;
  bool may_hurry_;
  bool may_close_;
  std::vector<Client*> clients_;
  const Client* closed_ = nullptr;
  runtime::TimePoint closing_time_{};
  std::uint64_t last_number_ = 0;
  std::map<std::string, std::uint64_t> counts_;
};

/// How long beyond its deadline a commit looks for its outcome (Transaction::commit).
constexpr std::chrono::seconds kSettle{3};

template <class T>
Task<Result<T>> Stage::call(Task<Result<T>> task, std::chrono::nanoseconds slack) {
  using ::testing::AnyOf;
  const std::chrono::nanoseconds timeout = some_timeout();
  const runtime::TimePoint began = world_.now();
  Result<T> result = co_await std::move(task).with_timeout(timeout).with_stop(some_stop());
  EXPECT_LE(world_.now() - began, timeout + slack) << describe(result);
  if (!result) {
    EXPECT_THAT(result.error().kind(),
                AnyOf(ErrorKind::kDeadline, ErrorKind::kCancelled, ErrorKind::kUnavailable, ErrorKind::kClosed,
                      ErrorKind::kUndetermined, ErrorKind::kConflict, ErrorKind::kAborted, ErrorKind::kKeyExists))
        << describe(result);
    count(std::string(to_string(result.error().kind())));
  } else {
    count("calls that succeeded");
  }
  co_return result;
}

}  // namespace tikv::testing

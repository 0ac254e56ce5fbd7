#pragma once

#include <gtest/gtest.h>
#include <tikv/proto/errorpb.pb.h>
#include <tikv/proto/kvrpcpb.pb.h>
#include <tikv/proto/metapb.pb.h>
#include <tikv/proto/pdpb.pb.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "fake_transport/fake_transport.h"
#include "pd/pd_client.h"
#include "runtime/sim_loop.h"

namespace tikv::testing {

/// A task of anything as one that can be got.
template <class T>
Task<Result<T>> as_result(Task<T> task) {
  if constexpr (std::is_void_v<T>) {
    co_await std::move(task);
    co_return Result<void>();
  } else {
    co_return co_await std::move(task);
  }
}

/// Runs a task on the loop until it is complete.
template <class T>
T run_task(runtime::Loop& loop, Task<T> task) {
  if constexpr (detail::IsResult<T>::value) {
    return runtime::run_on(loop, std::move(task)).get();
  } else if constexpr (std::is_void_v<T>) {
    EXPECT_TRUE(runtime::run_on(loop, as_result(std::move(task))).get());
  } else {
    return runtime::run_on(loop, as_result(std::move(task))).get().value();
  }
}

/// A PD and three stores on a `FakeTransport`, just enough for regions: PD tells them, stores check what requests claim
/// about them and keep raw keys in one map, which all of them share. Region errors can be put in their mouths.
class FakeRegions {
 public:
  struct Region {
    std::uint64_t id = 0;
    std::string start;
    std::string end;
    std::uint64_t version = 1;
    std::uint64_t conf = 1;
    std::vector<std::uint64_t> stores{1, 2, 3};
    std::uint64_t leader_store = 1;  // 0: none
  };
  static constexpr const char* kPd = "pd:2379";
  static constexpr std::uint64_t kClusterId = 77;

  explicit FakeRegions(runtime::SimLoop& loop);
  FakeRegions(const FakeRegions&) = delete;

  static std::string store_address(std::uint64_t store) { return "store" + std::to_string(store) + ":20160"; }
  static std::uint64_t peer_id(const Region& region, std::uint64_t store) { return region.id * 100 + store; }

  /// The region that holds `key` (by end: the one below).
  Region& at(const std::string& key);
  Region& by_id(std::uint64_t id);
  /// Cuts the region that holds `key` there; the right part gets a new id.
  Region& split(const std::string& key);
  /// The region that holds `key` takes over its right neighbour.
  void merge(const std::string& key);
  /// PD goes on telling what is true now.
  void freeze_pd() { pd_view_ = regions_; }
  void thaw_pd() { pd_view_.reset(); }
  /// From now on nothing answers at the store's address; `start_store` brings it back.
  void stop_store(std::uint64_t store) { net.cut(store_address(store)); }
  void start_store(std::uint64_t store) { net.heal(store_address(store)); }
  /// The store's address as PD has it.
  std::map<std::uint64_t, std::string> addresses;

  /// Each of these is answered once, in order, before anything else is looked at.
  std::deque<proto::errorpb::Error> errors;
  /// The same, after the request was carried out.
  std::deque<proto::errorpb::Error> errors_after;
  static proto::errorpb::Error error(void (*fill)(proto::errorpb::Error&)) {
    proto::errorpb::Error out;
    fill(out);
    return out;
  }

  std::map<std::string, std::string> data;
  /// How often a write was carried out.
  int writes = 0;
  FakeTransport net;

 private:
  const std::vector<Region>& pd_regions() const { return pd_view_ ? *pd_view_ : regions_; }
  void serve_pd();
  template <class Request, class Keys, class Work>
  void serve(std::uint64_t store, Keys keys, Work work);
  std::optional<proto::errorpb::Error> check(const proto::kvrpcpb::Context& context, std::uint64_t store,
                                             const std::vector<std::string>& keys);

  std::vector<Region> regions_;
  std::optional<std::vector<Region>> pd_view_;
  std::uint64_t next_id_ = 2;
};

}  // namespace tikv::testing

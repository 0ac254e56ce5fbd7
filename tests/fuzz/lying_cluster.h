#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "input.h"
#include "net/transport.h"
#include "runtime/loop.h"

namespace tikv::fuzz {

/// A PD and a store of one region behind the transport's seam. Each answer is the right one of an empty cluster, that
/// one with bytes of the input merged into it, those bytes alone, or a failure: the input decides. When it is used up,
/// all answers are right.
class LyingCluster final : public net::Transport {
 public:
  static constexpr const char* kPd = "pd1:2379";

  LyingCluster(runtime::Loop& loop, Input input);
  ~LyingCluster() override;

  void start(net::Call& call) override;
  void abandon(net::Call& call) noexcept override { calls_.erase(call.transport_id); }
  std::unique_ptr<net::Stream> open(std::string_view address, const proto::Method& method) override;
  void forget(std::string_view) override {}

 private:
  class Timestamps;
  class Event;
  void later(std::function<void()> action);
  /// What the input makes of the right answer: a status, and `answer` changed.
  net::Status distort(std::string& answer);

  runtime::Loop& loop_;
  Input input_;
  std::uint64_t last_id_ = 0;
  std::int64_t physical_ms_ = 1'700'000'000'000;
  std::map<std::uint64_t, net::Call*> calls_;
  std::map<std::uint64_t, std::unique_ptr<Event>> events_;
};

}  // namespace tikv::fuzz

#include "txn/heartbeat.h"

#include <tikv/proto/kvrpcpb.pb.h>
#include <tikv/timestamp.h>

#include <algorithm>
#include <utility>

#include "base/probe.h"
#include "runtime/wait.h"
#include "txn/commit_plan.h"

namespace tikv::txn {
namespace {

namespace kvrpcpb = proto::kvrpcpb;

/// After so many failures in a row nobody is helped by more (client-go's maxConsecutiveFailure).
constexpr int kMaxFailures = 10;

enum class Beat : std::uint8_t { kFine, kFailed, kPointless };

Task<Beat> beat(Environment& environment, std::string primary, std::uint64_t start_ts) {
  route::Retry retry = environment.router.retry(route::kHeartbeatBudget);
  const Result<std::uint64_t> now = co_await environment.pd.get_timestamp();
  if (!now) co_return Beat::kFailed;
  const std::chrono::milliseconds life(timestamp_physical_ms(*now) - timestamp_physical_ms(start_ts));
  const observe::Metrics* const metrics = environment.router.observer().metrics();
  if (life > environment.commit.max_lifetime) {
    environment.router.observer().log().warn("locks of an old transaction are not kept alive any longer",
                                             {{"start_ts", start_ts}, {"age", std::chrono::nanoseconds(life)}});
    if (metrics != nullptr) metrics->txn.heartbeat_too_long.add(1);
    co_return Beat::kPointless;
  }
  kvrpcpb::TxnHeartBeatRequest request;
  request.set_primary_lock(primary);
  request.set_start_version(start_ts);
  request.set_advise_lock_ttl(static_cast<std::uint64_t>((life + environment.commit.lock_ttl).count()));
  const runtime::TimePoint sent = environment.loop.now();
  const auto response = co_await environment.router.send_to_key(retry, primary, request);
  if (metrics != nullptr) {
    const bool good = response && !response->has_error();
    (good ? metrics->txn.heartbeat_good : metrics->txn.heartbeat_failed)
        .observe(observe::seconds(environment.loop.now() - sent));
  }
  if (!response) co_return Beat::kFailed;
  co_return response->has_error() ? Beat::kPointless : Beat::kFine;  // an error: there is no such lock any more
}

Task<void> beat_until_stopped(Environment& environment, std::string primary, std::uint64_t start_ts,
                              std::chrono::milliseconds interval) {
  int failures = 0;
  while (failures <= kMaxFailures) {
    const Beat result = co_await beat(environment, primary, start_ts);
    TIKV_PROBE_IF(result == Beat::kFailed, "heartbeat: failed");
    TIKV_PROBE_IF(result == Beat::kFine, "heartbeat: keeps a lock alive");
    TIKV_PROBE_IF(result == Beat::kPointless, "heartbeat: the lock is gone");
    if (result == Beat::kPointless) co_return;
    failures = result == Beat::kFine ? 0 : failures + 1;
    const runtime::Wake slept = co_await runtime::sleep(interval);
    if (slept != runtime::Wake::kReady) co_return;
  }
  environment.router.observer().log().warn("giving up keeping a transaction's locks alive", {{"start_ts", start_ts}});
}

}  // namespace

std::chrono::milliseconds heartbeat_interval(std::chrono::milliseconds ttl,
                                             std::chrono::milliseconds managed) noexcept {
  return std::min(ttl, managed) / 2;
}

void Heartbeat::start(Environment& environment, std::string_view primary, std::uint64_t start_ts,
                      std::chrono::milliseconds ttl) {
  environment_ = &environment;
  primary_ = primary;
  start_ts_ = start_ts;
  interval_ = heartbeat_interval(ttl, environment.commit.lock_ttl);
  began_ = environment.loop.recent();
  environment.loop.timers().arm(*this, began_ + interval_);
  environment.background.began();
}

void Heartbeat::on_time() {
  stop_ = std::stop_source();
  environment_->background.spawn(beat_until_stopped(*environment_, std::string(primary_), start_ts_, interval_),
                                 std::chrono::nanoseconds{0}, stop_.get_token());
}

void Heartbeat::stop() noexcept {
  if (!started() || std::exchange(stopped_, true)) return;
  environment_->loop.timers().disarm(*this);
  stop_.request_stop();
  if (const observe::Metrics* metrics = environment_->router.observer().metrics()) {
    metrics->txn.heartbeat_life.observe(observe::seconds(environment_->loop.now() - began_));
  }
  environment_->background.ended();
}

}  // namespace tikv::txn

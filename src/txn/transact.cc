#include <tikv/transaction.h>

#include <optional>
#include <utility>

#include "base/probe.h"
#include "observe/watch.h"
#include "route/backoff.h"
#include "runtime/frame_allocator.h"
#include "runtime/wait.h"
#include "txn/handle.h"
#include "txn/transact_policy.h"

namespace tikv {
namespace txn {
namespace {

constexpr route::BackoffRow kPause{route::BackoffKind::kTxnLock, "transact", std::chrono::milliseconds{2},
                                   std::chrono::milliseconds{500}, route::Jitter::kEqual};

Task<Result<tikv::Transaction>> begin_on_loop(std::shared_ptr<void> keep_alive, Environment& environment,
                                              TransactionOptions options) {
  co_await environment.check_open();
  const std::uint64_t start_ts = co_await environment.pd.get_timestamp().or_return();
  auto handle = std::allocate_shared<Handle>(runtime::FrameAllocator<Handle>(), std::move(keep_alive), environment,
                                             start_ts, options);
  co_return tikv::Transaction(std::move(handle));
}

Task<Result<void>> pause_on_loop([[maybe_unused]] std::shared_ptr<void> keep_alive, Environment& environment,
                                 std::uint32_t failures) {
  const runtime::Wake wake = co_await runtime::sleep(pause_after(failures, environment.loop.random()));
  if (wake != runtime::Wake::kReady)
    co_return std::unexpected(runtime::wake_error(wake, "running a transaction again"));
  co_return Result<void>();
}

}  // namespace

bool run_again(const Error& error, std::uint32_t runs, std::uint32_t max_runs) noexcept {
  return runs < max_runs && error.applied() == Applied::kNo && error.advice() == Advice::kRetryTransaction;
}

std::chrono::milliseconds pause_after(std::uint32_t failures, std::mt19937_64& random) {
  return route::next_pause(kPause, failures > 0 ? failures - 1 : 0, kPause.base, random);
}

Task<Result<tikv::Transaction>> begin(std::shared_ptr<void> keep_alive, Environment& environment,
                                      TransactionOptions options) {
  auto begin = begin_on_loop(keep_alive, environment, options);
  return runtime::run_on(environment.home, observe::watch(environment.router.observer(), observe::Operation::kTxnBegin,
                                                          keep_alive, std::move(begin)));
}

Task<Result<tikv::Transaction>> TransactHost::begin(TransactionOptions options) {
  return txn::begin(keep_alive_, environment_, options);
}

Task<Result<void>> TransactHost::pause(std::uint32_t failures) {
  return runtime::run_on(environment_.home, pause_on_loop(keep_alive_, environment_, failures));
}

}  // namespace txn

namespace detail {
namespace {

/// What ended the waiting between two runs, with what the last run failed of.
Error interrupted(Error error, std::uint32_t runs, const Error& last) {
  error.with_context("after " + std::to_string(runs) + " runs, the last of which failed (" + last.message() + ")");
  return error;
}

}  // namespace

Task<Result<Committed>> run_transact(std::shared_ptr<TransactHost> host, TransactBody body, TransactOptions options) {
  if (options.max_attempts == 0) {
    co_return std::unexpected(Error(ErrorKind::kInvalidArgument, "max_attempts is 0; 1 or more are possible"));
  }
  std::optional<Error> failure;
  for (std::uint32_t runs = 0;; ++runs) {
    if (failure) {
      TIKV_PROBE("transact: again");
      const Result<void> paused = co_await host->pause(runs);
      if (!paused) co_return std::unexpected(interrupted(paused.error(), runs, *failure));
    }
    Result<Transaction> begun = co_await host->begin(options.transaction);
    if (!begun && failure) co_return std::unexpected(interrupted(begun.error(), runs, *failure));
    if (!begun) co_return std::unexpected(std::move(begun).error());
    Transaction transaction = std::move(*begun);
    const Result<void> ran = co_await body(transaction);
    if (ran) {
      Result<Committed> committed = co_await transaction.commit();
      if (committed) co_return committed;
      failure = std::move(committed).error();
    } else {
      failure = ran.error();
      (void)co_await transaction.rollback();
    }
    if (!txn::run_again(*failure, runs + 1, options.max_attempts)) co_return std::unexpected(std::move(*failure));
  }
}

}  // namespace detail
}  // namespace tikv

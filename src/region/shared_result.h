#pragma once

#include <tikv/error.h>
#include <tikv/task.h>

#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/wait.h"

namespace tikv::region {

/// The result of something under way in the background, for all who wait for it: whoever asked first may leave without
/// failing the others. Each of them holds the shared pointer.
template <class T>
class SharedResult {
 public:
  /// The one who works on it is done. That its own time ran out or that it was stopped is not how those who wait should
  /// see it: their deadline has not passed, and nobody cancelled them.
  void set(Result<T> result) {
    if (!result && result.error().kind() == ErrorKind::kDeadline) {
      result = std::unexpected(Error(ErrorKind::kUnavailable, "PD did not answer in time"));
    } else if (!result && result.error().kind() == ErrorKind::kCancelled) {
      result = std::unexpected(Error(ErrorKind::kClosed, "the client was closed"));
    }
    result_.emplace(std::move(result));
    const std::vector<Waiter*> all = std::move(waiting_);
    for (Waiter* waiter : all) waiter->wake();
  }

  /// The result, once it is there; or why this wait ended before.
  static Task<Result<T>> wait(std::shared_ptr<SharedResult> shared, std::string_view what) {
    if (!shared->result_) {
      Waiter waiter(*shared);
      const runtime::Wake why = co_await waiter;
      if (why != runtime::Wake::kReady) co_return std::unexpected(runtime::wake_error(why, what));
    }
    co_return *shared->result_;
  }

 private:
  class Waiter final : public runtime::Wait {
   public:
    explicit Waiter(SharedResult& shared) : shared_(shared) { shared_.waiting_.push_back(this); }

   private:
    void on_abandoned() noexcept override { std::erase(shared_.waiting_, this); }
    SharedResult& shared_;
  };

  std::optional<Result<T>> result_;
  std::vector<Waiter*> waiting_;
};

}  // namespace tikv::region

#pragma once

#include <tikv/error.h>
#include <tikv/task.h>

#include <memory>
#include <utility>

#include "observe/observer.h"
#include "observe/operation.h"
#include "observe/span_scope.h"
#include "runtime/wait.h"

namespace tikv::observe {

/// A user's call from its start to its end: a span, and how long it took.
class OperationScope {
 public:
  OperationScope(const Observer& observer, Operation operation, detail::TaskContext& context)
      : seconds_(observer.metrics() ? observer.metrics()->operations.seconds[static_cast<std::size_t>(operation)]
                                    : nullptr),
        home_(*context.home),
        began_(home_.now()),
        span_(observer.tracer(), context, operation_row(operation).span) {}

  void end(const Error* error) noexcept {
    if (seconds_ != nullptr) seconds_->observe(seconds(home_.now() - began_));
    if (error != nullptr && span_.span() != nullptr) span_.span()->set_error(to_string(error->kind()));
    span_.end();
  }

 private:
  Histogram* seconds_;
  detail::Home& home_;
  detail::TimePoint began_;
  SpanScope span_;
};

template <class R>
Task<R> watch_started(const Observer& observer, Operation operation, [[maybe_unused]] std::shared_ptr<const void> keep,
                      Task<R> task) {
  detail::TaskContext& context = co_await runtime::own_context();
  OperationScope scope(observer, operation, context);
  R result = co_await std::move(task);
  scope.end(result ? nullptr : &result.error());
  co_return result;
}

/// `task`, which is a call of a user, with its time and its span. Costs a null check and nothing more if nobody wants
/// to know, and a coroutine frame otherwise. `keep`, a shared pointer, holds the observer until the end. The result is
/// not bound to a loop yet.
template <class R, class Keep>
Task<R> watch(const Observer& observer, Operation operation, const Keep& keep, Task<R> task) {
  if (observer.metrics() == nullptr && observer.tracer() == nullptr) return task;
  return watch_started(observer, operation, std::shared_ptr<const void>(keep), std::move(task));
}

}  // namespace tikv::observe

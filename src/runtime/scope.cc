#include "runtime/scope.h"

#include <cassert>
#include <memory>

namespace tikv::runtime {

struct Scope::Running {
  Running(Scope& s, Task<void> t) : scope(s), task(std::move(t)) {}
  Scope& scope;
  Task<void> task;

  static void complete(detail::PromiseBase&, void* argument) noexcept {
    const std::unique_ptr<Running> self(static_cast<Running*>(argument));
    self->scope.ended();
  }
};

Scope::~Scope() { assert(running_ == 0); }

void Scope::spawn(Task<void> task, std::chrono::nanoseconds budget, std::stop_token stop) {
  auto* running = new Running(*this, std::move(task));
  auto& promise = running->task.promise();
  promise.context.home = &loop_;
  promise.context.stop = std::move(stop);
  if (budget.count() > 0) promise.context.deadline = loop_.now() + budget;
  promise.argument = running;
  promise.on_complete = &Running::complete;
  began();
  if (promise.start()) promise.on_complete(promise, running);
}

void Scope::began() noexcept {
  ++running_;
  loop_.background_began();
}

void Scope::ended() noexcept {
  loop_.background_ended();
  if (--running_ == 0) idle_.wake();
}

Task<Wake> Scope::join() {
  while (running_ > 0) {
    idle_.reset();
    const Wake why = co_await idle_;
    if (why != Wake::kReady && why != Wake::kClosed) co_return why;
    if (why == Wake::kClosed) break;
  }
  co_return Wake::kReady;
}

}  // namespace tikv::runtime

#pragma once

#include <tikv/task.h>

#include <atomic>
#include <cstddef>
#include <vector>

namespace tikv {
namespace detail {

/// Waits for several tasks that it starts; the last one to complete goes on with the parent.
template <class T>
struct AllOf {
  std::vector<Task<T>>& tasks;
  PromiseBase* parent = nullptr;
  std::atomic<std::size_t> left{0};

  explicit AllOf(std::vector<Task<T>>& all) : tasks(all) {}

  struct Awaiter {
    AllOf& all;
    bool await_ready() const noexcept { return all.tasks.empty(); }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
      return all.start(handle.promise());
    }
    void await_resume() const noexcept {}
  };
  Awaiter operator co_await() noexcept { return {*this}; }

 private:
  // True if the parent has to wait.
  bool start(PromiseBase& awaiting) {
    parent = &awaiting;
    // One more than there are tasks: this call itself, so that none resumes the parent while others are being started.
    left.store(tasks.size() + 1, std::memory_order_relaxed);
    for (Task<T>& task : tasks) {
      PromiseBase& child = task.promise();
      child.argument = this;
      child.on_complete = [](PromiseBase&, void* argument) noexcept {
        auto& self = *static_cast<AllOf*>(argument);
        if (self.one_done()) resume_parent(*self.parent);
      };
      if (start_child(child, awaiting)) one_done();
    }
    return !one_done();
  }
  bool one_done() noexcept { return left.fetch_sub(1, std::memory_order_acq_rel) == 1; }
};

}  // namespace detail

/// Runs all tasks at once and gives their values in order, when the last is complete. A failed task does not stop the
/// others. Deadline and stop token of the awaiting task reach them all. Costs one coroutine frame.
template <class T>
Task<std::vector<T>> when_all(std::vector<Task<T>> tasks) {
  detail::AllOf<T> all(tasks);
  co_await all;
  std::vector<T> values;
  values.reserve(tasks.size());
  for (Task<T>& task : tasks) values.push_back(task.promise().take());
  co_return values;
}

}  // namespace tikv

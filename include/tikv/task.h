#pragma once

#include <tikv/error.h>
#include <tikv/executor.h>
#include <tikv/trace_context.h>

#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace tikv {

template <class T>
class Task;

namespace detail {

using TimePoint = std::chrono::steady_clock::time_point;

class PromiseBase;

/// The event loop that a client's operations run on, as tasks see it.
class Home {
 public:
  virtual ~Home() = default;
  /// Whether the calling thread is the one that drives this loop right now.
  virtual bool is_current() const noexcept = 0;
  /// Runs `function` on the loop, soon. False, and nothing done, once the loop has closed. Any thread.
  virtual bool submit(std::move_only_function<void()> function) = 0;
  /// Starts `task` on the loop and returns when it is complete. False if the loop has closed.
  virtual bool run_blocking(PromiseBase& task) = 0;
  virtual TimePoint now() const noexcept = 0;
  /// The time as the loop's turn has read it last, for what need not be exact: costs nothing. On the loop only.
  virtual TimePoint recent() const noexcept = 0;
  /// Where completions go; null for the loop itself.
  virtual Executor* executor() const noexcept = 0;
  /// How `get()` waits for tasks that start on the caller's side; null for parking the thread.
  virtual Waiter* waiter() const noexcept = 0;
  /// The deadline of a call without one.
  virtual std::chrono::nanoseconds default_timeout() const noexcept = 0;
  /// Told on the loop when an operation enters it from the caller's side, and when it has ended.
  virtual void operation_began() noexcept = 0;
  virtual void operation_ended() noexcept = 0;
};

/// What a task passes on to every task it awaits.
struct TaskContext {
  Home* home = nullptr;
  TimePoint deadline = TimePoint::max();
  std::stop_token stop;
  /// The span that encloses the task; null for none. It belongs to this task or to one that awaits it.
  const TraceContext* trace = nullptr;
};

/// Goes on with the coroutine `parent`, on its own loop if that is not the current one.
void resume_parent(PromiseBase& parent) noexcept;

/// What all promises share: context, and who is told of the completion.
///
/// A task completes either while its starter is still inside `resume()`, or later. `met_` tells which: both sides
/// exchange it, and whoever comes second goes on with the awaiting side. That keeps the stack flat without tail calls,
/// which g++ 12 does not make in unoptimised and sanitized builds.
class PromiseBase {
 public:
  using OnComplete = void (*)(PromiseBase& task, void* argument) noexcept;

  // With a thousand operations under way, lines of memory are fetched anew whenever a task goes on. What it takes to go
  // on comes first, beside the coroutine's own pointers.
  std::coroutine_handle<> handle;
  OnComplete on_complete = nullptr;
  void* argument = nullptr;
  /// The task runs where it was started, and only the operations inside it go to the loop: code of the user.
  bool caller_side = false;

 private:
  std::atomic<bool> met_{false};
  /// One operation's inner task: starts and completes where its loop is driven, so that nobody can meet it meanwhile.
  bool on_one_thread_ = false;
  bool entered_ = false;
  bool awaited_ = false;              // by the task that `argument` is
  bool completes_elsewhere_ = false;  // `on_complete` is called by the loop's executor
  bool has_timeout_ = false;          // and the deadline is the length of it

 public:
  TaskContext context;
  std::exception_ptr exception;

  // Memory of the coroutine's frame: frames are many, of few sizes, and short-lived, so each thread keeps some.
  static void* operator new(std::size_t size);
  static void operator delete(void* frame, std::size_t size) noexcept;

  std::suspend_always initial_suspend() noexcept { return {}; }
  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> h) const noexcept {
      h.promise().complete();
    }
    void await_resume() const noexcept {}
  };
  FinalAwaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { exception = std::current_exception(); }

  /// Runs the task until it first suspends. True if it is already complete; otherwise `on_complete` will be called.
  /// `enters_home`: on its home's loop, as an operation that the caller's side awaits.
  bool start(bool enters_home = false) noexcept {
    entered_ = enters_home;
    if (enters_home) context.home->operation_began();
    handle.resume();
    return meet();
  }
  void complete() noexcept {
    if (entered_) context.home->operation_ended();
    if (meet()) finish();
  }
  /// Tells the awaiting side, which may destroy this promise.
  void finish() noexcept;

  /// The task of ours that awaits this one; null if there is none, or several are awaited at once.
  PromiseBase* awaited_by() const noexcept { return awaited_ ? static_cast<PromiseBase*>(argument) : nullptr; }
  /// Before the start: `parent` awaits it, and is what `told` is called with.
  void await_from(PromiseBase& parent, OnComplete told) noexcept {
    argument = &parent;
    on_complete = told;
    awaited_ = true;
  }

  /// Runs on its home's loop, rather than wherever it is awaited.
  bool bound() const noexcept { return context.home != nullptr && !caller_side; }

  /// Once complete: goes on with the coroutine that awaits it.
  void go_on_with(PromiseBase& parent) const noexcept {
    on_one_thread_ ? parent.handle.resume() : resume_parent(parent);
  }

  void set_timeout(std::chrono::nanoseconds timeout) noexcept {
    context.deadline = TimePoint(timeout);
    has_timeout_ = true;
  }
  /// Makes the spans inside the task a part of `trace`.
  void set_trace(const TraceContext& trace);

  /// Takes over deadline, stop token and, if it has none of its own, loop and trace of the awaiting task.
  void inherit(const PromiseBase& parent);
  /// For a task that nobody of ours awaits: default deadline and own timeout.
  void begin_root();
  /// Gives the task the error of a loop that has closed, instead of running it.
  virtual void fail_closed() noexcept = 0;

 protected:
  ~PromiseBase() = default;

 private:
  friend bool start_child(PromiseBase& child, PromiseBase& parent) noexcept;
  friend bool launch(PromiseBase& task) noexcept;
  /// What few tasks have.
  struct Extras;
  struct ExtrasGone {
    void operator()(Extras* extras) const noexcept;
  };
  Extras& extras();
  /// Its own, not counted yet; zero for none.
  std::chrono::nanoseconds take_timeout() noexcept;

  /// True for the side that comes second.
  bool meet() noexcept {
    if (!on_one_thread_) return met_.exchange(true, std::memory_order_acq_rel);
    if (met_.load(std::memory_order_relaxed)) return true;
    met_.store(true, std::memory_order_relaxed);
    return false;
  }

  std::unique_ptr<Extras, ExtrasGone> extras_;
};

/// Starts a root task where it belongs. True if it is complete on return; else `on_complete` will be called, through
/// the client's executor if it has one.
bool launch(PromiseBase& task) noexcept;
/// On the loop: runs an entering task until it suspends, and tells its starter if that was all.
void start_on_loop(PromiseBase& task) noexcept;
/// Starts a root task and waits for it. False if it could not be started: blocking on an io thread.
bool run_blocking(PromiseBase& task);
/// Whether the calling thread drives some client's loop right now.
bool on_io_thread() noexcept;
Error wrong_thread_error();
Error closed_error();

template <class T>
struct IsResult : std::false_type {};
template <class T>
struct IsResult<Result<T>> : std::true_type {};

template <class T>
class PromiseValue : public PromiseBase {
 public:
  std::optional<T> value;
  template <class U = T>
    requires std::constructible_from<T, U&&>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  void fail_closed() noexcept override {
    if constexpr (IsResult<T>::value) {
      value.emplace(std::unexpected(closed_error()));
    } else {
      std::terminate();  // only tasks of results are bound to a loop that can close
    }
  }
  T take() {
    if (exception) std::rethrow_exception(exception);
    return std::move(*value);
  }
};

template <>
class PromiseValue<void> : public PromiseBase {
 public:
  void return_void() noexcept {}
  void fail_closed() noexcept override {}
  void take() const {
    if (exception) std::rethrow_exception(exception);
  }
};

template <class T>
struct TaskAwaiter;
template <class T>
struct OrReturnAwaiter;
template <class T>
struct ForeignAwaiter;
template <class T>
struct OrReturn;
template <class T>
struct ResultOrReturn;

/// The promise of `Task<T>`; what may be awaited inside one.
template <class T>
class Promise final : public PromiseValue<T> {
 public:
  Task<T> get_return_object();

  template <class U>
  TaskAwaiter<U> await_transform(Task<U>&& task) noexcept {
    return {std::move(task), this};
  }
  template <class U>
  TaskAwaiter<U> await_transform(Task<U>& task) noexcept = delete;  // await a task with std::move(task)

  template <class U>
    requires IsResult<T>::value
  OrReturnAwaiter<U> await_transform(OrReturn<U>&& task) noexcept {
    return {std::move(task.task)};
  }

  /// `co_await std::move(result)`: the value, or an early return of the error.
  template <class U>
    requires IsResult<T>::value
  ResultOrReturn<U> await_transform(Result<U>&& result) noexcept {
    return {std::move(result), this, &Promise::return_error};
  }

  template <class Awaitable>
    requires requires(Awaitable& a) { a.await_ready(); } ||
             requires(Awaitable&& a) { std::forward<Awaitable>(a).operator co_await(); }
  Awaitable&& await_transform(Awaitable&& awaitable) noexcept {
    return std::forward<Awaitable>(awaitable);
  }

  /// Ends the task with `error` while its coroutine stays suspended for good.
  static void return_error(PromiseBase& base, Error error) noexcept {
    auto& self = static_cast<Promise&>(base);
    self.value.emplace(std::unexpected(std::move(error)));
    self.complete();
  }
};

template <class U>
struct ResultOrReturn {
  Result<U> result;
  PromiseBase* parent;
  void (*return_error)(PromiseBase&, Error) noexcept;

  bool await_ready() const noexcept { return result.has_value(); }
  void await_suspend(std::coroutine_handle<>) noexcept {
    // The parent's completion may destroy this awaiter with the whole frame, so nothing is read after it.
    Error error = std::move(result).error();
    return_error(*parent, std::move(error));
  }
  U await_resume() {
    if constexpr (!std::is_void_v<U>) return std::move(*result);
  }
};

template <class T>
using TaskHandle = std::coroutine_handle<Promise<T>>;

}  // namespace detail

/// A lazy operation: nothing happens until it is awaited, started or got. Movable, used once.
///
/// Three ways to wait, for one implementation:
///  - `T value = co_await std::move(task)` (or of a temporary) in any coroutine;
///  - `T value = std::move(task).get()` blocks the calling thread, or its fiber if the client has a `Waiter`;
///  - `std::move(task).start([](T value) { ... })` calls back.
///
/// Inside a coroutine that itself returns `Task<Result<...>>`, `co_await task.or_return()` gives the value of a
/// `Result` or ends that coroutine with its error.
///
/// Operations of a client run on its io thread. A coroutine that awaited one goes on there, or on the client's executor
/// if it has one. Deadline and stop token reach everything that the task awaits in turn. Destroying a task that was not
/// started costs nothing and does nothing; a started one must be left to finish.
///
/// Thread-safety: one thread at a time.
template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using value_type = T;

  explicit Task(detail::TaskHandle<T> handle) noexcept : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      destroy();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~Task() { destroy(); }

  /// Ends the task with `kDeadline` when `timeout` has passed after its start. An awaiting task's earlier deadline
  /// holds as well. Zero and negative mean: at once.
  Task with_timeout(std::chrono::nanoseconds timeout) && noexcept {
    promise().set_timeout(timeout.count() > 0 ? timeout : std::chrono::nanoseconds{1});
    return std::move(*this);
  }
  /// Ends the task with `kCancelled` when `token` is triggered, from any thread. What a write may already have done
  /// then is told by `Error::applied()`.
  Task with_stop(std::stop_token token) && noexcept {
    promise().context.stop = std::move(token);
    return std::move(*this);
  }

  /// Makes the task a part of the caller's trace: its spans have `trace` for a parent, and its requests carry it to the
  /// stores. A context that is not valid changes nothing. Costs an allocation.
  Task with_trace(const TraceContext& trace) && {
    if (!trace.valid()) return std::move(*this);
    promise().set_trace(trace);
    return std::move(*this);
  }

  /// For `co_await task.or_return()` in a coroutine that returns `Task<Result<...>>`.
  detail::OrReturn<T> or_return() &&
    requires detail::IsResult<T>::value
  {
    return {std::move(*this)};
  }

  /// Blocks until the task is complete. On a client's io thread, which would wait for itself, returns `kWrongThread`.
  T get() &&
    requires detail::IsResult<T>::value
  {
    Task task = std::move(*this);
    promise_type& promise = task.promise();
    promise.begin_root();
    if (!detail::run_blocking(promise)) return std::unexpected(detail::wrong_thread_error());
    return promise.take();
  }

  /// Runs the task by itself and hands its value to `callback`, on the client's executor or io thread; if the task
  /// completes without waiting, before `start` returns.
  template <class Callback>
    requires std::invocable<Callback&, T>
  void start(Callback callback) && {
    struct Running {
      Task task;
      Callback callback;
    };
    auto* running = new Running{std::move(*this), std::move(callback)};
    promise_type& promise = running->task.promise();
    promise.begin_root();
    promise.argument = running;
    promise.on_complete = [](detail::PromiseBase& base, void* argument) noexcept {
      std::unique_ptr<Running> owned(static_cast<Running*>(argument));
      owned->callback(static_cast<promise_type&>(base).take());
    };
    if (detail::launch(promise)) promise.on_complete(promise, running);
  }

  /// Awaits the task in a coroutine of any type.
  auto operator co_await() && noexcept { return detail::ForeignAwaiter<T>{std::move(*this)}; }

  /// For the library's own code: the promise, to bind the task to a loop before it starts.
  promise_type& promise() const noexcept { return handle_.promise(); }

 private:
  void destroy() noexcept {
    if (handle_) std::exchange(handle_, {}).destroy();
  }
  detail::TaskHandle<T> handle_;
};

namespace detail {

template <class T>
Task<T> Promise<T>::get_return_object() {
  auto h = TaskHandle<T>::from_promise(*this);
  this->handle = h;
  return Task<T>(h);
}

template <class T>
struct OrReturn {
  Task<T> task;
};

/// Starts `child` for an awaiting task. True if it is complete already.
bool start_child(PromiseBase& child, PromiseBase& parent) noexcept;

template <class T>
struct TaskAwaiter {
  Task<T> task;
  PromiseBase* parent;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) noexcept {
    PromiseBase& child = task.promise();
    child.await_from(*parent, [](PromiseBase& base, void* argument) noexcept {
      base.go_on_with(*static_cast<PromiseBase*>(argument));
    });
    return !start_child(child, *parent);
  }
  T await_resume() { return task.promise().take(); }
};

template <class T>
struct OrReturnAwaiter {
  Task<T> task;

  bool await_ready() const noexcept { return false; }
  template <class Parent>
  bool await_suspend(std::coroutine_handle<Parent> awaiting) noexcept {
    Promise<T>& child = task.promise();
    Parent& parent = awaiting.promise();
    child.await_from(parent, [](PromiseBase& base, void* argument) noexcept {
      auto& waiting = static_cast<Parent&>(*static_cast<PromiseBase*>(argument));
      if (!fail_parent(static_cast<Promise<T>&>(base), waiting)) base.go_on_with(waiting);
    });
    if (!start_child(child, parent)) return true;
    return fail_parent(child, parent);
  }
  typename T::value_type await_resume() {
    T result = task.promise().take();
    if constexpr (!std::is_void_v<typename T::value_type>) return std::move(*result);
  }

 private:
  // Ends the parent with the child's error, if it has one. The parent's frame, which holds this awaiter, may be gone
  // then.
  template <class Parent>
  static bool fail_parent(Promise<T>& child, Parent& parent) noexcept {
    if (child.exception || child.value->has_value()) return false;
    Error error = std::move(*child.value).error();
    Parent::return_error(parent, std::move(error));
    return true;
  }
};

template <class T>
struct ForeignAwaiter {
  Task<T> task;
  std::coroutine_handle<> awaiting{};

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> h) noexcept {
    awaiting = h;
    PromiseBase& promise = task.promise();
    promise.begin_root();
    promise.argument = this;
    promise.on_complete = [](PromiseBase&, void* argument) noexcept {
      static_cast<ForeignAwaiter*>(argument)->awaiting.resume();
    };
    return !launch(promise);
  }
  T await_resume() { return task.promise().take(); }
};

}  // namespace detail
}  // namespace tikv

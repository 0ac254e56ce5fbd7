#pragma once

#include <functional>
#include <memory>

namespace tikv {

/// Where a caller's code runs after an operation, when not on the client's io thread: a thread pool, an event loop, a
/// fiber scheduler. `post` may be called from any thread and must run `function` once, later or at once.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual void post(std::move_only_function<void()> function) = 0;
};

/// How a blocking call waits. The default parks the thread; a fiber library gives its own so that only the fiber sleeps
/// and the thread goes on with others.
class Waiter {
 public:
  /// One wait of one caller.
  class Event {
   public:
    virtual ~Event() = default;
    /// Returns after `set` was called; at once if it already was. Called by the waiting fiber or thread, once.
    virtual void wait() = 0;
    /// Called once, from any thread. The event may be destroyed as soon as `wait` has returned, so `set` must not touch
    /// it after letting the waiter go.
    virtual void set() = 0;
  };

  virtual ~Waiter() = default;
  virtual std::unique_ptr<Event> make_event() = 0;
};

}  // namespace tikv

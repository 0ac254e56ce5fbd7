#pragma once

#include <tikv/executor.h>
#include <ucontext.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

// clang says it its own way.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) && !defined(__SANITIZE_THREAD__)
#define __SANITIZE_THREAD__ 1
#endif
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace tikv::testing {

/// A toy: any number of fibers on the one thread that calls `run`. A fiber that waits in a blocking call of the client
/// gives its thread to the others, which is all that a `Waiter` has to do.
class FiberScheduler {
 public:
  FiberScheduler() = default;
  FiberScheduler(const FiberScheduler&) = delete;
  FiberScheduler& operator=(const FiberScheduler&) = delete;

  /// Adds a fiber; before `run` only.
  void add(std::function<void()> body) {
    auto fiber = std::make_unique<Fiber>();
    fiber->body = std::move(body);
    fiber->stack.resize(kStack);
    fiber->scheduler = this;
    ready_.push_back(fiber.get());
    fibers_.push_back(std::move(fiber));
  }

  /// Runs all fibers to their end.
  void run() {
#if defined(__SANITIZE_THREAD__)
    thread_fiber_ = __tsan_get_current_fiber();
#endif
    for (std::size_t left = fibers_.size(); left > 0;) {
      running_ = take_ready();
      enter(*running_);
      if (running_->finished) --left;
    }
  }

  std::shared_ptr<Waiter> waiter() { return std::make_shared<FiberWaiter>(*this); }

 private:
  static constexpr std::size_t kStack = 256 << 10;

  struct Fiber {
    std::function<void()> body;
    std::vector<char> stack;
    ucontext_t context{};
    FiberScheduler* scheduler = nullptr;
    bool started = false;
    bool finished = false;
    void* fake_stack = nullptr;
    void* tsan_fiber = nullptr;
  };

  class FiberEvent final : public Waiter::Event {
   public:
    explicit FiberEvent(FiberScheduler& scheduler) noexcept : scheduler_(scheduler), fiber_(scheduler.running_) {}
    void wait() override {
      {
        const std::lock_guard lock(scheduler_.mutex_);
        if (set_) return;
        waiting_ = true;
      }
      scheduler_.leave(*fiber_);
    }
    void set() override {
      const std::lock_guard lock(scheduler_.mutex_);
      set_ = true;
      if (!waiting_) return;
      scheduler_.ready_.push_back(fiber_);
      scheduler_.changed_.notify_one();
    }

   private:
    FiberScheduler& scheduler_;
    Fiber* fiber_;
    bool set_ = false;
    bool waiting_ = false;
  };

  struct FiberWaiter final : Waiter {
    explicit FiberWaiter(FiberScheduler& s) : scheduler(s) {}
    std::unique_ptr<Event> make_event() override { return std::make_unique<FiberEvent>(scheduler); }
    FiberScheduler& scheduler;
  };

  Fiber* take_ready() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ready_.empty(); });
    Fiber* fiber = ready_.front();
    ready_.pop_front();
    return fiber;
  }

  static void fiber_main(unsigned high, unsigned low) {
    auto* fiber = reinterpret_cast<Fiber*>((static_cast<std::uintptr_t>(high) << 32) | low);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(nullptr, &fiber->scheduler->thread_stack_, &fiber->scheduler->thread_stack_size_);
#endif
    fiber->body();
    fiber->finished = true;
    fiber->scheduler->leave(*fiber);
  }

  // The sanitizers have to be told of each change of stacks.
  void enter(Fiber& fiber) {
    if (!fiber.started) {
      fiber.started = true;
      getcontext(&fiber.context);
      fiber.context.uc_stack.ss_sp = fiber.stack.data();
      fiber.context.uc_stack.ss_size = fiber.stack.size();
      fiber.context.uc_link = nullptr;
      const auto address = reinterpret_cast<std::uintptr_t>(&fiber);
      makecontext(&fiber.context, reinterpret_cast<void (*)()>(&fiber_main), 2, static_cast<unsigned>(address >> 32),
                  static_cast<unsigned>(address));
#if defined(__SANITIZE_THREAD__)
      fiber.tsan_fiber = __tsan_create_fiber(0);
#endif
    }
#if defined(__SANITIZE_ADDRESS__)
    void* fake_stack = nullptr;
    __sanitizer_start_switch_fiber(&fake_stack, fiber.stack.data(), fiber.stack.size());
#endif
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(fiber.tsan_fiber, 0);
#endif
    swapcontext(&thread_context_, &fiber.context);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#endif
#if defined(__SANITIZE_THREAD__)
    if (fiber.finished) __tsan_destroy_fiber(fiber.tsan_fiber);
#endif
  }

  void leave(Fiber& fiber) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(fiber.finished ? nullptr : &fiber.fake_stack, thread_stack_, thread_stack_size_);
#endif
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(thread_fiber_, 0);
#endif
    swapcontext(&fiber.context, &thread_context_);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fiber.fake_stack, &thread_stack_, &thread_stack_size_);
#endif
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Fiber*> ready_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  Fiber* running_ = nullptr;
  ucontext_t thread_context_{};
  // For the sanitizers alone.
  [[maybe_unused]] const void* thread_stack_ = nullptr;
  [[maybe_unused]] std::size_t thread_stack_size_ = 0;
  [[maybe_unused]] void* thread_fiber_ = nullptr;
};

}  // namespace tikv::testing

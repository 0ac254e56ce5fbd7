#include "interrupt.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>

#include "exit_code.h"

namespace tikv::cli {

Interrupt::Interrupt() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC);
  end_ = eventfd(0, EFD_CLOEXEC);
  thread_ = std::jthread([this] { watch(); });
}

Interrupt::~Interrupt() {
  const std::uint64_t one = 1;
  // An eventfd that holds nothing yet takes a number at once.
  if (write(end_, &one, sizeof one) == sizeof one) thread_.join();
  close(signals_);
  close(end_);
}

void Interrupt::watch() noexcept {
  pollfd sources[] = {{signals_, POLLIN, 0}, {end_, POLLIN, 0}};
  for (;;) {
    if (poll(sources, 2, -1) < 0) continue;
    if (sources[1].revents != 0) return;
    signalfd_siginfo info{};
    if (read(signals_, &info, sizeof info) == sizeof info) on_signal();
  }
}

void Interrupt::on_signal() noexcept {
  const std::lock_guard lock(mutex_);
  if (running_ && running_->request_stop()) return;
  _exit(static_cast<int>(Exit::kInterrupted));
}

Interrupt::Running::Running(Interrupt* interrupt) : interrupt_(interrupt) {
  if (interrupt_ == nullptr) return;
  const std::lock_guard lock(interrupt_->mutex_);
  interrupt_->running_ = source_;
}

Interrupt::Running::~Running() {
  if (interrupt_ == nullptr) return;
  const std::lock_guard lock(interrupt_->mutex_);
  interrupt_->running_.reset();
}

}  // namespace tikv::cli

#include "runtime/current.h"

#include <utility>

namespace tikv::runtime {
namespace {

// Which loop this thread drives is a fact about the thread, not state that travels with a request.
thread_local detail::Home* driven = nullptr;

}  // namespace

detail::Home* current_home() noexcept { return driven; }

DrivingScope::DrivingScope(detail::Home* home) noexcept : before_(std::exchange(driven, home)) {}
DrivingScope::~DrivingScope() { driven = before_; }

}  // namespace tikv::runtime

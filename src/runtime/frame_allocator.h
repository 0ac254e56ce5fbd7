#pragma once

#include <tikv/task.h>

#include <cstddef>

namespace tikv::runtime {

/// Takes memory from where coroutine frames have theirs (`frame_cache.cc`): for objects that come and go with
/// operations. Thread-safe.
template <class T>
struct FrameAllocator {
  using value_type = T;

  FrameAllocator() = default;
  template <class Other>
  FrameAllocator(const FrameAllocator<Other>&) noexcept {}

  T* allocate(std::size_t count) { return static_cast<T*>(detail::PromiseBase::operator new(count * sizeof(T))); }
  void deallocate(T* first, std::size_t count) noexcept {
    detail::PromiseBase::operator delete(first, count * sizeof(T));
  }
  bool operator==(const FrameAllocator&) const noexcept { return true; }
};

}  // namespace tikv::runtime

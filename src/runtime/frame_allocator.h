#pragma once

#include <tikv/task.h>

#include <cstddef>

namespace tikv::runtime {

/// Keeps memory that `PromiseBase::operator new` gave, on a thread that drives a loop. Other threads give back what
/// loops have made and never take it again: they would only hoard it.
void give_back_frame_memory(void* block, std::size_t size) noexcept;

/// Takes memory from where coroutine frames have theirs (`frame_cache.cc`): for objects that come and go with
/// operations. Thread-safe.
template <class T>
struct FrameAllocator {
  using value_type = T;
  static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);

  FrameAllocator() = default;
  template <class Other>
  FrameAllocator(const FrameAllocator<Other>&) noexcept {}

  T* allocate(std::size_t count) { return static_cast<T*>(detail::PromiseBase::operator new(count * sizeof(T))); }
  void deallocate(T* first, std::size_t count) noexcept { give_back_frame_memory(first, count * sizeof(T)); }
  bool operator==(const FrameAllocator&) const noexcept { return true; }
};

}  // namespace tikv::runtime

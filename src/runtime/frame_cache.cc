// Memory for coroutine frames.
//
// An operation takes a handful of frames of a few hundred bytes to some kilobytes, and hundreds of operations begin and
// end together. malloc keeps seven blocks of a size at hand and nothing above a kilobyte, and works through its slow
// paths for the rest. Here each thread keeps what it frees, up to a limit.

#include <tikv/task.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>

#include "base/fetch.h"
#include "base/sanitized.h"
#include "runtime/current.h"
#include "runtime/frame_allocator.h"

namespace tikv::detail {
namespace {

constexpr std::size_t kStep = 64;
constexpr std::size_t kLargest = 2048;
/// Of one thread: what a thousand transactions have under way.
constexpr std::size_t kMostBytes = 8 << 20;
/// So that blocks which come from other threads, and are not asked for here, leave room for the others.
constexpr std::size_t kMostBytesOfOneSize = kMostBytes / 4;

/// What a frame that is made writes at once: promise, parameters, first variables.
constexpr std::size_t kLinesAhead = 4;

struct Block {
  Block* next;
};

/// What a thread keeps, by size. Plain data: frames may come back while the thread's other objects are destroyed.
struct Kept {
  std::array<Block*, kLargest / kStep + 1> blocks;
  std::array<std::size_t, kLargest / kStep + 1> bytes_of_size;
  std::size_t bytes;
  bool over;
};
constinit thread_local Kept kept{};

/// Gives a thread's blocks back when it ends.
struct Cleaner {
  ~Cleaner() {
    kept.over = true;
    for (Block*& first : kept.blocks) {
      while (first != nullptr) {
        Block* block = first;
        first = block->next;
        ::operator delete(block);
      }
    }
  }
};

constexpr std::size_t class_of(std::size_t size) noexcept { return (size + kStep - 1) / kStep; }

// Makes sure, once a thread, that its blocks are given back.
void keep_first() noexcept {
  static thread_local const Cleaner cleaner;
  (void)cleaner;
}

}  // namespace

void* PromiseBase::operator new(std::size_t size) {
  if (kSanitized || size > kLargest) return ::operator new(size);
  Block*& first = kept.blocks[class_of(size)];
  if (first == nullptr) return ::operator new(class_of(size) * kStep);
  Block* block = first;
  first = block->next;
  kept.bytes -= class_of(size) * kStep;
  kept.bytes_of_size[class_of(size)] -= class_of(size) * kStep;
  fetch_soon(first, std::min(class_of(size), kLinesAhead));  // the next frame of this size
  return block;
}

void PromiseBase::operator delete(void* frame, std::size_t size) noexcept {
  const std::size_t bytes = class_of(size) * kStep;
  if (kSanitized || size > kLargest || kept.over) return ::operator delete(frame);
  std::size_t& bytes_of_size = kept.bytes_of_size[class_of(size)];
  if (kept.bytes + bytes > kMostBytes || bytes_of_size + bytes > kMostBytesOfOneSize) return ::operator delete(frame);
  if (kept.bytes == 0) keep_first();
  auto* block = static_cast<Block*>(frame);
  Block*& first = kept.blocks[class_of(size)];
  block->next = first;
  first = block;
  kept.bytes += bytes;
  bytes_of_size += bytes;
}

}  // namespace tikv::detail

namespace tikv::runtime {

void give_back_frame_memory(void* block, std::size_t size) noexcept {
  if (current_home() == nullptr) return ::operator delete(block);
  detail::PromiseBase::operator delete(block, size);
}

}  // namespace tikv::runtime

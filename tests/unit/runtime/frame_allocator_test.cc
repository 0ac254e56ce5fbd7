#include "runtime/frame_allocator.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <array>
#include <cstddef>
#include <vector>

#include "runtime/current.h"
#include "runtime/sim_loop.h"

namespace tikv::runtime {
namespace {

using Block = std::array<char, 300>;
constexpr std::size_t kBlocks = 20'000;

std::size_t heap_in_use() { return mallinfo2().uordblks + mallinfo2().hblkhd; }

/// What stays in use after blocks were taken while a loop was driven, and given back while `giver` was.
std::size_t left_in_use(detail::Home& taker, detail::Home* giver) {
  FrameAllocator<Block> allocator;
  std::vector<Block*> blocks(kBlocks);
  const std::size_t before = heap_in_use();
  {
    const DrivingScope driving(&taker);
    for (Block*& block : blocks) block = allocator.allocate(1);
  }
  const DrivingScope driving(giver);
  for (Block* block : blocks) allocator.deallocate(block, 1);
  const std::size_t after = heap_in_use();
  return after > before ? after - before : 0;
}

TEST(FrameAllocator, AThreadWithoutALoopKeepsNothing) {
  SimLoop loop;
  EXPECT_LT(left_in_use(loop, nullptr), 10'000u);
}

TEST(FrameAllocator, ALoopKeepsNoMoreOfOneSizeThanAQuarterOfAll) {
  SimLoop loop;
  EXPECT_LT(left_in_use(loop, &loop), (2u << 20) + 500'000u);
}

}  // namespace
}  // namespace tikv::runtime

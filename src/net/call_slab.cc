#include "net/call_slab.h"

namespace tikv::net {

std::uint64_t CallSlab::add(Call& call) {
  std::size_t index = slots_.size();
  if (free_.empty()) {
    slots_.emplace_back().id = index;
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Slot& slot = slots_[index];
  slot.call = &call;
  slot.stream = nullptr;
  slot.retried = false;
  slot.id += std::uint64_t{1} << kIndexBits;
  return slot.id;
}

void CallSlab::release(Slot& slot) noexcept {
  slot.call = nullptr;
  free_.push_back(static_cast<std::uint32_t>(slot.id & kIndexMask));
}

}  // namespace tikv::net

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tikv::net {

class Call;
class BatchStream;

/// Calls by the id that they have in BatchCommands messages. An id is never used twice, so a late answer to a call that
/// is long gone finds nothing.
class CallSlab {
 public:
  struct Slot {
    Call* call = nullptr;           ///< Null: free.
    BatchStream* stream = nullptr;  ///< Where it was sent; null while it waits to be.
    bool retried = false;
    std::uint64_t id = 0;
  };

  std::uint64_t add(Call& call);
  /// Null if the call with this id is gone.
  Slot* find(std::uint64_t id) noexcept {
    const std::size_t index = id & kIndexMask;
    return index < slots_.size() && slots_[index].id == id && slots_[index].call != nullptr ? &slots_[index] : nullptr;
  }
  void release(Slot& slot) noexcept;

  /// Every slot, free ones too. What is added or released meanwhile may or may not be visited.
  template <class Visitor>
  void for_each(Visitor visit) {
    for (std::size_t i = 0; i < slots_.size(); ++i)
      if (slots_[i].call != nullptr) visit(slots_[i]);
  }
  template <class Visitor>
  void for_each(Visitor visit) const {
    for (const Slot& slot : slots_)
      if (slot.call != nullptr) visit(slot);
  }

 private:
  // The low bits say where, the others how often that place was used. Small ids make small messages.
  static constexpr int kIndexBits = 24;
  static constexpr std::uint64_t kIndexMask = (std::uint64_t{1} << kIndexBits) - 1;

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace tikv::net

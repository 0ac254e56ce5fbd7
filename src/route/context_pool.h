#pragma once

#include <memory>
#include <vector>

namespace tikv::proto::kvrpcpb {
class Context;
}

namespace tikv::route {

/// Contexts for requests under way, used again and again: with what is inside one, it is four blocks of memory.
/// One loop's.
class ContextPool {
 public:
  ContextPool();
  ~ContextPool();
  ContextPool(const ContextPool&) = delete;
  ContextPool& operator=(const ContextPool&) = delete;

  /// One that may have been used: whoever takes it sets all fields that it ever sets.
  std::unique_ptr<proto::kvrpcpb::Context> take();
  void give(std::unique_ptr<proto::kvrpcpb::Context> context) noexcept;

 private:
  std::vector<std::unique_ptr<proto::kvrpcpb::Context>> kept_;
};

}  // namespace tikv::route

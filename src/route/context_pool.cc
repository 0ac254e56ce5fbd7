#include "route/context_pool.h"

#include <tikv/proto/kvrpcpb.pb.h>

#include <utility>

#include "base/fetch.h"
#include "base/sanitized.h"

namespace tikv::route {
namespace {

/// As many as there are requests under way in a busy client; some 400 KB.
constexpr std::size_t kMostKept = kSanitized ? 0 : 1024;

}  // namespace

ContextPool::ContextPool() { kept_.reserve(kMostKept); }
ContextPool::~ContextPool() = default;

std::unique_ptr<proto::kvrpcpb::Context> ContextPool::take() {
  if (kept_.empty()) return std::make_unique<proto::kvrpcpb::Context>();
  std::unique_ptr<proto::kvrpcpb::Context> context = std::move(kept_.back());
  kept_.pop_back();
  if (!kept_.empty()) fetch_soon(kept_.back().get(), sizeof(proto::kvrpcpb::Context) / kCacheLine);
  return context;
}

void ContextPool::give(std::unique_ptr<proto::kvrpcpb::Context> context) noexcept {
  if (kept_.size() < kMostKept) kept_.push_back(std::move(context));
}

}  // namespace tikv::route

#include "testkit/cluster/tso_oracle.h"

#include <tikv/timestamp.h>

namespace tikv::testing::cluster {

namespace {

constexpr auto kMaxLogical = static_cast<std::int64_t>(kTimestampLogicalMask);

}  // namespace

TsoOracle::Stamp TsoOracle::allocate(std::int64_t now_ms, std::uint32_t count) {
  if (now_ms > last_.physical_ms) last_ = {now_ms, 0};
  // The timestamps of one answer share their milliseconds: the client counts back from the last one.
  if (last_.logical + count > kMaxLogical) last_ = {last_.physical_ms + 1, 0};
  last_.logical += count;
  return last_;
}

std::uint64_t TsoOracle::last() const { return compose_timestamp(last_.physical_ms, last_.logical); }

}  // namespace tikv::testing::cluster

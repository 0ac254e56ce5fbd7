// PD's regions: from the message to the index, which never holds two regions for one key.

#include <tikv/proto/pdpb.pb.h>

#include <memory>
#include <string>

#include "input.h"
#include "pd/members.h"
#include "pd/region_convert.h"
#include "region/border.h"
#include "region/region_index.h"

namespace tikv::region {
namespace {

namespace pdpb = proto::pdpb;

template <class Message>
std::vector<pd::RegionInfo> regions_of(std::string_view bytes) {
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return {};
  return pd::regions_of(message);
}

std::vector<pd::RegionInfo> region_of(std::string_view bytes) {
  pdpb::GetRegionResponse message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return {};
  std::vector<pd::RegionInfo> found;
  if (auto region = pd::region_of(message)) found.push_back(std::move(*region));
  return found;
}

/// The region as `RegionCache` makes it; null for what it refuses.
RegionRef make(const pd::RegionInfo& info, bool transactional) {
  auto region = std::make_shared<Region>();
  region->id = info.id;
  region->epoch_version = info.epoch_version;
  region->epoch_conf_version = info.epoch_conf_version;
  region->start_key = transactional ? first_key_from(info.start_key) : info.start_key;
  region->end_key = transactional ? first_key_from(info.end_key) : info.end_key;
  region->peers = info.peers;
  if (region->peers.empty()) return nullptr;
  if (!info.end_key.empty() && region->end_key <= region->start_key) return nullptr;
  const std::size_t leader = region->peer_index(info.leader_peer_id);
  region->state.leader = leader < region->peers.size() ? leader : 0;
  return region;
}

void check_index(const RegionIndex& index, const RegionRef& region) {
  if (index.find_by_id(region->id) != region) return;
  FUZZ_CHECK(index.find(region->start_key) == region);
  FUZZ_CHECK(index.find_by_end(region->end_key) == region);
  FUZZ_CHECK(index.gap(region->start_key, false) == KeyRange(region->start_key, region->end_key));
}

void check(const std::vector<pd::RegionInfo>& infos, bool transactional) {
  RegionIndex index;
  std::vector<RegionRef> taken;
  for (const pd::RegionInfo& info : infos) {
    const RegionRef region = make(info, transactional);
    if (!region || !index.insert(region, info.leader_peer_id != 0)) continue;
    FUZZ_CHECK(index.find_by_id(region->id) == region);
    taken.push_back(region);
  }
  FUZZ_CHECK(index.size() <= taken.size());
  std::size_t usable = 0;
  for (const RegionRef& region : taken) {
    if (region->state.usable) ++usable;
    check_index(index, region);
    for (const RegionRef& other : taken) {
      if (region == other || !region->state.usable || !other->state.usable) continue;
      FUZZ_CHECK(!region->overlaps(*other));
      FUZZ_CHECK(region->id != other->id);
    }
  }
  FUZZ_CHECK(usable == index.size());
}

}  // namespace
}  // namespace tikv::region

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tikv;
  namespace pdpb = proto::pdpb;
  constexpr std::vector<pd::RegionInfo> (*kReaders[])(std::string_view) = {
      region::regions_of<pdpb::ScanRegionsResponse>, region::regions_of<pdpb::BatchScanRegionsResponse>,
      region::region_of};
  fuzz::Input input(data, size);
  const std::uint8_t how = input.byte();
  const std::string_view bytes = input.rest();
  region::check(kReaders[how / 2 % std::size(kReaders)](bytes), how % 2 != 0);
  pdpb::GetMembersResponse members;
  if (members.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    (void)pd::judge_members({}, members, std::nullopt, how % 2 != 0);
  }
  return 0;
}

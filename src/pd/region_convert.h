#pragma once

#include <tikv/cluster.h>
#include <tikv/proto/pdpb.pb.h>

#include <optional>
#include <vector>

#include "pd/region_info.h"

// PD's messages as what the layers above use.
namespace tikv::pd {

/// Nothing for a response without a region.
std::optional<RegionInfo> region_of(const proto::pdpb::GetRegionResponse& response);
/// Both forms of the response: with down and pending peers, and that of a PD which does not tell them.
std::vector<RegionInfo> regions_of(const proto::pdpb::ScanRegionsResponse& response);
std::vector<RegionInfo> regions_of(const proto::pdpb::BatchScanRegionsResponse& response);

StoreInfo store_of(const proto::metapb::Store& store);

std::vector<MemberInfo> members_of(const proto::pdpb::GetMembersResponse& response);

}  // namespace tikv::pd

#pragma once

#include <tikv/cluster.h>

#include "pd/region_info.h"

// PD's regions and stores as users see them, and back.
namespace tikv::admin {

/// A range of the users' keys, as PD has them.
KeyRange pd_range(KeyRange range, KeyMode keys);

RegionInfo region_info(pd::RegionInfo region, KeyMode keys);
StoreInfo store_info(pd::StoreInfo store);

}  // namespace tikv::admin

#pragma once

#include <string>
#include <string_view>

namespace tikv::region {

/// The first plain key whose memory-comparable form is not below `border`: where a region's border in PD lies among
/// transactional keys.
///
/// For a border that is some key's form, that is this key. But a cluster may hold raw keys as well, and then borders
/// can be any bytes; encoding keeps the order of keys, so each of them still has an exact place among plain keys, and
/// no region is unreadable. Two borders may fall on the same key: the region between them holds no transactional key.
std::string first_key_from(std::string_view border);

}  // namespace tikv::region

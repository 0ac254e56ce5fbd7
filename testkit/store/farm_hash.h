#pragma once

#include <cstdint>
#include <string_view>

namespace tikv::testing::store {

/// FarmHash's Fingerprint64, with which TiKV names keys in its deadlock reports.
std::uint64_t farm_fingerprint64(std::string_view bytes);

}  // namespace tikv::testing::store

#include "pd/region_info.h"

namespace tikv::pd {

std::string_view StoreInfo::label(std::string_view name) const noexcept {
  for (const auto& [key, value] : labels)
    if (key == name) return value;
  return {};
}

}  // namespace tikv::pd

#include "base/probe.h"

#if TIKV_PROBES

// The linker's names for the ends of the section.
extern "C" {
[[gnu::weak, gnu::visibility("hidden")]] extern tikv::base::Probe* __start_tikv_probes[];  // NOLINT
[[gnu::weak, gnu::visibility("hidden")]] extern tikv::base::Probe* __stop_tikv_probes[];   // NOLINT
}

namespace tikv::base {

std::span<Probe* const> all_probes() noexcept { return {__start_tikv_probes, __stop_tikv_probes}; }

}  // namespace tikv::base

#endif

#pragma once

#include "tikv_probes.h"

#if TIKV_PROBES

#include <atomic>
#include <cstdint>
#include <span>

namespace tikv::base {

/// A rare path, and how often the program has been there.
struct Probe {
  const char* name;
  const char* file;
  int line;
  std::atomic<std::uint64_t> hits{0};
};

/// Every probe that is linked into the program, hit or not. Any thread.
std::span<Probe* const> all_probes() noexcept;

}  // namespace tikv::base

/// Marks a rare path of src/ that simulations have to walk: "commit: the reply was lost". Present where the build has
/// the option TIKV_PROBES; elsewhere it is nothing. Costs one atomic increment. In a .cc file, outside of templates and
/// inline functions: each probe has an entry of its own in a section of the program.
#define TIKV_PROBE(text)                                                                                             \
  do {                                                                                                               \
    static constinit ::tikv::base::Probe tikv_probe{text, __FILE__, __LINE__};                                       \
    [[gnu::section("tikv_probes"), gnu::used]] static constinit ::tikv::base::Probe* tikv_probe_entry = &tikv_probe; \
    tikv_probe_entry->hits.fetch_add(1, std::memory_order_relaxed);                                                  \
  } while (false)

/// The same where `condition` holds; it is not evaluated in a build without probes.
#define TIKV_PROBE_IF(condition, text) \
  do {                                 \
    if (condition) TIKV_PROBE(text);   \
  } while (false)

#else

#define TIKV_PROBE(text) static_cast<void>(0)
#define TIKV_PROBE_IF(condition, text) static_cast<void>(0)

#endif

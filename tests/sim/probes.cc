#include "probes.h"

#include <fstream>
#include <string_view>

#include "base/probe.h"

namespace tikv::testing {

bool write_probes(const std::string& path) {
  std::ofstream out(path);
#if TIKV_PROBES
  for (const base::Probe* probe : base::all_probes()) {
    const std::string_view file(probe->file);
    const std::size_t src = file.rfind("src/");
    out << probe->hits << '\t' << probe->name << '\t' << file.substr(src == std::string_view::npos ? 0 : src) << ':'
        << probe->line << '\n';
  }
#endif
  return static_cast<bool>(out.flush());
}

}  // namespace tikv::testing

#pragma once

#include <string>

namespace tikv::testing {

/// Writes a line for each probe of the program, with how often it was hit so far: "HITS<tab>NAME<tab>FILE:LINE". False
/// if the file can't be written.
bool write_probes(const std::string& path);

}  // namespace tikv::testing

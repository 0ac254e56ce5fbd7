#pragma once

#include <tikv/testing/cluster.h>

#include <string>
#include <string_view>
#include <vector>

namespace tikv::embedded {

/// The words of a line, where "\xNN" stands for any byte.
std::vector<std::string> words_of(std::string_view line);

/// Does what a line of input says; the answer is one line: "ok", facts, or "error: ...". A line without words has an
/// empty answer.
std::string run_command(testing::Cluster& cluster, std::string_view line);

/// One line for each command, for --help.
std::string command_help();

}  // namespace tikv::embedded

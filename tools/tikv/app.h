#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "command.h"
#include "completion.h"
#include "session.h"

namespace tikv::cli {

/// Where a command line comes from: only the program's says which cluster, and starts a shell.
enum class LineOf : std::uint8_t { kProgram, kShell };

/// Parses and runs one command line (without the program's name). Answers go to the session's streams, errors to its
/// `err`. Throws nothing of its own.
Exit run_line(Session& session, std::vector<std::string> words, LineOf line);

/// All commands there are.
std::vector<const CommandRow*> all_commands();
/// What may stand in the shell's lines.
Vocabulary shell_vocabulary();

}  // namespace tikv::cli

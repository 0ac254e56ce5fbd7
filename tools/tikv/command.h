#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "exit_code.h"

namespace CLI {
class App;
}

namespace tikv::cli {

class Context;

/// One command: its arguments as members, filled in by CLI11, and what it does with them. Made for each command line.
class Command {
 public:
  virtual ~Command() = default;
  virtual void describe(CLI::App& app) = 0;
  /// Throws `Failure`.
  virtual Exit run(Context& context) = 0;
};

/// A row of the table of commands.
struct CommandRow {
  std::string_view group;  ///< "raw" in `tikv raw get`; empty for commands without one.
  std::string_view name;
  std::string_view help;
  std::string_view examples;  ///< Lines for the end of its --help.
  std::unique_ptr<Command> (*make)();
};

template <class C>
std::unique_ptr<Command> make_command() {
  return std::make_unique<C>();
}

std::span<const CommandRow> raw_commands();
std::span<const CommandRow> txn_commands();
std::span<const CommandRow> cluster_commands();
std::span<const CommandRow> transfer_commands();
std::span<const CommandRow> shell_commands();

}  // namespace tikv::cli

// tikv shell

#include <unistd.h>

#include <CLI/App.hpp>
#include <array>
#include <cstdlib>
#include <optional>
#include <string>

#include "app.h"
#include "command.h"
#include "errors.h"
#include "line_editor.h"
#include "words.h"

namespace tikv::cli {
namespace {

/// $TIKV_HISTORY, where an empty one means none, or ~/.tikv_history.
std::string history_file() {
  if (const char* named = std::getenv("TIKV_HISTORY")) return named;
  const char* home = std::getenv("HOME");
  return home == nullptr ? std::string() : std::string(home) + "/.tikv_history";
}

/// "help raw get" is "raw get --help".
void turn_help_around(std::vector<std::string>& words) {
  if (words.front() != "help") return;
  words.erase(words.begin());
  words.emplace_back("--help");
}

class Shell : public Command {
  void describe(CLI::App& app) override {
    app.add_flag("--stop-on-error", stop_, "End a script at its first command that does not end with 0");
    app.footer(
        "Takes the commands of tikv, without \"tikv\" and without options for the cluster; others given here count for "
        "all of\nthem. At a terminal: Tab completes, the arrow keys go through what was typed before "
        "(~/.tikv_history or\n$TIKV_HISTORY), Ctrl-C ends a command, Ctrl-D or exit the shell. From a file or pipe: "
        "ends with the exit\ncode of the first command that failed.\n\nExamples:\n  tikv --pd 127.0.0.1:2379 shell\n  "
        "echo 'raw get user/1' | tikv shell");
  }

  Exit run(Context& context) override {
    Session& session = context.session();
    const std::uint64_t cluster = context.client().cluster_id();
    session.settings = context.settings();
    session.in_shell = true;
    const bool typed = isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
    if (!typed) return run_script(session);
    context.note("cluster " + std::to_string(cluster) + "; help, exit, Tab completes");
    run_typed(session);
    return Exit::kOk;
  }

  static void run_typed(Session& session) {
    LineEditor editor(
        "tikv> ", [words = shell_vocabulary()](std::string_view line) { return completions(words, line); },
        history_file());
    for (;;) {
      const std::optional<std::string> line = editor.read();
      if (!line) break;
      if (!run_one(session, *line)) return;
    }
    session.out() << '\n';
  }

  Exit run_script(Session& session) const {
    Exit first = Exit::kOk;
    for (std::string line; std::getline(session.in(), line);) {
      const std::optional<Exit> exit = run_one(session, line);
      if (!exit) break;
      if (first == Exit::kOk) first = *exit;
      if (stop_ && *exit != Exit::kOk) break;
    }
    return first;
  }

  /// Nothing after exit.
  static std::optional<Exit> run_one(Session& session, const std::string& line) {
    Result<std::vector<std::string>> words = words_of(line);
    if (!words) {
      print_failure(session.err(), session.settings, Failure(std::move(words).error()));
      return Exit::kUsage;
    }
    if (words->empty()) return Exit::kOk;
    if (words->front() == "exit" || words->front() == "quit") return std::nullopt;
    turn_help_around(*words);
    return run_line(session, *std::move(words), LineOf::kShell);
  }

  bool stop_ = false;
};

constexpr std::array kShellCommands = {
    CommandRow{"", "shell", "Takes commands from the terminal, or from a file or pipe", "", make_command<Shell>},
};

}  // namespace

std::span<const CommandRow> shell_commands() { return kShellCommands; }

}  // namespace tikv::cli

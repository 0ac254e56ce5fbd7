// tikv import ..., tikv export ...

#include <CLI/App.hpp>
#include <array>

#include "arguments.h"
#include "command.h"
#include "export.h"
#include "import.h"

namespace tikv::cli {
namespace {

/// Beside the file it is about, unless told otherwise; none for stdin and stdout, which are gone after a kill.
std::string state_path(const std::string& file, const std::string& given, const char* suffix) {
  if (!given.empty()) return given;
  return file == "-" ? std::string() : file + suffix;
}

template <KeyKind kind>
class ImportCommand : public Command {
  void describe(CLI::App& app) override {
    app.add_option("FILE", plan_.file, "KEY<tab>VALUE lines; - for stdin")->required();
    app.add_option("--state", state_, "Where it keeps how far it has come; FILE.tikv-import if left out")
        ->type_name("FILE");
    app.add_flag("--restart", plan_.restart, "From the first line, whatever the state says");
    app.add_flag("--skip-bad", plan_.skip_bad, "Tell of lines that make no pair, and go on");
    app.add_option("--batch", plan_.batch_keys, "Lines that are written together")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    if (kind == KeyKind::kTxn) return;
    app.add_option("--cf", plan_.column_family, "Column family: default, write or lock");
    app.add_option("--ttl", plan_.ttl_seconds, "Seconds until the keys go away by themselves; 0 for never");
  }
  Exit run(Context& context) override {
    plan_.kind = kind;
    plan_.state = state_path(plan_.file, state_, ".tikv-import");
    return run_import(context, plan_);
  }
  ImportPlan plan_;
  std::string state_;
};

template <KeyKind kind>
class ExportCommand : public Command {
  void describe(CLI::App& app) override {
    range_.describe(app);
    app.add_option("-o,--output", plan_.file, "The file; stdout if left out")->type_name("FILE");
    app.add_option("--state", state_, "Where it keeps how far it has come; FILE.tikv-export if left out")
        ->type_name("FILE");
    app.add_flag("--restart", plan_.restart, "From the first key, whatever the state says");
    app.add_flag("--force", plan_.force, "Write over a file that is there");
    if (kind == KeyKind::kRaw) app.add_option("--cf", plan_.column_family, "Column family: default, write or lock");
    if (kind == KeyKind::kTxn)
      app.add_option("--at", plan_.timestamp, "Data as it was at this timestamp; now if left out");
  }
  Exit run(Context& context) override {
    plan_.kind = kind;
    plan_.range = range_.range(context);
    if (plan_.file == "-" && !state_.empty()) throw Failure(Exit::kUsage, "--state needs --output FILE");
    plan_.state = state_path(plan_.file, state_, ".tikv-export");
    return run_export(context, plan_);
  }
  RangeArguments range_;
  ExportPlan plan_;
  std::string state_;
};

constexpr std::array kTransferCommands = {
    CommandRow{"import", "raw", "Puts KEY<tab>VALUE lines; after a kill the same command goes on",
               "tikv import raw users.tsv\ntikv import raw --skip-bad - < users.tsv",
               make_command<ImportCommand<KeyKind::kRaw>>},
    CommandRow{"import", "txn", "The same in transactions, one for each batch", "tikv import txn accounts.tsv",
               make_command<ImportCommand<KeyKind::kTxn>>},
    CommandRow{"export", "raw", "Writes a range as KEY<tab>VALUE lines; after a kill the same command goes on",
               "tikv export raw --prefix user/ -o users.tsv\ntikv export raw a b | gzip > range.tsv.gz",
               make_command<ExportCommand<KeyKind::kRaw>>},
    CommandRow{"export", "txn", "The same, as it was at one timestamp", "tikv export txn -o accounts.tsv",
               make_command<ExportCommand<KeyKind::kTxn>>},
};

}  // namespace

std::span<const CommandRow> transfer_commands() { return kTransferCommands; }

}  // namespace tikv::cli

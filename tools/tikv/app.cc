#include "app.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <sstream>
#include <utility>

#include "duration.h"
#include "errors.h"

namespace tikv::cli {
namespace {

constexpr const char* kAbout =
    "Reads, writes and looks into a TiKV cluster.\n"
    "Options may stand before or after the command. Keys and values are written in the escaped form unless said\n"
    "otherwise: \\xNN for any byte, \\t, \\n, \\r, \\\\.";
constexpr const char* kExits =
    "Exit codes: 0 ok, 1 not found, 2 usage, 3 conflict, 4 condition not met, 5 unavailable or too late,\n"
    "6 outcome unknown, 7 refused by the server, 8 wrong cluster, 9 file, 130 interrupted.\n\n"
    "Example:\n  TIKV_PD=127.0.0.1:2379 tikv raw scan --prefix user/ --json";

const std::map<std::string, std::string> kGroups = {{"raw", "Keys without transactions"},
                                                    {"txn", "Keys in transactions"},
                                                    {"import", "Writes the lines of a file"},
                                                    {"export", "Writes a range into a file"}};
const std::map<std::string, Form> kForms = {{"escaped", Form::kEscaped}, {"text", Form::kText}, {"hex", Form::kHex}};

template <class Target>
void add_form(CLI::App& app, const std::string& name, Target& target, const std::string& help) {
  app.add_option_function<std::string>(
         name, [&target](const std::string& form) { target = kForms.at(form); }, help)
      ->check(CLI::IsMember({"escaped", "text", "hex"}))
      ->type_name("FORM");
}

void describe_settings(CLI::App& app, Settings& settings) {
  app.add_flag("--json", settings.json, "Answer with one JSON object or array")->group("Output");
  app.add_flag("-q,--quiet", settings.quiet, "No \"ok\", no notes")->group("Output");
  app.add_flag("-v,--verbose", settings.verbose, "Each attempt of what failed, and how long it took")->group("Output");
  add_form(app, "--key-format", settings.key_form, "Keys: escaped, text or hex");
  add_form(app, "--value-format", settings.value_form, "Values: escaped, text or hex");
  add_form(app, "--key-output", settings.key_output, "Printed keys, if another form than --key-format");
  add_form(app, "--value-output", settings.value_output, "Printed values, if another form than --value-format");
  app.add_option_function<std::string>(
         "--timeout",
         [&settings](const std::string& text) {
           const auto timeout = parse_duration(text);
           if (!timeout) throw CLI::ValidationError("--timeout", timeout.error().message());
           settings.timeout = *timeout;
         },
         "Of each call: 500ms, 5s, 1m; a minute if left out")
      ->type_name("TIME");
}

void describe_connection(CLI::App& app, Connection& connection) {
  app.add_option("--pd", connection.pd, "PD as HOST:PORT[,HOST:PORT...]; one finds the others")
      ->envname("TIKV_PD")
      ->allow_extra_args(false)  // or it would take the words after it
      ->group("Cluster")
      ->type_name("HOST:PORT");
  const auto add_file = [&app](const char* name, std::string& path, const char* help) {
    app.add_option(name, path, help)->group("Cluster")->type_name("FILE");
  };
  add_file("--ca", connection.ca, "Certificates that are trusted, PEM; connections are encrypted then");
  add_file("--cert", connection.cert, "The client's certificate, PEM, for clusters that ask for one; needs --key");
  add_file("--key", connection.key, "The private key of --cert, PEM");
  app.add_option("--verify-cn", connection.verify_cn, "Common name that servers must have; may be given several times")
      ->allow_extra_args(false)
      ->group("Cluster")
      ->type_name("NAME");
  app.add_option("--config", connection.config, "Options of the client from a TOML file; --pd and TIKV_PD count more")
      ->group("Cluster")
      ->type_name("FILE");
}

std::string examples_text(std::string_view examples) {
  std::string text = "Examples:";
  std::istringstream lines{std::string(examples)};
  for (std::string line; std::getline(lines, line);) text += "\n  " + line;
  return text + "\nOptions for output, forms of keys and values and the cluster: tikv --help";
}

/// A command line's parser, and the commands that it fills in.
class Parser {
 public:
  Parser(Session& session, LineOf line) : settings_(session.settings) {
    app_.description(kAbout);
    app_.footer(line == LineOf::kProgram ? kExits : "help, exit: as they say");
    app_.require_subcommand(1);
    describe_settings(app_, settings_);
    if (line == LineOf::kProgram) {
      describe_connection(app_, session.connection);
      app_.set_version_flag("--version", "tikv " TIKV_VERSION);
    }
    for (const CommandRow* row : all_commands()) {
      if (line == LineOf::kShell && row->name == "shell") continue;
      add(*row);
    }
  }

  void parse(std::vector<std::string> words) {
    // Where several words may stand, CLI11 takes "[a,b]" for two. No word has a NUL at its end otherwise: the system
    // can't pass one on. `Context` takes it away.
    for (std::string& word : words) {
      if (word.starts_with('[') && word.ends_with(']')) word += '\0';
    }
    std::ranges::reverse(words);
    app_.parse(std::move(words));
  }
  CLI::App& app() noexcept { return app_; }
  const Settings& settings() const noexcept { return settings_; }
  bool has_chosen() const {
    return std::ranges::any_of(entries_, [](const Entry& entry) { return entry.app->parsed(); });
  }
  Command& chosen() const {
    return *std::ranges::find_if(entries_, [](const Entry& entry) { return entry.app->parsed(); })->command;
  }

 private:
  struct Entry {
    CLI::App* app;
    std::unique_ptr<Command> command;
  };

  void add(const CommandRow& row) {
    CLI::App* parent = row.group.empty() ? &app_ : group(std::string(row.group));
    CLI::App* app = parent->add_subcommand(std::string(row.name), std::string(row.help));
    app->fallthrough();
    if (!row.examples.empty()) app->footer(examples_text(row.examples));
    Entry& entry = entries_.emplace_back(Entry{app, row.make()});
    entry.command->describe(*app);
  }

  CLI::App* group(const std::string& name) {
    CLI::App*& app = groups_[name];
    if (app != nullptr) return app;
    app = app_.add_subcommand(name, kGroups.at(name));
    app->fallthrough();
    app->require_subcommand(1);
    return app;
  }

  CLI::App app_{"", "tikv"};
  Settings settings_;
  std::map<std::string, CLI::App*> groups_;
  std::vector<Entry> entries_;
};

/// CLI11 asks for a command where one was given that there is not.
std::string complaint(Parser& parser, const CLI::ParseError& error) {
  const std::vector<std::string> unknown = parser.app().remaining(true);
  const bool missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  if (!missing || unknown.empty() || parser.has_chosen()) return error.what();
  return "there is no command '" + unknown.front() + "'";
}

/// What CLI11 has to say: help on stdout, complaints as all errors.
Exit answer_parse_error(Session& session, Parser& parser, const CLI::ParseError& error, bool json) {
  if (error.get_exit_code() == 0) {
    parser.app().exit(error, session.out(), session.err());
    return Exit::kOk;
  }
  Settings settings = session.settings;
  settings.json = settings.json || json;
  print_failure(session.err(), settings, Failure(Exit::kUsage, complaint(parser, error)));
  if (!settings.json) session.err() << "  --help, also after a command, lists what there is\n";
  return Exit::kUsage;
}

std::vector<std::string> option_names(CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

void add_words(CLI::App& app, const std::string& path, const std::vector<std::string>& common, Vocabulary& vocabulary) {
  for (CLI::App* sub : app.get_subcommands({})) {
    vocabulary.words[path].push_back(sub->get_name());
    const std::string sub_path = path.empty() ? sub->get_name() : path + " " + sub->get_name();
    std::vector<std::string>& words = vocabulary.words[sub_path];
    for (const std::string& name : option_names(*sub)) words.push_back(name);
    for (const std::string& name : common) {
      if (std::ranges::find(words, name) == words.end()) words.push_back(name);
    }
    add_words(*sub, sub_path, common, vocabulary);
  }
}

}  // namespace

std::vector<const CommandRow*> all_commands() {
  std::vector<const CommandRow*> all;
  for (const auto rows : {raw_commands(), txn_commands(), transfer_commands(), cluster_commands(), shell_commands()}) {
    for (const CommandRow& row : rows) all.push_back(&row);
  }
  return all;
}

Vocabulary shell_vocabulary() {
  std::ostringstream nowhere;
  std::istringstream nothing;
  Session session(nothing, nowhere, nowhere, nullptr);
  Parser parser(session, LineOf::kShell);
  Vocabulary vocabulary;
  vocabulary.words[""] = {"help", "exit", "quit"};
  add_words(parser.app(), "", option_names(parser.app()), vocabulary);
  return vocabulary;
}

Exit run_line(Session& session, std::vector<std::string> words, LineOf line) {
  const bool json = std::ranges::find(words, "--json") != words.end();
  Parser parser(session, line);
  try {
    parser.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return answer_parse_error(session, parser, error, json);
  }
  const auto start = std::chrono::steady_clock::now();
  Context context(session, parser.settings());
  Exit exit = Exit::kOk;
  try {
    exit = parser.chosen().run(context);
    if (!session.out().flush()) throw Failure(Exit::kFile, "the output could not be written");
  } catch (const Failure& failure) {
    session.out().flush();
    print_failure(session.err(), parser.settings(), failure);
    exit = failure.exit;
  }
  if (parser.settings().verbose) {
    const auto took = std::chrono::steady_clock::now() - start;
    context.note("took " + std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(took).count()) + " us");
  }
  return exit;
}

}  // namespace tikv::cli

// tikv txn ...

#include <tikv/timestamp.h>

#include <CLI/App.hpp>
#include <array>

#include "answers.h"
#include "arguments.h"
#include "command.h"
#include "session.h"
#include "transact.h"

namespace tikv::cli {
namespace {

/// --at of reads.
struct AtArgument {
  std::uint64_t timestamp = 0;
  void describe(CLI::App& app) {
    app.add_option("--at", timestamp, "Data as it was at this timestamp; now if left out");
  }
  Snapshot snapshot(Context& context) const {
    const std::uint64_t at = timestamp != 0 ? timestamp : context.wait(context.client().timestamp());
    return context.client().snapshot(at);
  }
};

/// --attempts of writes.
struct AttemptsArgument {
  std::uint32_t attempts = 8;
  void describe(CLI::App& app) {
    app.add_option("--attempts", attempts, "How often the transaction may be run, after conflicts")
        ->capture_default_str();
  }
};

void answer_committed(Context& context, const Committed& committed) {
  if (context.json()) {
    context.answer(
        Json::Object{{"start_ts", Json::id(committed.start_ts)}, {"commit_ts", Json::id(committed.commit_ts)}}, "");
  } else if (!context.settings().quiet) {
    context.out() << "committed at " << committed.commit_ts << '\n';
  }
}

class TxnGet : public Command {
  void describe(CLI::App& app) override {
    app.add_option("KEY", key_)->required();
    app.add_flag("-n,--no-newline", no_newline_, "No line end after the value");
    at_.describe(app);
  }
  Exit run(Context& context) override {
    const std::string key = context.key(key_);
    return answer_value(context, key, context.wait(at_.snapshot(context).get(key)), !no_newline_);
  }
  std::string key_;
  bool no_newline_ = false;
  AtArgument at_;
};

class TxnBatchGet : public Command {
  void describe(CLI::App& app) override {
    keys_.describe(app);
    at_.describe(app);
  }
  Exit run(Context& context) override {
    const std::vector<std::string> keys = keys_.keys(context);
    return answer_values(context, keys, context.wait(at_.snapshot(context).batch_get(keys)));
  }
  KeyArguments keys_;
  AtArgument at_;
};

class TxnScanCommand : public Command {
  void describe(CLI::App& app) override {
    scan_.describe(app);
    at_.describe(app);
  }
  Exit run(Context& context) override {
    const auto options = scan_options<ScanOptions>(scan_);
    const KeyRange range = scan_.range.range(context);
    const Snapshot snapshot = at_.snapshot(context);
    return answer_scan(context, scan_.reverse ? snapshot.reverse_scan(range, options) : snapshot.scan(range, options),
                       scan_);
  }
  ScanArguments scan_;
  AtArgument at_;
};

/// Writes of one transaction.
class TxnWrite : public Command {
 public:
  void describe(CLI::App& app) override {
    describe_arguments(app);
    attempts_.describe(app);
  }

 protected:
  virtual void describe_arguments(CLI::App& app) = 0;
  Exit commit(Context& context, const std::function<void(Transaction&)>& body) const {
    answer_committed(context, transact(context, attempts(), body));
    return Exit::kOk;
  }
  std::uint32_t attempts() const noexcept { return attempts_.attempts; }

 private:
  AttemptsArgument attempts_;
};

class TxnPut : public TxnWrite {
  void describe_arguments(CLI::App& app) override {
    app.add_option("KEY", key_)->required();
    app.add_option("VALUE", value_, "The value; - for all of stdin, @FILE for a file's bytes")->required();
  }
  Exit run(Context& context) override {
    const std::string key = context.key(key_);
    const std::string value = context.value(value_);
    return commit(context, [&](Transaction& txn) { write(txn, key, value); });
  }
  virtual void write(Transaction& txn, const std::string& key, const std::string& value) const {
    value_or_fail(txn.put(key, value));
  }
  std::string key_;
  std::string value_;
};

class TxnInsert : public TxnPut {
  void write(Transaction& txn, const std::string& key, const std::string& value) const override {
    value_or_fail(txn.insert(key, value));
  }
};

class TxnDelete : public TxnWrite {
  void describe_arguments(CLI::App& app) override { app.add_option("KEY", key_)->required(); }
  Exit run(Context& context) override {
    const std::string key = context.key(key_);
    return commit(context, [&](Transaction& txn) { value_or_fail(txn.remove(key)); });
  }
  std::string key_;
};

class TxnBatchPut : public TxnWrite {
  void describe_arguments(CLI::App& app) override { pairs_.describe(app); }
  Exit run(Context& context) override {
    const std::vector<KvPair> pairs = pairs_.pairs(context);
    return commit(context, [&](Transaction& txn) {
      for (const KvPair& pair : pairs) value_or_fail(txn.put(pair.key, pair.value));
    });
  }
  PairArguments pairs_;
};

class TxnBatchDelete : public TxnWrite {
  void describe_arguments(CLI::App& app) override { keys_.describe(app); }
  Exit run(Context& context) override {
    const std::vector<std::string> keys = keys_.keys(context);
    return commit(context, [&](Transaction& txn) {
      for (const std::string& key : keys) value_or_fail(txn.remove(key));
    });
  }
  KeyArguments keys_;
};

/// What an operation of a script gave, for programs.
Json answer_json(const Operation& operation, const Answer& answer) {
  Json::Object object = {{"op", name_of(operation.kind)}};
  if (operation.kind == Operation::Kind::kScan) {
    Json::Array pairs;
    for (const KvPair& pair : answer.pairs) {
      pairs.push_back(Json::Object{{"key", Json::bytes(pair.key)}, {"value", Json::bytes(pair.value)}});
    }
    object.emplace_back("pairs", std::move(pairs));
    return object;
  }
  object.emplace_back("key", Json::bytes(operation.key));
  if (operation.kind == Operation::Kind::kGet) {
    object.emplace_back("found", answer.value.has_value());
    object.emplace_back("value", answer.value ? Json::bytes(*answer.value) : Json());
  }
  return object;
}

class TxnRun : public TxnWrite {
  void describe_arguments(CLI::App& app) override {
    app.add_option("SCRIPT", file_, "A file of operations, - for stdin")->capture_default_str();
    app.footer("A script has one operation a line:\n" + script_help() +
               "All of it is one transaction; after a conflict it is run again from its first line.\n\nExample:\n  "
               "printf 'expect stock 1\\nput stock 0\\ninsert order/7 \"one chair\"\\n' | tikv txn run");
  }
  Exit run(Context& context) override {
    const std::string text = context.value(file_ == "-" ? file_ : "@" + file_);
    const Script script = value_or_fail(parse_script(text, context.settings().key_form, context.settings().value_form));
    std::vector<Answer> answers;
    const auto body = [&](Transaction& txn) { answers = context.wait(run_script(&txn, &script)); };
    const Committed committed = transact(context, attempts(), body);
    if (context.json()) {
      answer_in_json(context, script, answers, committed);
    } else {
      answer_in_table(context, script, answers);
      answer_committed(context, committed);
    }
    return Exit::kOk;
  }
  static void answer_in_json(Context& context, const Script& script, const std::vector<Answer>& answers,
                             const Committed& committed) {
    Json::Array results;
    for (std::size_t i = 0; i < script.size(); ++i) results.push_back(answer_json(script[i], answers[i]));
    context.answer(Json::Object{{"start_ts", Json::id(committed.start_ts)},
                                {"commit_ts", Json::id(committed.commit_ts)},
                                {"results", std::move(results)}},
                   "");
  }
  static void answer_in_table(Context& context, const Script& script, const std::vector<Answer>& answers) {
    Records records(context.out(), false, {"KEY", "VALUE"});
    for (std::size_t i = 0; i < script.size(); ++i) {
      if (script[i].kind == Operation::Kind::kGet && answers[i].value)
        records.add({context.print_key(script[i].key), context.print_value(*answers[i].value)}, {});
      if (script[i].kind == Operation::Kind::kGet && !answers[i].value)
        context.note("not found: " + context.print_key(script[i].key));
      for (const KvPair& pair : answers[i].pairs)
        records.add({context.print_key(pair.key), context.print_value(pair.value)}, {});
    }
    records.finish();
  }
  std::string file_ = "-";
};

constexpr std::array kTxnCommands = {
    CommandRow{"txn", "get", "The value of a key; exit code 1 if it is absent",
               "tikv txn get account/1\ntikv txn get account/1 --at 461234567890123456", make_command<TxnGet>},
    CommandRow{"txn", "put", "Writes a key", "tikv txn put account/1 100", make_command<TxnPut>},
    CommandRow{"txn", "insert", "Writes a key that must be absent; exit code 4 if it is not",
               "tikv txn insert account/2 0", make_command<TxnInsert>},
    CommandRow{"txn", "delete", "Removes a key, if it is there", "tikv txn delete account/1", make_command<TxnDelete>},
    CommandRow{"txn", "scan", "The keys of a range, in order, as they were at one time",
               "tikv txn scan --prefix account/ --limit 0", make_command<TxnScanCommand>},
    CommandRow{"txn", "batch-get", "The values of many keys at one time; exit code 1 if one is absent",
               "tikv txn batch-get account/1 account/2", make_command<TxnBatchGet>},
    CommandRow{"txn", "batch-put", "Writes many keys in one transaction",
               "tikv txn batch-put account/1 90 account/2 10\ntikv txn batch-put < pairs.tsv",
               make_command<TxnBatchPut>},
    CommandRow{"txn", "batch-delete", "Removes many keys in one transaction",
               "tikv txn batch-delete account/1 account/2", make_command<TxnBatchDelete>},
    CommandRow{"txn", "run", "Runs a script of reads, conditions and writes as one transaction", "",
               make_command<TxnRun>},
};

}  // namespace

std::span<const CommandRow> txn_commands() { return kTxnCommands; }

}  // namespace tikv::cli

#include "import.h"

#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <utility>

#include "progress.h"
#include "state_file.h"
#include "transact.h"
#include "tsv.h"

namespace tikv::cli {
namespace {

std::unexpected<Error> above(const char* what, std::size_t size, std::size_t limit) {
  return std::unexpected(Error(ErrorKind::kTooLarge, std::string(what) + " has " + std::to_string(size) +
                                                         " bytes, the limit is " + std::to_string(limit)));
}

/// What must be the same for an import to go on: where the pairs go and how lines are read.
std::string target_of(Context& context, const ImportPlan& plan) {
  const Settings& settings = context.settings();
  return "cluster " + std::to_string(context.client().cluster_id()) + (plan.kind == KeyKind::kRaw ? " raw" : " txn") +
         " cf '" + plan.column_family + "' ttl " + std::to_string(plan.ttl_seconds) + " forms " +
         std::to_string(static_cast<int>(settings.key_form)) + " " +
         std::to_string(static_cast<int>(settings.value_form));
}

PairLimits limits_of(const ClientOptions& options, KeyKind kind) {
  if (kind == KeyKind::kRaw) return {options.raw.max_key_bytes, options.raw.max_entry_bytes};
  return {options.transaction.max_key_bytes, options.transaction.max_entry_bytes};
}

std::uint64_t size_of_file(const std::string& path) {
  struct stat about{};
  return stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode) ? static_cast<std::uint64_t>(about.st_size) : 0;
}

/// One import, from the opening of the file to its last batch.
class Import {
 public:
  Import(Context& context, const ImportPlan& plan)
      : context_(context),
        plan_(plan),
        target_(target_of(context, plan)),
        in_(open(context, plan, file_)),
        reader_(in_, context.settings().key_form, context.settings().value_form,
                limits_of(context.session().options(), plan.kind), plan.batch_keys, plan.skip_bad),
        progress_(context.session().err(), stderr_is_terminal() && !context.settings().quiet, "import",
                  plan.file == "-" ? 0 : size_of_file(plan.file)) {}

  void run() {
    resume();
    for (bool last = false; !last;) {
      const Batch batch = reader_.next();
      write(batch);
      imported_ += batch.pairs.size();
      skipped_ += plan_.skip_bad ? batch.bad.size() : 0;
      save(batch.end);
      for (const BadLine& bad : batch.bad) tell(bad);
      progress_.show(batch.end.offset, imported_);
      last = batch.last;
      end_ = batch.end;
    }
    if (!plan_.state.empty()) remove_state(plan_.state);
  }

  Json::Object summary() const {
    return {{"imported", Json::number(imported_)},
            {"skipped", Json::number(skipped_)},
            {"lines", Json::number(end_.line)},
            {"resumed_at_line", resumed_at_ == 0 ? Json() : Json::number(resumed_at_)}};
  }
  std::string summary_text() const {
    std::string text = "imported " + std::to_string(imported_) + " keys";
    if (skipped_ > 0) text += ", skipped " + std::to_string(skipped_) + " bad lines";
    return text;
  }

 private:
  static std::istream& open(Context& context, const ImportPlan& plan, std::ifstream& file) {
    if (plan.file == "-") {
      if (context.session().in_shell)
        throw Failure(Exit::kUsage, "in the shell the input is for commands: name a file");
      return context.session().in();
    }
    file.open(plan.file, std::ios::binary);
    if (!file.is_open()) throw Failure(Exit::kFile, "can't read " + plan.file);
    return file;
  }

  std::string where(std::uint64_t line) const {
    return (plan_.file == "-" ? std::string("stdin") : plan_.file) + ":" + std::to_string(line);
  }

  void resume() {
    if (plan_.state.empty() || plan_.restart) return;
    const std::optional<State> state = load_state(plan_.state);
    if (!state) return;
    const std::string other = plan_.state + " is of another import: finish that, or give --restart or another --state";
    if (state->text("target") != target_) {
      throw Failure(Exit::kUsage, other + " (it is for: " + state->text("target") + "; this is: " + target_ + ")");
    }
    const Position position{state->number("offset"), state->number("line"), {state->number("digest")}};
    if (!reader_.skip_to(position)) {
      throw Failure(Exit::kUsage, other + " (the first " + std::to_string(position.offset) +
                                      " bytes of the input are not those that were imported)");
    }
    imported_ = state->number("imported");
    skipped_ = state->number("skipped");
    resumed_at_ = position.line + 1;
    progress_.go_on(position.offset, imported_);
    context_.note("going on at line " + std::to_string(resumed_at_) + ", as " + plan_.state + " says");
  }

  void write(const Batch& batch) {
    if (batch.pairs.empty()) return;
    try {
      if (plan_.kind == KeyKind::kRaw) {
        write_raw(batch.pairs);
      } else {
        transact(context_, kAttempts, [&](Transaction& txn) {
          for (const KvPair& pair : batch.pairs) value_or_fail(txn.put(pair.key, pair.value));
        });
      }
    } catch (Failure& failure) {
      failure.message += "\n  while writing " + where(batch.first_line) + " to " + std::to_string(batch.end.line);
      failure.message += plan_.state.empty() ? "; lines before are written"
                                             : "; lines before are written: the same command goes on from there";
      throw;
    }
  }

  void write_raw(const std::vector<KvPair>& pairs) {
    const RawClient raw = context_.client().raw();
    const RawPutOptions options{.ttl = std::chrono::seconds(plan_.ttl_seconds)};
    context_.wait(
        (plan_.column_family.empty() ? raw : raw.with_column_family(plan_.column_family)).batch_put(pairs, options));
  }

  void save(const Position& end) const {
    if (plan_.state.empty()) return;
    State state;
    state.set("target", target_);
    state.set("offset", end.offset);
    state.set("line", end.line);
    state.set("digest", end.digest.value);
    state.set("imported", imported_);
    state.set("skipped", skipped_);
    save_state(plan_.state, state);
  }

  void tell(const BadLine& bad) {
    const std::string text = where(bad.line) + ": " + bad.why;
    if (!plan_.skip_bad) {
      throw Failure(Exit::kUsage, text + "\n  lines before are written" +
                                      (plan_.state.empty() ? ""
                                                           : ": correct it and run the same command, or give "
                                                             "--skip-bad"));
    }
    context_.note(text);
  }

  // The budget of one batch, after conflicts with other writers.
  static constexpr std::uint32_t kAttempts = 32;

  Context& context_;
  const ImportPlan& plan_;
  std::string target_;
  std::ifstream file_;
  std::istream& in_;
  BatchReader reader_;
  Progress progress_;
  Position end_;
  std::uint64_t imported_ = 0;
  std::uint64_t skipped_ = 0;
  std::uint64_t resumed_at_ = 0;
};

}  // namespace

Result<KvPair> BatchReader::pair_of(std::string_view line) const {
  Result<KvPair> pair = parse_line(line, key_form_, value_form_);
  if (!pair) return pair;
  if (pair->key.size() > limits_.key_bytes) return above("the key", pair->key.size(), limits_.key_bytes);
  const std::size_t entry = pair->key.size() + pair->value.size();
  if (entry > limits_.entry_bytes) return above("key and value", entry, limits_.entry_bytes);
  return pair;
}

Batch BatchReader::next() {
  Batch batch;
  batch.end = lines_.position();
  batch.first_line = batch.end.line + 1;
  std::size_t bytes = 0;
  while (batch.pairs.size() < batch_keys_ && bytes < kImportBatchBytes) {
    const auto line = lines_.next();
    if (!line) {
      batch.last = true;
      break;
    }
    const bool blank = line->empty() || *line == "\r";
    if (!blank) {
      Result<KvPair> pair = pair_of(*line);
      if (!pair) batch.bad.push_back({lines_.position().line, pair.error().message()});
      if (!pair && !skip_bad_) {
        batch.last = true;
        break;
      }
      if (pair) {
        bytes += pair->key.size() + pair->value.size();
        batch.pairs.push_back(*std::move(pair));
      }
    }
    batch.end = lines_.position();
  }
  return batch;
}

Exit run_import(Context& context, const ImportPlan& plan) {
  std::string text;
  Json::Object summary;
  {
    Import import(context, plan);
    import.run();
    summary = import.summary();
    text = import.summary_text();
  }
  if (context.json() || !context.settings().quiet) context.answer(std::move(summary), text);
  return Exit::kOk;
}

}  // namespace tikv::cli

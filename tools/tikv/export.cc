#include "export.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "file.h"
#include "progress.h"
#include "state_file.h"
#include "tsv.h"

namespace tikv::cli {
namespace {

constexpr std::size_t kPage = 1024;

Digest digest_of_file(const std::string& path, std::uint64_t bytes) {
  std::ifstream file(path, std::ios::binary);
  LineReader reader(file);
  Position position;
  position.offset = bytes;
  reader.skip_to(position);
  return reader.position().offset == bytes ? reader.position().digest : Digest{0};
}

/// One export, from the opening of the file to its last page.
class Export {
 public:
  Export(Context& context, const ExportPlan& plan)
      : context_(context),
        plan_(plan),
        left_(plan.range),
        progress_(context.session().err(), stderr_is_terminal() && !context.settings().quiet && plan.file != "-",
                  "export", 0) {}

  void run() {
    key_form_ = context_.settings().key_output.value_or(context_.settings().key_form);
    value_form_ = context_.settings().value_output.value_or(context_.settings().value_form);
    const bool resumed = resume();
    if (plan_.kind == KeyKind::kTxn && timestamp_ == 0)
      timestamp_ = plan_.timestamp != 0 ? plan_.timestamp : context_.wait(context_.client().timestamp());
    if (!resumed) open_fresh();
    if (plan_.kind == KeyKind::kRaw) {
      copy(raw().scan(left_, {.page = kPage}));
    } else {
      copy(context_.client().snapshot(timestamp_).scan(left_, {.page = kPage}));
    }
    if (file_) file_->sync();
    if (!plan_.state.empty()) remove_state(plan_.state);
  }

  Json::Object summary() const {
    return {{"exported", Json::number(keys_)},
            {"bytes", Json::number(bytes_)},
            {"timestamp", timestamp_ == 0 ? Json() : Json::id(timestamp_)}};
  }
  std::string summary_text() const {
    return "exported " + std::to_string(keys_) + " keys" +
           (timestamp_ == 0 ? "" : " as of timestamp " + std::to_string(timestamp_));
  }

 private:
  RawClient raw() const {
    const RawClient raw = context_.client().raw();
    return plan_.column_family.empty() ? raw : raw.with_column_family(plan_.column_family);
  }

  /// What must be the same for an export to go on.
  std::string target() const {
    return "cluster " + std::to_string(context_.client().cluster_id()) +
           (plan_.kind == KeyKind::kRaw ? " raw" : " txn") + " cf '" + plan_.column_family + "' range '" +
           print_bytes(plan_.range.start, Form::kEscaped) + "' '" + print_bytes(plan_.range.end, Form::kEscaped) +
           "' at " + std::to_string(plan_.timestamp) + " forms " + std::to_string(static_cast<int>(key_form_)) + " " +
           std::to_string(static_cast<int>(value_form_));
  }

  /// Whether there is a state to go on from.
  bool resume() {
    if (plan_.state.empty() || plan_.restart) return false;
    const std::optional<State> state = load_state(plan_.state);
    if (!state) return false;
    const std::string other = plan_.state + " is of another export: finish that, or give --restart or another --state";
    if (state->text("target") != target())
      throw Failure(Exit::kUsage, other + " (it is for: " + state->text("target") + "; this is: " + target() + ")");
    bytes_ = state->number("bytes");
    digest_.value = state->number("digest");
    if (digest_of_file(plan_.file, bytes_) != digest_) {
      throw Failure(Exit::kUsage, other + " (the first " + std::to_string(bytes_) + " bytes of " + plan_.file +
                                      " are not those that were exported)");
    }
    keys_ = state->number("keys");
    progress_.go_on(bytes_, keys_);
    timestamp_ = state->number("timestamp");
    left_.start = state->text("next");
    file_ = std::make_unique<File>(plan_.file, O_WRONLY | O_CREAT);
    file_->truncate(bytes_);
    context_.note("going on after " + std::to_string(keys_) + " keys, as " + plan_.state + " says");
    return true;
  }

  void open_fresh() {
    if (plan_.file == "-") return;
    const bool over = plan_.force || plan_.restart;
    if (!over && access(plan_.file.c_str(), F_OK) == 0)
      throw Failure(Exit::kUsage, plan_.file + " is there already: give another name, or --force to write over it");
    // The state first: a run that is killed from here on leaves no file that the next one would not know.
    save(left_.start);
    file_ = std::make_unique<File>(plan_.file, O_WRONLY | O_CREAT | O_TRUNC);
  }

  template <class Scan>
  void copy(Scan scan) {
    while (const auto page = context_.wait(scan.next())) {
      std::string lines;
      for (const KvPair& pair : *page) lines += value_or_fail(print_line(pair, key_form_, value_form_));
      write(lines);
      keys_ += page->size();
      bytes_ += lines.size();
      digest_.add(lines);
      save(next_key(page->back().key));
      progress_.show(bytes_, keys_);
    }
  }

  void write(const std::string& lines) {
    if (file_) {
      file_->write(lines);
    } else if (!context_.out().write(lines.data(), static_cast<std::streamsize>(lines.size()))) {
      throw Failure(Exit::kFile, "the output could not be written");
    }
  }

  void save(std::string next) const {
    if (plan_.state.empty()) return;
    if (file_) file_->sync();
    State state;
    state.set("target", target());
    state.set("bytes", bytes_);
    state.set("digest", digest_.value);
    state.set("keys", keys_);
    state.set("timestamp", timestamp_);
    state.set("next", std::move(next));
    save_state(plan_.state, state);
  }

  Context& context_;
  const ExportPlan& plan_;
  KeyRange left_;
  Progress progress_;
  Form key_form_ = Form::kEscaped;
  Form value_form_ = Form::kEscaped;
  std::unique_ptr<File> file_;  // null: stdout
  std::uint64_t timestamp_ = 0;
  std::uint64_t keys_ = 0;
  std::uint64_t bytes_ = 0;
  Digest digest_;
};

}  // namespace

Exit run_export(Context& context, const ExportPlan& plan) {
  std::string text;
  Json::Object summary;
  {
    Export run(context, plan);
    run.run();
    summary = run.summary();
    text = run.summary_text();
  }
  if (plan.file == "-") {
    context.note(text);
  } else if (context.json() || !context.settings().quiet) {
    context.answer(std::move(summary), text);
  }
  return Exit::kOk;
}

}  // namespace tikv::cli

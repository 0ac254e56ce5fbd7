#include "line_editor.h"

#include <histedit.h>

#include <cstdio>
#include <utility>

#include "completion.h"

namespace tikv::cli {
namespace {

constexpr int kHistorySize = 1000;

}  // namespace

struct LineEditor::Parts {
  std::string prompt;
  std::function<std::vector<std::string>(std::string_view)> complete;
  std::string history_file;
  EditLine* edit = nullptr;
  History* history = nullptr;
  HistEvent event{};

  static Parts& of(EditLine* edit) {
    void* parts = nullptr;
    el_get(edit, EL_CLIENTDATA, &parts);
    return *static_cast<Parts*>(parts);
  }

  static char* show_prompt(EditLine* edit) { return of(edit).prompt.data(); }

  /// The tab key: as far as all words agree, and all words once that is nothing.
  static unsigned char on_tab(EditLine* edit, int) {
    const LineInfo* info = el_line(edit);
    const std::string_view line(info->buffer, static_cast<std::size_t>(info->cursor - info->buffer));
    const std::vector<std::string> words = of(edit).complete(line);
    if (words.empty()) return CC_REFRESH_BEEP;
    std::string more = common_beginning(words).substr(last_word(line).size());
    if (words.size() == 1) more += ' ';
    if (!more.empty()) return el_insertstr(edit, more.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
    std::fputc('\n', stdout);
    for (const std::string& word : words) std::printf("%s  ", word.c_str());
    std::fputc('\n', stdout);
    std::fflush(stdout);
    return CC_REDISPLAY;
  }
};

LineEditor::LineEditor(std::string prompt, std::function<std::vector<std::string>(std::string_view)> complete,
                       std::string history_file)
    : parts_(std::make_unique<Parts>()) {
  Parts& p = *parts_;
  p.prompt = std::move(prompt);
  p.complete = std::move(complete);
  p.history_file = std::move(history_file);
  p.edit = el_init("tikv", stdin, stdout, stderr);
  p.history = history_init();
  history(p.history, &p.event, H_SETSIZE, kHistorySize);
  history(p.history, &p.event, H_SETUNIQUE, 1);
  if (!p.history_file.empty()) history(p.history, &p.event, H_LOAD, p.history_file.c_str());
  el_set(p.edit, EL_CLIENTDATA, &p);
  el_set(p.edit, EL_PROMPT, &Parts::show_prompt);
  el_set(p.edit, EL_EDITOR, "emacs");
  el_set(p.edit, EL_HIST, history, p.history);
  el_set(p.edit, EL_ADDFN, "tikv-complete", "complete a command", &Parts::on_tab);
  el_set(p.edit, EL_BIND, "^I", "tikv-complete", nullptr);
  el_set(p.edit, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  // While a line is edited Ctrl-C is a key that clears it; while a command runs it is a signal, as ever.
  el_set(p.edit, EL_SETTY, "-d", "-isig", nullptr);
  el_set(p.edit, EL_BIND, "^C", "em-kill-line", nullptr);
  el_source(p.edit, nullptr);
}

LineEditor::~LineEditor() {
  history_end(parts_->history);
  el_end(parts_->edit);
}

std::optional<std::string> LineEditor::read() {
  // Before the prompt shows, not after it: a Ctrl-D typed in between would be lost to the terminal's own line editing.
  el_set(parts_->edit, EL_PREP_TERM, 1);
  int length = 0;
  const char* text = el_gets(parts_->edit, &length);
  if (text == nullptr || length <= 0) return std::nullopt;
  std::string line(text, static_cast<std::size_t>(length));
  if (line.find_first_not_of(" \t\r\n") != std::string::npos) {
    history(parts_->history, &parts_->event, H_ENTER, line.c_str());
    if (!parts_->history_file.empty()) history(parts_->history, &parts_->event, H_SAVE, parts_->history_file.c_str());
  }
  if (line.ends_with('\n')) line.pop_back();
  return line;
}

}  // namespace tikv::cli

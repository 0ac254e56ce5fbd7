#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tikv::cli {

/// Lines typed at a terminal: editing, history, completion with the tab key (libedit).
class LineEditor {
 public:
  /// `complete`: the whole words that the line up to the cursor may go on with. `history_file`: read now, written after
  /// each line; empty for none.
  LineEditor(std::string prompt, std::function<std::vector<std::string>(std::string_view)> complete,
             std::string history_file);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// Without its end; `nullopt` at the end of the input (Ctrl-D on an empty line).
  std::optional<std::string> read();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tikv::cli

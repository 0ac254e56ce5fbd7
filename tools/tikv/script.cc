#include "script.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "words.h"

namespace tikv::cli {
namespace {

using Kind = Operation::Kind;

struct Row {
  Kind kind;
  std::string_view name;
  /// k a key, v a value, s and e start and end of a range, n a number; those after | may be left out.
  std::string_view arguments;
  std::string_view help;
};

constexpr std::array kRows = {
    Row{Kind::kGet, "get", "k", "get KEY"},
    Row{Kind::kScan, "scan", "se|n", "scan START END [LIMIT]     '' for no border"},
    Row{Kind::kPut, "put", "kv", "put KEY VALUE"},
    Row{Kind::kInsert, "insert", "kv", "insert KEY VALUE           fails if the key exists"},
    Row{Kind::kDelete, "delete", "k", "delete KEY"},
    Row{Kind::kExpect, "expect", "kv", "expect KEY VALUE           ends the transaction if another value is there"},
    Row{Kind::kExpectAbsent, "expect-absent", "k", "expect-absent KEY"},
    Row{Kind::kExpectExists, "expect-exists", "k", "expect-exists KEY"},
};

std::unexpected<Error> bad(std::size_t line, const std::string& what) {
  return std::unexpected(Error(ErrorKind::kInvalidArgument, "line " + std::to_string(line) + ": " + what));
}

Result<void> take(Operation& operation, char argument, const std::string& word, Form key_form, Form value_form) {
  if (argument == 'n') {
    const char* end = word.data() + word.size();
    const auto parsed = std::from_chars(word.data(), end, operation.limit);
    if (parsed.ec != std::errc() || parsed.ptr != end)
      return std::unexpected(Error(ErrorKind::kInvalidArgument, "'" + word + "' is no number"));
    return {};
  }
  Result<std::string> bytes = parse_bytes(word, argument == 'v' ? value_form : key_form);
  if (!bytes) return std::unexpected(std::move(bytes).error());
  const bool first = argument == 'k' || argument == 's';
  (first ? operation.key : operation.value) = *std::move(bytes);
  return {};
}

}  // namespace

Result<Script> parse_script(std::string_view text, Form key_form, Form value_form) {
  Script script;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    const Result<std::vector<std::string>> words = words_of(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!words) return bad(line, words.error().message());
    if (words->empty()) continue;
    const auto* row = std::ranges::find(kRows, words->front(), &Row::name);
    if (row == kRows.end()) return bad(line, "no operation '" + words->front() + "'");
    std::string arguments(row->arguments);
    const std::size_t needed = std::min(arguments.find('|'), arguments.size());
    std::erase(arguments, '|');
    const std::size_t given = words->size() - 1;
    if (given < needed || given > arguments.size()) return bad(line, "usage: " + std::string(row->help));
    Operation& operation = script.emplace_back();
    operation.kind = row->kind;
    operation.line = line;
    for (std::size_t i = 0; i < given; ++i) {
      auto taken = take(operation, arguments[i], (*words)[i + 1], key_form, value_form);
      if (!taken) return bad(line, taken.error().message());
    }
  }
  return script;
}

std::string_view name_of(Kind kind) noexcept { return std::ranges::find(kRows, kind, &Row::kind)->name; }

std::string script_help() {
  std::string text;
  for (const Row& row : kRows) text += "  " + std::string(row.help) + "\n";
  return text;
}

}  // namespace tikv::cli

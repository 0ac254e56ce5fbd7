#include "tsv.h"

#include <utility>

namespace tikv::cli {
namespace {

std::unexpected<Error> bad(std::string what) {
  return std::unexpected(Error(ErrorKind::kInvalidArgument, std::move(what)));
}

bool breaks_line(std::string_view text) { return text.find_first_of("\t\n") != std::string_view::npos; }

}  // namespace

Result<KvPair> parse_line(std::string_view line, Form key_form, Form value_form) {
  const std::size_t tab = line.find('\t');
  if (tab == std::string_view::npos) return bad("no tab between key and value");
  std::string_view value_text = line.substr(tab + 1);
  if (value_text.find('\t') != std::string_view::npos) return bad("more than one tab (in a value it is \\t)");
  if (value_form != Form::kText && value_text.ends_with('\r')) value_text.remove_suffix(1);
  Result<std::string> key = parse_bytes(line.substr(0, tab), key_form);
  if (!key) return bad("key: " + key.error().message());
  if (key->empty()) return bad("the key is empty");
  Result<std::string> value = parse_bytes(value_text, value_form);
  if (!value) return bad("value: " + value.error().message());
  return KvPair(*std::move(key), *std::move(value));
}

Result<std::string> print_line(const KvPair& pair, Form key_form, Form value_form) {
  std::string key = print_bytes(pair.key, key_form);
  const std::string value = print_bytes(pair.value, value_form);
  if (breaks_line(key) || breaks_line(value)) {
    return bad("key " + print_bytes(pair.key, Form::kEscaped) +
               " or its value has tabs or line ends, which the text form can't hold: use escaped or hex");
  }
  return std::move(key) + '\t' + value + '\n';
}

}  // namespace tikv::cli

#include "arguments.h"

#include "tsv.h"

namespace tikv::cli {

void RangeArguments::describe(CLI::App& app) {
  app.add_option("START", start, "First key; from the first there is if left out or empty");
  app.add_option("END", end, "First key that is not in the range any more; to the last if left out or empty");
  app.add_option("--prefix", prefix, "All keys that begin so, instead of START and END");
}

KeyRange RangeArguments::range(const Context& context) const {
  if (prefix.empty()) return {context.key(start), context.key(end)};
  if (!start.empty() || !end.empty()) throw Failure(Exit::kUsage, "--prefix takes the place of START and END");
  return KeyRange::prefix(context.key(prefix));
}

void ScanArguments::describe(CLI::App& app) {
  range.describe(app);
  app.add_option("--limit", limit, "The most keys; 0 for all")->capture_default_str();
  app.add_flag("--reverse", reverse, "From the end of the range back");
  app.add_flag("--keys-only", keys_only, "Leave the values on the stores");
}

void PairArguments::describe(CLI::App& app) {
  app.add_option("PAIRS", words, "KEY VALUE KEY VALUE ...; if none, KEY<tab>VALUE lines from stdin");
}

std::vector<KvPair> PairArguments::pairs(const Context& context) const {
  std::vector<KvPair> pairs;
  if (words.size() % 2 != 0) throw Failure(Exit::kUsage, "the last key has no value");
  for (std::size_t i = 0; i < words.size(); i += 2) {
    pairs.emplace_back(context.key(words[i]), context.value(words[i + 1]));
  }
  if (!words.empty()) return pairs;
  const Settings& settings = context.settings();
  std::size_t number = 0;
  for (const std::string& line : context.input_lines()) {
    ++number;
    if (line.empty()) continue;
    Result<KvPair> pair = parse_line(line, settings.key_form, settings.value_form);
    if (!pair) throw Failure(Exit::kUsage, "input line " + std::to_string(number) + ": " + pair.error().message());
    pairs.push_back(*std::move(pair));
  }
  return pairs;
}

void KeyArguments::describe(CLI::App& app) {
  app.add_option("KEYS", words, "Keys; if none, one in each line of stdin");
}

std::vector<std::string> KeyArguments::keys(const Context& context) const {
  std::vector<std::string> keys;
  for (const std::string& word : words.empty() ? context.input_lines() : words) {
    if (!words.empty() || !word.empty()) keys.push_back(context.key(word));
  }
  return keys;
}

}  // namespace tikv::cli

#include "answers.h"

namespace tikv::cli {

Json found_json(std::string_view key, const std::optional<std::string>& value) {
  return Json::Object{
      {"key", Json::bytes(key)}, {"found", value.has_value()}, {"value", value ? Json::bytes(*value) : Json()}};
}

Exit answer_value(Context& context, const std::string& key, const std::optional<std::string>& value, bool line_end) {
  if (context.json()) {
    context.out() << found_json(key, value).dump() << '\n';
  } else if (value) {
    context.out() << context.print_value(*value) << (line_end ? "\n" : "");
  } else {
    context.note("not found: " + context.print_key(key));
  }
  return value ? Exit::kOk : Exit::kNotFound;
}

Exit answer_values(Context& context, const std::vector<std::string>& keys,
                   const std::vector<std::optional<std::string>>& values) {
  Records records(context.out(), context.json(), {"KEY", "VALUE"});
  Exit exit = Exit::kOk;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!values[i]) exit = Exit::kNotFound;
    if (values[i] || context.json()) {
      records.add({context.print_key(keys[i]), context.print_value(values[i].value_or(""))},
                  found_json(keys[i], values[i]));
    }
  }
  records.finish();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!values[i] && !context.json()) context.note("not found: " + context.print_key(keys[i]));
  }
  return exit;
}

PairTable::PairTable(Context& context, bool keys_only)
    : context_(context),
      keys_only_(keys_only),
      records_(context.out(), context.json(),
               keys_only ? std::vector<std::string>{"KEY"} : std::vector<std::string>{"KEY", "VALUE"}) {}

void PairTable::add(const KvPair& pair) {
  std::vector<std::string> cells = {context_.print_key(pair.key)};
  Json::Object object = {{"key", Json::bytes(pair.key)}};
  if (!keys_only_) {
    cells.push_back(context_.print_value(pair.value));
    object.emplace_back("value", Json::bytes(pair.value));
  }
  records_.add(std::move(cells), std::move(object));
}

}  // namespace tikv::cli

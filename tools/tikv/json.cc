#include "json.h"

#include "bytes.h"

namespace tikv::cli {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

void add_string(std::string& text, std::string_view value) {
  text += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (byte < ' ' || byte == 0x7F) {
      text += "\\u00";
      text += kDigits[byte >> 4];
      text += kDigits[byte & 15];
    } else {
      text += c;
    }
  }
  text += '"';
}

}  // namespace

Json Json::number(std::uint64_t value) {
  Json json;
  json.value_ = Number{std::to_string(value)};
  return json;
}

Json Json::integer(std::int64_t value) {
  Json json;
  json.value_ = Number{std::to_string(value)};
  return json;
}

Json Json::bytes(std::string_view value) {
  if (is_utf8(value)) return Json(value);
  return Object{{"hex", print_bytes(value, Form::kHex)}};
}

std::string Json::dump() const {
  std::string text;
  dump_to(text);
  return text;
}

void Json::dump_to(std::string& text) const {
  if (const auto* flag = std::get_if<bool>(&value_)) {
    text += *flag ? "true" : "false";
  } else if (const auto* number = std::get_if<Number>(&value_)) {
    text += number->digits;
  } else if (const auto* string = std::get_if<std::string>(&value_)) {
    add_string(text, *string);
  } else if (const auto* array = std::get_if<Array>(&value_)) {
    text += '[';
    for (const Json& element : *array) {
      if (&element != array->data()) text += ',';
      element.dump_to(text);
    }
    text += ']';
  } else if (const auto* object = std::get_if<Object>(&value_)) {
    text += '{';
    for (const auto& [name, member] : *object) {
      if (&name != &object->front().first) text += ',';
      add_string(text, name);
      text += ':';
      member.dump_to(text);
    }
    text += '}';
  } else {
    text += "null";
  }
}

}  // namespace tikv::cli

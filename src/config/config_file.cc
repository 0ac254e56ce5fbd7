#include <tikv/config_file.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "base/quantity.h"
#include "config/config_key.h"
#include "config/settings.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

namespace tikv {
namespace {

using config::Bare;
using config::Kind;
using config::Setting;

/// Far above any real file. Tables within tables are taken apart by recursion, and each level of them costs a dot or a
/// bracket.
constexpr std::size_t kMaxBytes = 64 << 10;
constexpr std::ptrdiff_t kMaxDots = 4096;

/// Of a key, in a message.
constexpr std::size_t kMaxKeyShown = 100;

/// A key for a URL, which sets what `pd-endpoints` sets.
constexpr std::string_view kPath = "path";

/// A number for a setting, or what is wrong with the value.
using Number = std::expected<std::int64_t, std::string>;

std::unexpected<std::string> wrong(std::string_view what) { return std::unexpected(std::string(what)); }

Number duration_of(const Setting& setting, const toml::node& node) {
  using Milliseconds = std::chrono::milliseconds;
  if (const auto* text = node.as_string()) {
    const auto duration = base::parse_duration(text->get());
    if (!duration) return wrong("is no duration: a number and ns, us, ms, s, m or h, as in \"10s\"");
    const auto whole = std::chrono::duration_cast<Milliseconds>(*duration);
    if (whole != *duration) return wrong("is finer than a millisecond");
    return whole.count();
  }
  if (setting.bare == Bare::kNone || !node.is_number()) return wrong("must be a duration, as in \"10s\"");
  const double number = *node.value<double>() * (setting.bare == Bare::kSeconds ? 1000 : 1);
  constexpr double kTooMuch = 1e15;
  if (!(std::abs(number) < kTooMuch)) return wrong("is no duration that this client can measure");
  return std::llround(number);
}

Number bytes_of(const toml::node& node) {
  if (const auto* number = node.as_integer()) return number->get();
  const auto* text = node.as_string();
  if (text == nullptr) return wrong("must be a size, as in 65536 or \"64KiB\"");
  const auto size = base::parse_size(text->get());
  if (!size) return wrong("is no size: a number of bytes and B, KiB, MiB, GiB or TiB, as in \"64KiB\"");
  return *size;
}

Number choice_of(const Setting& setting, const toml::node& node) {
  const auto* text = node.as_string();
  const auto at = text == nullptr ? setting.choices.end() : std::ranges::find(setting.choices, text->get());
  if (at != setting.choices.end()) return at - setting.choices.begin();
  std::string what = "must be one of";
  for (const std::string_view choice : setting.choices) what += (" \"" + std::string(choice)) + '"';
  return wrong(what);
}

Number number_of(const Setting& setting, const toml::node& node) {
  switch (setting.kind) {
    case Kind::kDuration:
      return duration_of(setting, node);
    case Kind::kBytes:
      return bytes_of(node);
    case Kind::kCount:
      if (const auto* number = node.as_integer()) return number->get();
      return wrong("must be a whole number");
    case Kind::kSwitch:
      if (const auto* value = node.as_boolean()) return value->get() ? 1 : 0;
      return wrong("must be true or false");
    case Kind::kChoice:
      return choice_of(setting, node);
    case Kind::kText:
    case Kind::kTexts:
      break;
  }
  return wrong("has no number");
}

/// Line and column, from 1.
using Place = std::pair<std::size_t, std::size_t>;

Place place_of(const toml::source_region& region) { return {region.begin.line, region.begin.column}; }

std::string place_text(std::string_view file, Place place) {
  return std::string(file) + ':' + std::to_string(place.first) + ':' + std::to_string(place.second) + ": ";
}

/// Puts a document's values into options, and collects all that is wrong with them.
class Reader {
 public:
  explicit Reader(ClientOptions options) : options_(std::move(options)) {}

  void read(const toml::table& document) {
    has_endpoints_ = document.contains("pd-endpoints");
    read_table(document, std::string());
  }

  Result<ClientOptions> finish(std::string_view file) {
    if (problems_.empty()) return std::move(options_);
    std::ranges::sort(problems_, [](const Problem& a, const Problem& b) { return a.place < b.place; });
    std::string message;
    for (std::size_t i = 0; i < problems_.size() && i < kMaxConfigErrors; ++i) {
      const auto& [place, text] = problems_[i];
      if (i > 0) message += "; ";
      message += place_text(file, place) + text;
    }
    if (problems_.size() > kMaxConfigErrors) {
      message += "; and " + std::to_string(problems_.size() - kMaxConfigErrors) + " more";
    }
    return std::unexpected(Error(ErrorKind::kInvalidArgument, std::move(message)));
  }

 private:
  struct Problem {
    Place place;
    std::string text;
  };

  void complain(const toml::source_region& where, std::string_view key, std::string_view what) {
    std::string text(key.substr(0, kMaxKeyShown));
    if (key.size() > kMaxKeyShown) text += "...";
    text += ' ';
    text += what;
    problems_.push_back({place_of(where), std::move(text)});
  }

  void read_table(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      const Setting* setting = config::find_setting(name);
      if (name == kPath) {
        read_path(node);
      } else if (setting != nullptr) {
        read_setting(*setting, node);
      } else if (node.is_table() && config::is_table(name)) {
        read_table(*node.as_table(), name + '.');
      } else {
        complain(key.source(), name, config::unknown_key(name));
      }
    }
  }

  void read_setting(const Setting& setting, const toml::node& node) {
    if (setting.kind == Kind::kText) return read_text(setting, node);
    if (setting.kind == Kind::kTexts) return read_texts(setting, node);
    const Number number = number_of(setting, node);
    if (!number) return complain(node.source(), setting.key, number.error());
    if (const auto bad = config::out_of_limits(setting, *number)) return complain(node.source(), setting.key, *bad);
    setting.access.set(options_, *number);
  }

  void read_text(const Setting& setting, const toml::node& node) {
    const auto* text = node.as_string();
    if (text == nullptr) return complain(node.source(), setting.key, "must be a text");
    if (setting.check != nullptr) {
      if (const auto bad = setting.check(text->get())) return complain(node.source(), setting.key, *bad);
    }
    setting.access.text(options_) = text->get();
  }

  void read_texts(const Setting& setting, const toml::node& node) {
    const auto* list = node.as_array();
    if (list == nullptr) return complain(node.source(), setting.key, "must be a list of texts");
    std::vector<std::string> texts;
    for (const toml::node& element : *list) {
      const auto* text = element.as_string();
      if (text == nullptr) return complain(element.source(), setting.key, "must be a list of texts");
      if (setting.check != nullptr) {
        if (const auto bad = setting.check(text->get())) return complain(element.source(), setting.key, *bad);
      }
      texts.push_back(text->get());
    }
    setting.access.texts(options_) = std::move(texts);
  }

  void read_path(const toml::node& node) {
    const auto* text = node.as_string();
    if (text == nullptr) return complain(node.source(), kPath, "must be a text");
    if (has_endpoints_) return complain(node.source(), kPath, "says the same as pd-endpoints");
    auto endpoints = parse_path(text->get());
    if (!endpoints) return complain(node.source(), kPath, endpoints.error().message());
    options_.pd_endpoints = std::move(*endpoints);
  }

  ClientOptions options_;
  bool has_endpoints_ = false;
  std::vector<Problem> problems_;
};

std::unexpected<Error> invalid(std::string message) {
  return std::unexpected(Error(ErrorKind::kInvalidArgument, std::move(message)));
}

}  // namespace

Result<ClientOptions> parse_options(std::string_view text, ClientOptions defaults, std::string_view name) {
  if (text.size() > kMaxBytes) {
    return invalid(std::string(name) + " is longer than " + base::size_text(kMaxBytes) + ": that is no configuration");
  }
  if (std::ranges::count(text, '.') > kMaxDots) {
    return invalid(std::string(name) + " has more than " + std::to_string(kMaxDots) +
                   " dots: that is no configuration");
  }
  const toml::parse_result parsed = toml::parse(text, name);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return invalid(place_text(name, place_of(error.source())) + std::string(error.description()));
  }
  Reader reader(std::move(defaults));
  reader.read(parsed.table());
  return reader.finish(name);
}

Result<ClientOptions> load_options(const std::string& path, ClientOptions defaults) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.eof() && !file.good()) return invalid(path + " can't be read: " + std::generic_category().message(errno));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return parse_options(text, std::move(defaults), path);
}

}  // namespace tikv

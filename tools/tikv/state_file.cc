#include "state_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

#include "bytes.h"
#include "exit_code.h"
#include "file.h"
#include "line_reader.h"

namespace tikv::cli {
namespace {

constexpr std::string_view kTitle = "tikv-state 1\n";
constexpr std::string_view kSum = "sum ";
const std::string kNone;

std::string sum_of(std::string_view text) {
  Digest digest;
  digest.add(text);
  return std::to_string(digest.value);
}

std::unexpected<Error> no_state() {
  return std::unexpected(Error(ErrorKind::kInvalidArgument, "it is no state of an import or export, or is damaged"));
}

}  // namespace

void State::set(std::string_view name, std::string value) {
  const auto field = std::ranges::find(fields_, name, &std::pair<std::string, std::string>::first);
  if (field == fields_.end()) {
    fields_.emplace_back(name, std::move(value));
  } else {
    field->second = std::move(value);
  }
}

const std::string& State::text(std::string_view name) const noexcept {
  const auto field = std::ranges::find(fields_, name, &std::pair<std::string, std::string>::first);
  return field == fields_.end() ? kNone : field->second;
}

std::uint64_t State::number(std::string_view name) const noexcept {
  const std::string& digits = text(name);
  std::uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value);
  return parsed.ec == std::errc() && parsed.ptr == end ? value : 0;
}

std::string State::print() const {
  std::string text(kTitle);
  for (const auto& [name, value] : fields_) text += name + " " + print_bytes(value, Form::kEscaped) + "\n";
  return text + std::string(kSum) + sum_of(text) + "\n";
}

Result<State> State::parse(std::string_view text) {
  const std::size_t sum = text.rfind(kSum);
  if (!text.starts_with(kTitle) || sum == std::string_view::npos) return no_state();
  if (text.substr(sum) != std::string(kSum) + sum_of(text.substr(0, sum)) + "\n") return no_state();
  State state;
  std::string_view fields = text.substr(kTitle.size(), sum - kTitle.size());
  while (!fields.empty()) {
    const std::string_view line = fields.substr(0, fields.find('\n'));
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) return no_state();
    auto value = parse_bytes(line.substr(blank + 1), Form::kEscaped);
    if (!value) return no_state();
    state.set(line.substr(0, blank), *std::move(value));
    fields.remove_prefix(std::min(line.size() + 1, fields.size()));
  }
  return state;
}

std::optional<State> load_state(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) {
    if (errno == ENOENT) return std::nullopt;
    throw Failure(Exit::kFile, "can't read " + path + ": " + std::strerror(errno));
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  auto state = State::parse(text);
  if (!state) throw Failure(Exit::kFile, path + ": " + state.error().message());
  return *std::move(state);
}

void save_state(const std::string& path, const State& state) {
  const std::string fresh = path + ".new";
  {
    File file(fresh, O_WRONLY | O_CREAT | O_TRUNC);
    file.write(state.print());
    file.sync();
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0)
    throw Failure(Exit::kFile, "can't replace " + path + ": " + std::strerror(errno));
  const std::size_t slash = path.rfind('/');
  File(slash == std::string::npos ? "." : path.substr(0, slash + 1), O_RDONLY | O_DIRECTORY).sync();
}

void remove_state(const std::string& path) { unlink(path.c_str()); }

}  // namespace tikv::cli

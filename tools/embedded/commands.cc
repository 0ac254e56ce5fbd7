#include "commands.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>

namespace tikv::embedded {

using testing::Cluster;
using testing::FaultKind;
using testing::KeyForm;
using Words = std::span<const std::string>;

namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kDigits = "0123456789abcdef";

std::string answer(const Result<void>& result) { return result ? "ok" : "error: " + result.error().message(); }

std::uint64_t number(const std::string& word) {
  std::uint64_t value = 0;
  std::from_chars(word.data(), word.data() + word.size(), value);
  return value;
}

bool is_number(const std::string& word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string printable(std::string_view key) {
  std::string text;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte < 0x7f && c != '\\') {
      text += c;
    } else {
      text += "\\x";
      text += kDigits[byte >> 4];
      text += kDigits[byte & 15];
    }
  }
  return text;
}

std::string stores(Cluster& cluster, Words) {
  std::string text;
  for (const auto& store : cluster.stores()) {
    if (!text.empty()) text += ' ';
    text += std::to_string(store.id) + "=" + store.address + (store.alive ? "" : "(down)");
  }
  return text;
}

std::string regions(Cluster& cluster, Words) {
  std::string text;
  for (const auto& region : cluster.regions()) {
    if (!text.empty()) text += ' ';
    text += std::to_string(region.id) + "=[" + printable(region.start_key) + "," + printable(region.end_key) + ")@" +
            std::to_string(region.leader_store);
  }
  return text;
}

struct NamedKind {
  std::string_view name;
  FaultKind kind;
};
constexpr std::array kKinds = {
    NamedKind{"drop-request", FaultKind::kDropRequest},   NamedKind{"drop-reply", FaultKind::kDropReply},
    NamedKind{"delay-request", FaultKind::kDelayRequest}, NamedKind{"delay-reply", FaultKind::kDelayReply},
    NamedKind{"duplicate", FaultKind::kDuplicate},        NamedKind{"server-busy", FaultKind::kRegionError},
    NamedKind{"unavailable", FaultKind::kStatus},         NamedKind{"break-before", FaultKind::kBreakBefore},
    NamedKind{"break-after", FaultKind::kBreakAfter},
};

/// METHOD KIND TIMES MILLISECONDS
std::string fault(Cluster& cluster, Words words) {
  const auto kind =
      std::find_if(kKinds.begin(), kKinds.end(), [&words](const NamedKind& one) { return one.name == words[1]; });
  if (kind == kKinds.end()) return "error: no such kind of fault";
  const auto delay = std::chrono::milliseconds(number(words[3]));
  const std::string method = words[0] == "*" ? std::string() : words[0];
  cluster.inject({.method = method, .kind = kind->kind, .times = number(words[2]), .delay = delay});
  return "ok";
}

/// What the words of a command must be: k a key, n a number, w any word.
struct Command {
  std::string_view name;
  std::string_view arguments;
  std::string_view help;
  std::string (*run)(Cluster&, Words);
};

constexpr std::array kCommands = {
    Command{"split", "k", "split KEY: a region starts at the transactional key",
            [](Cluster& c, Words w) { return answer(c.split(w[0])); }},
    Command{"split-raw", "k", "split-raw KEY: a region starts at the raw key",
            [](Cluster& c, Words w) { return answer(c.split(w[0], KeyForm::kRaw)); }},
    Command{"merge", "k", "merge KEY: the region of KEY takes in the next one",
            [](Cluster& c, Words w) { return answer(c.merge(w[0])); }},
    Command{"move-leader", "kn", "move-leader KEY STORE",
            [](Cluster& c, Words w) { return answer(c.move_leader(w[0], number(w[1]))); }},
    Command{"add-peer", "kn", "add-peer KEY STORE",
            [](Cluster& c, Words w) { return answer(c.add_peer(w[0], number(w[1]))); }},
    Command{"remove-peer", "kn", "remove-peer KEY STORE",
            [](Cluster& c, Words w) { return answer(c.remove_peer(w[0], number(w[1]))); }},
    Command{"kill", "n", "kill STORE: ends its server",
            [](Cluster& c, Words w) { return answer(c.kill(number(w[0]))); }},
    Command{"restart", "n", "restart STORE: on the same address",
            [](Cluster& c, Words w) { return answer(c.restart(number(w[0]))); }},
    Command{"isolate", "n", "isolate STORE: cut off from the other stores",
            [](Cluster& c, Words w) { return answer(c.isolate(number(w[0]))); }},
    Command{"heal", "n", "heal STORE: ends isolate", [](Cluster& c, Words w) { return answer(c.heal(number(w[0]))); }},
    Command{"freeze", "n", "freeze STORE: takes requests, answers nothing",
            [](Cluster& c, Words w) { return answer(c.freeze(number(w[0]))); }},
    Command{"thaw", "n", "thaw STORE: ends freeze", [](Cluster& c, Words w) { return answer(c.thaw(number(w[0]))); }},
    Command{"kill-pd", "n", "kill-pd MEMBER", [](Cluster& c, Words w) { return answer(c.kill_pd(number(w[0]))); }},
    Command{"restart-pd", "n", "restart-pd MEMBER",
            [](Cluster& c, Words w) { return answer(c.restart_pd(number(w[0]))); }},
    Command{"move-pd-leader", "n", "move-pd-leader MEMBER",
            [](Cluster& c, Words w) { return answer(c.move_pd_leader(number(w[0]))); }},
    Command{"stores", "", "stores: ID=ADDRESS ...", stores},
    Command{"regions", "", "regions: ID=[START,END)@LEADER ...", regions},
    Command{"requests", "w", "requests METHOD: how many have come, as in KvGet",
            [](Cluster& c, Words w) { return std::to_string(c.requests(w[0])); }},
    Command{"drop-reply", "w", "drop-reply METHOD: the next one is carried out and its answer lost",
            [](Cluster& c, Words w) {
              c.drop_next_reply(w[0]);
              return std::string("ok");
            }},
    Command{"fault", "wwnn",
            "fault METHOD|* KIND TIMES MS: KIND is drop-request, drop-reply, delay-request, delay-reply, duplicate, "
            "server-busy, unavailable, break-before or break-after; 0 TIMES for ever",
            fault},
    Command{"clear-faults", "", "clear-faults",
            [](Cluster& c, Words) {
              c.clear_faults();
              return std::string("ok");
            }},
};

bool fits(const Command& command, Words words) {
  if (words.size() != command.arguments.size()) return false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (command.arguments[i] == 'n' && !is_number(words[i])) return false;
  }
  return true;
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

std::string unescape(std::string_view word) {
  std::string bytes;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word.substr(i).starts_with("\\x") && i + 3 < word.size()) {
      const auto high = hex_digit(word[i + 2]);
      const auto low = hex_digit(word[i + 3]);
      if (high && low) {
        bytes += static_cast<char>(*high * 16 + *low);
        i += 3;
        continue;
      }
    }
    bytes += word[i];
  }
  return bytes;
}

}  // namespace

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (;;) {
    const std::size_t start = line.find_first_not_of(kSpace);
    if (start == std::string_view::npos) return words;
    line.remove_prefix(start);
    const std::size_t length = std::min(line.find_first_of(kSpace), line.size());
    words.push_back(unescape(line.substr(0, length)));
    line.remove_prefix(length);
  }
}

std::string run_command(Cluster& cluster, std::string_view line) {
  const std::vector<std::string> words = words_of(line);
  if (words.empty()) return {};
  const auto command = std::find_if(kCommands.begin(), kCommands.end(),
                                    [&words](const Command& one) { return one.name == words.front(); });
  if (command == kCommands.end()) return "error: no command " + words.front();
  const Words arguments = Words(words).subspan(1);
  if (!fits(*command, arguments)) return "error: usage: " + std::string(command->help);
  return command->run(cluster, arguments);
}

std::string command_help() {
  std::string text;
  for (const Command& command : kCommands) text += "  " + std::string(command.help) + "\n";
  return text + "  quit\n";
}

}  // namespace tikv::embedded

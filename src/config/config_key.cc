#include "config/config_key.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "config/settings.h"

namespace tikv::config {
namespace {

struct WithoutEffect {
  std::string_view key;  ///< A table's name stands for all in it.
  std::string_view why;
};

/// Keys that client-go has and this client has not. docs/parity/config.tsv tells more.
constexpr WithoutEffect kWithoutEffect[] = {
    {"tikv-client.grpc-shared-buffer-pool", "buffers are reused without it"},
    {"tikv-client.commit-timeout", "client-go does not read it either; deadlines are set for each call"},
    {"tikv-client.async-commit", "this version has no asynchronous commit"},
    {"tikv-client.batch-policy", "requests never wait for others to join their batch"},
    {"tikv-client.overload-threshold", "requests never wait for others to join their batch"},
    {"tikv-client.max-batch-wait-time", "requests never wait for others to join their batch"},
    {"tikv-client.batch-wait-size", "requests never wait for others to join their batch"},
    {"tikv-client.enable-chunk-rpc", "coprocessor requests are the program's own"},
    {"tikv-client.copr-cache", "coprocessor requests are the program's own"},
    {"tikv-client.copr-req-timeout", "coprocessor requests are the program's own"},
    {"tikv-client.ttl-refreshed-txn-size", "the locks of every commit are kept alive, whatever its size"},
    {"tikv-client.enable-replica-selector-v2", "it is deprecated"},
    {"tikv-client.ru-v2", "this version has no resource control"},
    {"pessimistic-txn", "this version has no pessimistic transactions"},
    {"txn-local-latches", "conflicts show when committing, and transact() runs the transaction again"},
    {"stores-refresh-interval", "a store is looked up again when a request to it fails"},
    {"open-tracing-enable", "a tracer is given to the client in code"},
    {"enable-forwarding", "this version does not forward requests"},
    {"txn-scope", "PD has no local timestamps any more"},
    {"enable-async-commit", "this version has no asynchronous commit"},
    {"enable-1pc", "this version has no one-phase commit"},
    {"enable-async-batch-get", "every call is asynchronous"},
    {"zone-label", "this version reads from leaders"},
};

/// Lower case letters and digits: "GrpcKeepAliveTime" is "grpc-keepalive-time" to people.
std::string essence(std::string_view key) {
  std::string text;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) text += static_cast<char>(std::tolower(byte));
  }
  return text;
}

/// How many letters have to be put in, taken out or replaced.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t corner = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, corner + (a[i] == b[j] ? 0U : 1U)});
      corner = above;
    }
  }
  return row.back();
}

std::string_view last_part(std::string_view key) { return key.substr(key.rfind('.') + 1); }
std::string_view table_of(std::string_view key) { return key.substr(0, std::min(key.rfind('.'), key.size())); }

/// Takes candidates, keeps the nearest.
class Nearest {
 public:
  explicit Nearest(std::string_view key) : whole_(essence(key)), last_(essence(last_part(key))) {}

  void offer(std::string_view candidate) {
    // The right name in the wrong table, or the whole with a slip.
    const std::size_t by_name = distance(last_, essence(last_part(candidate))) + 1;
    consider(candidate, std::min(by_name, distance(whole_, essence(candidate))));
  }
  std::optional<std::string_view> found() const {
    // Two slips, but not in a name so short that they make it another.
    const std::size_t near_enough = std::max(std::min<std::size_t>(2, last_.size() / 3), last_.size() / 5);
    if (best_.empty() || best_distance_ > near_enough) return std::nullopt;
    return best_;
  }

 private:
  void consider(std::string_view candidate, std::size_t far) {
    if (!best_.empty() && far >= best_distance_) return;
    best_ = candidate;
    best_distance_ = far;
  }

  std::string whole_;
  std::string last_;
  std::string_view best_;
  std::size_t best_distance_ = 0;
};

/// A key that is longer than any there is need not be compared with them.
constexpr std::size_t kLongestWorthwhile = 100;

}  // namespace

bool is_table(std::string_view table) {
  return std::ranges::any_of(settings(), [table](const Setting& setting) {
    return setting.key.size() > table.size() && setting.key.starts_with(table) && setting.key[table.size()] == '.';
  });
}

std::string unknown_key(std::string_view key) {
  for (const WithoutEffect& row : kWithoutEffect) {
    if (key == row.key) return "has no effect in this client: " + std::string(row.why);
  }
  std::string text = "is not known";
  if (key.size() > kLongestWorthwhile) return text;
  Nearest nearest(key);
  for (const Setting& setting : settings()) {
    nearest.offer(setting.key);
    if (setting.key.contains('.')) nearest.offer(table_of(setting.key));
  }
  if (const auto meant = nearest.found()) text += "; did you mean " + std::string(*meant) + '?';
  return text;
}

}  // namespace tikv::config

#include "config/settings.h"

#include <algorithm>
#include <concepts>
#include <limits>

#include "base/quantity.h"
#include "config/validate_options.h"

namespace tikv::config {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kHour = 3600 * kSecond;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kKiB = 1 << 10;
constexpr std::int64_t kMiB = 1 << 20;
/// protobuf's limit of a message, HTTP/2's of a window.
constexpr std::int64_t kInt32 = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kInt64 = std::numeric_limits<std::int64_t>::max();

constexpr std::string_view kRedactions[] = {"off", "on", "marker"};
constexpr std::string_view kCompressions[] = {"none", "gzip"};

std::int64_t number_of(milliseconds value) { return value.count(); }
std::int64_t number_of(std::size_t value) {
  return static_cast<std::int64_t>(std::min<std::size_t>(value, static_cast<std::size_t>(kInt64)));
}
std::int64_t number_of(bool value) { return value ? 1 : 0; }
std::int64_t number_of(Redaction value) { return static_cast<std::int64_t>(value); }
std::int64_t number_of(Compression value) { return static_cast<std::int64_t>(value); }
void assign(milliseconds& to, std::int64_t number) { to = milliseconds(number); }
void assign(std::size_t& to, std::int64_t number) { to = static_cast<std::size_t>(number); }
void assign(bool& to, std::int64_t number) { to = number != 0; }
void assign(Redaction& to, std::int64_t number) { to = static_cast<Redaction>(number); }
void assign(Compression& to, std::int64_t number) { to = static_cast<Compression>(number); }

template <auto Member>
constexpr Access in_options() {
  return {.get = [](const ClientOptions& o) { return number_of(o.*Member); },
          .set = [](ClientOptions& o, std::int64_t number) { assign(o.*Member, number); }};
}
template <auto Group, auto Member>
constexpr Access in_group() {
  return {.get = [](const ClientOptions& o) { return number_of(o.*Group.*Member); },
          .set = [](ClientOptions& o, std::int64_t number) { assign(o.*Group.*Member, number); }};
}
template <auto Member>
constexpr Access network() {
  return in_group<&ClientOptions::network, Member>();
}
template <auto Member>
constexpr Access regions() {
  return in_group<&ClientOptions::regions, Member>();
}
template <auto Member>
constexpr Access retry() {
  return in_group<&ClientOptions::retry, Member>();
}
template <auto Member>
constexpr Access commit() {
  return in_group<&ClientOptions::commit, Member>();
}
template <auto Member>
constexpr Access raw() {
  return in_group<&ClientOptions::raw, Member>();
}
template <auto Member>
constexpr Access transaction() {
  return in_group<&ClientOptions::transaction, Member>();
}

template <auto Member>
constexpr Access tls_text() {
  return {.text = [](ClientOptions& o) -> std::string& { return o.tls.*Member; }};
}
constexpr Access kVerifyCn{.texts = [](ClientOptions& o) -> std::vector<std::string>& { return o.tls.verify_cn; }};
constexpr Access kEndpoints{.texts = [](ClientOptions& o) -> std::vector<std::string>& { return o.pd_endpoints; }};

// clang-format off
constexpr Setting kSettings[] = {
    {"pd_endpoints", "pd-endpoints", Kind::kTexts, 0, 0, kEndpoints, Bare::kNone, {}, &bad_endpoint},
    {"default_timeout", "default-timeout", Kind::kDuration, 0, kDay, in_options<&ClientOptions::default_timeout>()},
    {"close_timeout", "close-timeout", Kind::kDuration, 0, kHour, in_options<&ClientOptions::close_timeout>()},
    {"slow_request_threshold", "slow-request-threshold", Kind::kDuration, 0, kDay,
     in_options<&ClientOptions::slow_request_threshold>()},
    {"redaction", "redaction", Kind::kChoice, 0, 2, in_options<&ClientOptions::redaction>(), Bare::kNone, kRedactions},

    {"shards", "tikv-client.grpc-connection-count", Kind::kCount, 1, 64, in_options<&ClientOptions::shards>()},
    {"network.connect_timeout", "tikv-client.connect-timeout", Kind::kDuration, 1, kHour,
     network<&NetworkOptions::connect_timeout>()},
    {"network.keepalive_interval", "tikv-client.grpc-keepalive-time", Kind::kDuration, 1, kDay,
     network<&NetworkOptions::keepalive_interval>(), Bare::kSeconds},
    {"network.keepalive_timeout", "tikv-client.grpc-keepalive-timeout", Kind::kDuration, 50, kHour,
     network<&NetworkOptions::keepalive_timeout>(), Bare::kSeconds},
    {"network.stream_window_bytes", "tikv-client.grpc-initial-window-size", Kind::kBytes, 64 * kKiB, kInt32,
     network<&NetworkOptions::stream_window_bytes>()},
    {"network.connection_window_bytes", "tikv-client.grpc-initial-conn-window-size", Kind::kBytes, 64 * kKiB, kInt32,
     network<&NetworkOptions::connection_window_bytes>()},
    {"network.max_send_bytes", "tikv-client.max-send-size", Kind::kBytes, kMiB, kInt32,
     network<&NetworkOptions::max_send_bytes>()},
    {"network.max_receive_bytes", "tikv-client.max-receive-size", Kind::kBytes, kMiB, kInt32,
     network<&NetworkOptions::max_receive_bytes>()},
    {"network.max_batch_requests", "tikv-client.max-batch-size", Kind::kCount, 0, 65536,
     network<&NetworkOptions::max_batch_requests>()},
    {"network.max_requests_in_flight", "tikv-client.max-concurrency-request-limit", Kind::kCount, 0, kInt64,
     network<&NetworkOptions::max_requests_in_flight>()},
    {"network.compression", "tikv-client.grpc-compression-type", Kind::kChoice, 0, 1,
     network<&NetworkOptions::compression>(), Bare::kNone, kCompressions},
    {"stores.check_timeout", "tikv-client.store-liveness-timeout", Kind::kDuration, 1, kHour,
     in_group<&ClientOptions::stores, &StoreOptions::check_timeout>()},
    {"stores.max_requests", "tikv-client.store-limit", Kind::kCount, 0, kInt64,
     in_group<&ClientOptions::stores, &StoreOptions::max_requests>()},
    {"regions.ttl", "tikv-client.region-cache-ttl", Kind::kDuration, kSecond, 30 * kDay,
     regions<&RegionOptions::ttl>(), Bare::kSeconds},
    {"regions.ttl_jitter", "tikv-client.region-cache-ttl-jitter", Kind::kDuration, 0, kDay,
     regions<&RegionOptions::ttl_jitter>(), Bare::kSeconds},
    {"regions.preload", "enable-preload", Kind::kSwitch, 0, 1, regions<&RegionOptions::preload>()},
    {"regions.refresh_interval", "regions-refresh-interval", Kind::kDuration, 0, kDay,
     regions<&RegionOptions::refresh_interval>(), Bare::kSeconds},

    {"pd.request_timeout", "pd-client.pd-server-timeout", Kind::kDuration, 1, kHour,
     in_group<&ClientOptions::pd, &PdOptions::request_timeout>(), Bare::kSeconds},

    {"tls.ca_path", "security.cluster-ssl-ca", Kind::kText, 0, 0, tls_text<&TlsOptions::ca_path>()},
    {"tls.cert_path", "security.cluster-ssl-cert", Kind::kText, 0, 0, tls_text<&TlsOptions::cert_path>()},
    {"tls.key_path", "security.cluster-ssl-key", Kind::kText, 0, 0, tls_text<&TlsOptions::key_path>()},
    {"tls.verify_cn", "security.cluster-verify-cn", Kind::kTexts, 0, 0, kVerifyCn},

    {"retry.raw_budget", "retry.raw-max-backoff", Kind::kDuration, 0, kDay, retry<&RetryOptions::raw_budget>()},
    {"retry.read_budget", "retry.read-max-backoff", Kind::kDuration, 0, kDay, retry<&RetryOptions::read_budget>()},
    {"retry.prewrite_budget", "retry.prewrite-max-backoff", Kind::kDuration, 0, kDay,
     retry<&RetryOptions::prewrite_budget>()},
    {"retry.commit_budget", "retry.commit-max-backoff", Kind::kDuration, 0, kDay,
     retry<&RetryOptions::commit_budget>()},
    {"retry.lock_pause", "retry.backoff-lock-fast", Kind::kDuration, 1, 3 * kSecond,
     retry<&RetryOptions::lock_pause>()},

    {"raw.max_key_bytes", "raw.max-key-size", Kind::kBytes, 1, kInt32, raw<&RawLimits::max_key_bytes>()},
    {"raw.max_entry_bytes", "raw.max-entry-size", Kind::kBytes, 1, kInt32, raw<&RawLimits::max_entry_bytes>()},
    {"raw.batch_bytes", "raw.batch-size", Kind::kBytes, 1, kInt32, raw<&RawLimits::batch_bytes>()},
    {"raw.batch_keys", "raw.batch-keys", Kind::kCount, 1, kInt32, raw<&RawLimits::batch_keys>()},
    {"raw.concurrency", "raw.concurrency", Kind::kCount, 1, 1024, raw<&RawLimits::concurrency>()},

    {"transaction.max_key_bytes", "transaction.max-key-size", Kind::kBytes, 1, kInt32,
     transaction<&TransactionLimits::max_key_bytes>()},
    {"transaction.max_entry_bytes", "transaction.max-entry-size", Kind::kBytes, 1, kInt32,
     transaction<&TransactionLimits::max_entry_bytes>()},
    {"transaction.max_total_bytes", "transaction.max-total-size", Kind::kBytes, 1, kInt64,
     transaction<&TransactionLimits::max_total_bytes>()},
    {"commit.batch_bytes", "transaction.commit-batch-size", Kind::kBytes, 1, 8 * kMiB,
     commit<&CommitOptions::batch_bytes>()},
    {"commit.concurrency", "committer-concurrency", Kind::kCount, 1, 65536, commit<&CommitOptions::concurrency>()},
    {"commit.lock_ttl", "transaction.managed-lock-ttl", Kind::kDuration, 3 * kSecond, kHour,
     commit<&CommitOptions::lock_ttl>()},
    {"commit.max_lifetime", "max-txn-ttl", Kind::kDuration, kSecond, kDay, commit<&CommitOptions::max_lifetime>(),
     Bare::kMilliseconds},
    {"commit.resolve_by_keys_below", "tikv-client.resolve-lock-lite-threshold", Kind::kCount, 0, kInt32,
     commit<&CommitOptions::resolve_by_keys_below>()},
};
// clang-format on

}  // namespace

std::span<const Setting> settings() noexcept { return kSettings; }

const Setting* find_setting(std::string_view key) noexcept {
  const auto at = std::ranges::find(kSettings, key, &Setting::key);
  return at == std::end(kSettings) ? nullptr : at;
}

std::string value_text(const Setting& setting, std::int64_t number) {
  switch (setting.kind) {
    case Kind::kDuration:
      return base::duration_text(milliseconds(number));
    case Kind::kBytes:
      return base::size_text(number);
    case Kind::kSwitch:
      return number == 0 ? "false" : "true";
    case Kind::kChoice: {
      const auto index = static_cast<std::size_t>(number);
      return index < setting.choices.size() ? '"' + std::string(setting.choices[index]) + '"' : "unknown";
    }
    default:
      return std::to_string(number);
  }
}

std::optional<std::string> out_of_limits(const Setting& setting, std::int64_t number) {
  if (setting.access.get == nullptr || (number >= setting.least && number <= setting.most)) return std::nullopt;
  std::string text = "is " + value_text(setting, number) + ", it must be ";
  if (setting.most == kInt64) return text + "at least " + value_text(setting, setting.least);
  return text + value_text(setting, setting.least) + " to " + value_text(setting, setting.most);
}

}  // namespace tikv::config

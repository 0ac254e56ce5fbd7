#include <gtest/gtest.h>
#include <tikv/config_file.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include "config/settings.h"

namespace tikv {
namespace {

using namespace std::chrono_literals;
using config::Bare;
using config::Kind;
using config::Setting;

std::string message_of(std::string_view text) {
  const Result<ClientOptions> options = parse_options(text, {}, "a.toml");
  if (options) return "no error";
  EXPECT_EQ(options.error().kind(), ErrorKind::kInvalidArgument);
  return options.error().message();
}

/// A document that gives one key one value.
std::string document(std::string_view key, std::string_view value) {
  const std::size_t dot = key.rfind('.');
  std::string text;
  if (dot != std::string_view::npos) text = '[' + std::string(key.substr(0, dot)) + "]\n";
  return text + std::string(key.substr(dot + 1)) + " = " + std::string(value) + '\n';
}

/// `number` as a value in a file.
std::string value(const Setting& setting, std::int64_t number) {
  std::string text = config::value_text(setting, number);
  const bool quoted = setting.kind == Kind::kDuration || setting.kind == Kind::kBytes;
  return quoted ? '"' + text + '"' : text;
}

TEST(ConfigFile, AnEmptyOneLeavesTheDefaults) {
  ClientOptions defaults;
  defaults.pd_endpoints = {"pd:2379"};
  defaults.close_timeout = 7ms;
  const auto options = parse_options("# nothing\n", defaults);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->pd_endpoints, defaults.pd_endpoints);
  EXPECT_EQ(options->close_timeout, 7ms);
}

TEST(ConfigFile, ReadsWhatTiDBsFileHas) {
  const auto options = parse_options(R"(
path = "tikv://10.0.0.1:2379,[::1]:2379?disableGC=true"
[tikv-client]
grpc-connection-count = 4
grpc-keepalive-time = 20
grpc-keepalive-timeout = 0.5
grpc-initial-window-size = 134217728
max-batch-size = 64
store-liveness-timeout = "2s"
region-cache-ttl = 300
[pd-client]
pd-server-timeout = 5
)");
  ASSERT_TRUE(options) << options.error().message();
  EXPECT_EQ(options->pd_endpoints, (std::vector<std::string>{"10.0.0.1:2379", "[::1]:2379"}));
  EXPECT_EQ(options->shards, 4u);
  EXPECT_EQ(options->network.keepalive_interval, 20s);
  EXPECT_EQ(options->network.keepalive_timeout, 500ms);
  EXPECT_EQ(options->network.stream_window_bytes, 134217728u);
  EXPECT_EQ(options->network.max_batch_requests, 64u);
  EXPECT_EQ(options->stores.check_timeout, 2s);
  EXPECT_EQ(options->regions.ttl, 5min);
  EXPECT_EQ(options->pd.request_timeout, 5s);
}

TEST(ConfigFile, ReadsWhatTlsNeeds) {
  const auto options = parse_options(R"(
[security]
cluster-ssl-ca = "/etc/tikv/ca.pem"
cluster-ssl-cert = "client.pem"
cluster-ssl-key = "client-key.pem"
cluster-verify-cn = ["tikv", "pd"]
[tikv-client]
grpc-compression-type = "gzip"
)");
  ASSERT_TRUE(options) << options.error().message();
  EXPECT_EQ(options->tls.ca_path, "/etc/tikv/ca.pem");
  EXPECT_EQ(options->tls.cert_path, "client.pem");
  EXPECT_EQ(options->tls.key_path, "client-key.pem");
  EXPECT_EQ(options->tls.verify_cn, (std::vector<std::string>{"tikv", "pd"}));
  EXPECT_EQ(options->network.compression, Compression::kGzip);
  EXPECT_EQ(message_of("[security]\ncluster-ssl-ca = 1"), "a.toml:2:18: security.cluster-ssl-ca must be a text");
  EXPECT_EQ(message_of("[tikv-client]\ngrpc-compression-type = \"zip\""),
            "a.toml:2:25: tikv-client.grpc-compression-type must be one of \"none\" \"gzip\"");
}

TEST(ConfigFile, EveryNumberArrivesWhereItBelongsAndNowhereElse) {
  for (const Setting& setting : config::settings()) {
    if (setting.access.get == nullptr) continue;
    SCOPED_TRACE(setting.key);
    for (const std::int64_t number : {setting.least, setting.most}) {
      const auto options = parse_options(document(setting.key, value(setting, number)));
      ASSERT_TRUE(options) << options.error().message();
      EXPECT_EQ(setting.access.get(*options), number);
      for (const Setting& other : config::settings()) {
        if (&other == &setting || other.access.get == nullptr) continue;
        EXPECT_EQ(other.access.get(*options), other.access.get(ClientOptions())) << other.key;
      }
    }
  }
}

TEST(ConfigFile, ANumberOutOfItsLimitsIsNamedWithThem) {
  for (const Setting& setting : config::settings()) {
    if (setting.access.get == nullptr || setting.kind == Kind::kSwitch || setting.kind == Kind::kChoice) continue;
    SCOPED_TRACE(setting.key);
    const std::int64_t beyond = setting.most == INT64_MAX ? setting.least - 1 : setting.most + 1;
    const bool duration = setting.kind == Kind::kDuration;
    const std::string text = duration ? value(setting, beyond) : std::to_string(beyond);
    const std::string message = message_of(document(setting.key, text));
    EXPECT_NE(message.find(setting.key), std::string::npos) << message;
    EXPECT_NE(message.find("it must be " + std::string(setting.most == INT64_MAX ? "at least " : "") +
                           config::value_text(setting, setting.least)),
              std::string::npos)
        << message;
  }
}

TEST(ConfigFile, AMistakeIsNamedByLineAndColumn) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a = \n", "a.toml:1:5: "},
      {"[tikv-client]\nmax-batch-size = 1\nmax-batch-size = 2\n", "a.toml:3:18: "},
      {"\n  nonsense = 1", "a.toml:2:3: nonsense is not known"},
      {"[nonsense]\nx = 1", "a.toml:1:2: nonsense is not known"},
      {"close-timeout = 5", "a.toml:1:17: close-timeout must be a duration, as in \"10s\""},
      {"close-timeout = \"5\"", "a.toml:1:17: close-timeout is no duration"},
      {"close-timeout = \"5us\"", "a.toml:1:17: close-timeout is finer than a millisecond"},
      {"close-timeout = [5]", "a.toml:1:17: close-timeout must be a duration"},
      {"[tikv-client]\ngrpc-keepalive-time = true", "a.toml:2:23: tikv-client.grpc-keepalive-time must be a duration"},
      {"[tikv-client]\ngrpc-keepalive-time = nan",
       "a.toml:2:23: tikv-client.grpc-keepalive-time is no duration that this client can measure"},
      {"[tikv-client]\ngrpc-keepalive-time = -1",
       "a.toml:2:23: tikv-client.grpc-keepalive-time is -1s, it must be 1ms to 24h"},
      {"[tikv-client]\nmax-batch-size = \"many\"", "a.toml:2:18: tikv-client.max-batch-size must be a whole number"},
      {"[tikv-client]\nmax-batch-size = 1.5", "a.toml:2:18: tikv-client.max-batch-size must be a whole number"},
      {"[raw]\nbatch-size = \"16 potatoes\"", "a.toml:2:14: raw.batch-size is no size"},
      {"[raw]\nbatch-size = false", "a.toml:2:14: raw.batch-size must be a size"},
      {"raw = 1", "a.toml:1:1: raw is not known"},
      {"pd-endpoints = \"a:1\"", "a.toml:1:16: pd-endpoints must be a list of texts"},
      {"pd-endpoints = [\"a:1\",\n 2]", "a.toml:2:2: pd-endpoints must be a list of texts"},
      {"pd-endpoints = [\"a:1\", \"b\"]", "a.toml:1:24: pd-endpoints has 'b', which is no host:port"},
      {"redaction = \"maybe\"", "a.toml:1:13: redaction must be one of \"off\" \"on\" \"marker\""},
      {"redaction = true", "a.toml:1:13: redaction must be one of"},
      {"path = 1", "a.toml:1:8: path must be a text"},
      {"path = \"pd:2379\"", "a.toml:1:8: path 'pd:2379' does not begin with tikv://"},
      {"path = \"tikv://a:1\"\npd-endpoints = [\"a:1\"]", "a.toml:1:8: path says the same as pd-endpoints"},
  };
  for (const auto& [text, expected] : cases) {
    SCOPED_TRACE(text);
    EXPECT_EQ(message_of(text).substr(0, expected.size()), expected);
  }
}

TEST(ConfigFile, ANearMissIsAnsweredWithWhatMayHaveBeenMeant) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"[tikv-client]\ngrpc-keepalive-tme = 1", "did you mean tikv-client.grpc-keepalive-time?"},
      {"[tikv-client]\nGrpcKeepAliveTime = 1", "did you mean tikv-client.grpc-keepalive-time?"},
      {"grpc-keepalive-time = 1", "did you mean tikv-client.grpc-keepalive-time?"},
      {"[tikv_client]\nmax-batch-size = 1", "did you mean tikv-client?"},
      {"[raw]\nbatch-keys = 1\nmax-keysize = 1", "did you mean raw.max-key-size?"},
      {"pd-endpoint = [\"a:1\"]", "did you mean pd-endpoints?"},
  };
  for (const auto& [text, expected] : cases) {
    SCOPED_TRACE(text);
    EXPECT_NE(message_of(text).find(expected), std::string::npos) << message_of(text);
  }
  EXPECT_EQ(message_of("[tikv-client]\nwater-temperature = 1"),
            "a.toml:2:1: tikv-client.water-temperature is not known");
}

TEST(ConfigFile, AKeyOfClientGoThatMeansNothingHereIsToldApart) {
  EXPECT_EQ(message_of("[tikv-client]\nbatch-policy = \"standard\""),
            "a.toml:2:1: tikv-client.batch-policy has no effect in this client: requests never wait for others to join "
            "their batch");
  EXPECT_NE(message_of("[tikv-client.copr-cache]\ncapacity-mb = 1.0").find("has no effect in this client"),
            std::string::npos);
}

TEST(ConfigFile, AllMistakesAreToldInTheOrderOfTheFile) {
  EXPECT_EQ(message_of("zeal = 1\nclose-timeout = 1\nardour = 1"),
            "a.toml:1:1: zeal is not known; a.toml:2:17: close-timeout must be a duration, as in \"10s\"; "
            "a.toml:3:1: ardour is not known");
  std::string many;
  for (int i = 0; i < 15; ++i) many += "nonsense" + std::to_string(i) + " = 1\n";
  EXPECT_TRUE(message_of(many).ends_with("nonsense9 is not known; and 5 more"));
}

TEST(ConfigFile, HugeAndDeepDocumentsAreRefused) {
  EXPECT_NE(message_of(std::string(70'000, '#')).find("longer than 64KiB"), std::string::npos);
  std::string deep = "a";
  for (int i = 0; i < 30'000; ++i) deep += ".a";
  EXPECT_NE(message_of(deep + " = 1").find("dots"), std::string::npos);
  EXPECT_EQ(message_of(deep.substr(0, 4001) + " = 1"), "a.toml:1:1: a is not known");
  EXPECT_NE(message_of("a = " + std::string(30'000, '[')), "no error");
  EXPECT_NE(message_of(std::string(30'000, 'k') + " = 1").find("kkk... is not known"), std::string::npos);
}

// Where toml++ would end the program, or worse, rather than say it.
TEST(ConfigFile, LettersWhereNoneCanBeAreMistakesToo) {
  for (const std::string_view text : {"[=]", "[{", "[[.a]]", "a = 1\u00e9", "a = -2\u03bcs", "\u00e9 = 1"}) {
    SCOPED_TRACE(text);
    const auto options = parse_options(text);
    ASSERT_FALSE(options);
    EXPECT_EQ(options.error().kind(), ErrorKind::kInvalidArgument);
  }
}

TEST(ConfigFile, IsReadFromWhereItLies) {
  const std::string path = ::testing::TempDir() + "tikv_config_file_test.toml";
  std::ofstream(path) << "[raw]\nconcurrency = 3\n";
  const auto options = load_options(path);
  std::ofstream(path) << "[raw]\nconcurrency = 0\n";
  const auto refused = load_options(path);
  std::remove(path.c_str());
  ASSERT_TRUE(options);
  EXPECT_EQ(options->raw.concurrency, 3u);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), path + ":2:15: raw.concurrency is 0, it must be 1 to 1024");
}

TEST(ConfigFile, OneThatIsNotThereIsAnError) {
  const auto options = load_options("/nowhere/tikv.toml");
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(options.error().message(), "/nowhere/tikv.toml can't be read: No such file or directory");
  EXPECT_FALSE(load_options(::testing::TempDir())) << "a folder is no file";
}

// The cases of client-go's TestParsePath, and more.
TEST(ConfigFile, APathNamesThePlacementDrivers) {
  using Endpoints = std::vector<std::string>;
  const auto parsed = parse_path("tikv://node1:2379,node2:2379");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, (Endpoints{"node1:2379", "node2:2379"}));
  for (const std::string_view good :
       {"tikv://node1:2379?disableGC=true", "tikv://node1:2379?disableGC=FALSE&cluster=1", "TIKV://node1:2379?",
        "tikv://node1:2379/?disableGC=", "tikv://node1:2379?keyspaceName="}) {
    SCOPED_TRACE(good);
    const auto endpoints = parse_path(good);
    ASSERT_TRUE(endpoints);
    EXPECT_EQ(*endpoints, Endpoints{"node1:2379"});
  }
  for (const std::string_view bad : {"", "node1:2379", "http://node1:2379", "tikv://", "tikv://node1", "tikv://a:1,",
                                     "tikv://a:1,,b:1", "tikv://a:1?disableGC=maybe", "tikv://a:1?keyspaceName=mine"}) {
    SCOPED_TRACE(bad);
    const auto endpoints = parse_path(bad);
    ASSERT_FALSE(endpoints);
    EXPECT_EQ(endpoints.error().kind(), ErrorKind::kInvalidArgument);
  }
}

}  // namespace
}  // namespace tikv

// tikv-embedded: a TiKV cluster in one process, as a program.

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <tikv/testing/cluster.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>

#include "chaos.h"
#include "commands.h"

namespace {

struct Arguments {
  tikv::testing::ClusterOptions cluster;
  std::string api = "v1";
  bool chaos = false;
  std::uint64_t seed = 1;
  unsigned pause_ms = 500;
};

std::string footer() {
  return "Prints \"ready pd=HOST:PORT[,HOST:PORT...]\" when it serves, then answers each line of input with a line:\n" +
         tikv::embedded::command_help() +
         "KEY may hold \\xNN for any byte. Ends at the end of its input (unless that is /dev/null), at quit, SIGTERM "
         "or "
         "SIGINT.";
}

void describe(CLI::App& app, Arguments& arguments) {
  app.add_option("--stores", arguments.cluster.stores, "TiKV stores")->capture_default_str();
  app.add_option("--pds", arguments.cluster.pds, "PD members")->capture_default_str();
  app.add_option("--replicas", arguments.cluster.replicas, "Replicas of each region")->capture_default_str();
  app.add_option("--pd-port", arguments.cluster.pd_port, "Port of the first PD member; 0: any")->capture_default_str();
  app.add_option("--split", arguments.cluster.split_keys, "Transactional keys at which regions start")->delimiter(',');
  app.add_option("--api", arguments.api, "v1, v1ttl or v2")
      ->check(CLI::IsMember({"v1", "v1ttl", "v2"}))
      ->capture_default_str();
  app.add_option("--cert", arguments.cluster.tls.cert_path, "The servers' certificate (PEM, for 127.0.0.1): TLS");
  app.add_option("--key", arguments.cluster.tls.key_path, "The certificate's private key (PEM)");
  app.add_option("--cacert", arguments.cluster.tls.ca_path, "Authority (PEM) of which clients must show a certificate");
  app.add_flag("--chaos", arguments.chaos, "Leaders move, stores die and messages are lost, all the time");
  app.add_option("--chaos-seed", arguments.seed, "Order of the trouble")->capture_default_str();
  app.add_option("--chaos-pause", arguments.pause_ms, "Milliseconds between two pieces of trouble")
      ->capture_default_str();
  app.footer(footer());
}

tikv::testing::ApiVersion api_of(const std::string& name) {
  if (name == "v1ttl") return tikv::testing::ApiVersion::kV1Ttl;
  if (name == "v2") return tikv::testing::ApiVersion::kV2;
  return tikv::testing::ApiVersion::kV1;
}

/// The signals that end the program, to be read from a descriptor. Before any thread starts.
int ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_CLOEXEC);
}

/// Input that nobody types or pipes: a program in the background has it, and does not end with it.
bool input_is_nothing() {
  struct stat about{};
  return fstat(STDIN_FILENO, &about) != 0 || (S_ISCHR(about.st_mode) && isatty(STDIN_FILENO) == 0);
}

void say(const std::string& line) {
  std::fwrite((line + "\n").data(), 1, line.size() + 1, stdout);
  std::fflush(stdout);
}

/// Answers the whole lines in `input`; false after quit.
bool answer_lines(tikv::testing::Cluster& cluster, std::string& input) {
  for (std::size_t end = 0; (end = input.find('\n')) != std::string::npos; input.erase(0, end + 1)) {
    const auto words = tikv::embedded::words_of(std::string_view(input).substr(0, end));
    if (!words.empty() && words.front() == "quit") return false;
    say(tikv::embedded::run_command(cluster, std::string_view(input).substr(0, end)));
  }
  return true;
}

void serve(tikv::testing::Cluster& cluster, int signals) {
  pollfd sources[] = {{signals, POLLIN, 0}, {input_is_nothing() ? -1 : STDIN_FILENO, POLLIN, 0}};
  std::string input;
  for (;;) {
    if (poll(sources, 2, -1) < 0) continue;
    if (sources[0].revents != 0) return;
    if (sources[1].revents == 0) continue;
    char buffer[4096];
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got <= 0) return;
    input.append(buffer, static_cast<std::size_t>(got));
    if (!answer_lines(cluster, input)) return;
  }
}

std::string ready_line(const tikv::testing::Cluster& cluster) {
  std::string line = "ready pd=";
  for (const std::string& endpoint : cluster.pd_endpoints()) {
    if (!line.ends_with('=')) line += ',';
    line += endpoint;
  }
  return line;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("A TiKV cluster in one process: PD and stores over gRPC on loopback, data in memory.");
  describe(app, arguments);
  CLI11_PARSE(app, argc, argv);
  arguments.cluster.api = api_of(arguments.api);

  const int signals = ending_signals();
  auto cluster = tikv::testing::Cluster::start(arguments.cluster);
  if (!cluster) {
    std::fprintf(stderr, "tikv-embedded: %s\n", cluster.error().to_string().c_str());
    return 1;
  }
  std::unique_ptr<tikv::embedded::Chaos> chaos;
  if (arguments.chaos) {
    chaos = std::make_unique<tikv::embedded::Chaos>(*cluster, std::chrono::milliseconds(arguments.pause_ms),
                                                    arguments.seed);
  }
  say(ready_line(*cluster));
  serve(*cluster, signals);
  return 0;
}

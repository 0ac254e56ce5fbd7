// The quickstart: real work on a cluster of its own, or on any cluster with --pd HOST:PORT.
#include <tikv/client.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <optional>
#include <random>
#include <string>

#include "bank.h"
#include "embedded.h"
#include "words.h"

namespace {

constexpr std::uint64_t kTransfers = 5000;

struct Arguments {
  std::string pd;
  std::string embedded = "tikv-embedded";
  std::string words = "/usr/share/dict/words";
};

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (i + 1 == argc) return std::nullopt;
    if (name == "--pd") {
      arguments.pd = argv[i + 1];
    } else if (name == "--embedded") {
      arguments.embedded = argv[i + 1];
    } else if (name == "--words") {
      arguments.words = argv[i + 1];
    } else {
      return std::nullopt;
    }
  }
  return arguments;
}

/// Trouble for the bank, a step for each tenth of its work.
class Trouble {
 public:
  Trouble(quickstart::EmbeddedCluster& cluster, const quickstart::Bank& bank) : cluster_(cluster), bank_(bank) {}

  void next() {
    const std::string middle = bank_.account(quickstart::Bank::kAccounts / 2);
    const std::string quarter = bank_.account(quickstart::Bank::kAccounts / 4);
    const std::string steps[] = {"split " + middle, "move-leader " + middle + " 2",  "split " + quarter, "kill 1",
                                 "restart 1",       "move-leader " + quarter + " 3", "kill 2",           "restart 2"};
    if (step_ >= std::size(steps)) return;
    const std::string& step = steps[step_++];
    std::printf("  %-40s -> %s\n", step.c_str(), cluster_.command(step).c_str());
  }

 private:
  quickstart::EmbeddedCluster& cluster_;
  const quickstart::Bank& bank_;
  std::size_t step_ = 0;
};

bool run_words(tikv::Client& client, const std::string& prefix, const std::string& file) {
  const auto words = quickstart::read_words(file);
  if (words.empty()) {
    std::printf("no words in %s\n", file.c_str());
    return false;
  }
  return quickstart::load_and_count(client, prefix + "word/", words);
}

bool run_bank(tikv::Client& client, const std::string& prefix, std::optional<quickstart::EmbeddedCluster>& cluster) {
  quickstart::Bank bank(client, prefix + "account/");
  if (!bank.open()) return false;
  std::printf("bank: %d workers move money between %d accounts%s\n", quickstart::Bank::kWorkers,
              quickstart::Bank::kAccounts, cluster ? " while regions split, leaders move and stores die" : "");
  std::optional<Trouble> trouble;
  if (cluster) trouble.emplace(*cluster, bank);
  const bool ran = bank.run(kTransfers, [&](std::uint64_t) {
    if (trouble) trouble->next();
  });
  const bool right = bank.check_and_report();
  return bank.close_accounts() && ran && right;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = parse(argc, argv);
  if (!arguments) {
    std::fprintf(stderr, "usage: quickstart [--pd HOST:PORT] [--embedded PROGRAM] [--words FILE]\n");
    return 2;
  }
  std::optional<quickstart::EmbeddedCluster> cluster;
  std::string pd = arguments->pd;
  if (pd.empty()) {
    auto started = quickstart::EmbeddedCluster::start(arguments->embedded);
    if (!started) return 1;
    cluster.emplace(std::move(*started));
    pd = cluster->pd();
  }
  auto client = tikv::Client::connect({.pd_endpoints = {pd}}).get();
  if (!client) {
    std::fprintf(stderr, "can't connect to %s: %s\n", pd.c_str(), client.error().to_string().c_str());
    return 1;
  }
  std::printf("connected to cluster %llu at %s%s\n", static_cast<unsigned long long>(client->cluster_id()), pd.c_str(),
              cluster ? " (embedded: a PD and three stores)" : "");
  const std::string prefix = "tikv-cpp-quickstart/" + std::to_string(std::random_device{}()) + "/";
  const bool right = run_words(*client, prefix, arguments->words) && run_bank(*client, prefix, cluster);
  std::printf("%s\n", right ? "all is well" : "something is wrong, see above");
  return right ? 0 : 1;
}

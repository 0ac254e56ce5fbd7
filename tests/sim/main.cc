#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <unistd.h>

#include "probes.h"
#include "simulation.h"

// The simulator as a program: one seed with a trace of everything that happens, or many, one after the other.
namespace {

using namespace tikv::testing;

struct Wanted {
  std::optional<std::uint64_t> seed;
  std::string seeds;
  std::string shard = "0/1";
  std::string scenario;
  std::string probes;
  bool list = false;
  bool quiet = false;
  bool keep_going = false;
};

/// Two numbers with something between them; nothing if the text is something else.
std::optional<std::pair<std::uint64_t, std::uint64_t>> two_numbers(const std::string& text, const char* between) {
  const std::size_t at = text.find(between);
  if (at == std::string::npos) return std::nullopt;
  try {
    return std::pair(std::stoull(text.substr(0, at)), std::stoull(text.substr(at + std::strlen(between))));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

// A crash says whose it was.
volatile std::uint64_t current_seed = 0;
extern "C" void tell_seed(int signal_number) {
  char text[64];
  const int length =
      std::snprintf(text, sizeof text, "\ncrashed in seed %llu\n", static_cast<unsigned long long>(current_seed));
  (void)!write(STDERR_FILENO, text, static_cast<std::size_t>(length));
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
}

class Session {
 public:
  explicit Session(const Wanted& wanted) : wanted_(wanted) {
    if (!wanted_.scenario.empty()) only_ = find_scenario(wanted_.scenario);
  }

  /// False if the seed found something.
  bool one(std::uint64_t seed, std::FILE* trace) {
    current_seed = seed;
    const Scenario& scenario = only_ != nullptr ? *only_ : scenario_of(seed);
    SimulationOptions options;
    options.trace = trace;
    const SimulationReport report = simulate(scenario, seed, options);
    ++runs_;
    for (const auto& [what, count] : report.counts) counts_[what] += count;
    if (report.recovery > slowest_) std::tie(slowest_, slowest_seed_) = std::pair(report.recovery, seed);
    if (report.findings.empty()) return true;
    ++found_;
    std::printf("seed %llu, scenario '%s':\n", static_cast<unsigned long long>(seed),
                std::string(scenario.name).c_str());
    for (const std::string& finding : report.findings) std::printf("  %s\n", finding.c_str());
    std::printf("to see it: tools/sim --seed %llu --scenario '%s'\n", static_cast<unsigned long long>(seed),
                std::string(scenario.name).c_str());
    std::fflush(stdout);
    return false;
  }

  bool many(std::uint64_t first, std::uint64_t last, std::uint64_t shard, std::uint64_t shards) {
    auto told = std::chrono::steady_clock::now();
    for (std::uint64_t seed = first; seed <= last; ++seed) {
      if (seed % shards != shard) continue;
      if (!one(seed, nullptr) && !wanted_.keep_going) return false;
      const auto now = std::chrono::steady_clock::now();
      if (wanted_.quiet || now - told < std::chrono::seconds(10)) continue;
      told = now;
      std::fprintf(stderr, "seed %llu of %llu\n", static_cast<unsigned long long>(seed),
                   static_cast<unsigned long long>(last));
    }
    return found_ == 0;
  }

  void summary() const {
    std::printf("%llu runs, %llu with findings; service again after %.2f s at most (seed %llu)\n",
                static_cast<unsigned long long>(runs_), static_cast<unsigned long long>(found_),
                std::chrono::duration<double>(slowest_).count(), static_cast<unsigned long long>(slowest_seed_));
    for (const auto& [what, count] : counts_) {
      std::printf("  %12llu %s\n", static_cast<unsigned long long>(count), what.c_str());
    }
  }

 private:
  const Wanted& wanted_;
  const Scenario* only_ = nullptr;
  std::uint64_t runs_ = 0;
  std::uint64_t found_ = 0;
  std::map<std::string, std::uint64_t> counts_;
  std::chrono::nanoseconds slowest_{0};
  std::uint64_t slowest_seed_ = 0;
};

int list_scenarios() {
  for (const Scenario& scenario : scenarios()) {
    std::printf("%s\n", std::string(scenario.name).c_str());
    std::string troubles;
    for (const Trouble trouble : scenario.troubles)
      troubles += (troubles.empty() ? "" : ", ") + std::string(name_of(trouble));
    std::printf("    %s\n", troubles.empty() ? "no trouble" : troubles.c_str());
  }
  return 0;
}

int run(const Wanted& wanted) {
  if (wanted.list) return list_scenarios();
  if (!wanted.scenario.empty() && find_scenario(wanted.scenario) == nullptr) {
    std::fprintf(stderr, "there is no scenario '%s'; --list tells the names\n", wanted.scenario.c_str());
    return 2;
  }
  Session session(wanted);
  bool good = true;
  if (wanted.seed) {
    good = session.one(*wanted.seed, wanted.quiet ? nullptr : stderr);
  } else {
    const auto range = two_numbers(wanted.seeds, "..");
    const auto shard = two_numbers(wanted.shard, "/");
    if (!range || !shard || shard->first >= shard->second) {
      std::fprintf(stderr, "seeds are FIRST..LAST, a shard is NUMBER/COUNT with numbers from 0\n");
      return 2;
    }
    good = session.many(range->first, range->second, shard->first, shard->second);
  }
  session.summary();
  if (!wanted.probes.empty() && !write_probes(wanted.probes)) {
    std::fprintf(stderr, "can't write %s\n", wanted.probes.c_str());
    return 2;
  }
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleTest();
  CLI::App app("Simulates clients and a cluster in one thread on a virtual clock. Exit code 1: something was found.");
  Wanted wanted;
  auto* seed = app.add_option("--seed", wanted.seed, "One seed, with a trace of all that happens on the error stream");
  auto* seeds = app.add_option("--seeds", wanted.seeds, "Many: FIRST..LAST")->excludes(seed);
  app.add_option("--shard", wanted.shard, "Every COUNTth seed only: NUMBER/COUNT")->needs(seeds);
  app.add_option("--scenario", wanted.scenario, "This one; otherwise each seed stands for one");
  app.add_option("--probes", wanted.probes, "Where to write how often each probe was hit");
  app.add_flag("--list", wanted.list, "Names the scenarios and their troubles");
  app.add_flag("--quiet", wanted.quiet, "No trace, no progress");
  app.add_flag("--keep-going", wanted.keep_going, "Go on after a finding");
  CLI11_PARSE(app, argc, argv);
  if (!wanted.seed && wanted.seeds.empty() && !wanted.list) {
    std::fputs("what to run? --seed, --seeds or --list\n", stderr);
    return 2;
  }
  for (const int signal_number : {SIGABRT, SIGSEGV}) std::signal(signal_number, tell_seed);
  return run(wanted);
}

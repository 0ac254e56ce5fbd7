#include "meter.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

namespace tikv::bench {

namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Another process's CPU time in seconds, by the kernel's ticks.
double cpu_of(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  std::istringstream fields(all.substr(all.rfind(')') + 1));
  constexpr int kBefore = 11;  // fields between the name and utime
  std::string skipped;
  for (int i = 0; i < kBefore; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

struct Meter::Usage {
  std::chrono::steady_clock::time_point when;
  double user;
  double system;
  double switches;
  double server;
};

Meter::Meter(Arguments arguments, std::string client, std::string version)
    : arguments_(std::move(arguments)),
      client_(std::move(client)),
      version_(std::move(version)),
      callers_left_(arguments_.callers),
      times_(arguments_.threads ? arguments_.callers : 1) {}

Meter::Usage Meter::look() const {
  rusage own{};
  getrusage(RUSAGE_SELF, &own);
  return {std::chrono::steady_clock::now(), seconds_of(own.ru_utime), seconds_of(own.ru_stime),
          static_cast<double>(own.ru_nvcsw), cpu_of(arguments_.server_pid)};
}

void Meter::watch() {
  std::this_thread::sleep_for(std::chrono::duration<double>(arguments_.warm));
  phase_ = Phase::kMeasuring;
  const Usage before = look();
  std::this_thread::sleep_for(std::chrono::duration<double>(arguments_.seconds));
  const Usage after = look();
  phase_ = Phase::kOver;
  for (std::size_t left = callers_left_.load(); left > 0; left = callers_left_.load()) callers_left_.wait(left);
  print(before, after);
}

void Meter::print(const Usage& before, const Usage& after) const {
  auto all = Histogram();
  for (const Histogram& one : times_) all.merge(one);
  if (all.total() == 0) fail("no operation ended in the window");
  const auto ops = static_cast<double>(all.total());
  const double seconds = std::chrono::duration<double>(after.when - before.when).count();
  const double user = after.user - before.user;
  const double system = after.system - before.system;
  std::printf(R"({"client":"%s","version":"%s","work":"%s","mode":"%s","callers":%zu,"ops":%.0f,"seconds":%.6f,)"
              R"("ops_per_s":%.1f,"cpu_us":%.4f,"user_us":%.4f,"system_us":%.4f,"p50_us":%.2f,"p99_us":%.2f,)"
              R"("switches":%.4f,"cores":%.4f,"server_cores":%.4f})"
              "\n",
              client_.c_str(), version_.c_str(), arguments_.work.c_str(), arguments_.threads ? "threads" : "async",
              arguments_.callers, ops, seconds, ops / seconds, (user + system) * 1e6 / ops, user * 1e6 / ops,
              system * 1e6 / ops, all.quantile(0.5), all.quantile(0.99), (after.switches - before.switches) / ops,
              (user + system) / seconds, (after.server - before.server) / seconds);
  std::fflush(stdout);
}

void fail(const std::string& why) {
  std::fprintf(stderr, "benchmark: %s\n", why.c_str());
  std::_Exit(1);
}

}  // namespace tikv::bench

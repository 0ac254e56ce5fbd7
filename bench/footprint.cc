// What a client takes when it does nothing: heap of an open client, of a store and of a cached region, and how often an
// idle one wakes up. The cluster has three stores; keys 0, 1 and 2 are in regions led by the first, second and third,
// every further key in a region of its own, led by the first.

#include <malloc.h>
#include <tikv/client.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "meter.h"
#include "workload.h"

namespace tikv::bench {
namespace {

constexpr std::size_t kClients = 10;
constexpr std::uint64_t kStores = 3;
constexpr std::uint64_t kRegions = 1000;

double heap() {
  const auto info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

double resident() {
  std::ifstream file("/proc/self/statm");
  double all = 0;
  double here = 0;
  file >> all >> here;
  return here * static_cast<double>(sysconf(_SC_PAGESIZE));
}

/// How often the threads of this process have gone to sleep so far.
std::uint64_t sleeps() {
  std::uint64_t all = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(thread.path() / "status");
    for (std::string word; file >> word;) {
      std::uint64_t count = 0;
      if (word == "voluntary_ctxt_switches:" && file >> count) all += count;
    }
  }
  return all;
}

Client open(const Arguments& arguments) {
  ClientOptions options;
  options.pd_endpoints = arguments.pd;
  options.tls.ca_path = arguments.ca;
  auto client = Client::connect(std::move(options)).get();
  if (!client) fail(client.error().to_string());
  return std::move(*client);
}

void read(const Client& client, std::uint64_t timestamp, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t i = first; i < last; ++i) {
    if (const auto value = client.snapshot(timestamp).get(key(i)).get(); !value) fail(value.error().to_string());
  }
}

void measure(const Arguments& arguments) {
  {
    const Client warm_up = open(arguments);
  }  // what the process needs once
  const double heap_before = heap();
  const double resident_before = resident();
  std::vector<Client> clients;
  for (std::size_t i = 0; i < kClients; ++i) clients.push_back(open(arguments));
  const double client_heap = (heap() - heap_before) / kClients;
  const double client_resident = (resident() - resident_before) / kClients;

  const Client& client = clients.front();
  const Result<std::uint64_t> now = client.timestamp().get();
  if (!now) fail(now.error().to_string());
  read(client, *now, 0, 1);
  const double one_store = heap();
  read(client, *now, 1, kStores);
  const double all_stores = heap();
  read(client, *now, kStores, kStores + kRegions);
  const double region_heap = (heap() - all_stores) / kRegions;
  const double store_heap = (all_stores - one_store) / (kStores - 1) - region_heap;

  // The io thread of a lone blocking caller takes the loop back in a millisecond.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const std::uint64_t before = sleeps();
  std::this_thread::sleep_for(std::chrono::duration<double>(arguments.seconds));
  const std::uint64_t idle_wakes = sleeps() - before - 1;  // without this thread's own

  std::printf(R"({"client_heap":%.0f,"client_resident":%.0f,"store_heap":%.0f,"region_heap":%.0f,"idle_seconds":%.1f,)"
              R"("idle_clients":%zu,"idle_wakes":%llu})"
              "\n",
              client_heap, client_resident, store_heap, region_heap, arguments.seconds, kClients,
              static_cast<unsigned long long>(idle_wakes));
}

}  // namespace
}  // namespace tikv::bench

int main(int argc, char** argv) {
  tikv::bench::measure(tikv::bench::parse(argc, argv));
  return 0;
}

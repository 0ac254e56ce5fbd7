// A whole client of a cluster that lies: each call ends within its time, and what scans give is what scans may give.

#include <tikv/client.h>

#include <string>
#include <utility>
#include <vector>

#include "client/connect.h"
#include "input.h"
#include "lying_cluster.h"
#include "runtime/scope.h"
#include "runtime/sim_loop.h"

namespace tikv {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 2s;

void check_pairs(const std::vector<KvPair>& pairs, const KeyRange& range, std::size_t limit, bool reverse) {
  FUZZ_CHECK(pairs.size() <= limit);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    FUZZ_CHECK(range.contains(pairs[i].key));
    if (i > 0) FUZZ_CHECK(reverse ? pairs[i - 1].key > pairs[i].key : pairs[i - 1].key < pairs[i].key);
  }
}

Task<void> use_raw(RawClient raw) {
  const KeyRange range("a", "z");
  constexpr std::size_t kLimit = 6;
  (void)co_await raw.get("k").with_timeout(kPatience);
  (void)co_await raw.put("k", "v").with_timeout(kPatience);
  (void)co_await raw.get_ttl("k").with_timeout(kPatience);
  (void)co_await raw.compare_and_swap("k", "v", "w").with_timeout(kPatience);
  std::vector<std::string> keys{"a", "k", "z"};
  const auto values = co_await raw.batch_get(keys).with_timeout(kPatience);
  FUZZ_CHECK(!values || values->size() == keys.size());
  RawScan scan = raw.scan(range, {.limit = kLimit, .page = 2});
  if (const auto pairs = co_await scan.collect().with_timeout(kPatience)) check_pairs(*pairs, range, kLimit, false);
  RawScan back = raw.reverse_scan(range, {.limit = kLimit, .page = 2});
  if (const auto pairs = co_await back.collect().with_timeout(kPatience)) check_pairs(*pairs, range, kLimit, true);
  (void)co_await raw.checksum(range).with_timeout(kPatience);
  (void)co_await raw.remove_range(range).with_timeout(kPatience);
}

Task<void> use_transaction(Client& client) {
  auto begun = co_await client.begin().with_timeout(kPatience);
  if (!begun) co_return;
  Transaction txn = std::move(*begun);
  const KeyRange range("a", "z");
  constexpr std::size_t kLimit = 6;
  (void)co_await txn.get("k").with_timeout(kPatience);
  std::vector<std::string> keys{"a", "k", "z"};
  const auto values = co_await txn.batch_get(keys).with_timeout(kPatience);
  FUZZ_CHECK(!values || values->size() == keys.size());
  TransactionScan scan = txn.scan(range, {.limit = kLimit, .page = 2});
  if (const auto pairs = co_await scan.collect().with_timeout(kPatience)) check_pairs(*pairs, range, kLimit, false);
  TransactionScan back = txn.reverse_scan(range, {.limit = kLimit, .page = 2});
  if (const auto pairs = co_await back.collect().with_timeout(kPatience)) check_pairs(*pairs, range, kLimit, true);
  (void)txn.put("k", "v");
  (void)txn.remove("m");
  (void)co_await txn.commit().with_timeout(kPatience);
}

Task<void> use(runtime::Loop& loop, fuzz::LyingCluster& cluster, bool transactions, bool& done) {
  ClientOptions options;
  options.pd_endpoints = {fuzz::LyingCluster::kPd};
  const auto began = loop.now();
  auto connected = co_await client::connect_on(loop, cluster, std::move(options)).with_timeout(kPatience);
  if (connected) {
    Client client = std::move(*connected);
    if (transactions) {
      co_await use_transaction(client);
    } else {
      co_await use_raw(client.raw());
    }
    FUZZ_CHECK(loop.now() - began <= 11 * kPatience);
  }
  done = true;
}

}  // namespace
}  // namespace tikv

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tikv;
  fuzz::Input input(data, size);
  const bool transactions = input.byte() % 2 != 0;
  runtime::SimLoop loop;
  bool done = false;
  {
    fuzz::LyingCluster cluster(loop, input);
    runtime::Scope scope(loop);
    loop.submit([&] { scope.spawn(use(loop, cluster, transactions, done)); });
    loop.run_until([&] { return done; }, loop.now() + 10min);
    FUZZ_CHECK(done);
    loop.run_for(1min);  // what goes on in the background
    loop.close();
  }
  return 0;
}

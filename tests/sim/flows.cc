#include "flows.h"

#include <utility>

namespace tikv::testing {
namespace {

using Text = Task<Result<std::string>>;

std::string text_of(const std::optional<std::string>& value) { return value ? "'" + *value + "'" : "absent"; }

std::string text_of(const std::vector<KvPair>& pairs) {
  std::string text;
  for (const KvPair& pair : pairs) text += pair.key + "=" + pair.value + " ";
  return text;
}

std::string text_of(const std::vector<std::optional<std::string>>& values) {
  std::string text;
  for (const auto& value : values) text += text_of(value) + " ";
  return text;
}

std::vector<std::string> some_keys() { return {"a1", "k1", "nothing", "z1"}; }

Text raw_get(World&, Client& client) {
  const auto value = co_await client.raw().get("k1").or_return();
  co_return text_of(value);
}

Text raw_put(World&, Client& client) {
  co_await client.raw().put("k1", "put").or_return();
  co_return "put";
}

Text raw_remove(World&, Client& client) {
  co_await client.raw().remove("k1").or_return();
  co_return "removed";
}

Text raw_batch_get(World&, Client& client) {
  auto keys = some_keys();
  const auto values = co_await client.raw().batch_get(std::move(keys)).or_return();
  co_return text_of(values);
}

Text raw_batch_put(World&, Client& client) {
  std::vector<KvPair> pairs;
  for (const std::string& key : some_keys()) pairs.emplace_back(key, "batch");
  co_await client.raw().batch_put(std::move(pairs)).or_return();
  co_return "put";
}

Text raw_batch_remove(World&, Client& client) {
  auto keys = some_keys();
  co_await client.raw().batch_remove(std::move(keys)).or_return();
  co_return "removed";
}

Text raw_scan(World&, Client& client) {
  auto scan = client.raw().scan(KeyRange::all(), {.page = 4});
  const auto pairs = co_await scan.collect().or_return();
  co_return text_of(pairs);
}

Text raw_reverse_scan(World&, Client& client) {
  auto scan = client.raw().reverse_scan(KeyRange("a2", "z2"), {.limit = 5, .page = 2});
  const auto pairs = co_await scan.collect().or_return();
  co_return text_of(pairs);
}

Text raw_remove_range(World&, Client& client) {
  KeyRange range("a2", "z2");
  co_await client.raw().remove_range(std::move(range)).or_return();
  co_return "removed";
}

Text raw_checksum(World&, Client& client) {
  KeyRange range = KeyRange::all();
  const RawChecksum sum = co_await client.raw().checksum(std::move(range)).or_return();
  co_return std::to_string(sum.total_kvs) + " pairs, " + std::to_string(sum.crc64_xor);
}

Text raw_swap(World&, Client& client) {
  std::optional<std::string> expected = "k1";
  const RawSwap swap =
      co_await client.raw().atomic().compare_and_swap("k1", std::move(expected), "swapped").or_return();
  co_return std::string(swap.swapped ? "swapped " : "not swapped ") + text_of(swap.previous);
}

Text raw_atomic_put(World&, Client& client) {
  co_await client.raw().atomic().put("k1", "put").or_return();
  co_return "put";
}

Text timestamp(World&, Client& client) {
  const std::uint64_t before = co_await client.timestamp().or_return();
  const std::uint64_t after = co_await client.timestamp().or_return();
  co_return before > 0 && after > before ? "rising" : "falling";
}

Text connect(World& world, Client&) {
  Client client = co_await world.connect().or_return();
  co_return "to cluster " + std::to_string(client.cluster_id());
}

Text snapshot_get(World&, Client& client) {
  const std::uint64_t now = co_await client.timestamp().or_return();
  const auto value = co_await client.snapshot(now).get("k1").or_return();
  co_return text_of(value);
}

Text snapshot_batch_get(World&, Client& client) {
  const std::uint64_t now = co_await client.timestamp().or_return();
  auto keys = some_keys();
  const auto values = co_await client.snapshot(now).batch_get(std::move(keys)).or_return();
  co_return text_of(values);
}

Text snapshot_scan(World&, Client& client) {
  const std::uint64_t now = co_await client.timestamp().or_return();
  auto scan = client.snapshot(now).scan(KeyRange::all(), {.page = 2});
  const auto pairs = co_await scan.collect().or_return();
  co_return text_of(pairs);
}

Text snapshot_reverse_scan(World&, Client& client) {
  const std::uint64_t now = co_await client.timestamp().or_return();
  auto scan = client.snapshot(now).reverse_scan(KeyRange("a2", "z2"), {.page = 2});
  const auto pairs = co_await scan.collect().or_return();
  co_return text_of(pairs);
}

Text commit(World&, Client& client) {
  Transaction txn = co_await client.begin().or_return();
  for (const char* key : {"a1", "k1", "z1"}) co_await txn.put(key, "committed");
  co_await txn.remove("k2");
  co_await txn.insert("new", "inserted");
  const Committed done = co_await txn.commit().or_return();
  co_return done.commit_ts > done.start_ts ? "committed" : "before its start";
}

Text read_and_write(World&, Client& client) {
  return client.transact([](Transaction& txn) -> Text {
    const auto a = co_await txn.get("a1").or_return();
    auto keys = some_keys();
    const auto many = co_await txn.batch_get(std::move(keys)).or_return();
    co_await txn.put("z1", text_of(a) + " was in a1");
    co_return text_of(many);
  });
}

}  // namespace

const std::vector<Flow>& flows() {
  using enum Flow::Keys;
  static const std::vector<Flow> all = {
      {"raw_get", kRaw, raw_get},
      {"raw_put", kRaw, raw_put},
      {"raw_remove", kRaw, raw_remove},
      {"raw_batch_get", kRaw, raw_batch_get},
      {"raw_batch_put", kRaw, raw_batch_put},
      {"raw_batch_remove", kRaw, raw_batch_remove},
      {"raw_scan", kRaw, raw_scan},
      {"raw_reverse_scan", kRaw, raw_reverse_scan},
      {"raw_remove_range", kRaw, raw_remove_range},
      {"raw_checksum", kRaw, raw_checksum},
      {"raw_swap", kRaw, raw_swap, false},
      {"raw_atomic_put", kRaw, raw_atomic_put, false},
      {"timestamp", kTransactional, timestamp},
      {"connect", kTransactional, connect},
      {"snapshot_get", kTransactional, snapshot_get},
      {"snapshot_batch_get", kTransactional, snapshot_batch_get},
      {"snapshot_scan", kTransactional, snapshot_scan},
      {"snapshot_reverse_scan", kTransactional, snapshot_reverse_scan},
      {"commit", kTransactional, commit},
      {"read_and_write", kTransactional, read_and_write},
  };
  return all;
}

void prepare(const Flow& flow, World& world, Client& client) {
  std::vector<KvPair> pairs;
  for (const char* key : {"a1", "a2", "k1", "k2", "k3", "z1", "z2"}) pairs.emplace_back(key, key);
  if (flow.keys == Flow::Keys::kRaw) {
    world.spread_raw();
    EXPECT_TRUE(world.run(client.raw().batch_put(pairs)).result);
    return;
  }
  world.spread_transactional();
  Transaction txn = world.run(client.begin()).result.value();
  for (const KvPair& pair : pairs) EXPECT_TRUE(txn.put(pair.key, pair.value));
  EXPECT_TRUE(world.run(txn.commit()).result);
  world.settle();
}

std::string contents(const Flow& flow, World& world, Client& client) {
  Result<std::vector<KvPair>> pairs;
  if (flow.keys == Flow::Keys::kRaw) {
    pairs = world.run(client.raw().scan(KeyRange::all()).collect()).result;
  } else {
    const std::uint64_t now = world.run(client.timestamp()).result.value();
    pairs = world.run(client.snapshot(now).scan(KeyRange::all()).collect()).result;
  }
  EXPECT_TRUE(pairs) << describe(pairs);
  return pairs ? text_of(*pairs) : "";
}

}  // namespace tikv::testing

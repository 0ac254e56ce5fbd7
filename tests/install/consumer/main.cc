// Uses every class of the public headers, so that a name missing from the library does not link.
#include <tikv/client.h>
#include <tikv/config_file.h>
#include <tikv/logger.h>
#include <tikv/tracer.h>
#include <tikv/when_all.h>

#include <cstdio>

namespace {

tikv::Task<tikv::Result<void>> use(tikv::Client& client) {
  tikv::RawClient raw = client.raw().atomic().with_column_family("default");
  std::vector<std::string> keys{"a", tikv::next_key("a")};
  std::vector<tikv::KvPair> pairs{{"a", "1"}};
  std::vector<std::chrono::seconds> ttls(1);
  co_await raw.put("a", "1").or_return();
  co_await raw.get("a").or_return();
  co_await raw.get_ttl("a").or_return();
  co_await raw.compare_and_swap("a", "1", "2").or_return();
  co_await raw.batch_put(pairs).or_return();
  co_await raw.batch_put_with_ttls(pairs, ttls).or_return();
  co_await raw.batch_get(keys).or_return();
  co_await raw.batch_remove(keys).or_return();
  auto scan = raw.scan(tikv::KeyRange::prefix("a"));
  co_await scan.next().or_return();
  auto back = raw.reverse_scan(tikv::KeyRange::all());
  co_await back.collect().or_return();
  co_await raw.checksum(tikv::KeyRange::all()).or_return();
  co_await raw.remove_range(tikv::KeyRange::prefix("a")).or_return();
  co_await raw.remove("a").or_return();

  tikv::Transaction txn = co_await client.begin().or_return();
  co_await txn.insert("b", "1");
  co_await txn.remove("c");
  co_await txn.get("b").or_return();
  co_await txn.batch_get(keys).or_return();
  auto own = txn.scan(tikv::KeyRange::all());
  co_await own.next().or_return();
  co_await txn.commit().or_return();
  co_await txn.rollback().or_return();

  const tikv::Snapshot snapshot = client.snapshot(co_await client.timestamp().or_return());
  co_await snapshot.get("b").or_return();
  auto pages = snapshot.reverse_scan(tikv::KeyRange::all());
  co_await pages.collect().or_return();

  const tikv::DebugState state = co_await client.debug_state().or_return();
  std::puts(tikv::to_json(state).c_str());
  const tikv::LogRecord record{.level = tikv::LogLevel::kInfo, .message = "m", .fields = {}};
  std::puts(tikv::to_string(record).c_str());
  std::puts(tikv::key_text("k", tikv::Redaction::kMarker).c_str());
  const auto trace = tikv::TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  if (trace) std::puts(trace->traceparent().c_str());

  auto body = [](tikv::Transaction& again) -> tikv::Task<tikv::Result<void>> { co_return again.put("b", "2"); };
  co_return co_await client.transact(body);
}

}  // namespace

int main() {
  const auto options = tikv::parse_options("path = \"tikv://127.0.0.1:1\"");
  if (!options || !tikv::parse_path("tikv://127.0.0.1:1") || tikv::load_options("nowhere.toml")) return 1;
  auto client = tikv::Client::connect(*options).with_timeout(std::chrono::seconds(1)).get();
  if (client) return use(*client).get().has_value();
  std::puts(client.error().to_string().c_str());
  std::puts(std::string(tikv::to_string(client.error().advice())).c_str());
  return client.error().kind() == tikv::ErrorKind::kDeadline ? 0 : 1;
}

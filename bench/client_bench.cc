// The benchmark's work done by this library, through its public API.

#include <tikv/client.h>

#include <thread>

#include "meter.h"
#include "workload.h"

namespace tikv::bench {
namespace {

/// A kind of work: what the n-th operation of a caller is, as a task and as blocking calls, and what must come of it.
/// Callers are coroutines or threads.
template <class Work>
Task<Result<void>> repeat(Meter& meter, const Work& work, std::size_t caller) {
  Meter::Laps laps(meter, caller);
  for (std::uint64_t n = 0; meter.going(); ++n) {
    auto result = co_await work.task(caller, n);
    work.check(result);
    laps.end();
  }
  meter.caller_done();
  co_return {};
}

template <class Work>
void repeat_blocking(Meter& meter, const Work& work, std::size_t caller) {
  Meter::Laps laps(meter, caller);
  for (std::uint64_t n = 0; meter.going(); ++n) {
    work.check(work.blocking(caller, n));
    laps.end();
  }
  meter.caller_done();
}

/// Starts all callers, measures, and waits for them.
template <class Work>
void run(Meter& meter, const Work& work) {
  const Arguments& arguments = meter.arguments();
  std::vector<std::jthread> threads;
  for (std::size_t caller = 0; caller < arguments.callers; ++caller) {
    if (arguments.threads) {
      threads.emplace_back([&meter, &work, caller] { repeat_blocking(meter, work, caller); });
    } else {
      repeat(meter, work, caller).start([](const Result<void>&) {});
    }
  }
  meter.watch();
}

void check_written(const Result<void>& result) {
  if (!result) fail(result.error().to_string());
}

void check_found(const Result<std::optional<std::string>>& result) {
  if (!result) fail(result.error().to_string());
  if (!*result || (*result)->size() != kValueSize) fail("not the value that was loaded");
}

struct RawGet {
  RawClient raw;

  auto task(std::size_t caller, std::uint64_t n) const { return raw.get(key(read_key(caller, n))); }
  auto blocking(std::size_t caller, std::uint64_t n) const { return task(caller, n).get(); }
  void check(const Result<std::optional<std::string>>& result) const { check_found(result); }
};

struct RawPut {
  RawClient raw;

  auto task(std::size_t caller, std::uint64_t n) const { return raw.put(key(read_key(caller, n)), value()); }
  auto blocking(std::size_t caller, std::uint64_t n) const { return task(caller, n).get(); }
  void check(const Result<void>& result) const { check_written(result); }
};

/// With a snapshot for each read, as a request to a service would have it.
struct TxnGet {
  const Client& client;
  std::uint64_t timestamp;

  auto task(std::size_t caller, std::uint64_t n) const {
    return client.snapshot(timestamp).get(key(read_key(caller, n)));
  }
  auto blocking(std::size_t caller, std::uint64_t n) const { return task(caller, n).get(); }
  void check(const Result<std::optional<std::string>>& result) const { check_found(result); }
};

/// Begins, puts and commits.
struct TxnWrite {
  const Client& client;
  std::uint64_t callers;
  std::uint64_t keys;
  bool call_by_call = false;  // threads wait for the beginning, and then for the end

  Task<Result<void>> task(std::size_t caller, std::uint64_t n) const {
    Transaction txn = co_await client.begin().or_return();
    co_await put(txn, first_written(callers, caller, n));
    co_await txn.commit().or_return();
    co_return {};
  }
  Result<void> blocking(std::size_t caller, std::uint64_t n) const {
    return call_by_call ? waiting_for_each_call(caller, n) : as_one_task(caller, n).get();
  }
  Task<Result<void>> as_one_task(std::size_t caller, std::uint64_t n) const {
    return client.transact([this, caller, n](Transaction& txn) -> Task<Result<void>> {
      co_return put(txn, first_written(callers, caller, n));
    });
  }
  Result<void> waiting_for_each_call(std::size_t caller, std::uint64_t n) const {
    auto txn = client.begin().get();
    if (!txn) return std::unexpected(txn.error());
    Result<void> done = put(*txn, first_written(callers, caller, n));
    if (!done) return done;
    const auto committed = txn->commit().get();
    if (!committed) return std::unexpected(committed.error());
    return {};
  }
  void check(const Result<void>& result) const { check_written(result); }

  Result<void> put(Transaction& txn, std::uint64_t first) const {
    Result<void> done;
    for (std::uint64_t i = 0; done && i < keys; ++i) done = txn.put(key(first + i), value());
    return done;
  }
};

/// The keys that others read.
void load(const Client& client) {
  std::vector<KvPair> pairs;
  for (std::uint64_t i = 0; i < kReadKeys; ++i) pairs.emplace_back(key(i), value());
  check_written(client.raw().batch_put(std::move(pairs)).get());

  constexpr std::uint64_t kAtOnce = 1000;
  const TxnWrite write{client, 1, kAtOnce};
  for (std::uint64_t i = 0; i < kReadKeys; i += kAtOnce) {
    auto txn = client.begin().get();
    if (!txn) fail(txn.error().to_string());
    check_written(write.put(*txn, i));
    if (const auto done = txn->commit().get(); !done) fail(done.error().to_string());
  }
}

void run(Meter& meter, const Client& client) {
  const Arguments& arguments = meter.arguments();
  const std::string& work = arguments.work;
  if (work == "load") return load(client);
  if (work == "raw_get") return run(meter, RawGet{client.raw()});
  if (work == "raw_put") return run(meter, RawPut{client.raw()});
  if (work == "txn_1") return run(meter, TxnWrite{client, arguments.callers, 1, arguments.call_by_call});
  if (work == "txn_10") return run(meter, TxnWrite{client, arguments.callers, 10, arguments.call_by_call});
  if (work != "txn_get") fail("no such work: " + work);
  const Result<std::uint64_t> now = client.timestamp().get();
  if (!now) fail(now.error().to_string());
  run(meter, TxnGet{client, *now});
}

}  // namespace
}  // namespace tikv::bench

int main(int argc, char** argv) {
  namespace bench = tikv::bench;
  bench::Meter meter(bench::parse(argc, argv), "tikv-cpp", BENCH_VERSION);
  tikv::ClientOptions options;
  options.pd_endpoints = meter.arguments().pd;
  options.tls.ca_path = meter.arguments().ca;
  auto client = tikv::Client::connect(std::move(options)).get();
  if (!client) bench::fail(client.error().to_string());
  bench::run(meter, *client);
  return 0;
}

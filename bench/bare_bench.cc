// The benchmark's messages on the bare transport: same requests to the same stores, and nothing above them that a
// client has to do (regions that change, retries, deadlines, errors, locks). What a client costs beyond this is its
// own.

#include <tikv/proto/kvrpcpb.pb.h>

#include <optional>

#include "bare_cluster.h"
#include "bare_timestamps.h"
#include "meter.h"
#include "net/http_transport.h"
#include "proto/tikv_methods.h"
#include "runtime/io_loop.h"
#include "workload.h"

namespace tikv::bench {
namespace {

namespace pb = proto::kvrpcpb;

struct World {
  net::Transport& transport;
  BareCluster cluster;
  std::optional<BareTimestamps> timestamps;
  std::uint64_t read_ts = 0;
};

/// One request to the region of `key`.
template <class Request>
struct Exchange {
  Exchange(World& w, const std::string& key) : world(w), region(w.cluster.region_of(key)) {
    *request.mutable_context() = region.context;
  }
  net::Call call() { return {world.transport, region.address, proto::MethodOf<Request>::method, request, response}; }
  void check(const net::Status& status) const {
    if (!status.ok()) fail(std::string(net::outcome_name(status)) + " " + status.message);
    if (response.has_region_error()) fail("a region error");
  }

  World& world;
  const BareCluster::Region& region;
  Request request;
  proto::ResponseOf<Request> response;
};

template <class Request>
Task<Result<void>> get(World& world, std::string key) {
  Exchange<Request> exchange(world, key);
  if constexpr (requires { exchange.request.set_version(1); }) exchange.request.set_version(world.read_ts);
  exchange.request.set_key(std::move(key));
  net::Call call = exchange.call();
  exchange.check(co_await call);
  if (exchange.response.value().size() != kValueSize) fail("not the value that was loaded");
  co_return {};
}

Task<Result<void>> raw_put(World& world, std::string key) {
  Exchange<pb::RawPutRequest> exchange(world, key);
  exchange.request.set_key(std::move(key));
  exchange.request.set_value(value());
  net::Call call = exchange.call();
  exchange.check(co_await call);
  co_return {};
}

Task<Result<void>> prewrite(World& world, std::uint64_t start_ts, std::uint64_t first, std::uint64_t keys) {
  const std::string primary = key(first);
  Exchange<pb::PrewriteRequest> exchange(world, primary);
  for (std::uint64_t i = 0; i < keys; ++i) {
    pb::Mutation* mutation = exchange.request.add_mutations();
    mutation->set_op(pb::Op::Put);
    mutation->set_key(key(first + i));
    mutation->set_value(value());
  }
  exchange.request.set_primary_lock(primary);
  exchange.request.set_start_version(start_ts);
  exchange.request.set_lock_ttl(3000);
  exchange.request.set_txn_size(keys);
  exchange.request.set_min_commit_ts(start_ts + 1);
  net::Call call = exchange.call();
  exchange.check(co_await call);
  if (exchange.response.errors_size() > 0) fail("a prewrite that met a lock");
  co_return {};
}

Task<Result<void>> commit(World& world, std::uint64_t start_ts, std::uint64_t first, std::uint64_t keys) {
  const std::string primary = key(first);
  Exchange<pb::CommitRequest> exchange(world, primary);
  for (std::uint64_t i = 0; i < keys; ++i) exchange.request.add_keys(key(first + i));
  exchange.request.set_start_version(start_ts);
  exchange.request.set_commit_version(co_await world.timestamps->get());
  exchange.request.set_primary_key(primary);
  exchange.request.set_commit_role(pb::CommitRole::Primary);
  net::Call call = exchange.call();
  exchange.check(co_await call);
  if (exchange.response.has_error()) fail("a commit that failed");
  co_return {};
}

// All keys of a transaction are in one region: the borders are multiples of what a caller writes.
Task<Result<void>> txn(World& world, std::uint64_t first, std::uint64_t keys) {
  const std::uint64_t start_ts = co_await world.timestamps->get();
  co_await prewrite(world, start_ts, first, keys).or_return();
  co_await commit(world, start_ts, first, keys).or_return();
  co_return {};
}

Task<Result<void>> operation(World& world, const Arguments& arguments, std::uint64_t caller, std::uint64_t n) {
  const std::string& work = arguments.work;
  if (work == "raw_get") return get<pb::RawGetRequest>(world, key(read_key(caller, n)));
  if (work == "raw_put") return raw_put(world, key(read_key(caller, n)));
  if (work == "txn_get") return get<pb::GetRequest>(world, key(read_key(caller, n)));
  const std::uint64_t first = first_written(arguments.callers, caller, n);
  if (work == "txn_1") return txn(world, first, 1);
  if (work == "txn_10") return txn(world, first, 10);
  fail("no such work: " + work);
}

Task<Result<void>> repeat(Meter& meter, World& world, std::size_t caller) {
  Meter::Laps laps(meter, caller);
  for (std::uint64_t n = 0; meter.going(); ++n) {
    co_await operation(world, meter.arguments(), caller, n).or_return();
    laps.end();
  }
  meter.caller_done();
  co_return {};
}

Task<Result<void>> prepare(World& world, runtime::Loop& loop, const Arguments& arguments) {
  const bool raw = arguments.work.starts_with("raw");
  pd::PdOptions pd;
  pd.endpoints = arguments.pd;
  pd.tls = !arguments.ca.empty();
  world.cluster = co_await BareCluster::learn(loop, world.transport, std::move(pd), raw).or_return();
  if (raw) co_return {};
  world.timestamps.emplace(loop, world.transport, world.cluster.pd_leader(), world.cluster.id());
  runtime::run_on(loop, world.timestamps->run()).start([](const Result<void>&) {});
  world.read_ts = co_await world.timestamps->get();
  co_return {};
}

}  // namespace
}  // namespace tikv::bench

int main(int argc, char** argv) {
  using namespace tikv;
  bench::Meter meter(bench::parse(argc, argv), "bare transport", BENCH_VERSION);
  runtime::IoLoop loop{runtime::LoopOptions{}};
  net::HttpOptions options;
  options.tls.ca_path = meter.arguments().ca;
  net::HttpTransport transport(loop, std::move(options));
  bench::World world{.transport = transport, .cluster = {}, .timestamps = {}};
  const auto ready = runtime::run_on(loop, bench::prepare(world, loop, meter.arguments())).get();
  if (!ready) bench::fail(ready.error().to_string());
  for (std::size_t caller = 0; caller < meter.arguments().callers; ++caller) {
    runtime::run_on(loop, bench::repeat(meter, world, caller)).start([](const Result<void>&) {});
  }
  meter.watch();
  // Its coroutines and their stream go with the process.
  std::fflush(stdout);
  std::_Exit(0);
}

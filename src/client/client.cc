#include <tikv/client.h>

#include <utility>

#include "admin/regions.h"
#include "client/connect.h"
#include "client/io_shard.h"
#include "client/layer_options.h"
#include "client/shards.h"
#include "config/validate_options.h"
#include "observe/watch.h"
#include "raw/session.h"
#include "snapshot/handle.h"
#include "txn/handle.h"

namespace tikv {
namespace {

using runtime::run_on;

Task<Result<Client>> fail(Error error) { co_return std::unexpected(std::move(error)); }

Task<Result<Client>> connect_all(std::shared_ptr<client::Shards> shards) {
  co_await client::Shards::connect(shards).or_return();
  co_return Client(std::move(shards));
}

/// Not a coroutine: binds one to the first shard's loop.
Task<Result<Client>> connect_bound(std::shared_ptr<client::Shards> shards) {
  runtime::Loop& loop = shards->first()->loop();
  return run_on(loop, connect_all(std::move(shards)));
}

Task<Result<std::uint64_t>> timestamp(client::ShardRef shard) {
  if (shard->closed()) co_return std::unexpected(detail::closed_error());
  co_return co_await shard->pd().get_timestamp();
}

Task<Result<std::vector<RegionInfo>>> regions(client::ShardRef shard, KeyRange range, RegionsOptions options) {
  if (shard->closed()) co_return std::unexpected(detail::closed_error());
  co_return co_await admin::regions(shard->pd(), std::move(range), options);
}

Task<Result<std::vector<StoreInfo>>> stores(client::ShardRef shard, StoresOptions options) {
  if (shard->closed()) co_return std::unexpected(detail::closed_error());
  co_return co_await admin::stores(shard->pd(), options);
}

Task<Result<std::vector<MemberInfo>>> members(client::ShardRef shard) {
  if (shard->closed()) co_return std::unexpected(detail::closed_error());
  co_return co_await shard->pd().get_members();
}

}  // namespace

Client::Client(std::shared_ptr<client::Shards> shards) noexcept : shards_(std::move(shards)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&& other) noexcept {
  if (this != &other) {
    close();
    shards_ = std::move(other.shards_);
  }
  return *this;
}
Client::~Client() { close(); }

Task<Result<Client>> Client::connect(ClientOptions options) {
  if (auto good = config::validate(options); !good) return fail(std::move(good).error());
  return connect_bound(client::make_io_shards(options));
}

Task<Result<Client>> client::connect_on(runtime::Loop& loop, net::Transport& transport, ClientOptions options) {
  if (auto good = config::validate(options); !good) return fail(std::move(good).error());
  std::vector<ShardRef> shards{
      std::make_shared<Shard>(loop, Shard::LoopUse::kShared, transport, options, make_observer(options))};
  return connect_bound(std::make_shared<Shards>(std::move(shards)));
}

void Client::close() noexcept {
  if (shards_) shards_->close();
}

std::uint64_t Client::cluster_id() const noexcept { return shards_->cluster_id(); }

RawClient Client::raw() const {
  const client::ShardRef& shard = shards_->next();
  return RawClient(std::make_shared<raw::Session>(shard->home(), shard->raw(), shard->options().raw, shard->closed(),
                                                  shard, std::string(), false, shard->options().retry.raw_budget));
}

Task<Result<Transaction>> Client::begin(TransactionOptions options) const {
  const client::ShardRef& shard = shards_->next();
  return txn::begin(shard, shard->transactions(), options);
}

Snapshot Client::snapshot(std::uint64_t timestamp, SnapshotOptions options) const {
  const client::ShardRef& shard = shards_->next();
  return Snapshot(std::make_shared<snapshot::Handle>(shard, shard->transactions().reads(), timestamp, options));
}

Client::CallerSide Client::caller_side() const {
  const client::ShardRef& shard = shards_->next();
  return {std::make_shared<txn::TransactHost>(shard, shard->transactions()), &shard->home()};
}

Task<Result<DebugState>> Client::debug_state() const {
  return run_on(shards_->first()->loop(), client::Shards::debug_state(shards_));
}

Task<Result<std::uint64_t>> Client::timestamp() const {
  const client::ShardRef& shard = shards_->next();
  auto call = observe::watch(shard->observer(), observe::Operation::kTimestamp, shard, tikv::timestamp(shard));
  return run_on(shard->home(), std::move(call));
}

Task<Result<std::vector<RegionInfo>>> Client::regions(KeyRange range, RegionsOptions options) const {
  const client::ShardRef& shard = shards_->next();
  return run_on(shard->home(), tikv::regions(shard, std::move(range), options));
}

Task<Result<std::vector<StoreInfo>>> Client::stores(StoresOptions options) const {
  const client::ShardRef& shard = shards_->next();
  return run_on(shard->home(), tikv::stores(shard, options));
}

Task<Result<std::vector<MemberInfo>>> Client::members() const {
  const client::ShardRef& shard = shards_->next();
  return run_on(shard->home(), tikv::members(shard));
}

}  // namespace tikv

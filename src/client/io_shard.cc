#include "client/io_shard.h"

#include <utility>
#include <vector>

#include "client/layer_options.h"
#include "net/http_transport.h"
#include "runtime/io_loop.h"

namespace tikv::client {
namespace {

/// A shard with loop and transport of its own.
struct IoShard {
  IoShard(const ClientOptions& options, std::shared_ptr<const observe::Observer> watching, std::size_t number)
      : observer(std::move(watching)),
        loop(loop_options(options)),
        transport(loop, http_options(options, *observer, number)),
        shard(loop, Shard::LoopUse::kOwn, transport, options, observer) {}

  std::shared_ptr<const observe::Observer> observer;
  runtime::IoLoop loop;
  net::HttpTransport transport;
  Shard shard;
};

/// Called when nobody holds the shard any more. The loop's thread has to end first, and can't wait for itself.
void retire(IoShard* shard) {
  if (shard->loop.is_current()) {
    std::shared_ptr<IoShard> owner(shard);
    shard->loop.close();
    shard->loop.release_to_thread(std::move(owner));
  } else {
    shard->loop.close();
    delete shard;
  }
}

}  // namespace

std::shared_ptr<Shards> make_io_shards(const ClientOptions& options) {
  const auto observer = make_observer(options);
  std::vector<ShardRef> shards;
  for (std::size_t i = 0; i < options.shards; ++i) {
    const std::shared_ptr<IoShard> owner(new IoShard(options, observer, i), retire);
    shards.emplace_back(owner, &owner->shard);
  }
  return std::make_shared<Shards>(std::move(shards));
}

}  // namespace tikv::client

#include "planted.h"

#include <tikv/proto/kvrpcpb.pb.h>
#include <tikv/timestamp.h>

#include <array>
#include <functional>
#include <string>
#include <utility>

namespace tikv::testing {
namespace {

namespace kvrpcpb = proto::kvrpcpb;
using cluster::RpcReply;
using cluster::ServerId;
using std::optional;

bool is(std::string_view path, std::string_view method) { return path.substr(path.rfind('/') + 1) == method; }

template <class Request, class Change>
void rewrite(std::string& bytes, const Change& change) {
  Request request;
  if (!request.ParseFromString(bytes)) return;
  change(request);
  bytes = request.SerializeAsString();
}

template <class Response>
RpcReply reply_of(Response response) {
  return RpcReply::of(std::make_unique<Response>(std::move(response)));
}

/// Changes requests; answers pass.
class OnRequest : public memory::Tap {
 public:
  using Change = std::function<optional<RpcReply>(const ServerId&, std::string_view path, std::string& request)>;
  explicit OnRequest(Change change) : change_(std::move(change)) {}
  optional<RpcReply> on_request(const ServerId& server, std::string_view path, std::string& request) override {
    return change_(server, path, request);
  }
  void on_reply(const ServerId&, std::string_view, const std::string&, RpcReply&) override {}

 private:
  Change change_;
};

std::unique_ptr<memory::Tap> on_request(OnRequest::Change change) {
  return std::make_unique<OnRequest>(std::move(change));
}

/// Changes answers; requests pass.
class OnReply : public memory::Tap {
 public:
  using Change = std::function<void(std::string_view path, const std::string& request, RpcReply& reply)>;
  explicit OnReply(Change change) : change_(std::move(change)) {}
  optional<RpcReply> on_request(const ServerId&, std::string_view, std::string&) override { return std::nullopt; }
  void on_reply(const ServerId&, std::string_view path, const std::string& request, RpcReply& reply) override {
    if (reply.ok()) change_(path, request, reply);
  }

 private:
  Change change_;
};

std::unique_ptr<memory::Tap> on_reply(OnReply::Change change) { return std::make_unique<OnReply>(std::move(change)); }

// ---- transactions

/// Reads pass locks by, as if there were none.
std::unique_ptr<memory::Tap> skipped_lock(World&) {
  return on_request([](const ServerId&, std::string_view path, std::string& request) -> optional<RpcReply> {
    const auto ignore = [](auto& read) { read.mutable_context()->set_isolation_level(kvrpcpb::RC); };
    if (is(path, "KvGet")) rewrite<kvrpcpb::GetRequest>(request, ignore);
    if (is(path, "KvBatchGet")) rewrite<kvrpcpb::BatchGetRequest>(request, ignore);
    if (is(path, "KvScan")) rewrite<kvrpcpb::ScanRequest>(request, ignore);
    return std::nullopt;
  });
}

/// Reads see what was there a while ago.
std::unique_ptr<memory::Tap> stale_read(World&) {
  return on_request([](const ServerId&, std::string_view path, std::string& request) -> optional<RpcReply> {
    const auto age = [](auto& read) { read.set_version(read.version() - compose_timestamp(100, 0)); };
    if (is(path, "KvGet")) rewrite<kvrpcpb::GetRequest>(request, age);
    if (is(path, "KvBatchGet")) rewrite<kvrpcpb::BatchGetRequest>(request, age);
    return std::nullopt;
  });
}

/// A prewrite does not look for what was committed since the transaction's start.
std::unique_ptr<memory::Tap> skipped_conflict_check(World&) {
  return on_request([](const ServerId&, std::string_view path, std::string& request) -> optional<RpcReply> {
    if (!is(path, "KvPrewrite")) return std::nullopt;
    rewrite<kvrpcpb::PrewriteRequest>(request, [](kvrpcpb::PrewriteRequest& prewrite) {
      prewrite.set_for_update_ts(prewrite.start_version());
      for (int i = 0; i < prewrite.mutations_size(); ++i) {
        prewrite.add_pessimistic_actions(kvrpcpb::PrewriteRequest::SKIP_PESSIMISTIC_CHECK);
      }
    });
    return std::nullopt;
  });
}

/// An insert is carried out as a put.
std::unique_ptr<memory::Tap> skipped_insert_check(World&) {
  return on_request([](const ServerId&, std::string_view path, std::string& request) -> optional<RpcReply> {
    if (!is(path, "KvPrewrite")) return std::nullopt;
    rewrite<kvrpcpb::PrewriteRequest>(request, [](kvrpcpb::PrewriteRequest& prewrite) {
      for (auto& mutation : *prewrite.mutable_mutations()) {
        if (mutation.op() == kvrpcpb::Op::Insert) mutation.set_op(kvrpcpb::Op::Put);
      }
    });
    return std::nullopt;
  });
}

/// Who asks for a transaction's state is told that it was rolled back, and nothing was.
std::unique_ptr<memory::Tap> forgotten_rollback(World&) {
  return on_request([](const ServerId&, std::string_view path, std::string&) -> optional<RpcReply> {
    if (!is(path, "KvCheckTxnStatus")) return std::nullopt;
    kvrpcpb::CheckTxnStatusResponse response;
    response.set_action(kvrpcpb::Action::TTLExpireRollback);
    return reply_of(std::move(response));
  });
}

/// A committed transaction's locks are rolled back by those who meet them.
std::unique_ptr<memory::Tap> lost_secondary(World&) {
  return on_request([](const ServerId&, std::string_view path, std::string& request) -> optional<RpcReply> {
    if (!is(path, "KvResolveLock")) return std::nullopt;
    rewrite<kvrpcpb::ResolveLockRequest>(request, [](kvrpcpb::ResolveLockRequest& r) { r.set_commit_version(0); });
    return std::nullopt;
  });
}

/// Every eighth commit of a primary is said to be done, and is not.
std::unique_ptr<memory::Tap> forgotten_commit(World&) {
  return on_request(
      [n = 0](const ServerId&, std::string_view path, std::string& request) mutable -> optional<RpcReply> {
        kvrpcpb::CommitRequest commit;
        if (!is(path, "KvCommit") || !commit.ParseFromString(request)) return std::nullopt;
        if (commit.commit_role() != kvrpcpb::CommitRole::Primary || ++n % 8 != 0) return std::nullopt;
        return reply_of(kvrpcpb::CommitResponse());
      });
}

/// Locks are said to be cleared away, and are not.
std::unique_ptr<memory::Tap> locks_that_stay(World&) {
  return on_request([](const ServerId&, std::string_view path, std::string&) -> optional<RpcReply> {
    if (!is(path, "KvResolveLock")) return std::nullopt;
    return reply_of(kvrpcpb::ResolveLockResponse());
  });
}

/// A scan leaves out a pair in the middle.
std::unique_ptr<memory::Tap> leaky_scan(World&) {
  return on_reply([](std::string_view path, const std::string&, RpcReply& reply) {
    if (!is(path, "KvScan")) return;
    auto& pairs = *static_cast<kvrpcpb::ScanResponse&>(*reply.response).mutable_pairs();
    if (pairs.size() < 3 || pairs[1].has_error()) return;
    pairs.DeleteSubrange(1, 1);
  });
}

// ---- raw

/// A compare-and-swap is carried out twice, and the second answer given: what a client does that repeats one.
std::unique_ptr<memory::Tap> replayed_swap(World& world) {
  return on_request(
      [&world](const ServerId& server, std::string_view path, std::string& request) -> optional<RpcReply> {
        if (is(path, "RawCompareAndSwap")) world.model().unary(server, path, {}, request, [](RpcReply) {});
        return std::nullopt;
      });
}

/// A put is carried out once more a second later.
std::unique_ptr<memory::Tap> replayed_put(World& world) {
  return on_request(
      [&world](const ServerId& server, std::string_view path, std::string& request) -> optional<RpcReply> {
        if (!is(path, "RawPut")) return std::nullopt;
        world.cluster.host().run_after(std::chrono::seconds(1), [&world, server, path = std::string(path), request] {
          if (world.model().alive(server)) world.model().unary(server, path, {}, request, [](RpcReply) {});
        });
        return std::nullopt;
      });
}

/// A swap whose comparison failed is said to have gone well.
std::unique_ptr<memory::Tap> flattering_swap(World&) {
  return on_reply([](std::string_view path, const std::string& request, RpcReply& reply) {
    kvrpcpb::RawCASRequest swap;
    if (!is(path, "RawCompareAndSwap") || !swap.ParseFromString(request)) return;
    auto& response = static_cast<kvrpcpb::RawCASResponse&>(*reply.response);
    if (response.succeed() || response.has_region_error()) return;
    response.set_succeed(true);
    response.set_previous_value(swap.previous_value());
    response.set_previous_not_exist(swap.previous_not_exist());
  });
}

/// Every eighth removal is said to be done, and is not.
std::unique_ptr<memory::Tap> forgotten_remove(World&) {
  return on_request([n = 0](const ServerId&, std::string_view path, std::string&) mutable -> optional<RpcReply> {
    if (!is(path, "RawDelete") || ++n % 8 != 0) return std::nullopt;
    return reply_of(kvrpcpb::RawDeleteResponse());
  });
}

/// A raw scan leaves out a pair in the middle.
std::unique_ptr<memory::Tap> leaky_raw_scan(World&) {
  return on_reply([](std::string_view path, const std::string&, RpcReply& reply) {
    if (!is(path, "RawScan")) return;
    auto& pairs = *static_cast<kvrpcpb::RawScanResponse&>(*reply.response).mutable_kvs();
    if (pairs.size() >= 3) pairs.DeleteSubrange(1, 1);
  });
}

/// Values live twice as long as they should.
std::unique_ptr<memory::Tap> stretched_time(World&) {
  return on_request([](const ServerId&, std::string_view path, std::string& request) -> optional<RpcReply> {
    if (!is(path, "RawPut")) return std::nullopt;
    rewrite<kvrpcpb::RawPutRequest>(request, [](kvrpcpb::RawPutRequest& put) { put.set_ttl(put.ttl() * 2); });
    return std::nullopt;
  });
}

// ---- what is left behind

/// A store that never does anything again, some seconds in.
std::unique_ptr<memory::Tap> dead_store(World& world) {
  return on_request([&world](const ServerId& server, std::string_view, std::string&) -> optional<RpcReply> {
    const bool dead = server == ServerId::store(1) && world.now().time_since_epoch() > std::chrono::seconds(3);
    if (!dead) return std::nullopt;
    return RpcReply::failed(cluster::RpcCode::kUnavailable, "planted");
  });
}

constexpr std::array kBugs = {
    Planted{"a skipped lock", "lists in haste", "read", skipped_lock},
    Planted{"a stale read", "lists in haste", "read", stale_read},
    Planted{"a skipped conflict check", "lists in haste", "lost update", skipped_conflict_check},
    Planted{"a skipped insert check", "versions in haste", "inserted", skipped_insert_check},
    Planted{"a forgotten rollback", "lists", "is not the same in", forgotten_rollback},
    Planted{"a lost secondary", "lists in haste", "is not the same in", lost_secondary},
    Planted{"a forgotten commit", "lists in haste", "is not stored", forgotten_commit},
    Planted{"locks that stay", "lists", "locks stay", locks_that_stay},
    Planted{"a scan that leaves out a pair", "versions", "read nothing", leaky_scan},
    Planted{"a broken ring", "ring, stores come and go", "the ring is broken", skipped_conflict_check},
    Planted{"money from nowhere", "bank", "seen by an audit", skipped_conflict_check},
    Planted{"half of a wide transaction", "wide, stores come and go", "half of a transaction", lost_secondary},
    Planted{"a replayed compare-and-swap", "registers, all is well", "is not linearizable", replayed_swap},
    Planted{"a replayed put", "registers in haste", "is not linearizable", replayed_put},
    Planted{"a swap that flatters", "registers in haste", "is not linearizable", flattering_swap},
    Planted{"a counter raised twice", "counters and stock", "counter", flattering_swap},
    Planted{"a forgotten removal", "registers in haste", "is not linearizable", forgotten_remove},
    Planted{"a raw scan that leaves out a pair", "counters and stock", "pairs", leaky_raw_scan},
    Planted{"a value that lives too long", "leases", "outlived its time", stretched_time},
    Planted{"a store that never comes back", "bank", "no service", dead_store},
};

}  // namespace

std::span<const Planted> planted_bugs() { return kBugs; }

}  // namespace tikv::testing

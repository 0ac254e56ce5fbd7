#pragma once

#include <gtest/gtest.h>
#include <tikv/proto/kvrpcpb.pb.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lock/lock_info.h"
#include "sim_fixture.h"

namespace tikv::testing {

namespace kvrpcpb = proto::kvrpcpb;

template <class Request>
Task<Result<proto::ResponseOf<Request>>> send_to(SimClient* client, std::string key, Request request) {
  route::Retry retry(client->loop, std::chrono::seconds(10));
  co_return co_await client->router.send_to_key(retry, std::move(key), request);
}

/// Locks that other transactions hold or left behind, made request by request.
class LocksTest : public SimTest {
 protected:
  /// Sends one request as another kind of client would.
  template <class Request>
  proto::ResponseOf<Request> send(const std::string& key, const Request& request) {
    return runtime::run_on(loop, send_to(&client, key, request)).get().value();
  }
  std::uint64_t now() { return runtime::run_on(loop, client.pd.get_timestamp()).get().value(); }

  kvrpcpb::PrewriteRequest prewrite(std::uint64_t start_ts, const std::string& primary, const std::string& key) {
    kvrpcpb::PrewriteRequest request;
    kvrpcpb::Mutation* mutation = request.add_mutations();
    mutation->set_op(kvrpcpb::Op::Put);
    mutation->set_key(key);
    mutation->set_value("theirs");
    request.set_primary_lock(primary);
    request.set_start_version(start_ts);
    request.set_lock_ttl(3000);
    request.set_txn_size(1);
    request.set_min_commit_ts(start_ts + 1);
    return request;
  }
  void leave_lock(std::uint64_t start_ts, const std::string& primary, const std::string& key) {
    EXPECT_TRUE(send(key, prewrite(start_ts, primary, key)).errors().empty());
  }
  /// Commits one key of a transaction; what the store says about it.
  kvrpcpb::CommitResponse commit_key(std::uint64_t start_ts, std::uint64_t commit_ts, const std::string& key) {
    kvrpcpb::CommitRequest request;
    request.set_start_version(start_ts);
    request.set_commit_version(commit_ts);
    request.add_keys(key);
    return send(key, request);
  }
  void roll_back_key(std::uint64_t start_ts, const std::string& key) {
    kvrpcpb::BatchRollbackRequest request;
    request.set_start_version(start_ts);
    request.add_keys(key);
    EXPECT_FALSE(send(key, request).has_error());
  }
  /// The lock that a read of `key` at `version` meets.
  std::optional<lock::Lock> lock_on(const std::string& key, std::uint64_t version) {
    kvrpcpb::GetRequest request;
    request.set_key(key);
    request.set_version(version);
    std::vector<lock::Lock> locks;
    const kvrpcpb::GetResponse response = send(key, request);
    if (response.error().has_locked()) lock::append_locks(response.error().locked(), locks);
    return locks.empty() ? std::nullopt : std::optional(locks.front());
  }
  std::optional<lock::Lock> lock_on(const std::string& key) { return lock_on(key, now()); }

  /// A transaction over "a", "k" and "z" whose client dies after the commit of its primary.
  Committed die_after_commit() {
    const FaultId lost = add(fault("KvCommit", FaultKind::kDropRequest, 1, 0));
    Transaction txn = client.begin();
    for (const char* key : {"a", "k", "z"}) (void)txn.put(key, "1");
    const Result<Committed> done = txn.commit().get();
    EXPECT_TRUE(done.has_value());
    loop.run_until([&] { return hits(lost) == 2; });
    cluster.model().faults().remove(lost);  // what is lost is not sent again for half a minute
    return done.value_or(Committed());
  }
};

}  // namespace tikv::testing

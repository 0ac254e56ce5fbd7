#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "history/cycle_check.h"
#include "history/snapshot_check.h"
#include "workloads/txn_journal.h"
#include "workloads/workload.h"

namespace tikv::testing {
namespace {

class Lists final : public Workload {
 public:
  explicit Lists(Stage& stage) : stage_(stage), journal_(stage), count_(2 + stage.pick(5)) {}

  Task<bool> step(Client& client, std::size_t process) override {
    TxnRecord record = journal_.begin(process);
    Task<Result<Committed>> task = append(client, record);
    const Result<Committed> result = co_await stage_.call(std::move(task), kSettle);
    journal_.end(std::move(record), result);
    co_return true;
  }

  void check() override {
    TxnRecord last = journal_.begin(0);
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < count_; ++i) keys.push_back(key(i));
    last.start_ts = stage_.world().run(stage_.any_client().timestamp()).result.value();
    const auto values = stage_.world().run(stage_.any_client().snapshot(last.start_ts).batch_get(keys)).result;
    ASSERT_TRUE(values) << describe(values);
    for (std::size_t i = 0; i < count_; ++i) last.reads.push_back({keys[i], (*values)[i]});
    journal_.end_reading(std::move(last));
    journal_.look_up_outcomes();
    for (const std::string& what : check_append_lists(journal_.history())) ADD_FAILURE() << what;
    for (const std::string& what : check_snapshots(journal_.history())) ADD_FAILURE() << what;
  }

 private:
  std::string key(std::size_t i) const { return Stage::key(i, count_, "list"); }

  /// Reads some lists, by one of the ways to read, and appends to some of them.
  Task<Result<Committed>> append(Client& client, TxnRecord& record) {
    Transaction txn = co_await client.begin().or_return();
    record.start_ts = txn.start_ts();
    const std::vector<std::string> keys = some_keys();
    std::vector<TxnRead> reads;
    if (stage_.one_in(4)) {
      TransactionScan scan = txn.scan(KeyRange::all(), {.page = 1 + stage_.pick(4)});
      const auto pairs = co_await scan.collect().or_return();
      for (const std::string& one : keys) {
        const auto found = std::ranges::find(pairs, one, &KvPair::key);
        reads.push_back({one, found == pairs.end() ? std::nullopt : std::optional(found->value)});
      }
    } else if (stage_.one_in(2)) {
      const auto values = co_await txn.batch_get(keys).or_return();
      for (std::size_t i = 0; i < keys.size(); ++i) reads.push_back({keys[i], values[i]});
    } else {
      for (const std::string& one : keys) {
        std::string name = one;
        auto value = co_await txn.get(std::move(name)).or_return();
        reads.push_back({one, std::move(value)});
      }
    }
    record.reads = reads;
    std::vector<TxnWrite> writes;
    for (const TxnRead& read : reads) {
      if (stage_.one_in(4)) continue;
      std::string longer = read.value ? *read.value + " " : "";
      longer += record.name;
      co_await txn.put(read.key, longer);
      writes.push_back({read.key, std::move(longer)});
    }
    record.writes = std::move(writes);
    co_return co_await txn.commit();
  }

  std::vector<std::string> some_keys() {
    std::set<std::string> keys;
    for (std::size_t i = 0, n = 1 + stage_.pick(3); i < n; ++i) keys.insert(key(stage_.pick(count_)));
    return {keys.begin(), keys.end()};
  }

  Stage& stage_;
  TxnJournal journal_;
  std::size_t count_;
};

}  // namespace

std::unique_ptr<Workload> lists(Stage& stage) { return std::make_unique<Lists>(stage); }

}  // namespace tikv::testing

#include <tikv/timestamp.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "history/snapshot_check.h"
#include "workloads/txn_journal.h"
#include "workloads/workload.h"

namespace tikv::testing {
namespace {

/// Keys of two kinds: those that are put and removed, and those that are inserted and removed.
class Versions final : public Workload {
 public:
  Versions(Stage& stage, std::string name, bool inserts)
      : stage_(stage), journal_(stage), name_(std::move(name)), inserts_(inserts), count_(3 + stage.pick(6)) {}

  Task<bool> step(Client& client, std::size_t process) override {
    TxnRecord record = journal_.begin(process);
    if (stage_.one_in(2)) {
      Task<Result<Committed>> task = write(client, record);
      const Result<Committed> result = co_await stage_.call(std::move(task), kSettle);
      if (result && !record.writes.empty()) note(result->commit_ts);
      if (!result && result.error().kind() == ErrorKind::kKeyExists) EXPECT_TRUE(inserts_) << describe(result);
      journal_.end(std::move(record), result);
      co_return true;
    }
    Task<Result<void>> task = read(client, record);
    const Result<void> result = co_await stage_.call(std::move(task));
    if (result) {
      journal_.end_reading(std::move(record));
    } else {
      EXPECT_EQ(result.error().applied(), Applied::kNo);
    }
    co_return true;
  }

  void check() override {
    for (int i = 0; i < 4; ++i) {
      TxnRecord last = journal_.begin(0);
      const Result<void> result = stage_.world().run(read(stage_.any_client(), last)).result;
      ASSERT_TRUE(result) << describe(result);
      journal_.end_reading(std::move(last));
    }
    journal_.look_up_outcomes();
    for (const std::string& what : check_snapshots(journal_.history())) ADD_FAILURE() << what;
  }

 private:
  std::string key(std::size_t i) const { return Stage::key(i, count_, name_); }
  std::set<std::string> some_keys(std::size_t most) {
    std::set<std::string> keys;
    for (std::size_t i = 0, n = 1 + stage_.pick(most); i < n; ++i) keys.insert(key(stage_.pick(count_)));
    return keys;
  }

  Task<Result<Committed>> write(Client& client, TxnRecord& record) {
    Transaction txn = co_await client.begin().or_return();
    record.start_ts = txn.start_ts();
    std::vector<TxnWrite> writes;
    for (const std::string& one : some_keys(4)) {
      if (stage_.one_in(4)) {
        co_await txn.remove(one);
        writes.push_back({one, {}});
      } else {
        if (inserts_) {
          co_await txn.insert(one, record.name);
        } else {
          co_await txn.put(one, record.name);
        }
        writes.push_back({one, record.name, inserts_});
      }
    }
    record.writes = std::move(writes);
    co_return co_await txn.commit();
  }

  /// A timestamp that others may come back to.
  void note(std::uint64_t timestamp) {
    noted_.push_back(timestamp);
    if (noted_.size() > 20) noted_.erase(noted_.begin());
  }

  Task<Result<void>> read(Client& client, TxnRecord& record) {
    record.fresh = noted_.empty() || stage_.one_in(2);
    if (record.fresh) {
      record.start_ts = co_await client.timestamp().or_return();
      note(record.start_ts);
    } else {
      // At a commit, directly before it, or some time earlier.
      record.start_ts = noted_[stage_.pick(noted_.size())] - stage_.pick(2);
      if (stage_.one_in(4)) record.start_ts -= compose_timestamp(static_cast<std::int64_t>(stage_.pick(2000)), 0);
    }
    const Snapshot snapshot = client.snapshot(record.start_ts);
    std::vector<TxnRead> reads;
    switch (stage_.pick(4)) {
      case 0:
        for (const std::string& one : some_keys(3)) {
          std::string name = one;
          auto value = co_await snapshot.get(std::move(name)).or_return();
          reads.push_back({one, std::move(value)});
        }
        break;
      case 1: {
        const std::set<std::string> keys = some_keys(6);
        const std::vector<std::string> names(keys.begin(), keys.end());
        const auto values = co_await snapshot.batch_get(names).or_return();
        for (std::size_t i = 0; i < names.size(); ++i) reads.push_back({names[i], values[i]});
        break;
      }
      default: {
        KeyRange range = some_range();
        const bool reverse = stage_.one_in(2);
        const std::size_t page = 1 + stage_.pick(5);
        SnapshotScan scan =
            reverse ? snapshot.reverse_scan(range, {.page = page}) : snapshot.scan(range, {.page = page});
        const auto pairs = co_await scan.collect().or_return();
        add_scanned(range, pairs, reads);
        break;
      }
    }
    record.reads = std::move(reads);
    co_return Result<void>();
  }

  KeyRange some_range() {
    if (stage_.one_in(3)) return KeyRange::all();
    std::string a = key(stage_.pick(count_));
    std::string b = key(stage_.pick(count_));
    if (b < a) std::swap(a, b);
    return KeyRange(a, b);
  }

  /// What is not in a scan's answer was not there.
  void add_scanned(const KeyRange& range, const std::vector<KvPair>& pairs, std::vector<TxnRead>& reads) const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (!range.contains(key(i))) continue;
      const auto found = std::ranges::find(pairs, key(i), &KvPair::key);
      reads.push_back({key(i), found == pairs.end() ? std::nullopt : std::optional(found->value)});
    }
    std::set<std::string> once;
    for (const KvPair& pair : pairs)
      EXPECT_TRUE(once.insert(pair.key).second) << "a scan gave " << pair.key << " twice";
  }

  Stage& stage_;
  TxnJournal journal_;
  std::string name_;
  bool inserts_;
  std::size_t count_;
  std::vector<std::uint64_t> noted_;
};

}  // namespace

std::unique_ptr<Workload> versions(Stage& stage) { return std::make_unique<Versions>(stage, "version", false); }
std::unique_ptr<Workload> claims(Stage& stage) { return std::make_unique<Versions>(stage, "claim", true); }

}  // namespace tikv::testing

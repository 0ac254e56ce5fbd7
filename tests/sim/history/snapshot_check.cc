#include "history/snapshot_check.h"

#include <algorithm>
#include <map>
#include <set>

namespace tikv::testing {
namespace {

using Outcome = TxnRecord::Outcome;

std::string text(const std::optional<std::string>& value) { return value ? "'" + *value + "'" : "nothing"; }

struct Version {
  std::uint64_t commit_ts;
  const TxnRecord* txn;
  const TxnWrite* write;
};

class Check {
 public:
  explicit Check(const TxnHistory& history) : history_(history) {}

  std::vector<std::string> run() {
    collect_versions();
    check_timestamps();
    check_writers();
    for (const TxnRecord& txn : history_) {
      for (const TxnRead& read : txn.reads) check_read(txn, read);
    }
    check_real_time();
    return std::move(found_);
  }

 private:
  static bool committed(const TxnRecord& txn) { return txn.commit_ts != 0 && txn.outcome != Outcome::kNot; }
  void report(std::string what) { found_.push_back(std::move(what)); }

  void collect_versions() {
    for (const TxnRecord& txn : history_) {
      for (const TxnWrite& write : txn.writes) {
        if (write.value) writers_.try_emplace({write.key, *write.value}, &txn);
        if (committed(txn)) versions_[write.key].push_back({txn.commit_ts, &txn, &write});
      }
    }
    for (auto& entry : versions_) std::ranges::sort(entry.second, {}, &Version::commit_ts);
  }

  void check_timestamps() {
    std::set<std::uint64_t> commits;
    for (const TxnRecord& txn : history_) {
      if (txn.outcome == Outcome::kCommitted && !txn.writes.empty() && txn.commit_ts == 0) {
        report(txn.name + " was said to be committed, and is not stored");
      }
      if (txn.outcome == Outcome::kNot && txn.commit_ts != 0) {
        report(txn.name + " was said not to be committed, and is stored as of " + std::to_string(txn.commit_ts));
      }
      if (!committed(txn) || txn.writes.empty()) continue;
      if (txn.commit_ts <= txn.start_ts) report(txn.name + " was committed before it began");
      if (!commits.insert(txn.commit_ts).second) report(txn.name + " shares its commit timestamp with another");
    }
  }

  void check_writers() {
    for (const auto& [key, versions] : versions_) {
      for (std::size_t i = 0; i < versions.size(); ++i) {
        const Version& now = versions[i];
        const Version* before = i == 0 ? nullptr : &versions[i - 1];
        if (before != nullptr && before->commit_ts > now.txn->start_ts) {
          report("lost update of " + key + ": " + now.txn->name + " began at " + std::to_string(now.txn->start_ts) +
                 ", before " + before->txn->name + " was committed at " + std::to_string(before->commit_ts));
        }
        if (now.write->insert && before != nullptr && before->write->value) {
          report(now.txn->name + " inserted " + key + ", which " + before->txn->name + " had written");
        }
      }
    }
  }

  const Version* version_at(const std::string& key, std::uint64_t timestamp) const {
    const auto versions = versions_.find(key);
    if (versions == versions_.end()) return nullptr;
    const auto after = std::ranges::upper_bound(versions->second, timestamp, {}, &Version::commit_ts);
    return after == versions->second.begin() ? nullptr : &*std::prev(after);
  }

  void check_read(const TxnRecord& txn, const TxnRead& read) {
    const Version* version = version_at(read.key, txn.start_ts);
    const std::optional<std::string> expected = version == nullptr ? std::nullopt : version->write->value;
    if (read.value == expected) return;
    std::string what = txn.name + " read " + text(read.value) + " in " + read.key + " at " +
                       std::to_string(txn.start_ts) + ", where " + text(expected) + " was stored";
    if (version != nullptr) what += " by " + version->txn->name + " at " + std::to_string(version->commit_ts);
    if (read.value) what += "; " + origin(read.key, *read.value);
    report(std::move(what));
  }

  std::string origin(const std::string& key, const std::string& value) const {
    const auto writer = writers_.find({key, value});
    if (writer == writers_.end()) return "nobody ever wrote that";
    const TxnRecord& by = *writer->second;
    if (!committed(by)) return by.name + " wrote that and was not committed";
    return by.name + " wrote that, committed at " + std::to_string(by.commit_ts);
  }

  void check_real_time() {
    std::vector<const TxnRecord*> over;
    for (const TxnRecord& txn : history_) {
      if (committed(txn) && txn.returned != TxnRecord::kNever) over.push_back(&txn);
    }
    std::vector<const TxnRecord*> begun;
    for (const TxnRecord& txn : history_) {
      if (txn.fresh) begun.push_back(&txn);
    }
    std::ranges::sort(over, {}, [](const TxnRecord* txn) { return txn->returned; });
    std::ranges::sort(begun, {}, [](const TxnRecord* txn) { return txn->invoked; });
    const TxnRecord* newest = nullptr;
    auto next = over.begin();
    for (const TxnRecord* txn : begun) {
      for (; next != over.end() && (*next)->returned < txn->invoked; ++next) {
        if (newest == nullptr || (*next)->commit_ts > newest->commit_ts) newest = *next;
      }
      if (newest == nullptr || newest->commit_ts < txn->start_ts) continue;
      report(txn->name + " began at " + std::to_string(txn->start_ts) + ", after " + newest->name +
             " had been committed at " + std::to_string(newest->commit_ts));
    }
  }

  const TxnHistory& history_;
  std::map<std::string, std::vector<Version>> versions_;
  std::map<std::pair<std::string, std::string>, const TxnRecord*> writers_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> check_snapshots(const TxnHistory& history) { return Check(history).run(); }

}  // namespace tikv::testing

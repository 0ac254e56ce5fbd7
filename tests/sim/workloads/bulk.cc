#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "workloads/raw_journal.h"
#include "workloads/workload.h"

namespace tikv::testing {
namespace {

using Kind = RegisterOp::Kind;

class Bulk final : public Workload {
 public:
  explicit Bulk(Stage& stage) : stage_(stage), journal_(stage), count_(5 + stage.pick(6)) {}

  Task<bool> step(Client& client, std::size_t) override {
    switch (stage_.pick(8)) {
      case 0:
        co_await put_many(client);
        break;
      case 1:
        co_await remove_many(client);
        break;
      case 2:
        co_await remove_range(client);
        break;
      case 3:
        co_await get_many(client);
        break;
      case 4:
      case 5:
        co_await scan(client);
        break;
      default:
        co_await put_one(client);
    }
    co_return true;
  }

  void check() override {
    const RegisterOp op = journal_.begin(Kind::kRead);
    const auto pairs = stage_.world().run(stage_.any_client().raw().scan(KeyRange::all()).collect()).result;
    ASSERT_TRUE(pairs) << describe(pairs);
    note_scanned(op, KeyRange::all(), *pairs);
    journal_.check();
  }

 private:
  std::string key(std::size_t i) const { return Stage::key(i, count_, "bulk"); }

  std::vector<std::string> some_keys() {
    std::set<std::string> keys;
    for (std::size_t i = 0, n = 1 + stage_.pick(5); i < n; ++i) keys.insert(key(stage_.pick(count_)));
    return {keys.begin(), keys.end()};
  }
  KeyRange some_range() {
    if (stage_.one_in(4)) return KeyRange::all();
    std::string a = key(stage_.pick(count_));
    std::string b = key(stage_.pick(count_));
    if (b < a) std::swap(a, b);
    return KeyRange(a, b);
  }

  template <class T>
  void note_written(const RegisterOp& op, const std::string& name, const Result<T>& result) {
    journal_.write(op, name, result, true);
  }

  void note_scanned(const RegisterOp& op, const KeyRange& range, const std::vector<KvPair>& pairs) {
    for (std::size_t i = 0; i < count_; ++i) {
      if (!range.contains(key(i))) continue;
      const auto found = std::ranges::find(pairs, key(i), &KvPair::key);
      journal_.read(op, key(i), found == pairs.end() ? std::nullopt : std::optional(found->value));
    }
  }

  Task<bool> put_one(Client& client) {
    RegisterOp op = journal_.begin(Kind::kWrite);
    const std::string name = key(stage_.pick(count_));
    if (!stage_.one_in(4)) op.value = std::to_string(stage_.next_number());
    Task<Result<void>> task = op.value ? client.raw().put(name, *op.value) : client.raw().remove(name);
    const Result<void> result = co_await stage_.call(std::move(task));
    note_written(op, name, result);
    co_return true;
  }

  Task<bool> put_many(Client& client) {
    RegisterOp op = journal_.begin(Kind::kWrite);
    op.value = std::to_string(stage_.next_number());
    const std::vector<std::string> keys = some_keys();
    std::vector<KvPair> pairs;
    for (const std::string& name : keys) pairs.emplace_back(name, *op.value);
    Task<Result<void>> task = client.raw().batch_put(std::move(pairs));
    const Result<void> result = co_await stage_.call(std::move(task));
    for (const std::string& name : keys) note_written(op, name, result);
    co_return true;
  }

  Task<bool> remove_many(Client& client) {
    const RegisterOp op = journal_.begin(Kind::kWrite);
    const std::vector<std::string> keys = some_keys();
    Task<Result<void>> task = client.raw().batch_remove(keys);
    const Result<void> result = co_await stage_.call(std::move(task));
    for (const std::string& name : keys) note_written(op, name, result);
    co_return true;
  }

  Task<bool> remove_range(Client& client) {
    const RegisterOp op = journal_.begin(Kind::kWrite);
    const KeyRange range = some_range();
    if (range.end.empty()) co_return true;  // all keys, others' too
    Task<Result<void>> task = client.raw().remove_range(range);
    const Result<void> result = co_await stage_.call(std::move(task));
    for (std::size_t i = 0; i < count_; ++i) {
      if (range.contains(key(i))) note_written(op, key(i), result);
    }
    co_return true;
  }

  Task<bool> get_many(Client& client) {
    const RegisterOp op = journal_.begin(Kind::kRead);
    const std::vector<std::string> keys = some_keys();
    Task<Result<std::vector<std::optional<std::string>>>> task = client.raw().batch_get(keys);
    const auto values = co_await stage_.call(std::move(task));
    if (!values) co_return false;
    for (std::size_t i = 0; i < keys.size(); ++i) journal_.read(op, keys[i], (*values)[i]);
    co_return true;
  }

  Task<bool> scan(Client& client) {
    const RegisterOp op = journal_.begin(Kind::kRead);
    const KeyRange range = some_range();
    const std::size_t page = 1 + stage_.pick(6);
    RawScan scan =
        stage_.one_in(2) ? client.raw().scan(range, {.page = page}) : client.raw().reverse_scan(range, {.page = page});
    Task<Result<std::vector<KvPair>>> task = scan.collect();
    const auto pairs = co_await stage_.call(std::move(task));
    if (pairs) note_scanned(op, range, *pairs);
    co_return true;
  }

  Stage& stage_;
  RawJournal journal_;
  std::size_t count_;
};

}  // namespace

std::unique_ptr<Workload> bulk(Stage& stage) { return std::make_unique<Bulk>(stage); }

}  // namespace tikv::testing

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "workloads/raw_journal.h"
#include "workloads/workload.h"

namespace tikv::testing {
namespace {

using Kind = RegisterOp::Kind;

class Registers final : public Workload {
 public:
  explicit Registers(Stage& stage) : stage_(stage), journal_(stage), count_(2 + stage.pick(4)) {}

  Task<bool> step(Client& client, std::size_t process) override {
    const std::string name = key(stage_.pick(count_));
    const RawClient raw = client.raw().atomic();
    std::optional<std::string>& last = last_seen_[{process, name}];
    const std::uint64_t choice = stage_.pick(10);
    if (choice < 3) {
      co_await get(raw, name, last);
    } else if (choice < 4) {
      co_await get_many(raw);
    } else if (choice < 8) {
      co_await swap(raw, name, last);
    } else {
      co_await put_or_remove(raw, name, choice == 8);
    }
    co_return true;
  }

  void check() override {
    for (std::size_t i = 0; i < count_; ++i) {
      RegisterOp op = journal_.begin(Kind::kRead);
      const auto value = stage_.world().run(stage_.any_client().raw().get(key(i))).result;
      ASSERT_TRUE(value) << describe(value);
      journal_.read(std::move(op), key(i), *value);
    }
    journal_.check();
  }

 private:
  std::string key(std::size_t i) const { return Stage::key(i, count_, "register"); }

  Task<bool> get(RawClient raw, std::string name, std::optional<std::string>& last) {
    RegisterOp op = journal_.begin(Kind::kRead);
    Task<Result<std::optional<std::string>>> task = raw.get(name);
    const auto value = co_await stage_.call(std::move(task));
    if (!value) co_return false;
    last = *value;
    journal_.read(std::move(op), name, *value);
    co_return true;
  }

  Task<bool> get_many(RawClient raw) {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < count_; ++i) keys.push_back(key(i));
    const RegisterOp op = journal_.begin(Kind::kRead);
    Task<Result<std::vector<std::optional<std::string>>>> task = raw.batch_get(keys);
    const auto values = co_await stage_.call(std::move(task));
    if (!values) co_return false;
    for (std::size_t i = 0; i < count_; ++i) journal_.read(op, keys[i], (*values)[i]);
    co_return true;
  }

  Task<bool> swap(RawClient raw, std::string name, std::optional<std::string>& last) {
    RegisterOp op = journal_.begin(Kind::kSwap);
    op.expected = last;
    op.value = std::to_string(stage_.next_number());
    Task<Result<RawSwap>> task = raw.compare_and_swap(name, last, *op.value);
    const Result<RawSwap> result = co_await stage_.call(std::move(task));
    if (result) last = result->swapped ? op.value : result->previous;
    journal_.swap(std::move(op), name, result);
    co_return true;
  }

  Task<bool> put_or_remove(RawClient raw, std::string name, bool put) {
    RegisterOp op = journal_.begin(Kind::kWrite);
    if (put) op.value = std::to_string(stage_.next_number());
    Task<Result<void>> task = put ? raw.put(name, *op.value) : raw.remove(name);
    const Result<void> result = co_await stage_.call(std::move(task));
    journal_.write(std::move(op), name, result, false);
    co_return true;
  }

  Stage& stage_;
  RawJournal journal_;
  std::size_t count_;
  /// What each process saw last in each key.
  std::map<std::pair<std::size_t, std::string>, std::optional<std::string>> last_seen_;
};

}  // namespace

std::unique_ptr<Workload> registers(Stage& stage) { return std::make_unique<Registers>(stage); }

}  // namespace tikv::testing

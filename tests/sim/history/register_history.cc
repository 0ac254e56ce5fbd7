#include "history/register_history.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace tikv::testing {
namespace {

using Kind = RegisterOp::Kind;

class Search {
 public:
  Search(std::vector<RegisterOp> ops, std::size_t max_steps)
      : ops_(std::move(ops)), used_(ops_.size(), false), steps_left_(max_steps) {
    std::ranges::stable_sort(ops_, {}, &RegisterOp::invoked);
    for (const RegisterOp& op : ops_) {
      certain_left_ += op.certain ? 1 : 0;
      expected_.push_back(number(op.expected));
      value_.push_back(number(op.value));
      seen_.push_back(number(op.seen));
    }
  }

  Linearizable run() {
    if (from(number(std::nullopt))) return Linearizable::kYes;
    return steps_left_ == 0 ? Linearizable::kUndecided : Linearizable::kNo;
  }

 private:
  using Value = std::size_t;

  Value number(const std::optional<std::string>& value) {
    return numbers_.try_emplace(value, numbers_.size()).first->second;
  }

  /// Whether what is left can be ordered, the register holding `state`.
  bool from(Value state) {
    if (certain_left_ == 0) return true;
    if (steps_left_ == 0) return false;
    --steps_left_;
    if (!tried_.emplace(used_, state).second) return false;
    const std::int64_t limit = first_return();
    for (std::size_t i = 0; i < ops_.size() && ops_[i].invoked <= limit; ++i) {
      if (used_[i] || !ops_[i].certain) continue;
      if (take(i, state, limit)) return true;
    }
    return false;
  }

  /// Nothing that began later can be next.
  std::int64_t first_return() const {
    std::int64_t first = RegisterOp::kNever;
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if (!used_[i] && ops_[i].certain) first = std::min(first, ops_[i].returned);
    }
    return first;
  }

  /// Puts a certain operation next, after others that may have happened if it needs them.
  bool take(std::size_t i, Value state, std::int64_t limit) {
    const RegisterOp& op = ops_[i];
    if (op.kind == Kind::kWrite) return go_on(i, value_[i]);
    if (op.kind == Kind::kSwap && op.swapped != (seen_[i] == expected_[i])) return false;
    const Value after = op.kind == Kind::kSwap && op.swapped ? value_[i] : seen_[i];
    if (state == seen_[i]) return go_on(i, after);
    return reach(seen_[i], state, limit, [&] { return go_on(i, after); });
  }

  bool go_on(std::size_t i, Value state) {
    used_[i] = true;
    --certain_left_;
    const bool good = from(state);
    ++certain_left_;
    used_[i] = false;
    return good;
  }

  /// Gets the register from `state` to `wanted` by means of what may have happened, and goes on with `then`.
  bool reach(Value wanted, Value state, std::int64_t limit, const std::function<bool()>& then) {
    bool written = false;
    for (std::size_t i = 0; i < ops_.size() && ops_[i].invoked <= limit; ++i) {
      if (used_[i] || ops_[i].certain || ops_[i].kind == Kind::kRead || value_[i] != wanted) continue;
      // Of writes that do the same, one is as good as the other.
      const bool write = ops_[i].kind == Kind::kWrite;
      if (write && std::exchange(written, true)) continue;
      used_[i] = !ops_[i].repeated;
      const bool ready = write || expected_[i] == state;
      const bool good = ready ? then() : reach(expected_[i], state, limit, then);
      used_[i] = false;
      if (good) return true;
    }
    return false;
  }

  std::vector<RegisterOp> ops_;
  std::map<std::optional<std::string>, Value> numbers_;
  std::vector<Value> expected_;
  std::vector<Value> value_;
  std::vector<Value> seen_;
  std::vector<bool> used_;
  std::size_t certain_left_ = 0;
  std::size_t steps_left_;
  std::set<std::pair<std::vector<bool>, Value>> tried_;
};

std::string text(const std::optional<std::string>& value) { return value ? "'" + *value + "'" : "nothing"; }

}  // namespace

Linearizable check_linearizable(const std::vector<RegisterOp>& ops, std::size_t max_steps) {
  return Search(ops, max_steps).run();
}

std::string to_string(const RegisterOp& op) {
  std::string out = "[" + std::to_string(op.invoked) + ", ";
  out += op.returned == RegisterOp::kNever ? "?" : std::to_string(op.returned);
  out += "] ";
  switch (op.kind) {
    case Kind::kRead:
      return out + "read " + text(op.seen);
    case Kind::kWrite:
      out += "write " + text(op.value);
      break;
    case Kind::kSwap:
      out += "swap " + text(op.expected) + " for " + text(op.value);
      if (op.certain) out += (op.swapped ? ": done, was " : ": not done, is ") + text(op.seen);
      break;
  }
  return op.certain ? out : out + " (perhaps)";
}

}  // namespace tikv::testing

#include "workloads/raw_journal.h"

#include <utility>

namespace tikv::testing {

RegisterOp RawJournal::begin(RegisterOp::Kind kind) const {
  RegisterOp op;
  op.kind = kind;
  op.invoked = stage_.now();
  return op;
}

void RawJournal::add(const std::string& key, RegisterOp op) {
  stage_.world().tell([&] { return key + ": " + to_string(op); });
  histories_[key].push_back(std::move(op));
}

void RawJournal::read(RegisterOp op, const std::string& key, std::optional<std::string> seen) {
  op.returned = stage_.now();
  op.seen = std::move(seen);
  add(key, std::move(op));
}

void RawJournal::end(RegisterOp op, const std::string& key, bool done, bool unknown, bool repeatable) {
  RegisterOp again = op;
  again.certain = false;
  again.repeated = repeatable;
  if (unknown || (done && repeatable)) add(key, again);
  if (!done) return;
  op.returned = stage_.now();
  add(key, std::move(op));
}

void RawJournal::swap(RegisterOp op, const std::string& key, const Result<RawSwap>& result) {
  if (result) {
    op.swapped = result->swapped;
    op.seen = result->previous;
  }
  write(std::move(op), key, result, false);
}

void RawJournal::check() const {
  for (const auto& [key, ops] : histories_) {
    const Linearizable answer = check_linearizable(ops);
    stage_.count(answer == Linearizable::kUndecided ? "histories undecided" : "histories of keys");
    if (answer != Linearizable::kNo) continue;
    std::string all;
    for (const RegisterOp& op : ops) all += "\n  " + to_string(op);
    ADD_FAILURE() << "the history of " << key << " is not linearizable:" << all;
  }
}

}  // namespace tikv::testing

#pragma once

#include <map>
#include <string>
#include <vector>

#include "history/register_history.h"
#include "stage.h"

namespace tikv::testing {

/// Writes down what happens to each raw key, for the checker.
class RawJournal {
 public:
  explicit RawJournal(Stage& stage) : stage_(stage) {}

  RegisterOp begin(RegisterOp::Kind kind) const;
  void read(RegisterOp op, const std::string& key, std::optional<std::string> seen);
  /// A write that ended like this. One that may be repeated may take effect again, any number of times, at any time.
  template <class T>
  void write(RegisterOp op, const std::string& key, const Result<T>& result, bool repeatable) {
    end(std::move(op), key, result.has_value(), !result && result.error().applied() == Applied::kUnknown, repeatable);
  }
  void swap(RegisterOp op, const std::string& key, const Result<RawSwap>& result);

  /// Every key's history is linearizable.
  void check() const;

 private:
  void end(RegisterOp op, const std::string& key, bool done, bool unknown, bool repeatable);
  void add(const std::string& key, RegisterOp op);

  Stage& stage_;
  std::map<std::string, std::vector<RegisterOp>> histories_;
};

}  // namespace tikv::testing

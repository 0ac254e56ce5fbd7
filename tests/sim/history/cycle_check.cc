#include "history/cycle_check.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>

namespace tikv::testing {
namespace {

using Outcome = TxnRecord::Outcome;
using Names = std::vector<std::string>;

Names names_in(const std::optional<std::string>& list) {
  Names names;
  std::istringstream in(list.value_or(""));
  for (std::string name; in >> name;) names.push_back(std::move(name));
  return names;
}

enum class Edge : std::uint8_t { kWrites, kReads, kOverwrites, kOrder };
constexpr std::string_view kEdgeNames[] = {"ww", "wr", "rw", "before"};

class Check {
 public:
  explicit Check(const TxnHistory& history) : history_(history), edges_(history.size()) {
    for (std::size_t i = 0; i < history_.size(); ++i) by_name_[history_[i].name] = i;
  }

  std::vector<std::string> run() {
    collect_lists();
    check_elements();
    if (!found_.empty()) return std::move(found_);  // there is no one order to draw edges from
    add_list_edges();
    add_time_edges();
    find_cycle();
    return std::move(found_);
  }

 private:
  struct Out {
    std::size_t to;
    Edge kind;
  };
  void report(std::string what) { found_.push_back(std::move(what)); }
  void add(std::size_t from, std::size_t to, Edge kind) {
    if (from != to) edges_[from].push_back({to, kind});
  }
  static bool counts(const TxnRecord& txn) { return txn.outcome != Outcome::kNot; }

  void collect_lists() {
    for (const TxnRecord& txn : history_) {
      for (const TxnRead& read : txn.reads) {
        Names names = names_in(read.value);
        Names& longest = lists_[read.key];
        const Names& shorter = names.size() < longest.size() ? names : longest;
        const Names& longer = names.size() < longest.size() ? longest : names;
        if (!std::equal(shorter.begin(), shorter.end(), longer.begin())) {
          report("the lists of " + read.key + " disagree: " + txn.name + " read '" + read.value.value_or("") + "'");
        }
        if (names.size() > longest.size()) longest = std::move(names);
      }
    }
  }

  void check_elements() {
    for (const auto& [key, names] : lists_) {
      std::set<std::string> once;
      for (const std::string& name : names) {
        if (!once.insert(name).second) report(name + " is in the list of " + key + " twice");
        const auto txn = by_name_.find(name);
        if (txn == by_name_.end()) {
          report(name + " is in the list of " + key + ", and nobody appended it");
        } else if (history_[txn->second].outcome == Outcome::kNot) {
          report(name + " is in the list of " + key + ", and was said not to be committed");
        }
      }
    }
    for (const TxnRecord& txn : history_) {
      std::size_t present = 0;
      for (const TxnWrite& write : txn.writes) present += place(write.key, txn.name).has_value() ? 1 : 0;
      if (txn.outcome == Outcome::kCommitted && present != txn.writes.size()) {
        report(txn.name + " was said to be committed, and is missing from a list");
      } else if (present != 0 && present != txn.writes.size()) {
        report(txn.name + " is in some of its lists and missing from others");
      }
    }
  }

  std::optional<std::size_t> place(const std::string& key, const std::string& name) const {
    const auto list = lists_.find(key);
    if (list == lists_.end()) return std::nullopt;
    const auto at = std::ranges::find(list->second, name);
    if (at == list->second.end()) return std::nullopt;
    return static_cast<std::size_t>(at - list->second.begin());
  }

  void add_list_edges() {
    for (const auto& [key, names] : lists_) {
      for (std::size_t i = 1; i < names.size(); ++i) add(by_name_[names[i - 1]], by_name_[names[i]], Edge::kWrites);
    }
    for (std::size_t i = 0; i < history_.size(); ++i) {
      if (!counts(history_[i])) continue;
      for (const TxnRead& read : history_[i].reads) {
        const Names& all = lists_[read.key];
        const std::size_t seen = names_in(read.value).size();
        if (seen > 0) add(by_name_[all[seen - 1]], i, Edge::kReads);
        if (seen < all.size()) add(i, by_name_[all[seen]], Edge::kOverwrites);
      }
    }
  }

  void add_time_edges() {
    for (std::size_t i = 0; i < history_.size(); ++i) {
      for (std::size_t j = 0; j < history_.size(); ++j) {
        const TxnRecord& first = history_[i];
        const TxnRecord& then = history_[j];
        const bool over = first.outcome == Outcome::kCommitted && first.returned < then.invoked && then.fresh;
        if (over && counts(then)) add(i, j, Edge::kOrder);
      }
    }
  }

  // A node is a transaction and whether an rw led to it: from one that an rw has led to, no rw leads on.
  using Node = std::pair<std::size_t, bool>;
  enum class Colour : std::uint8_t { kNew, kOpen, kDone };

  void find_cycle() {
    colours_.assign(2 * history_.size(), Colour::kNew);
    for (std::size_t i = 0; i < history_.size(); ++i) {
      for (const bool overwrote : {false, true}) {
        if (visit({i, overwrote})) return;
      }
    }
  }

  Colour& colour(const Node& node) { return colours_[2 * node.first + (node.second ? 1 : 0)]; }

  bool visit(Node node) {
    if (colour(node) == Colour::kDone) return false;
    colour(node) = Colour::kOpen;
    path_.push_back({node, Edge::kOrder});
    for (const Out& out : edges_[node.first]) {
      const bool overwrites = out.kind == Edge::kOverwrites;
      if (overwrites && node.second) continue;
      path_.back().second = out.kind;
      const Node next{out.to, overwrites};
      if (colour(next) == Colour::kOpen) {
        tell_cycle(next);
        return true;
      }
      if (visit(next)) return true;
    }
    path_.pop_back();
    colour(node) = Colour::kDone;
    return false;
  }

  void tell_cycle(const Node& first) {
    const auto begin = std::ranges::find_if(path_, [&](const auto& step) { return step.first == first; });
    std::string what = "a circle: ";
    for (auto step = begin; step != path_.end(); ++step) {
      what += history_[step->first.first].name + " -" +
              std::string(kEdgeNames[static_cast<std::size_t>(step->second)]) + "-> ";
    }
    report(what + history_[first.first].name);
  }

  const TxnHistory& history_;
  std::map<std::string, std::size_t> by_name_;
  std::map<std::string, Names> lists_;
  std::vector<std::vector<Out>> edges_;
  std::vector<Colour> colours_;
  std::vector<std::pair<Node, Edge>> path_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> check_append_lists(const TxnHistory& history) { return Check(history).run(); }

}  // namespace tikv::testing

// tikv regions, stores, members, timestamp

#include <tikv/cluster.h>
#include <tikv/timestamp.h>

#include <CLI/App.hpp>
#include <array>

#include "arguments.h"
#include "command.h"
#include "duration.h"
#include "session.h"
#include "table.h"

namespace tikv::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

/// Of a list in a table that may have nothing in it.
std::string or_dash(std::string text) { return text.empty() ? "-" : text; }

std::string stores_of(const std::vector<Peer>& peers) {
  std::vector<std::string> stores;
  for (const Peer& peer : peers) {
    stores.push_back(std::to_string(peer.store_id) + (peer.learner ? "(learner)" : "") +
                     (peer.witness ? "(witness)" : ""));
  }
  return or_dash(joined(stores));
}

Json peer_json(const Peer& peer) {
  return Json::Object{{"id", Json::id(peer.id)},
                      {"store_id", Json::id(peer.store_id)},
                      {"learner", peer.learner},
                      {"witness", peer.witness}};
}

Json peers_json(const std::vector<Peer>& peers) {
  Json::Array array;
  for (const Peer& peer : peers) array.push_back(peer_json(peer));
  return array;
}

Json strings_json(const std::vector<std::string>& strings) {
  Json::Array array;
  for (const std::string& string : strings) array.push_back(string);
  return array;
}

Json region_json(const RegionInfo& region) {
  return Json::Object{{"id", Json::id(region.id)},
                      {"start", Json::bytes(region.range.start)},
                      {"end", Json::bytes(region.range.end)},
                      {"epoch", Json::Object{{"version", Json::number(region.epoch_version)},
                                             {"conf_version", Json::number(region.epoch_conf_version)}}},
                      {"leader", region.leader ? peer_json(*region.leader) : Json()},
                      {"peers", peers_json(region.peers)},
                      {"down_peers", peers_json(region.down_peers)},
                      {"pending_peers", peers_json(region.pending_peers)}};
}

class Regions : public Command {
  void describe(CLI::App& app) override {
    range_.describe(app);
    app.add_option("--limit", limit_, "The most regions; 0 for all")->capture_default_str();
    app.add_flag("--raw", raw_, "Keys are raw ones; without it transactional ones");
  }
  Exit run(Context& context) override {
    const RegionsOptions options{.keys = raw_ ? KeyMode::kRaw : KeyMode::kTransactional, .limit = limit_};
    const KeyRange range = range_.range(context);
    const auto regions = context.wait(context.client().regions(range, options));
    Records records(context.out(), context.json(),
                    {"REGION", "START", "END", "EPOCH", "LEADER", "STORES", "DOWN", "PENDING"});
    for (const RegionInfo& region : regions) {
      records.add({std::to_string(region.id), or_dash(context.print_key(region.range.start)),
                   or_dash(context.print_key(region.range.end)),
                   std::to_string(region.epoch_version) + "." + std::to_string(region.epoch_conf_version),
                   region.leader ? std::to_string(region.leader->store_id) : "-", stores_of(region.peers),
                   stores_of(region.down_peers), stores_of(region.pending_peers)},
                  region_json(region));
    }
    records.finish();
    return Exit::kOk;
  }
  RangeArguments range_;
  std::size_t limit_ = 0;
  bool raw_ = false;
};

/// In the order of `StoreState`.
constexpr std::array<std::string_view, 3> kStateNames = {"up", "offline", "tombstone"};

std::string_view state_name(StoreState state) { return kStateNames[static_cast<std::size_t>(state)]; }

class Stores : public Command {
  void describe(CLI::App& app) override {
    app.add_flag("--tombstones", tombstones_, "Also those that are gone for good");
  }
  Exit run(Context& context) override {
    const auto stores = context.wait(context.client().stores({.with_tombstones = tombstones_}));
    Records records(context.out(), context.json(), {"STORE", "ADDRESS", "STATE", "VERSION", "STARTED", "LABELS"});
    for (const StoreInfo& store : stores) {
      std::vector<std::string> labels;
      for (const auto& [name, value] : store.labels) labels.push_back(name + "=" + value);
      records.add({std::to_string(store.id), store.address, std::string(state_name(store.state)),
                   or_dash(store.version), print_time(store.started), or_dash(joined(labels))},
                  store_json(store));
    }
    records.finish();
    return Exit::kOk;
  }
  static Json store_json(const StoreInfo& store) {
    Json::Object labels;
    for (const auto& [name, value] : store.labels) labels.emplace_back(name, value);
    return Json::Object{{"id", Json::id(store.id)},           {"address", store.address},
                        {"peer_address", store.peer_address}, {"status_address", store.status_address},
                        {"state", state_name(store.state)},   {"version", store.version},
                        {"started", rfc3339(store.started)},  {"labels", std::move(labels)}};
  }
  bool tombstones_ = false;
};

class Members : public Command {
  void describe(CLI::App&) override {}
  Exit run(Context& context) override {
    const auto members = context.wait(context.client().members());
    Records records(context.out(), context.json(),
                    {"MEMBER", "NAME", "LEADER", "PRIORITY", "VERSION", "CLIENT URLS", "PEER URLS"});
    for (const MemberInfo& member : members) {
      records.add({std::to_string(member.id), or_dash(member.name), member.leader ? "yes" : "-",
                   std::to_string(member.leader_priority), or_dash(member.version), or_dash(joined(member.client_urls)),
                   or_dash(joined(member.peer_urls))},
                  member_json(member));
    }
    records.finish();
    return Exit::kOk;
  }
  static Json member_json(const MemberInfo& member) {
    return Json::Object{{"id", Json::id(member.id)},
                        {"name", member.name},
                        {"leader", member.leader},
                        {"leader_priority", Json::integer(member.leader_priority)},
                        {"version", member.version},
                        {"client_urls", strings_json(member.client_urls)},
                        {"peer_urls", strings_json(member.peer_urls)}};
  }
};

class Timestamp : public Command {
  void describe(CLI::App& app) override {
    app.add_option("TIMESTAMP", timestamp_, "One to explain, which needs no cluster; a fresh one if left out");
  }
  Exit run(Context& context) override {
    const std::uint64_t timestamp = timestamp_ != 0 ? timestamp_ : context.wait(context.client().timestamp());
    const auto time = timestamp_time(timestamp);
    const auto logical = static_cast<std::uint64_t>(timestamp_logical(timestamp));
    context.answer(
        Json::Object{{"timestamp", Json::id(timestamp)},
                     {"time", rfc3339(time)},
                     {"physical_ms", Json::number(static_cast<std::uint64_t>(timestamp_physical_ms(timestamp)))},
                     {"logical", Json::number(logical)}},
        std::to_string(timestamp) + "  " + print_time(time) + "  logical " + std::to_string(logical));
    return Exit::kOk;
  }
  std::uint64_t timestamp_ = 0;
};

constexpr std::array kClusterCommands = {
    CommandRow{"", "regions", "The regions of a range, with leader, peers and epoch",
               "tikv regions --prefix account/\ntikv regions --raw a b --json", make_command<Regions>},
    CommandRow{"", "stores", "The stores of the cluster", "tikv stores --tombstones", make_command<Stores>},
    CommandRow{"", "members", "PD's servers and their leader", "tikv members --json", make_command<Members>},
    CommandRow{"", "timestamp", "A fresh timestamp, or what a timestamp means",
               "tikv timestamp\ntikv timestamp 461234567890123456", make_command<Timestamp>},
};

}  // namespace

std::span<const CommandRow> cluster_commands() { return kClusterCommands; }

}  // namespace tikv::cli

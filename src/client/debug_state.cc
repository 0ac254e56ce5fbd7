#include <tikv/debug.h>

#include <array>
#include <string>
#include <string_view>

namespace tikv {
namespace {

/// Writes JSON, without blanks.
class Json {
 public:
  void name(std::string_view text) {
    comma();
    string(text);
    text_ += ':';
    first_ = true;
  }
  void value(std::string_view text) {
    comma();
    string(text);
  }
  void value(std::uint64_t number) {
    comma();
    text_ += std::to_string(number);
  }
  void value(bool flag) {
    comma();
    text_ += flag ? "true" : "false";
  }
  template <class T>
  void field(std::string_view title, const T& content) {
    name(title);
    value(content);
  }
  void open(char bracket) {
    comma();
    text_ += bracket;
    first_ = true;
  }
  void close(char bracket) {
    text_ += bracket;
    first_ = false;
  }
  std::string take() { return std::move(text_); }

 private:
  void comma() {
    if (!first_) text_ += ',';
    first_ = false;
  }
  void string(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text_ += '"';
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') text_ += '\\';
      if (byte < 0x20) {
        text_ += "\\u00";
        text_ += kDigits[byte >> 4];
        text_ += kDigits[byte & 15];
      } else {
        text_ += c;
      }
    }
    text_ += '"';
  }
  std::string text_;
  bool first_ = true;
};

/// A list of things that `write` writes.
template <class Things, class Write>
void list(Json& json, std::string_view name, const Things& things, Write write) {
  json.name(name);
  json.open('[');
  for (const auto& thing : things) write(json, thing);
  json.close(']');
}

void write_store(Json& json, const DebugState::Store& store) {
  json.open('{');
  json.field("id", store.id);
  json.field("address", std::string_view(store.address));
  json.field("liveness", std::string_view(store.liveness));
  json.field("removed", store.removed);
  json.field("failures", std::uint64_t{store.failures});
  json.close('}');
}

void write_connection(Json& json, const DebugState::Connection& connection) {
  json.open('{');
  json.field("address", std::string_view(connection.address));
  json.field("state", std::string_view(connection.state));
  json.field("waiting", std::uint64_t{connection.waiting});
  json.field("in_flight", std::uint64_t{connection.in_flight});
  json.field("finishing", std::uint64_t{connection.finishing});
  json.field("last_failure", std::string_view(connection.last_failure));
  json.close('}');
}

void write_pd(Json& json, const DebugState::Pd& pd) {
  json.open('{');
  list(json, "members", pd.members, [](Json& to, const std::string& member) { to.value(std::string_view(member)); });
  json.field("leader", std::string_view(pd.leader));
  json.field("searching", pd.searching);
  json.field("timestamp_callers", std::uint64_t{pd.timestamp_callers});
  json.field("timestamp_requests", std::uint64_t{pd.timestamp_requests});
  json.close('}');
}

void write_shard(Json& json, const DebugState::Shard& shard) {
  json.open('{');
  json.field("operations", std::uint64_t{shard.operations});
  json.field("background_tasks", std::uint64_t{shard.background_tasks});
  json.field("transaction_tasks", std::uint64_t{shard.transaction_tasks});
  json.field("locks_cleaning", std::uint64_t{shard.locks_cleaning});
  json.field("raw_regions", std::uint64_t{shard.raw_regions});
  json.field("txn_regions", std::uint64_t{shard.txn_regions});
  json.name("pd");
  write_pd(json, shard.pd);
  list(json, "stores", shard.stores, write_store);
  list(json, "connections", shard.connections, write_connection);
  json.close('}');
}

}  // namespace

std::string to_json(const DebugState& state) {
  Json json;
  json.open('{');
  json.field("cluster_id", state.cluster_id);
  list(json, "shards", state.shards, write_shard);
  json.close('}');
  return json.take();
}

}  // namespace tikv

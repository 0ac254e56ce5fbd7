#include "player.h"

#include <boost/json/serialize.hpp>
#include <chrono>
#include <utility>

#include "base/codec.h"

namespace tikv::testing {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

namespace {

constexpr std::uint64_t kStore = 1;
constexpr std::uint64_t kFirstRegion = 100;
constexpr std::uint64_t kFirstPeer = 200;
constexpr std::uint64_t kUnknown = 987654321;
constexpr std::uint64_t kTerm = 7;
constexpr std::chrono::milliseconds kStartDelay{200};

/// The number that stands for a symbol of the recordings: R1, P1, S1, UNKNOWN.
std::optional<std::uint64_t> number_of(std::string_view symbol) {
  if (symbol == "UNKNOWN") return kUnknown;
  if (symbol.size() != 2 || symbol[1] < '1' || symbol[1] > '9') return std::nullopt;
  const auto index = static_cast<std::uint64_t>(symbol[1] - '0');
  switch (symbol[0]) {
    case 'R':
      return kFirstRegion + index;
    case 'P':
      return kFirstPeer + index;
    case 'S':
      return kStore;
    default:
      return std::nullopt;
  }
}

/// Only region errors have symbols; elsewhere such a text is a value.
void replace_symbols(boost::json::value& json) {
  if (auto* text = json.if_string()) {
    if (const auto number = number_of(*text)) *text = std::to_string(*number);
  } else if (auto* object = json.if_object()) {
    for (auto& member : *object) replace_symbols(member.value());
  } else if (auto* array = json.if_array()) {
    for (auto& element : *array) replace_symbols(element);
  }
}

boost::json::value expected_answer(const boost::json::object& step) {
  boost::json::value answer = step.at("resp");
  if (auto* error = answer.as_object().if_contains("region_error")) replace_symbols(*error);
  return answer;
}

/// The message field `name` of `message`, created if absent.
Message& sub_message(Message& message, const char* name) {
  return *message.GetReflection()->MutableMessage(&message, message.GetDescriptor()->FindFieldByName(name));
}

void set_number(Message& message, const char* name, std::uint64_t value) {
  message.GetReflection()->SetUInt64(&message, message.GetDescriptor()->FindFieldByName(name), value);
}

void set_enum(Message& message, const char* name, int value) {
  message.GetReflection()->SetEnumValue(&message, message.GetDescriptor()->FindFieldByName(name), value);
}

void clear(Message& message, const char* name) {
  message.GetReflection()->ClearField(&message, message.GetDescriptor()->FindFieldByName(name));
}

void fill_context(Message& context, const store::RegionView& region) {
  set_number(context, "region_id", region.region.id());
  Message& epoch = sub_message(context, "region_epoch");
  set_number(epoch, "conf_ver", region.region.region_epoch().conf_ver());
  set_number(epoch, "version", region.region.region_epoch().version());
  Message& peer = sub_message(context, "peer");
  set_number(peer, "id", region.peer.id());
  set_number(peer, "store_id", region.peer.store_id());
}

std::uint64_t id_of(const boost::json::value& id) { return id.as_string() == "UNKNOWN" ? kUnknown : 0; }

/// Makes the context differ from the right one as it did in the recording.
void change_context(Message& context, const store::RegionView& region, const boost::json::object& changes) {
  const auto& epoch = region.region.region_epoch();
  for (const auto& change : changes) {
    const std::string_view what = change.key();
    const boost::json::value& to = change.value();
    if (what == "region_id") {
      set_number(context, "region_id", id_of(to));
    } else if (what == "peer.id") {
      set_number(sub_message(context, "peer"), "id", id_of(to));
    } else if (what == "peer.store_id") {
      set_number(sub_message(context, "peer"), "store_id", id_of(to));
    } else if (what == "epoch_version_delta") {
      set_number(sub_message(context, "region_epoch"), "version",
                 epoch.version() + static_cast<std::uint64_t>(to.as_int64()));
    } else if (what == "epoch_conf_ver_delta") {
      set_number(sub_message(context, "region_epoch"), "conf_ver",
                 epoch.conf_ver() + static_cast<std::uint64_t>(to.as_int64()));
    } else if (what == "region_epoch" || what == "peer") {
      clear(context, std::string(what).c_str());
    } else if (what == "term") {
      set_number(context, "term", 1);
    } else if (what == "api_version") {
      set_enum(context, "api_version", to.as_string() == "V2" ? 2 : 0);
    }
  }
}

std::vector<store::RegionView> make_regions(const boost::json::object& header) {
  const bool raw = header.at("split_is_raw").as_bool();
  std::vector<std::string> borders{""};
  for (const auto& key : header.at("split_keys").as_array()) {
    const std::string plain(key.as_string());
    borders.push_back(raw ? plain : base::encode_bytes(plain));
  }
  // Where the keyspaces start: another region followed there.
  borders.push_back(base::encode_bytes(std::string_view("x\0\0\0", 4)));

  std::vector<store::RegionView> regions;
  for (std::size_t i = 1; i < borders.size(); ++i) {
    store::RegionView view;
    view.region.set_id(kFirstRegion + i);
    view.region.set_start_key(borders[i - 1]);
    view.region.set_end_key(borders[i]);
    view.region.mutable_region_epoch()->set_version(10 + i);
    view.region.mutable_region_epoch()->set_conf_ver(5);
    view.peer.set_id(kFirstPeer + i);
    view.peer.set_store_id(kStore);
    *view.region.add_peers() = view.peer;
    view.leader = view.peer;
    view.term = kTerm;
    regions.push_back(std::move(view));
  }
  return regions;
}

/// A time to live recorded as "~" may be up to five seconds less than what was asked for.
bool settle_ttl(const boost::json::object& step, boost::json::value& recorded, Message& given) {
  const auto* ttl = recorded.as_object().if_contains("ttl");
  if (ttl == nullptr || !ttl->is_string() || ttl->as_string() != "~") return true;
  const auto asked = static_cast<std::uint64_t>(step.at("ttl_requested").as_int64());
  const FieldDescriptor* field = given.GetDescriptor()->FindFieldByName("ttl");
  const std::uint64_t left = given.GetReflection()->GetUInt64(given, field);
  recorded.as_object()["ttl"] = std::to_string(left);
  return left + 5 > asked && left <= asked;
}

}  // namespace

Player::Player(Messages& messages, const boost::json::object& header)
    : messages_(messages), regions_(make_regions(header)) {
  const bool has_ttl = header.at("api_version").as_string().find("ttl") != std::string_view::npos;
  const store::KvStoreOptions options{.api = has_ttl ? store::StorageApi::kV1Ttl : store::StorageApi::kV1};
  store_ = std::make_unique<store::KvStore>(options, environment_);
}

std::uint64_t Player::store_id() const { return kStore; }

std::optional<store::RegionView> Player::find_region(std::uint64_t region_id) const {
  for (const store::RegionView& view : regions_) {
    if (view.region.id() == region_id) return view;
  }
  return std::nullopt;
}

std::string Player::request_bytes(const boost::json::object& step, std::string& problem) {
  const AnyMessage request = messages_.request_of(std::string_view(step.at("rpc").as_string()));
  problem = read_json(step.at("req"), *request);
  const std::string_view symbol = step.at("region").as_string();
  const std::optional<store::RegionView> region = find_region(number_of(symbol).value_or(0));
  Message& context = sub_message(*request, "context");
  fill_context(context, *region);
  if (const auto* changes = step.if_contains("ctx_change")) change_context(context, *region, changes->as_object());
  return request->SerializeAsString();
}

void Player::await(const Reply& reply) {
  while (!reply.here && environment_.advance_to_next_timer()) {
  }
}

std::string Player::compare(const boost::json::object& step, const Reply& reply) {
  if (!reply.here) return "no answer";
  if (step.contains("status")) return reply.status == store::CallStatus::kUnimplemented ? "" : "an answer";
  if (reply.status != store::CallStatus::kOk) return "the call failed";
  const std::string_view method = step.at("rpc").as_string();
  const AnyMessage recorded = messages_.response_of(method);
  const AnyMessage given = messages_.response_of(method);
  if (!given->ParseFromString(reply.bytes)) return "the answer cannot be read";
  boost::json::value answer = expected_answer(step);
  if (!settle_ttl(step, answer, *given)) return "the time to live is off: " + given->ShortDebugString();
  if (std::string problem = read_json(answer, *recorded); !problem.empty()) return problem;
  normalise(*recorded);
  normalise(*given);
  return difference(*recorded, *given);
}

std::string Player::step(const boost::json::object& step) {
  if (const auto* name = step.if_contains("join")) {
    const auto started = started_.extract(std::string(name->as_string()));
    if (started.empty()) return "nothing was started under this name";
    await(*started.mapped());
    return compare(step, *started.mapped());
  }
  std::string problem;
  const std::string bytes = request_bytes(step, problem);
  if (!problem.empty()) return problem;
  const auto reply = std::make_shared<Reply>();
  store::call(*store_, *this, std::string_view(step.at("rpc").as_string()), bytes,
              [reply](store::CallStatus status, std::string answer) {
                *reply = {.here = true, .status = status, .bytes = std::move(answer)};
              });
  if (const auto* name = step.if_contains("start")) {
    started_[std::string(name->as_string())] = reply;
    environment_.advance(kStartDelay);
    return {};
  }
  await(*reply);
  return compare(step, *reply);
}

Verdict Player::play(const boost::json::object& sequence) {
  Verdict verdict{.sequence = std::string(sequence.at("id").as_string()), .detail = {}};
  const auto& steps = sequence.at("steps").as_array();
  for (const auto& value : steps) {
    const auto& recorded = value.as_object();
    if (recorded.contains("status") || store::is_implemented(std::string_view(recorded.at("rpc").as_string())))
      continue;
    verdict.kind = Verdict::Kind::kNotImplemented;
    verdict.detail = recorded.at("rpc").as_string();
    return verdict;
  }
  started_.clear();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    std::string detail = step(steps[i].as_object());
    if (detail.empty() || verdict.kind == Verdict::Kind::kDifferent) continue;
    verdict.kind = Verdict::Kind::kDifferent;
    verdict.detail = "step " + std::to_string(i) + " of '" + std::string(sequence.at("note").as_string()) +
                     "': " + boost::json::serialize(steps[i]) + "\n" + detail;
  }
  return verdict;
}

}  // namespace tikv::testing

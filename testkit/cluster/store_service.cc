#include "testkit/cluster/store_service.h"

#include <tikv/proto/coprocessor.pb.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/codec.h"

namespace tikv::testing::cluster {

namespace kvrpcpb = proto::kvrpcpb;
using proto::errorpb::Error;

namespace {

constexpr std::string_view kHealthCheck = "/grpc.health.v1.Health/Check";

/// The regions as one store has them, for one request.
class RegionsOfStore final : public store::RegionSource {
 public:
  RegionsOfStore(const Topology& topology, std::uint64_t store_id, std::uint64_t asked_version)
      : topology_(topology), store_id_(store_id), asked_version_(asked_version) {}

  std::uint64_t store_id() const override { return store_id_; }
  std::optional<store::RegionView> find_region(std::uint64_t region_id) const override {
    return topology_.view(store_id_, region_id, asked_version_);
  }
  /// The error in a request's context, if any.
  std::optional<Error> check(const kvrpcpb::Context& context) const {
    const auto view = find_region(context.region_id());
    return store::check_context(context, view ? &*view : nullptr, store_id_);
  }

 private:
  const Topology& topology_;
  std::uint64_t store_id_;
  std::uint64_t asked_version_;
};

RegionsOfStore regions_for(const Topology& topology, std::uint64_t store_id, const kvrpcpb::Context& context) {
  return {topology, store_id, context.region_epoch().version()};
}

template <class Response>
RpcReply reply_with(Response response) {
  return RpcReply::of(std::make_unique<Response>(std::move(response)));
}

template <class Response>
RpcReply region_error_reply(Error error) {
  Response response;
  *response.mutable_region_error() = std::move(error);
  return reply_with(std::move(response));
}

// TiKV still takes and gives the fields that older clients know.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

std::vector<std::string> split_keys_of(const kvrpcpb::SplitRegionRequest& request) {
  std::vector<std::string> keys(request.split_keys().begin(), request.split_keys().end());
  if (!request.split_key().empty()) keys = {request.split_key()};
  if (!request.is_raw_kv()) {
    for (std::string& key : keys) key = base::encode_bytes(key);
  }
  return keys;
}

void set_halves(kvrpcpb::SplitRegionResponse& response) {
  if (response.regions_size() != 2) return;
  *response.mutable_left() = response.regions(0);
  *response.mutable_right() = response.regions(1);
}

#pragma GCC diagnostic pop

}  // namespace

// What is about more than the keys of one region.
const std::array<StoreService::Special, 5> StoreService::kSpecials = {{
    {"SplitRegion", &StoreService::split_region},
    {"ReadIndex", &StoreService::read_index},
    {"GetHealthFeedback", &StoreService::health_feedback},
    {"BroadcastTxnStatus", &StoreService::broadcast},
    {"Coprocessor", &StoreService::coprocessor},
}};

void StoreService::unary(std::uint64_t store_id, std::string_view path, const std::string& request, ReplyFn reply) {
  if (path == kHealthCheck) return check_health(store_id, std::move(reply));
  const StoreMethod* method = find_store_method(path);
  if (method == nullptr) {
    return reply(RpcReply::failed(RpcCode::kUnimplemented, "the embedded cluster has no " + std::string(path)));
  }
  std::shared_ptr<Message> parsed = method->new_request();
  if (!parsed->ParseFromString(request)) {
    return reply(RpcReply::failed(RpcCode::kInternal, "the request is not a " + parsed->GetTypeName()));
  }
  serve(store_id, *method, std::move(parsed), std::move(reply));
}

void StoreService::serve(std::uint64_t store_id, const StoreMethod& method, std::shared_ptr<const Message> request,
                         ReplyFn reply) {
  Arrival arrival{.server = ServerId::store(store_id), .method = method.name(), .execute = {}, .region_error = {}};
  if (method.region_error != nullptr) {
    arrival.refused = method.refused;
    arrival.region_error = [this, store_id, &method, request](const FaultScript::Hit& hit) {
      const std::uint64_t region_id = method.context == nullptr ? 0 : method.context(*request)->region_id();
      return method.region_error(hit.error ? *hit.error
                                           : make_region_error(hit.fault, parts_.topology, region_id, store_id));
    };
  }
  arrival.execute = [this, store_id, &method, request = std::move(request)](ReplyFn done) {
    execute(store_id, method, *request, std::move(done));
  };
  parts_.gate.pass(std::move(arrival), std::move(reply));
}

void StoreService::execute(std::uint64_t store_id, const StoreMethod& method, const Message& request, ReplyFn reply) {
  const kvrpcpb::Context* context = method.context == nullptr ? nullptr : method.context(request);
  if (context != nullptr && context->cluster_id() != 0 && context->cluster_id() != parts_.cluster_id) {
    return reply(
        RpcReply::failed(RpcCode::kInvalidArgument, "the cluster id of the request does not match the TiKV cluster"));
  }
  if (method.execute != nullptr) {
    const auto regions =
        regions_for(parts_.topology, store_id, context == nullptr ? kvrpcpb::Context::default_instance() : *context);
    return method.execute(parts_.keys, regions, request, std::move(reply));
  }
  const auto special = std::find_if(kSpecials.begin(), kSpecials.end(),
                                    [&method](const Special& one) { return one.name == method.name(); });
  if (special == kSpecials.end()) {
    return reply(
        RpcReply::failed(RpcCode::kUnimplemented, "the embedded cluster has no " + std::string(method.name())));
  }
  reply((this->*special->answer)(store_id, request));
}

RpcReply StoreService::broadcast(std::uint64_t, const Message&) {
  // A hint for other transactions, which nothing here makes use of.
  return reply_with(kvrpcpb::BroadcastTxnStatusResponse());
}

RpcReply StoreService::coprocessor(std::uint64_t, const Message&) {
  proto::coprocessor::Response response;
  response.set_other_error("the embedded cluster has no coprocessor");
  return reply_with(std::move(response));
}

RpcReply StoreService::split_region(std::uint64_t store_id, const Message& message) {
  const auto& request = static_cast<const kvrpcpb::SplitRegionRequest&>(message);
  using Response = kvrpcpb::SplitRegionResponse;
  const auto regions = regions_for(parts_.topology, store_id, request.context());
  if (auto error = regions.check(request.context())) return region_error_reply<Response>(*std::move(error));
  const std::uint64_t region_id = request.context().region_id();
  const auto view = regions.find_region(region_id);
  std::vector<std::string> keys = split_keys_of(request);
  for (const std::string& key : keys) {
    if (store::contains(view->region, key)) continue;
    return region_error_reply<Response>(store::key_not_in_region(view->region, key));
  }
  const auto parts = parts_.topology.split(region_id, std::move(keys));
  if (!parts || parts->size() < 2) {
    Error error;
    error.set_message(parts ? "nothing to split" : parts.error().message());
    return region_error_reply<Response>(std::move(error));
  }
  Response response;
  for (const std::uint64_t part : *parts) *response.add_regions() = parts_.topology.find(part)->meta;
  set_halves(response);
  return reply_with(std::move(response));
}

RpcReply StoreService::read_index(std::uint64_t store_id, const Message& message) {
  const auto& request = static_cast<const kvrpcpb::ReadIndexRequest&>(message);
  const auto regions = regions_for(parts_.topology, store_id, request.context());
  if (auto error = regions.check(request.context())) {
    return region_error_reply<kvrpcpb::ReadIndexResponse>(*std::move(error));
  }
  // Replicas share one state, so any index is up to date.
  kvrpcpb::ReadIndexResponse response;
  response.set_read_index(1);
  return reply_with(std::move(response));
}

RpcReply StoreService::health_feedback(std::uint64_t store_id, const Message&) {
  kvrpcpb::GetHealthFeedbackResponse response;
  response.mutable_health_feedback()->set_store_id(store_id);
  response.mutable_health_feedback()->set_feedback_seq_no(++feedback_number_);
  response.mutable_health_feedback()->set_slow_score(1);
  return reply_with(std::move(response));
}

void StoreService::check_health(std::uint64_t store_id, ReplyFn reply) {
  Arrival arrival{.server = ServerId::store(store_id), .method = "Check", .execute = {}, .region_error = {}};
  arrival.execute = [](ReplyFn done) {
    // On the wire the same as a grpc.health.v1.HealthCheckResponse: SERVING is 1 in field 1.
    proto::tikvpb::BatchCommandsEmptyResponse serving;
    serving.set_test_id(1);
    done(reply_with(std::move(serving)));
  };
  parts_.gate.pass(std::move(arrival), std::move(reply));
}

}  // namespace tikv::testing::cluster

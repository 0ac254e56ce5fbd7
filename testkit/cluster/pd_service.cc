#include "testkit/cluster/pd_service.h"

#include <tikv/proto/tikvpb.pb.h>

#include <algorithm>
#include <utility>

#include "testkit/cluster/etcd_answers.h"

namespace tikv::testing::cluster {

using namespace proto::pdpb;
using namespace proto::keyspacepb;
namespace metapb = proto::metapb;

namespace {

constexpr std::string_view kVersion = "9.0.0";
constexpr std::string_view kDefaultKeyspace = "DEFAULT";
/// What faults and counters call a request to PD's etcd, and a health check.
constexpr std::string_view kEtcd = "etcd";

void describe(const std::uint64_t id, const MemberFacts& facts, const std::string& scheme, Member& member) {
  member.set_member_id(id);
  member.set_name("pd" + std::to_string(id));
  member.add_client_urls(scheme + "://" + facts.address);
  member.add_peer_urls(scheme + "://" + facts.address);
  member.set_binary_version("v" + std::string(kVersion));
}

metapb::Store describe(std::uint64_t id, const StoreFacts& facts, bool connected, std::int64_t now_ms) {
  metapb::Store store;
  store.set_id(id);
  store.set_address(facts.address);
  store.set_peer_address(facts.address);
  store.set_status_address(facts.address);
  store.set_version(std::string(kVersion));
  store.set_start_timestamp(facts.started_seconds);
  store.set_node_state(metapb::Serving);
  // Nanoseconds; PD takes a store for disconnected after a while without one.
  store.set_last_heartbeat((connected ? now_ms : facts.started_seconds * 1000) * 1'000'000);
  return store;
}

void describe_default(KeyspaceMeta& keyspace) {
  keyspace.set_id(0);
  keyspace.set_name(std::string(kDefaultKeyspace));
  keyspace.set_state(ENABLED);
}

}  // namespace

PdService::PdService(PdParts parts) : parts_(parts) {
  add("/pdpb.PD/GetMembers", Role::kAny, &PdService::get_members);
  add("/pdpb.PD/GetClusterInfo", Role::kAny, &PdService::get_cluster_info);
  add("/pdpb.PD/GetClusterConfig", Role::kLeader, &PdService::get_cluster_config);
  add("/pdpb.PD/IsBootstrapped", Role::kLeader, &PdService::is_bootstrapped);
  add("/pdpb.PD/Bootstrap", Role::kLeader, &PdService::bootstrap);
  add("/pdpb.PD/IsSnapshotRecovering", Role::kAny, &PdService::is_snapshot_recovering);
  add("/pdpb.PD/AllocID", Role::kLeader, &PdService::alloc_id);
  add("/pdpb.PD/GetStore", Role::kLeader, &PdService::get_store);
  add("/pdpb.PD/GetAllStores", Role::kLeader, &PdService::get_all_stores);
  add("/pdpb.PD/GetMinTS", Role::kLeader, &PdService::get_min_ts);
  add("/pdpb.PD/StoreGlobalConfig", Role::kAny, &PdService::store_global_config);
  add("/pdpb.PD/LoadGlobalConfig", Role::kAny, &PdService::load_global_config);
  add("/pdpb.PD/SetExternalTimestamp", Role::kLeader, &PdService::set_external_timestamp);
  add("/pdpb.PD/GetExternalTimestamp", Role::kLeader, &PdService::get_external_timestamp);
  add("/meta_storagepb.MetaStorage/Get", Role::kAny, &PdService::get_meta);
  add("/keyspacepb.Keyspace/LoadKeyspace", Role::kLeader, &PdService::load_keyspace);
  add("/keyspacepb.Keyspace/LoadKeyspaceByID", Role::kLeader, &PdService::load_keyspace_by_id);
  add_region_methods();
  add_gc_methods();
}

void PdService::serve(std::uint64_t member_id, std::string_view method, std::function<RpcReply()> work, ReplyFn reply) {
  Arrival arrival{.server = ServerId::pd(member_id), .method = method, .execute = {}, .region_error = {}};
  arrival.execute = [work = std::move(work)](ReplyFn done) { done(work()); };
  parts_.gate.pass(std::move(arrival), std::move(reply));
}

void PdService::unary(std::uint64_t member_id, std::string_view path, const CallInfo& info, std::string request,
                      ReplyFn reply) {
  if (etcd_answer(path, parts_.pd)) return answer_as_etcd(member_id, std::string(path), std::move(reply));
  const auto found = handlers_.find(path);
  if (found == handlers_.end()) {
    return reply(RpcReply::failed(RpcCode::kUnimplemented, "the embedded cluster has no " + std::string(path)));
  }
  const std::string_view name = found->first.substr(found->first.rfind('/') + 1);
  auto work = [this, member_id, key = found->first, info, request = std::move(request)] {
    return execute(member_id, key, info, request);
  };
  serve(member_id, name, std::move(work), std::move(reply));
}

void PdService::answer_as_etcd(std::uint64_t member_id, std::string path, ReplyFn reply) {
  auto work = [this, path] {
    // A message that keeps fields it does not know: the answer's bytes come out as they went in.
    auto response = std::make_unique<proto::tikvpb::BatchCommandsEmptyResponse>();
    response->ParseFromString(*etcd_answer(path, parts_.pd));
    return RpcReply::of(std::move(response));
  };
  serve(member_id, kEtcd, std::move(work), std::move(reply));
}

RpcReply PdService::execute(std::uint64_t member_id, std::string_view path, const CallInfo& info,
                            const std::string& request) {
  const Handler& handler = handlers_.at(path);
  const bool leads = parts_.pd.leader == member_id;
  if (handler.role == Role::kLeader && !leads) return RpcReply::failed(RpcCode::kUnavailable, "not leader");
  if (handler.role == Role::kFollower && !leads && !info.allow_follower) {
    return RpcReply::failed(RpcCode::kUnavailable, "not leader and follower handling not allowed");
  }
  return handler.run(request);
}

RpcReply PdService::mismatch(std::uint64_t cluster_id) const {
  return RpcReply::failed(
      RpcCode::kFailedPrecondition,
      "mismatch cluster id, need " + std::to_string(parts_.pd.cluster_id) + " but got " + std::to_string(cluster_id));
}

void PdService::tso(std::uint64_t member_id, const std::string& request, ReplyFn reply) {
  serve(
      member_id, "Tso", [this, member_id, request] { return allocate_timestamps(member_id, request); },
      std::move(reply));
}

RpcReply PdService::allocate_timestamps(std::uint64_t member_id, const std::string& bytes) {
  TsoRequest request;
  if (!request.ParseFromString(bytes)) return RpcReply::failed(RpcCode::kInternal, "the request is not a TsoRequest");
  if (request.header().cluster_id() != parts_.pd.cluster_id) return mismatch(request.header().cluster_id());
  if (parts_.pd.leader != member_id) {
    return RpcReply::failed(RpcCode::kUnknown,
                            "generate timestamp failed, requested pd is not leader of cluster: not leader");
  }
  if (request.count() == 0) {
    return RpcReply::failed(RpcCode::kUnknown, "generate timestamp failed, tso count should be positive");
  }
  const TsoOracle::Stamp stamp = parts_.pd.tso.allocate(clock_ms(), request.count());
  auto response = std::make_unique<TsoResponse>();
  response->mutable_header()->set_cluster_id(parts_.pd.cluster_id);
  response->set_count(request.count());
  response->mutable_timestamp()->set_physical(stamp.physical_ms);
  response->mutable_timestamp()->set_logical(stamp.logical);
  return RpcReply::of(std::move(response));
}

void PdService::get_members(const GetMembersRequest&, GetMembersResponse& response) {
  for (const auto& [id, facts] : parts_.pd.members) {
    describe(id, facts, parts_.pd.scheme, *response.add_members());
    if (id != parts_.pd.leader) continue;
    describe(id, facts, parts_.pd.scheme, *response.mutable_leader());
    describe(id, facts, parts_.pd.scheme, *response.mutable_etcd_leader());
  }
}

void PdService::get_cluster_info(const GetClusterInfoRequest&, GetClusterInfoResponse& response) {
  response.add_servicemodes(PD_SVC_MODE);
}

void PdService::get_cluster_config(const GetClusterConfigRequest&, GetClusterConfigResponse& response) {
  response.mutable_cluster()->set_id(parts_.pd.cluster_id);
  response.mutable_cluster()->set_max_peer_count(3);
}

void PdService::is_bootstrapped(const IsBootstrappedRequest&, IsBootstrappedResponse& response) {
  response.set_bootstrapped(true);
}

void PdService::bootstrap(const BootstrapRequest&, BootstrapResponse& response) {
  set_pd_error(response, ALREADY_BOOTSTRAPPED, "cluster is already bootstrapped");
}

void PdService::is_snapshot_recovering(const IsSnapshotRecoveringRequest&, IsSnapshotRecoveringResponse&) {}

void PdService::alloc_id(const AllocIDRequest& request, AllocIDResponse& response) {
  const std::uint32_t count = std::max<std::uint32_t>(1, request.count());
  for (std::uint32_t i = 0; i < count; ++i) response.set_id(parts_.topology.allocate_id());
  response.set_count(count);
}

void PdService::get_store(const GetStoreRequest& request, GetStoreResponse& response) {
  const auto found = parts_.pd.stores.find(request.store_id());
  if (found == parts_.pd.stores.end()) {
    return set_pd_error(response, UNKNOWN, "invalid store ID " + std::to_string(request.store_id()) + ", not found");
  }
  *response.mutable_store() =
      describe(found->first, found->second, parts_.topology.connected(found->first), parts_.host.unix_ms());
  response.mutable_stats()->set_store_id(found->first);
}

void PdService::get_all_stores(const GetAllStoresRequest&, GetAllStoresResponse& response) {
  for (const auto& [id, facts] : parts_.pd.stores) {
    *response.add_stores() = describe(id, facts, parts_.topology.connected(id), parts_.host.unix_ms());
  }
}

void PdService::get_min_ts(const GetMinTSRequest&, GetMinTSResponse& response) {
  const TsoOracle::Stamp stamp = parts_.pd.tso.allocate(clock_ms(), 1);
  response.mutable_timestamp()->set_physical(stamp.physical_ms);
  response.mutable_timestamp()->set_logical(stamp.logical);
}

void PdService::store_global_config(const StoreGlobalConfigRequest& request, StoreGlobalConfigResponse&) {
  for (const GlobalConfigItem& item : request.changes()) {
    const std::string key = request.config_path() + item.name();
    if (item.kind() == DELETE) {
      parts_.pd.global_config.erase(key);
    } else {
      parts_.pd.global_config[key] = item.payload().empty() ? item.value() : item.payload();
    }
  }
}

void PdService::load_global_config(const LoadGlobalConfigRequest& request, LoadGlobalConfigResponse& response) {
  for (const std::string& name : request.names()) {
    GlobalConfigItem& item = *response.add_items();
    item.set_name(name);
    const auto found = parts_.pd.global_config.find(request.config_path() + name);
    if (found != parts_.pd.global_config.end()) {
      item.set_payload(found->second);
    } else {
      item.mutable_error()->set_type(GLOBAL_CONFIG_NOT_FOUND);
      item.mutable_error()->set_message("[PD] config item not found");
    }
  }
  if (request.names_size() > 0) return;
  for (const auto& [key, value] : parts_.pd.global_config) {
    if (!key.starts_with(request.config_path())) continue;
    GlobalConfigItem& item = *response.add_items();
    item.set_name(key);
    item.set_payload(value);
  }
}

void PdService::set_external_timestamp(const SetExternalTimestampRequest& request, SetExternalTimestampResponse&) {
  parts_.pd.external_timestamp = request.timestamp();
}

void PdService::get_external_timestamp(const GetExternalTimestampRequest&, GetExternalTimestampResponse& response) {
  response.set_timestamp(parts_.pd.external_timestamp);
}

void PdService::get_meta(const proto::meta_storagepb::GetRequest&, proto::meta_storagepb::GetResponse&) {
  // Nothing is registered: there are no services apart from PD's own.
}

void PdService::load_keyspace(const LoadKeyspaceRequest& request, LoadKeyspaceResponse& response) {
  if (request.name() == kDefaultKeyspace) return describe_default(*response.mutable_keyspace());
  set_pd_error(response, ENTRY_NOT_FOUND, "keyspace does not exist");
}

void PdService::load_keyspace_by_id(const LoadKeyspaceByIDRequest& request, LoadKeyspaceResponse& response) {
  if (request.id() == 0) return describe_default(*response.mutable_keyspace());
  set_pd_error(response, ENTRY_NOT_FOUND, "keyspace does not exist");
}

}  // namespace tikv::testing::cluster

#include "lying_cluster.h"

#include <google/protobuf/message_lite.h>
#include <tikv/proto/pdpb.pb.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

#include "runtime/timer.h"
#include "runtime/wait.h"

namespace tikv::fuzz {
namespace {

namespace pdpb = proto::pdpb;

constexpr std::uint64_t kClusterId = 42;
constexpr std::chrono::milliseconds kLatency{1};

std::string members() {
  pdpb::GetMembersResponse response;
  response.mutable_header()->set_cluster_id(kClusterId);
  response.add_members()->add_client_urls(std::string("http://") + LyingCluster::kPd);
  *response.mutable_leader() = response.members(0);
  return response.SerializeAsString();
}

std::string region() {
  pdpb::GetRegionResponse response;
  response.mutable_header()->set_cluster_id(kClusterId);
  proto::metapb::Region& region = *response.mutable_region();
  region.set_id(2);
  region.mutable_region_epoch()->set_version(1);
  region.mutable_region_epoch()->set_conf_ver(1);
  region.add_peers()->set_id(3);
  region.mutable_peers(0)->set_store_id(1);
  *response.mutable_leader() = region.peers(0);
  return response.SerializeAsString();
}

std::string store() {
  pdpb::GetStoreResponse response;
  response.mutable_header()->set_cluster_id(kClusterId);
  response.mutable_store()->set_id(1);
  response.mutable_store()->set_address("store1:20160");
  return response.SerializeAsString();
}

/// What an empty cluster answers; everything else answers with the empty message.
std::string right_answer(std::string_view method) {
  if (method == "GetMembers") return members();
  if (method == "GetRegion" || method == "GetPrevRegion" || method == "GetRegionByID") return region();
  if (method == "GetStore") return store();
  return {};
}

net::Status failure(net::Outcome outcome) {
  net::Status status;
  status.outcome = outcome;
  status.message = "made up";
  return status;
}

}  // namespace

/// Something that happens one latency later.
class LyingCluster::Event final : public runtime::Timer {
 public:
  Event(LyingCluster& cluster, std::uint64_t id, std::function<void()> action)
      : cluster_(cluster), id_(id), action_(std::move(action)) {}
  ~Event() { cluster_.loop_.timers().disarm(*this); }
  void on_time() override {
    const std::unique_ptr<Event> self = std::move(cluster_.events_.extract(id_).mapped());
    action_();
  }

 private:
  LyingCluster& cluster_;
  std::uint64_t id_;
  std::function<void()> action_;
};

/// A TSO stream.
class LyingCluster::Timestamps final : public net::Stream {
 public:
  explicit Timestamps(LyingCluster& cluster) : cluster_(cluster) {}

  void send(const net::Message& request) override {
    const std::uint32_t count = static_cast<const pdpb::TsoRequest&>(request).count();
    cluster_.later([this, count, alive = std::weak_ptr<int>(alive_)] {
      if (!alive.expired()) answer(count);
    });
  }
  Task<net::Status> receive(net::Message& response) override {
    while (inbox_.empty()) {
      arrived_.reset();
      const runtime::Wake why = co_await arrived_;
      if (why != runtime::Wake::kReady) co_return failure(net::outcome_of(why));
    }
    auto [status, bytes] = std::move(inbox_.front());
    inbox_.pop_front();
    if (status.ok() && !response.ParseFromString(bytes)) status = failure(net::Outcome::kMalformed);
    co_return status;
  }

 private:
  void answer(std::uint32_t count) {
    pdpb::TsoResponse response;
    response.mutable_header()->set_cluster_id(kClusterId);
    response.set_count(count);
    response.mutable_timestamp()->set_physical(++cluster_.physical_ms_);
    response.mutable_timestamp()->set_logical(count);
    std::string bytes = response.SerializeAsString();
    net::Status status = cluster_.distort(bytes);
    inbox_.emplace_back(std::move(status), std::move(bytes));
    arrived_.wake();
  }

  LyingCluster& cluster_;
  std::deque<std::pair<net::Status, std::string>> inbox_;
  runtime::Wait arrived_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

LyingCluster::LyingCluster(runtime::Loop& loop, Input input) : loop_(loop), input_(input) {}
LyingCluster::~LyingCluster() = default;

void LyingCluster::later(std::function<void()> action) {
  const std::uint64_t id = ++last_id_;
  Event& event = *events_.emplace(id, std::make_unique<Event>(*this, id, std::move(action))).first->second;
  loop_.timers().arm(event, loop_.now() + kLatency);
}

net::Status LyingCluster::distort(std::string& answer) {
  enum : std::uint8_t { kRight, kMerged, kReplaced, kCode, kBroken, kKinds };
  switch (input_.byte() % kKinds) {
    case kMerged:
      answer += input_.piece();
      return {};
    case kReplaced:
      answer = input_.piece();
      return {};
    case kCode: {
      net::Status status = failure(net::Outcome::kStatus);
      status.code = static_cast<net::StatusCode>(std::max(input_.byte() % 17, 1));
      return status;
    }
    case kBroken:
      return failure(net::Outcome::kConnection);
    default:
      return {};
  }
}

void LyingCluster::start(net::Call& call) {
  call.transport_id = ++last_id_;
  call.mark_sent();
  calls_.emplace(call.transport_id, &call);
  later([this, id = call.transport_id] {
    const auto found = calls_.find(id);
    if (found == calls_.end()) return;
    net::Call& waiting = *found->second;
    calls_.erase(found);
    std::string answer = right_answer(waiting.method().name());
    net::Status status = distort(answer);
    if (status.ok() && !waiting.response().ParseFromString(answer)) status = failure(net::Outcome::kMalformed);
    waiting.finish(std::move(status));
  });
}

std::unique_ptr<net::Stream> LyingCluster::open(std::string_view, const proto::Method&) {
  return std::make_unique<Timestamps>(*this);
}

}  // namespace tikv::fuzz

#include "testkit/store/region_view.h"

#include <string>

namespace tikv::testing::store {

using proto::errorpb::Error;
using proto::kvrpcpb::Context;
using proto::metapb::Region;

namespace {

Error store_not_match(std::uint64_t asked, std::uint64_t actual) {
  Error error;
  error.set_message("to store id " + std::to_string(asked) + ", mine " + std::to_string(actual));
  error.mutable_store_not_match()->set_request_store_id(asked);
  error.mutable_store_not_match()->set_actual_store_id(actual);
  return error;
}

Error region_not_found(std::uint64_t region_id) {
  Error error;
  error.set_message("region " + std::to_string(region_id) + " not found");
  error.mutable_region_not_found()->set_region_id(region_id);
  return error;
}

Error mismatch_peer_id(std::uint64_t asked, std::uint64_t actual) {
  Error error;
  error.set_message("mismatch peer id " + std::to_string(asked) + " != " + std::to_string(actual));
  error.mutable_mismatch_peer_id()->set_request_peer_id(asked);
  error.mutable_mismatch_peer_id()->set_store_peer_id(actual);
  return error;
}

Error not_leader(const RegionView& view) {
  Error error;
  error.set_message("peer is not leader for region " + std::to_string(view.region.id()));
  error.mutable_not_leader()->set_region_id(view.region.id());
  if (view.leader) *error.mutable_not_leader()->mutable_leader() = *view.leader;
  return error;
}

Error stale_command() {
  Error error;
  error.set_message("stale command");
  error.mutable_stale_command();
  return error;
}

Error epoch_not_match(const RegionView& view, std::uint64_t asked_version) {
  Error error;
  error.set_message("current epoch of region " + std::to_string(view.region.id()) + " is version " +
                    std::to_string(view.region.region_epoch().version()) + ", but you sent version " +
                    std::to_string(asked_version));
  *error.mutable_epoch_not_match()->add_current_regions() = view.region;
  if (asked_version < view.region.region_epoch().version()) {
    for (const Region& neighbour : view.neighbours) *error.mutable_epoch_not_match()->add_current_regions() = neighbour;
  }
  return error;
}

}  // namespace

bool contains(const Region& region, std::string_view kept_key) {
  return kept_key >= region.start_key() && (region.end_key().empty() || kept_key < region.end_key());
}

bool contains_or_ends_at(const Region& region, std::string_view kept_key) {
  return kept_key >= region.start_key() && (region.end_key().empty() || kept_key <= region.end_key());
}

std::optional<Error> check_context(const Context& context, const RegionView* region, std::uint64_t store_id) {
  if (context.peer().store_id() != store_id) return store_not_match(context.peer().store_id(), store_id);
  if (region == nullptr) return region_not_found(context.region_id());
  if (context.peer().id() != region->peer.id()) return mismatch_peer_id(context.peer().id(), region->peer.id());
  if (!region->leads() && !context.replica_read() && !context.stale_read()) return not_leader(*region);
  // A term one behind may still be the leader's: the change of leader and the request crossed.
  if (context.term() != 0 && region->term > context.term() + 1) return stale_command();
  const std::uint64_t asked_version = context.region_epoch().version();
  if (asked_version != region->region.region_epoch().version()) return epoch_not_match(*region, asked_version);
  return std::nullopt;
}

Error key_not_in_region(const Region& region, std::string_view kept_key) {
  Error error;
  error.set_message("key is not in region " + std::to_string(region.id()));
  auto& detail = *error.mutable_key_not_in_region();
  detail.set_key(std::string(kept_key));
  detail.set_region_id(region.id());
  detail.set_start_key(region.start_key());
  detail.set_end_key(region.end_key());
  return error;
}

}  // namespace tikv::testing::store

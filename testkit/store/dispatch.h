#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "testkit/store/kv_store.h"
#include "testkit/store/region_view.h"

namespace tikv::testing::store {

/// Which regions the store that was asked has.
class RegionSource {
 public:
  virtual ~RegionSource() = default;
  virtual std::uint64_t store_id() const = 0;
  /// Nothing if the store has no replica of it.
  virtual std::optional<RegionView> find_region(std::uint64_t region_id) const = 0;
};

/// How a call ended on the level of gRPC.
enum class CallStatus { kOk, kUnimplemented, kMalformed };

/// Called once with the status and, for `kOk`, the answer's bytes.
using CallDone = std::move_only_function<void(CallStatus, std::string)>;

/// True for the methods of tikvpb.Tikv that `call` answers.
bool is_implemented(std::string_view method);
std::vector<std::string_view> implemented_methods();

/// One unary call of tikvpb.Tikv ("KvGet", …): checks the context against the regions, then asks the store.
void call(KvStore& store, const RegionSource& regions, std::string_view method, const std::string& request,
          CallDone done);

/// The same for a typed request: `Response` is what `KvStore::handle` gives for it.
template <class Request>
auto answer(KvStore& store, const RegionSource& regions, const Request& request) {
  const std::optional<RegionView> region = regions.find_region(request.context().region_id());
  const RegionView* view = region ? &*region : nullptr;
  decltype(store.handle(*view, request)) response;
  if (auto error = check_context(request.context(), view, regions.store_id())) {
    *response.mutable_region_error() = *std::move(error);
  } else {
    response = store.handle(*view, request);
  }
  return response;
}

/// For the request that may wait.
void answer(KvStore& store, const RegionSource& regions, const proto::kvrpcpb::PessimisticLockRequest& request,
            std::move_only_function<void(proto::kvrpcpb::PessimisticLockResponse)> done);

}  // namespace tikv::testing::store

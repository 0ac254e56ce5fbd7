#pragma once

#include <tikv/proto/kvrpcpb.pb.h>

#include <optional>
#include <string_view>

#include "testkit/store/failure.h"

namespace tikv::testing::store {

/// What kind of data a store keeps, as TiKV's storage.api-version and storage.enable-ttl say.
enum class StorageApi {
  /// Transactional and raw keys, raw keys live forever.
  kV1,
  /// Raw keys only, with times to live.
  kV1Ttl,
  /// Keyspaces: keys start with 'x' (transactional) or 'r' (raw, with times to live); TiDB's own with 'm' or 't'.
  kV2,
};

enum class CommandData { kTxn, kRaw };

/// Whether a store takes a request of this version for these keys.
std::optional<std::unexpected<Failure>> check_api(StorageApi storage, proto::kvrpcpb::APIVersion request,
                                                  CommandData data, std::string_view key);
/// The same for a range; an empty `end` is unbounded.
std::optional<std::unexpected<Failure>> check_api_range(StorageApi storage, proto::kvrpcpb::APIVersion request,
                                                        CommandData data, std::string_view start, std::string_view end);

}  // namespace tikv::testing::store

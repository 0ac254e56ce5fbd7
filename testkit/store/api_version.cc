#include "testkit/store/api_version.h"

namespace tikv::testing::store {

using proto::kvrpcpb::APIVersion;

namespace {

bool versions_match(StorageApi storage, APIVersion request, CommandData data) {
  switch (storage) {
    case StorageApi::kV1:
      return request == APIVersion::V1;
    case StorageApi::kV1Ttl:
      return request == APIVersion::V1 && data == CommandData::kRaw;
    case StorageApi::kV2:
      return request == APIVersion::V2 || (request == APIVersion::V1 && data == CommandData::kTxn);
  }
  return false;
}

/// The first bytes that a key may have in a store of version 2.
std::string_view prefixes(APIVersion request, CommandData data) {
  if (request == APIVersion::V1) return "mt";
  return data == CommandData::kRaw ? "r" : "x";
}

bool starts_with_one_of(std::string_view key, std::string_view first_bytes) {
  return !key.empty() && first_bytes.find(key.front()) != std::string_view::npos;
}

/// A range may end where the keys of its kind do.
bool ends_with_kind(std::string_view end, char kind) {
  return !end.empty() && (end.front() == kind || (end.size() == 1 && end.front() == kind + 1));
}

}  // namespace

std::optional<std::unexpected<Failure>> check_api(StorageApi storage, APIVersion request, CommandData data,
                                                  std::string_view key) {
  if (!versions_match(storage, request, data)) return aborted("the API version does not match the storage's");
  if (storage != StorageApi::kV2 || starts_with_one_of(key, prefixes(request, data))) return std::nullopt;
  return aborted("the key's mode does not match the API version");
}

std::optional<std::unexpected<Failure>> check_api_range(StorageApi storage, APIVersion request, CommandData data,
                                                        std::string_view start, std::string_view end) {
  if (auto failure = check_api(storage, request, data, start)) return failure;
  if (storage != StorageApi::kV2 || ends_with_kind(end, start.front())) return std::nullopt;
  return aborted("the range's mode does not match the API version");
}

}  // namespace tikv::testing::store

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

// Which fields of kvproto's messages hold keys: what a keyspace puts its prefix on before a request leaves, and takes
// it off when a response arrives. One row for each field of each message that a request or response of tikv_methods.h
// can hold, however deep: a nested message speaks for itself.
namespace tikv::proto {

enum class KeyRole : std::uint8_t {
  kKey,          ///< a key, or a list of keys; never unset where the message is used
  kOptionalKey,  ///< a key, where empty means that there is none
  kStart,        ///< lower bound of a range, where empty means the start of the key space
  kEnd,          ///< upper bound of a range, where empty means the end of the key space
  kScanStart,    ///< kStart, or kEnd if the message's field `reverse` is set
  kScanEnd,      ///< kEnd, or kStart if the message's field `reverse` is set
  kRegionStart,  ///< kStart as a region has it: memory-comparable in transactional and keyspace clusters
  kRegionEnd,    ///< kEnd as a region has it
  kBucketKeys,   ///< boundaries of a region's buckets, encoded as a region's bounds are; first and last may be empty
};

struct KeyField {
  std::string_view message;  ///< full name without our package prefix, as in "kvrpcpb.GetRequest"
  std::string_view field;
  KeyRole role;
};

/// All of them, those of one message side by side.
std::span<const KeyField> key_fields();

/// Those of one message; none if it holds no key itself.
std::span<const KeyField> key_fields_of(std::string_view message);

}  // namespace tikv::proto

#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace tikv::testing::cluster {

enum class ServerKind : std::uint8_t { kPd, kStore };

/// A process of the cluster: a PD member (1, 2, ...) or a store.
struct ServerId {
  ServerKind kind = ServerKind::kStore;
  std::uint64_t id = 0;

  static ServerId pd(std::uint64_t id) { return {ServerKind::kPd, id}; }
  static ServerId store(std::uint64_t id) { return {ServerKind::kStore, id}; }
  auto operator<=>(const ServerId&) const = default;
};

}  // namespace tikv::testing::cluster

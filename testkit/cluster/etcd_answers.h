#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "testkit/cluster/pd_state.h"

namespace tikv::testing::cluster {

/// A PD member is an etcd server too, and speaks gRPC's health protocol: the serialised answers to what clients ask of
/// that when they start. Nothing for other paths. There is nothing in this etcd; older clients look for safe points.
std::optional<std::string> etcd_answer(std::string_view path, const PdState& pd);

}  // namespace tikv::testing::cluster

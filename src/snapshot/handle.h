#pragma once

#include <memory>

#include "snapshot/reader.h"

namespace tikv::snapshot {

/// What a `tikv::Snapshot` holds: a reader, and what keeps the client's parts alive for it.
struct Handle {
  Handle(std::shared_ptr<void> keep, const Environment& environment, std::uint64_t timestamp, SnapshotOptions options)
      : keep_alive(std::move(keep)), reader(environment, timestamp, options) {}

  std::shared_ptr<void> keep_alive;
  Reader reader;
};

}  // namespace tikv::snapshot

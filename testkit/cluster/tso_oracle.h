#pragma once

#include <cstdint>

namespace tikv::testing::cluster {

/// Hands out timestamps, each above all before, as close to a clock as that allows.
class TsoOracle {
 public:
  struct Stamp {
    std::int64_t physical_ms = 0;
    std::int64_t logical = 0;
  };

  /// `count` timestamps in a row; the last of them, as PD answers.
  Stamp allocate(std::int64_t now_ms, std::uint32_t count);
  /// The last timestamp that was given out.
  std::uint64_t last() const;

 private:
  Stamp last_;
};

}  // namespace tikv::testing::cluster

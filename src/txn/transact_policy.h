#pragma once

#include <tikv/error.h>

#include <chrono>
#include <cstdint>
#include <random>

// When `transact` runs its body again. No I/O, no clock.
namespace tikv::txn {

/// Whether to run again after the `runs`-th run failed with `error`. Never when its writes may have been applied.
bool run_again(const Error& error, std::uint32_t runs, std::uint32_t max_runs) noexcept;

/// The pause after the `failures`-th failure: 2 ms doubled with each, up to 500 ms; between half of that and all of it.
/// Short at first, as most conflicts are over by then; random, so that those who met do not meet again.
std::chrono::milliseconds pause_after(std::uint32_t failures, std::mt19937_64& random);

}  // namespace tikv::txn

#pragma once

#include <ostream>

#include "exit_code.h"
#include "json.h"
#include "session.h"

namespace tikv::cli {

/// What failed and what to do about it, on `err`: for people a few lines, with each attempt if --verbose; with --json
/// one object, always with the attempts.
void print_failure(std::ostream& err, const Settings& settings, const Failure& failure);
Json failure_json(const Failure& failure);

}  // namespace tikv::cli

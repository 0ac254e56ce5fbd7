#pragma once

#include <tikv/logger.h>

#include <memory>

namespace spdlog {
class logger;
}

namespace tikv {

/// Sends a client's log records to `logger`, which must be one that several threads may use (`_mt`), with its levels:
/// what `logger` would not keep is not made. Link `tikv::spdlog`.
///
///   options.logger = tikv::spdlog_logger(spdlog::default_logger());
std::shared_ptr<Logger> spdlog_logger(std::shared_ptr<spdlog::logger> logger);

}  // namespace tikv

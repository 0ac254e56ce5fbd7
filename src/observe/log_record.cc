#include <tikv/logger.h>

#include <array>

#include "observe/log_text.h"

namespace tikv {
namespace {

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warn", "error"};

}  // namespace

std::string_view to_string(LogLevel level) noexcept { return kLevels[static_cast<std::size_t>(level)]; }

std::string to_string(const LogRecord& record) { return observe::log_text(record); }

}  // namespace tikv

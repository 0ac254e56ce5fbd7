#include "raw/check.h"

#include <string>

#include "route/router.h"

namespace tikv::raw {
namespace {

std::unexpected<Error> invalid(std::string message) {
  return std::unexpected(Error(ErrorKind::kInvalidArgument, std::move(message)));
}

std::unexpected<Error> too_large(std::string_view what, std::size_t size, std::size_t limit) {
  Error error(ErrorKind::kTooLarge, std::string(what) + " is too large: " + std::to_string(size) +
                                        " bytes, the limit is " + std::to_string(limit));
  error.with_detail(SizeLimit{.size = size, .limit = limit});
  return std::unexpected(std::move(error));
}

}  // namespace

Result<void> check_open(const Session& session) {
  if (session.closed.load(std::memory_order_relaxed)) return std::unexpected(detail::closed_error());
  return {};
}

Result<void> check_key(const Session& session, std::string_view key) {
  if (auto open = check_open(session); !open) return open;
  if (key.empty()) return invalid("the key is empty");
  if (key.size() > session.limits.max_key_bytes) return too_large("the key", key.size(), session.limits.max_key_bytes);
  return {};
}

Result<void> check_entry(const Session& session, std::string_view key, std::string_view value) {
  if (auto good = check_key(session, key); !good) return good;
  const std::size_t size = key.size() + value.size();
  if (size > session.limits.max_entry_bytes) {
    return too_large("the pair of key and value", size, session.limits.max_entry_bytes);
  }
  return {};
}

Result<void> check_range(const Session& session, const KeyRange& range) {
  if (auto open = check_open(session); !open) return open;
  if (range.reversed()) {
    const Redaction redaction = session.router.observer().redaction();
    return invalid("the range is reversed: it starts at " + key_text(range.start, redaction) + " and ends at " +
                   key_text(range.end, redaction));
  }
  // A border may be the successor of the longest key.
  const std::size_t limit = session.limits.max_key_bytes + 1;
  for (const std::string* border : {&range.start, &range.end}) {
    if (border->size() > limit) return too_large("the range's border", border->size(), limit);
  }
  return {};
}

Result<void> check_ttl(std::chrono::seconds ttl) {
  if (ttl.count() < 0) return invalid("the TTL is negative: " + std::to_string(ttl.count()) + " s");
  return {};
}

Result<void> check_scan(const RawScanOptions& options) {
  if (options.page == 0 || options.page > kMaxRawPage) {
    return invalid("RawScanOptions::page is " + std::to_string(options.page) + ", it must be 1 to " +
                   std::to_string(kMaxRawPage));
  }
  return {};
}

}  // namespace tikv::raw

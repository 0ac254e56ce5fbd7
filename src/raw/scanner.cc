#include "raw/scanner.h"

#include <tikv/proto/kvrpcpb.pb.h>

#include <algorithm>
#include <utility>

#include "proto/tikv_methods.h"
#include "raw/answer.h"
#include "raw/check.h"
#include "raw/locate.h"
#include "route/router.h"
#include "route/scan_order.h"

namespace tikv::raw {

Scanner::Scanner(SessionRef session, KeyRange range, ScanCursor::Direction direction, RawScanOptions options)
    : session_(std::move(session)),
      range_(range),
      options_(options),
      cursor_(std::move(range), direction, session_->limits.max_key_bytes),
      most_at_once_(options.page) {}

Result<void> Scanner::check() const {
  if (auto good = check_range(*session_, range_); !good) return good;
  if (auto good = check_scan(options_); !good) return good;
  if (busy_) {
    return std::unexpected(Error(ErrorKind::kInvalidArgument, "the scan is already reading a page: one at a time"));
  }
  return {};
}

Task<Result<std::optional<Scanner::Page>>> Scanner::next(std::shared_ptr<Scanner> self) {
  co_await self->check();
  const ScanCursor before = self->cursor_;
  route::Retry retry = self->session_->router.retry(self->session_->budget);
  std::size_t want = self->options_.page;
  if (self->options_.limit != 0) want = std::min(want, self->options_.limit - self->given_);
  Page page;
  self->busy_ = true;
  Result<void> read;
  while (read && page.size() < want && !self->cursor_.done()) read = co_await self->read_region(retry, page, want);
  self->busy_ = false;
  if (!read) {
    self->cursor_ = before;
    co_return std::unexpected(std::move(read).error());
  }
  self->given_ += page.size();
  std::optional<Page> found;
  if (!page.empty()) found = std::move(page);
  co_return std::move(found);
}

Task<Result<Scanner::Page>> Scanner::collect(std::shared_ptr<Scanner> self) {
  Page all;
  for (;;) {
    auto page = co_await next(self).or_return();
    if (!page) break;
    if (all.empty()) {
      all = std::move(*page);
    } else {
      all.insert(all.end(), std::move_iterator(page->begin()), std::move_iterator(page->end()));
    }
  }
  co_return std::move(all);
}

Task<Result<void>> Scanner::read_region(route::Retry& retry, Page& page, std::size_t want) {
  const region::RegionRef region = co_await locate(*session_, retry, cursor_).or_return();
  auto borders = cursor_.borders(region->start_key, region->end_key);
  const std::size_t asked = std::min(want - page.size(), most_at_once_);
  proto::kvrpcpb::RawScanRequest request;
  request.set_start_key(std::move(borders.start));
  request.set_end_key(std::move(borders.end));
  request.set_limit(static_cast<std::uint32_t>(asked));
  request.set_key_only(options_.key_only);
  request.set_reverse(cursor_.reverse());
  request.set_cf(session_->column_family);

  auto reply = co_await session_->router.send_to_region(retry, region, request);
  if (!reply && reply.error().kind() == ErrorKind::kTooLarge && asked > 1) {
    most_at_once_ = asked / 2;
    co_return {};
  }
  if (!reply) co_return std::unexpected(std::move(reply).error());
  if (reply->moved) co_return {};
  auto& pairs = *reply->response.mutable_kvs();
  if (const auto text = error_in(pairs); !text.empty()) {
    co_return std::unexpected(read_error(retry, "RawScan", text));
  }
  const route::ScanQuestion question{request.start_key(), request.end_key(), cursor_.reverse(), asked};
  if (!route::answers_scan(pairs, question, [](const auto& pair) { return std::string_view(pair.key()); })) {
    co_return std::unexpected(retry.fail(ErrorKind::kServer, "RawScan: " + std::string(route::kNoScanAnswer)));
  }
  if (static_cast<std::size_t>(pairs.size()) < asked) {
    cursor_.finish_region(region->start_key, region->end_key);
  } else {
    cursor_.read_up_to(pairs.rbegin()->key());
  }
  page.reserve(page.size() + static_cast<std::size_t>(pairs.size()));
  for (auto& pair : pairs) page.emplace_back(std::move(*pair.mutable_key()), std::move(*pair.mutable_value()));
  co_return {};
}

}  // namespace tikv::raw

// What stores answer, as the layers above `net` take it apart.

#include <tikv/proto/kvrpcpb.pb.h>
#include <tikv/timestamp.h>

#include <vector>

#include "input.h"
#include "lock/async_commit.h"
#include "lock/decision.h"
#include "lock/key_error.h"
#include "lock/lock_info.h"
#include "lock/txn_status.h"
#include "route/region_error.h"
#include "txn/verdict.h"

namespace tikv {
namespace {

namespace kvrpcpb = proto::kvrpcpb;

constexpr std::uint64_t kNow = std::uint64_t{1'700'000'000'000} << kTimestampLogicalBits;

void look_at(const proto::errorpb::Error& error) {
  const route::RegionErrorRow& row = route::region_error_row(error);
  (void)route::requested_pause(error);
  FUZZ_CHECK(!route::give_up_error(row, error, Redaction::kOff).to_string().empty());
}

void look_at(const kvrpcpb::KeyError& error) {
  FUZZ_CHECK(!lock::error_of(error, Redaction::kOff).to_string().empty());
  std::vector<lock::Lock> locks;
  if (error.has_locked()) lock::append_locks(error.locked(), locks);
  for (const lock::Lock& lock : locks) {
    lock::TxnStatus alive;
    alive.ttl_ms = lock.ttl_ms;
    (void)lock::next_step(lock, alive, kNow, false);
    (void)lock::until_expired(lock.start_ts, lock.ttl_ms, kNow);
  }
}

void look_at(const kvrpcpb::CheckTxnStatusResponse& response) {
  const lock::TxnStatus status = lock::status_of(response);
  (void)lock::next_step({}, status, kNow, false);
  (void)lock::view_of(status, kNow);
}

void look_at(const kvrpcpb::CheckSecondaryLocksResponse& response) {
  lock::SecondaryTally tally(kNow, kNow + 1);
  (void)tally.add(response, 3);
}

void look_at(const kvrpcpb::PrewriteResponse& response) { (void)txn::judge_prewrite(response, kNow, Redaction::kOff); }

void look_at(const kvrpcpb::CommitResponse& response) { (void)txn::judge_commit(response, "primary", Redaction::kOff); }

template <class Message>
void parse(std::string_view bytes) {
  Message message;
  if (message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) look_at(message);
}

}  // namespace
}  // namespace tikv

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tikv;
  constexpr void (*kParsers[])(std::string_view) = {
      parse<proto::errorpb::Error>,           parse<kvrpcpb::KeyError>,
      parse<kvrpcpb::CheckTxnStatusResponse>, parse<kvrpcpb::CheckSecondaryLocksResponse>,
      parse<kvrpcpb::PrewriteResponse>,       parse<kvrpcpb::CommitResponse>};
  fuzz::Input input(data, size);
  kParsers[input.byte() % std::size(kParsers)](input.rest());
  return 0;
}

#include "pd/tso_stream.h"

#include <utility>

#include "base/probe.h"
#include "observe/span_scope.h"
#include "proto/pd_methods.h"
#include "runtime/wait.h"

namespace tikv::pd {

namespace pdpb = proto::pdpb;

/// A caller of `get`, as long as it waits.
class TsoStream::Caller final : public runtime::Wait, public TsoTicket {
 public:
  explicit Caller(TsoStream& stream) : stream_(stream) { stream.batches_.join(*this); }
  void fail(const Error& error) {
    error_ = error;
    wake();
  }
  const std::optional<Error>& error() const noexcept { return error_; }

 private:
  void on_timestamp() noexcept override { wake(); }
  void on_abandoned() noexcept override { stream_.batches_.leave(*this); }
  TsoStream& stream_;
  std::optional<Error> error_;
};

TsoStream::TsoStream(runtime::Loop& loop, net::Transport& transport, Directory& directory, const PdOptions& options)
    : loop_(loop),
      transport_(transport),
      directory_(directory),
      options_(options),
      batches_(options.tso_max_in_flight, options.tso_max_batch),
      retry_(loop, directory, options, std::chrono::nanoseconds::max(), "PD Tso"),
      scope_(loop) {
  directory_.set_listener(this);
}

TsoStream::~TsoStream() {
  directory_.set_listener(nullptr);
  loop_.cancel(*this);
}

Task<Result<std::uint64_t>> TsoStream::get() {
  if (directory_.closed()) co_return std::unexpected(retry_.error(ErrorKind::kClosed, "the client was closed"));
  detail::TaskContext& context = co_await runtime::own_context();
  const observe::Observer& observer = observe::or_silent(options_.observer);
  const runtime::TimePoint start = loop_.recent();
  observe::SpanScope span(observer.tracer(), context, "tikv.tso");
  Caller caller(*this);
  caller.limit(start + options_.retry_budget);
  loop_.defer(*this);
  const runtime::Wake why = co_await caller;
  span.end();
  if (observer.metrics() != nullptr) {
    observer.metrics()->pd.timestamp_wait.observe(observe::seconds(loop_.now() - start));
  }
  if (why == runtime::Wake::kReady && !caller.error()) co_return caller.timestamp();

  std::optional<Error> error = caller.error();
  if (!error && why == runtime::Wake::kDeadline && context.deadline > loop_.now()) {
    TIKV_PROBE("tso: out of patience");
    error = retry_.error(ErrorKind::kUnavailable, "no timestamp within the retry budget");
  } else if (!error) {
    const Error ended = runtime::wake_error(why, "no timestamp");
    error = retry_.error(ended.kind(), ended.message());
  }
  error->with_elapsed(loop_.now() - start);
  co_return std::unexpected(*std::move(error));
}

void TsoStream::run_deferred() {
  if (directory_.closed()) return;
  if (driving_) return send_ready();
  if (batches_.idle()) return;
  driving_ = true;
  scope_.spawn(drive(), std::chrono::nanoseconds{0}, directory_.closing());
}

void TsoStream::on_new_leader() {
  TIKV_PROBE_IF(stream_ && address_ != directory_.leader(), "tso: the stream's server leads no more");
  if (stream_ && address_ != directory_.leader()) give_up_.request_stop();
}

void TsoStream::send_ready() {
  if (!stream_) return;
  while (const std::uint32_t count = batches_.take(loop_.now())) {
    request_.mutable_header()->set_cluster_id(directory_.cluster_id().value_or(0));
    request_.mutable_header()->set_caller_id(options_.caller_id);
    request_.set_count(count);
    stream_->send(request_);
  }
}

Task<void> TsoStream::drive() {
  directory_.refresh_if_old();
  // Also while nobody waits any more but PD still owes an answer: a dead stream has to be noticed, however short the
  // deadlines of the callers are.
  while (!batches_.idle()) {
    const Result<void> done = co_await step();
    if (done) continue;
    TIKV_PROBE("tso: everybody who waits is told the error");
    fail_all(done.error());
    retry_.reset();
  }
  driving_ = false;
}

Task<Result<void>> TsoStream::step() {
  if (!stream_) {
    co_await retry_.ready().or_return();
    if (directory_.leader().empty()) co_return Result<void>();
    address_ = directory_.leader();
    give_up_ = std::stop_source();
    stream_ = transport_.open(address_, proto::MethodOf<pdpb::TsoRequest>::method);
  }
  send_ready();
  if (batches_.in_flight() == 0) co_return Result<void>();
  const runtime::TimePoint asked = batches_.oldest();
  net::Status status = co_await stream_->receive(response_)
                           .with_timeout(asked + options_.tso_timeout - loop_.now())
                           .with_stop(give_up_.get_token());
  if (status.outcome == net::Outcome::kStopped) status.message = "no longer wanted";
  Verdict verdict = judge(status, response_.header(), directory_.cluster_id().value_or(0));
  if (verdict.next == Next::kDone) verdict = deal_out();
  if (verdict.next == Next::kDone) {
    retry_.reset();
  } else {
    TIKV_PROBE("tso: the stream is given up");
    // Another stream may do, whatever it was, unless the cluster is another one.
    if (verdict.kind != ErrorKind::kClusterMismatch) verdict.next = Next::kFindLeader;
    retry_.failed(address_, verdict, loop_.now() - asked);
    stream_.reset();
    batches_.take_back();
  }
  co_return Result<void>();
}

Verdict TsoStream::deal_out() {
  Verdict verdict;
  TsoAnswer answer;
  answer.physical_ms = response_.timestamp().physical();
  answer.logical = response_.timestamp().logical();
  answer.suffix_bits = response_.timestamp().suffix_bits();
  answer.count = response_.count();
  std::optional<std::string> wrong;
  if (response_.header().error().type() != pdpb::OK) {
    wrong = "error: " + response_.header().error().message();
  } else {
    wrong = batches_.deliver(answer);
  }
  if (!wrong) return verdict;
  verdict.next = Next::kFindLeader;
  verdict.kind = ErrorKind::kUnavailable;
  verdict.outcome = *std::move(wrong);
  return verdict;
}

void TsoStream::fail_all(const Error& error) {
  for (TsoTicket* ticket : batches_.remove_all()) static_cast<Caller*>(ticket)->fail(error);
}

void TsoStream::begin_close() {
  give_up_.request_stop();
  fail_all(retry_.error(ErrorKind::kClosed, "the client was closed"));
}

Task<void> TsoStream::join() {
  co_await scope_.join();
  stream_.reset();
}

}  // namespace tikv::pd

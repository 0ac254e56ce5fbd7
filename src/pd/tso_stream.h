#pragma once

#include <tikv/proto/pdpb.pb.h>
#include <tikv/task.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "net/transport.h"
#include "pd/directory.h"
#include "pd/pd_client.h"
#include "pd/retry.h"
#include "pd/tso_batch.h"
#include "pd/verdict.h"
#include "runtime/loop.h"
#include "runtime/scope.h"

namespace tikv::pd {

/// Timestamps from PD's leader, over one stream that all callers share.
///
/// Callers queue up in `TsoBatches`. Once nothing else is ready on the loop, those who wait go out as one request, and
/// more requests follow while earlier ones are unanswered. While anybody waits, one background task receives. A stream
/// that breaks, or that leaves its oldest request unanswered for `PdOptions::tso_timeout`, is dropped; those who wait
/// for it are served first by the next one; so is one whose member no longer leads, as soon as anybody finds out. Each
/// caller has its own deadline and leaves by itself.
class TsoStream final : private runtime::Deferred, private LeaderListener {
 public:
  TsoStream(runtime::Loop& loop, net::Transport& transport, Directory& directory, const PdOptions& options);
  ~TsoStream();

  Task<Result<std::uint64_t>> get();
  const TsoBatches& batches() const noexcept { return batches_; }
  /// Ends those who wait with `kClosed`. The directory is closed before.
  void begin_close();
  /// After `begin_close`: completes when nothing runs any more.
  Task<void> join();

 private:
  class Caller;
  void run_deferred() override;
  void on_new_leader() override;
  void send_ready();
  Task<void> drive();
  /// One step: sees to a stream, and takes one answer from it. Fails when there is no use in going on.
  Task<Result<void>> step();
  /// Hands `response_` to those it is for.
  Verdict deal_out();
  void fail_all(const Error& error);

  runtime::Loop& loop_;
  net::Transport& transport_;
  Directory& directory_;
  const PdOptions& options_;
  TsoBatches batches_;
  std::unique_ptr<net::Stream> stream_;
  std::string address_;       // of the stream
  std::stop_source give_up_;  // ends the wait for the stream's next answer
  proto::pdpb::TsoRequest request_;
  proto::pdpb::TsoResponse response_;
  bool driving_ = false;
  Retry retry_;
  runtime::Scope scope_;
};

}  // namespace tikv::pd

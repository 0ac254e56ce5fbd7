#pragma once

#include <tikv/task.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "net/transport.h"
#include "pd/attempt_log.h"
#include "pd/members.h"
#include "pd/pd_client.h"
#include "pd/wait_list.h"
#include "runtime/loop.h"
#include "runtime/scope.h"

namespace tikv::pd {

/// Is told when calls should go to another member than before. Not from within a search's caller.
class LeaderListener {
 public:
  virtual void on_new_leader() = 0;

 protected:
  ~LeaderListener() = default;
};

/// Who the members are and who leads them, kept up to date by asking all of them at once.
class Directory {
 public:
  /// `endpoints`: where to ask besides the members that are known, host:port.
  Directory(runtime::Loop& loop, net::Transport& transport, const PdOptions& options,
            std::vector<std::string> endpoints)
      : loop_(loop),
        transport_(transport),
        options_(options),
        observer_(observe::or_silent(options.observer)),
        endpoints_(std::move(endpoints)),
        scope_(loop) {}

  /// At most one; null for none.
  void set_listener(LeaderListener* listener) noexcept { listener_ = listener; }

  /// As they were when last asked for.
  const Members& members() const noexcept { return members_; }
  bool searching() const noexcept { return searching_; }
  /// host:port; empty while none is known.
  const std::string& leader() const noexcept { return members_.leader; }
  /// Nothing before the first answer.
  std::optional<std::uint64_t> cluster_id() const noexcept { return cluster_id_; }

  /// Finds the leader after `failed` failed as one (empty: there was none). Callers share a search, and if another
  /// leader than `failed` is known already there is none. Errors that end a call: `kClusterMismatch`, `kCancelled`,
  /// `kDeadline`, `kClosed`; and `kNotPd` for a client that never saw its PD. After `kUnavailable` a later search may
  /// go better.
  Task<Result<void>> find_leader(std::string failed);
  /// Asks behind the caller's back if the members have not been asked for `member_max_age`.
  void refresh_if_old();
  /// `leader` left a caller waiting until its deadline. Asks the members behind the caller's back: with short deadlines
  /// no caller would live to see to it.
  void suspect(const std::string& leader);

  /// A call failed at a member, or went well. `trouble` is what has failed since one went well, for those who wait for
  /// somebody else's call and can't see its tries.
  void note_failure(std::string address, std::string outcome, std::chrono::nanoseconds took) {
    trouble_.add(std::move(address), std::move(outcome), took);
  }
  void note_success() noexcept { trouble_.clear(); }
  const AttemptLog& trouble() const noexcept { return trouble_; }

  /// Ends with `kClosed` what waits, now and later.
  void begin_close() noexcept;
  /// After `begin_close`: completes when nothing runs any more.
  Task<void> join();
  bool closed() const noexcept { return closing_.stop_requested(); }
  /// Triggered by `begin_close`.
  std::stop_token closing() const noexcept { return closing_.get_token(); }

 private:
  struct Round;
  void start_survey(std::string failed);
  Task<void> run_survey(std::string failed);
  Task<void> ask(std::shared_ptr<Round> round, std::string address);
  std::vector<std::string> whom_to_ask() const;
  void take(Result<Members> verdict, const std::string& failed, bool hopeless);

  runtime::Loop& loop_;
  net::Transport& transport_;
  const PdOptions& options_;
  const observe::Observer& observer_;
  const std::vector<std::string> endpoints_;
  Members members_;
  std::optional<std::uint64_t> cluster_id_;
  std::string suspect_;  // the leader that failed when last nobody knew of another
  LeaderListener* listener_ = nullptr;
  runtime::TimePoint asked_at_{};
  bool searching_ = false;
  std::optional<Error> last_error_;  // of the last search; none if it found a leader
  AttemptLog trouble_;
  bool lost_ = false;  // and the log was told so
  WaitList search_over_;
  std::stop_source closing_;
  runtime::Scope scope_;
};

}  // namespace tikv::pd

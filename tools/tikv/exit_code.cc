#include "exit_code.h"

#include <algorithm>
#include <array>

namespace tikv::cli {
namespace {

struct KindRow {
  ErrorKind kind;
  Exit exit;
  std::string_view hint;
};

constexpr std::array kKinds = {
    KindRow{ErrorKind::kInvalidArgument, Exit::kUsage, "correct the arguments; nothing was sent"},
    KindRow{ErrorKind::kTooLarge, Exit::kUsage, "make it smaller, or raise the limit here and on the stores"},
    KindRow{ErrorKind::kClosed, Exit::kInterrupted, "the client was closed while the call ran"},
    KindRow{ErrorKind::kCancelled, Exit::kInterrupted, "it was interrupted"},
    KindRow{ErrorKind::kDeadline, Exit::kRetry, "run it again, or give it more time with --timeout"},
    KindRow{ErrorKind::kUnavailable, Exit::kRetry, "check --pd and the network, and run it again"},
    KindRow{ErrorKind::kClusterMismatch, Exit::kWrongCluster, "give --pd addresses of one cluster alone"},
    KindRow{ErrorKind::kNotPd, Exit::kWrongCluster,
            "give --pd the address of a PD (port 2379 as a rule), not a store's"},
    KindRow{ErrorKind::kTls, Exit::kWrongCluster,
            "check --ca, --cert and --key, and that the addresses are those in the servers' certificates"},
    KindRow{ErrorKind::kConflict, Exit::kConflict, "another transaction was first; run it again"},
    KindRow{ErrorKind::kDeadlock, Exit::kConflict, "transactions waited for each other; run it again"},
    KindRow{ErrorKind::kKeyExists, Exit::kCondition, "the key is there already; put overwrites it"},
    KindRow{ErrorKind::kLockWaitTimeout, Exit::kConflict, "another transaction holds the key; run it again"},
    KindRow{ErrorKind::kAborted, Exit::kConflict, "the transaction was rolled back; run it again"},
    KindRow{ErrorKind::kAssertionFailed, Exit::kCondition, "nothing was written; look at what is stored"},
    KindRow{ErrorKind::kUndetermined, Exit::kOutcomeUnknown, "read what is stored before writing again"},
    KindRow{ErrorKind::kWrongThread, Exit::kServer, "this is a bug of the tool"},
    KindRow{ErrorKind::kServer, Exit::kServer, "the message is the server's"},
    KindRow{ErrorKind::kUnsupported, Exit::kServer, "this server does not have the call"},
};

struct AdviceRow {
  Advice advice;
  Exit exit;
  std::string_view hint;
};

// kGiveUp is not there: the kind says more.
constexpr std::array kAdvices = {
    AdviceRow{Advice::kOutcomeUnknown, Exit::kOutcomeUnknown,
              "the write may have taken effect: read what is stored before writing again"},
    AdviceRow{Advice::kRetryTransaction, Exit::kConflict, "run the transaction again"},
    AdviceRow{Advice::kRetryCall, Exit::kRetry, "run it again"},
};

struct NameRow {
  Exit exit;
  std::string_view name;
};

constexpr std::array kNames = {
    NameRow{Exit::kOk, "ok"},
    NameRow{Exit::kNotFound, "not_found"},
    NameRow{Exit::kUsage, "usage"},
    NameRow{Exit::kConflict, "conflict"},
    NameRow{Exit::kCondition, "condition"},
    NameRow{Exit::kRetry, "retry"},
    NameRow{Exit::kOutcomeUnknown, "outcome_unknown"},
    NameRow{Exit::kServer, "server"},
    NameRow{Exit::kWrongCluster, "wrong_cluster"},
    NameRow{Exit::kFile, "file"},
    NameRow{Exit::kInterrupted, "interrupted"},
};

/// A kind that is newer than this table is the server's fault, as far as scripts are concerned.
constexpr KindRow kNewerKind{ErrorKind::kServer, Exit::kServer, "this version of the tool does not know the error"};

const KindRow& row_of(ErrorKind kind) noexcept {
  const auto* row = std::ranges::find(kKinds, kind, &KindRow::kind);
  return row == kKinds.end() ? kNewerKind : *row;
}

const AdviceRow* advice_of(const Error& error) noexcept {
  const auto* row = std::ranges::find(kAdvices, error.advice(), &AdviceRow::advice);
  return row == kAdvices.end() ? nullptr : row;
}

}  // namespace

Exit exit_of(const Error& error) noexcept {
  const Exit by_kind = row_of(error.kind()).exit;
  const AdviceRow* advice = advice_of(error);
  if (advice == nullptr) return by_kind;
  // Whoever pressed Ctrl-C, or named another cluster, is told that, unless a write may have been made.
  const bool kind_says_more = by_kind == Exit::kInterrupted || by_kind == Exit::kWrongCluster;
  return kind_says_more && advice->advice != Advice::kOutcomeUnknown ? by_kind : advice->exit;
}

std::string_view hint_of(const Error& error) noexcept {
  const KindRow& kind = row_of(error.kind());
  const AdviceRow* advice = advice_of(error);
  if (advice == nullptr || kind.exit == exit_of(error)) return kind.hint;
  return advice->hint;
}

std::string_view name_of(Exit exit) noexcept {
  const auto* row = std::ranges::find(kNames, exit, &NameRow::exit);
  return row == kNames.end() ? std::string_view("unknown") : row->name;
}

std::string kind_name(ErrorKind kind) {
  std::string name(to_string(kind));
  std::ranges::replace(name, ' ', '_');
  return name;
}

}  // namespace tikv::cli

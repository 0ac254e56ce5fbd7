#include <tikv/error.h>

#include <array>
#include <utility>

namespace tikv {
namespace {

struct KindRow {
  ErrorKind kind;
  std::string_view name;
  Advice advice;
};

// Indexed by kind.
constexpr std::array kKinds = {
    KindRow{ErrorKind::kInvalidArgument, "invalid argument", Advice::kGiveUp},
    KindRow{ErrorKind::kTooLarge, "too large", Advice::kGiveUp},
    KindRow{ErrorKind::kClosed, "closed", Advice::kGiveUp},
    KindRow{ErrorKind::kCancelled, "cancelled", Advice::kGiveUp},
    KindRow{ErrorKind::kDeadline, "deadline exceeded", Advice::kRetryCall},
    KindRow{ErrorKind::kUnavailable, "unavailable", Advice::kRetryCall},
    KindRow{ErrorKind::kClusterMismatch, "cluster mismatch", Advice::kGiveUp},
    KindRow{ErrorKind::kNotPd, "not a PD", Advice::kGiveUp},
    KindRow{ErrorKind::kConflict, "write conflict", Advice::kRetryTransaction},
    KindRow{ErrorKind::kDeadlock, "deadlock", Advice::kRetryTransaction},
    KindRow{ErrorKind::kKeyExists, "key exists", Advice::kGiveUp},
    KindRow{ErrorKind::kLockWaitTimeout, "lock wait timeout", Advice::kRetryTransaction},
    KindRow{ErrorKind::kAborted, "transaction aborted", Advice::kRetryTransaction},
    KindRow{ErrorKind::kAssertionFailed, "assertion failed", Advice::kGiveUp},
    KindRow{ErrorKind::kUndetermined, "undetermined", Advice::kOutcomeUnknown},
    KindRow{ErrorKind::kWrongThread, "wrong thread", Advice::kGiveUp},
    KindRow{ErrorKind::kServer, "server error", Advice::kGiveUp},
    KindRow{ErrorKind::kUnsupported, "unsupported", Advice::kGiveUp},
    KindRow{ErrorKind::kTls, "tls", Advice::kGiveUp},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kKinds.size(); ++i)
    if (static_cast<std::size_t>(kKinds[i].kind) != i) return false;
  return true;
}
static_assert(in_order());

const KindRow& row(ErrorKind kind) noexcept { return kKinds[static_cast<std::size_t>(kind)]; }

}  // namespace

struct Error::Body {
  ErrorKind kind;
  Advice advice;
  Applied applied = Applied::kNo;
  std::string message;
  ErrorDetail detail;
  std::vector<Attempt> attempts;
  std::uint32_t attempt_count = 0;
  std::chrono::nanoseconds elapsed{0};
};

Error::Error(ErrorKind kind, std::string message) : body_(std::make_shared<Body>()) {
  body_->kind = kind;
  body_->advice = row(kind).advice;
  body_->applied = kind == ErrorKind::kUndetermined ? Applied::kUnknown : Applied::kNo;
  body_->message = std::move(message);
}

ErrorKind Error::kind() const noexcept { return body_->kind; }
Advice Error::advice() const noexcept { return body_->advice; }
Applied Error::applied() const noexcept { return body_->applied; }
const std::string& Error::message() const noexcept { return body_->message; }
const std::vector<Attempt>& Error::attempts() const noexcept { return body_->attempts; }
std::uint32_t Error::attempt_count() const noexcept { return body_->attempt_count; }
std::chrono::nanoseconds Error::elapsed() const noexcept { return body_->elapsed; }
const ErrorDetail& Error::detail_variant() const noexcept { return body_->detail; }

// Copies share a body until one of them is changed.
Error::Body& Error::own() {
  if (body_.use_count() > 1) body_ = std::make_shared<Body>(*body_);
  return *body_;
}

Error& Error::with_advice(Advice advice) {
  own().advice = advice;
  return *this;
}

Error& Error::with_applied(Applied applied) {
  Body& body = own();
  body.applied = applied;
  if (applied == Applied::kUnknown) body.advice = Advice::kOutcomeUnknown;
  return *this;
}

Error& Error::with_detail(ErrorDetail detail) {
  own().detail = std::move(detail);
  return *this;
}

Error& Error::with_attempts(std::vector<Attempt> attempts, std::uint32_t count) {
  Body& body = own();
  body.attempts = std::move(attempts);
  body.attempt_count = count;
  return *this;
}

Error& Error::with_elapsed(std::chrono::nanoseconds elapsed) {
  own().elapsed = elapsed;
  return *this;
}

Error& Error::with_context(std::string_view context) {
  std::string& message = own().message;
  message.insert(0, ": ");
  message.insert(0, context);
  return *this;
}

std::string Error::to_string() const {
  std::string text(tikv::to_string(kind()));
  text += ": ";
  text += message();
  if (applied() == Applied::kUnknown) text += "; the write may have taken effect";
  if (attempt_count() > 0) text += "; attempts: " + std::to_string(attempt_count());
  for (const Attempt& attempt : attempts()) {
    text += " [";
    if (attempt.region_id != 0) {
      text += "region " + std::to_string(attempt.region_id) + " epoch " + std::to_string(attempt.epoch_version) + "." +
              std::to_string(attempt.epoch_conf_version) + " store " + std::to_string(attempt.store_id) + " ";
    }
    text += attempt.address + " " + attempt.outcome + " " +
            std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(attempt.took).count()) + "us]";
  }
  if (elapsed().count() > 0) {
    text +=
        "; elapsed " + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(elapsed()).count()) + "ms";
  }
  return text;
}

std::string_view to_string(ErrorKind kind) noexcept { return row(kind).name; }

std::string_view to_string(Advice advice) noexcept {
  constexpr std::array<std::string_view, 4> kNames = {"give up", "retry the call", "retry the transaction",
                                                      "outcome unknown"};
  return kNames[static_cast<std::size_t>(advice)];
}

std::string_view to_string(Applied applied) noexcept { return applied == Applied::kNo ? "no" : "unknown"; }

}  // namespace tikv

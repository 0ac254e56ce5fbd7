#include "errors.h"

#include <array>
#include <chrono>

namespace tikv::cli {
namespace {

using Microseconds = std::chrono::microseconds;
using Milliseconds = std::chrono::milliseconds;

std::uint64_t microseconds(std::chrono::nanoseconds time) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<Microseconds>(time).count());
}

/// In the order of `Advice`.
constexpr std::array<std::string_view, 4> kAdvices = {"give_up", "retry_call", "retry_transaction", "outcome_unknown"};

std::string attempt_text(const Attempt& attempt) {
  std::string text = "  attempt: " + (attempt.address.empty() ? std::string("no store") : attempt.address);
  if (attempt.region_id != 0) {
    text += ", region " + std::to_string(attempt.region_id) + " (epoch " + std::to_string(attempt.epoch_version) + "." +
            std::to_string(attempt.epoch_conf_version) + "), store " + std::to_string(attempt.store_id);
  }
  return text + ": " + attempt.outcome + ", " + std::to_string(microseconds(attempt.took)) + " us\n";
}

Json attempt_json(const Attempt& attempt) {
  return Json::Object{{"address", attempt.address},
                      {"region_id", Json::id(attempt.region_id)},
                      {"epoch_version", Json::number(attempt.epoch_version)},
                      {"epoch_conf_version", Json::number(attempt.epoch_conf_version)},
                      {"store_id", Json::id(attempt.store_id)},
                      {"outcome", attempt.outcome},
                      {"took_us", Json::number(microseconds(attempt.took))}};
}

void print_attempts(std::ostream& err, const Error& error, bool verbose) {
  if (error.attempt_count() == 0) return;
  err << "  tried: " << error.attempt_count() << (error.attempt_count() == 1 ? " attempt" : " attempts") << " in "
      << std::chrono::duration_cast<Milliseconds>(error.elapsed()).count() << " ms"
      << (verbose ? "" : " (--verbose shows them)") << '\n';
  if (!verbose) return;
  for (const Attempt& attempt : error.attempts()) err << attempt_text(attempt);
}

}  // namespace

Json failure_json(const Failure& failure) {
  Json::Object object = {{"exit", name_of(failure.exit)},
                         {"exit_code", Json::number(static_cast<std::uint64_t>(failure.exit))},
                         {"message", failure.message}};
  if (failure.error) {
    const Error& error = *failure.error;
    Json::Array attempts;
    for (const Attempt& attempt : error.attempts()) attempts.push_back(attempt_json(attempt));
    object.emplace_back("kind", kind_name(error.kind()));
    object.emplace_back("advice", kAdvices[static_cast<std::size_t>(error.advice())]);
    object.emplace_back("applied", to_string(error.applied()));
    object.emplace_back("hint", hint_of(error));
    object.emplace_back("attempt_count", Json::number(error.attempt_count()));
    object.emplace_back("elapsed_us", Json::number(microseconds(error.elapsed())));
    object.emplace_back("attempts", std::move(attempts));
  }
  return Json::Object{{"error", std::move(object)}};
}

void print_failure(std::ostream& err, const Settings& settings, const Failure& failure) {
  if (settings.json) {
    err << failure_json(failure).dump() << '\n';
    return;
  }
  err << "tikv: ";
  if (failure.error) err << to_string(failure.error->kind()) << ": ";
  err << failure.message << '\n';
  if (failure.error) {
    print_attempts(err, *failure.error, settings.verbose);
    err << "  " << hint_of(*failure.error) << '\n';
  }
}

}  // namespace tikv::cli

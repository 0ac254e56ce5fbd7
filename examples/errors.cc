// What an error tells: its kind is to switch on, its advice says what to do next, its attempts say what was tried.
#include <tikv/client.h>

#include <cstdio>
#include <string>

std::string explain(const tikv::Error& error) {
  switch (error.kind()) {
    case tikv::ErrorKind::kConflict:  // somebody else was first
      if (auto* conflict = error.detail<tikv::WriteConflict>())
        return "conflict with " + std::to_string(conflict->conflict_start_ts);
      return "conflict";
    case tikv::ErrorKind::kUndetermined:  // it can't be known whether it was written
      return "look at what is stored, then decide";
    case tikv::ErrorKind::kUnavailable:
    case tikv::ErrorKind::kDeadline:  // what was tried, where, and for how long
      for (const tikv::Attempt& attempt : error.attempts())
        std::printf("%s: %s\n", attempt.address.c_str(), attempt.outcome.c_str());
      return error.advice() == tikv::Advice::kRetryCall ? "try again later" : "give up";
    default:
      return error.to_string();
  }
}

/// Two transactions write one key; the second to commit is told about the first.
tikv::Task<tikv::Result<tikv::Committed>> collide(tikv::Client& client) {
  tikv::Transaction first = co_await client.begin().or_return();
  tikv::Transaction second = co_await client.begin().or_return();
  co_await first.put("example/seat", "first");
  co_await second.put("example/seat", "second");
  co_await first.commit().or_return();
  co_return co_await second.commit();
}

int main(int argc, char** argv) {
  tikv::ClientOptions options{.pd_endpoints = {argc > 1 ? argv[1] : "127.0.0.1:2379"}};
  auto client = tikv::Client::connect(std::move(options)).get();
  if (!client) return std::puts(explain(client.error()).c_str()), 1;

  const auto done = collide(*client).get();
  std::puts(done ? "both committed, which can't be" : explain(done.error()).c_str());
  return done ? 1 : 0;
}

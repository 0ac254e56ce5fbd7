#include <CLI/CLI.hpp>
#include <cstdlib>

#include "meter.h"

namespace tikv::bench {

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("One measurement against a cluster; prints one line of JSON. tools/bench runs them all.");
  app.add_option("--pd", arguments.pd, "host:port of PD, several with commas")->delimiter(',')->capture_default_str();
  app.add_option("--ca", arguments.ca, "CA (PEM) of a cluster that serves TLS");
  app.add_option("--work", arguments.work, "load, raw_get, raw_put, txn_get, txn_1 or txn_10")->capture_default_str();
  app.add_option("--callers", arguments.callers, "Operations under way at once")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_flag("--threads", arguments.threads, "Callers are threads that block in get(), not coroutines");
  app.add_flag("--call-by-call", arguments.call_by_call,
               "Threads block in each call of a transaction, not once for all of it");
  app.add_option("--warm", arguments.warm, "Seconds before the window")->capture_default_str();
  app.add_option("--seconds", arguments.seconds, "Seconds of the window")->capture_default_str();
  app.add_option("--server-pid", arguments.server_pid, "Process whose CPU time is told as well");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  return arguments;
}

}  // namespace tikv::bench

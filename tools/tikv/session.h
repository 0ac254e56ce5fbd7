#pragma once

#include <tikv/client.h>

#include <chrono>
#include <istream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "bytes.h"
#include "exit_code.h"
#include "interrupt.h"
#include "json.h"

namespace tikv::cli {

/// How to reach the cluster, as it was given.
struct Connection {
  std::vector<std::string> pd;  ///< host:port, one or more in each: of the command line, or of TIKV_PD
  std::string config;           ///< A file as docs/configuration.md has it; empty for none.
  std::string ca;               ///< PEM files; empty for what the configuration says.
  std::string cert;
  std::string key;
  std::vector<std::string> verify_cn;
};

/// The client's options: what was given before what the file says. Throws `Failure`.
ClientOptions client_options(const Connection& connection);

/// How a command reads and prints.
struct Settings {
  Form key_form = Form::kEscaped;
  Form value_form = Form::kEscaped;
  std::optional<Form> key_output;    ///< As `key_form` if not set.
  std::optional<Form> value_output;  ///< As `value_form` if not set.
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  std::chrono::milliseconds timeout{0};  ///< Of each call; 0: the client's default.
};

/// What the commands of one run of the program share: the streams, and the client once one is needed.
class Session {
 public:
  Session(std::istream& in, std::ostream& out, std::ostream& err, Interrupt* interrupt)
      : in_(in), out_(out), err_(err), interrupt_(interrupt) {}

  std::istream& in() noexcept { return in_; }
  std::ostream& out() noexcept { return out_; }
  std::ostream& err() noexcept { return err_; }
  Interrupt* interrupt() noexcept { return interrupt_; }

  /// Connects the first time. Throws `Failure`.
  Client& client(std::chrono::milliseconds timeout);
  /// What the client was made with, once there is one.
  const ClientOptions& options() const noexcept { return options_; }

  Connection connection;
  Settings settings;
  bool in_shell = false;  ///< Lines come from the input, so commands may not read it.

 private:
  std::istream& in_;
  std::ostream& out_;
  std::ostream& err_;
  Interrupt* interrupt_;
  ClientOptions options_;
  std::unique_ptr<Client> client_;
};

/// What one command runs with. Everything throws `Failure`.
class Context {
 public:
  Context(Session& session, Settings settings) : session_(session), settings_(settings) {}

  const Settings& settings() const noexcept { return settings_; }
  Session& session() noexcept { return session_; }
  bool json() const noexcept { return settings_.json; }
  std::ostream& out() noexcept { return session_.out(); }
  Client& client() { return session_.client(settings_.timeout); }

  /// The task's value. Ends with Ctrl-C and after the timeout.
  template <class T>
  T wait(Task<Result<T>> task) {
    const Interrupt::Running running(session_.interrupt());
    if (settings_.timeout.count() > 0) {
      return value_or_fail(std::move(task).with_timeout(settings_.timeout).with_stop(running.token()).get());
    }
    return value_or_fail(std::move(task).with_stop(running.token()).get());
  }

  // ---- arguments

  std::string key(std::string_view text) const;
  /// Or the whole input for "-", or a file's bytes for "@FILE".
  std::string value(std::string_view text) const;
  /// The lines of the input.
  std::vector<std::string> input_lines() const;

  // ---- answers

  std::string print_key(std::string_view key) const;
  std::string print_value(std::string_view value) const;
  /// The answer of a command that has one: `object`, or the text and a line end.
  void answer(const Json& object, std::string_view text);
  /// The answer of a write: `{"ok":true}`, or "ok" unless --quiet.
  void done();
  /// Beside the answer, on stderr; not with --quiet.
  void note(std::string_view text);

 private:
  Session& session_;
  Settings settings_;
};

}  // namespace tikv::cli

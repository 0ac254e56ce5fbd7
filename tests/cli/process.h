#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tikv::cli {

/// How a program ended.
struct Ended {
  int code = -1;    ///< -1 if a signal ended it.
  int signal = 0;   ///< 0 if it ended by itself.
  std::string out;  ///< At a terminal: all it showed.
  std::string err;
};

/// A program in a process of its own, with pipes, or with a terminal of its own.
class Process {
 public:
  enum class Streams { kPipes, kTerminal };

  /// `environment`: NAME=VALUE, added to the test's own.
  Process(const std::vector<std::string>& words, Streams streams, const std::vector<std::string>& environment = {});
  ~Process();  ///< Kills it, if it still runs.
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void send(int signal) const;
  void write(std::string_view bytes) const;
  void close_input();
  /// Reads until all output so far satisfies `enough`; false if it ends or half a minute passes before.
  bool read_until(const std::function<bool(const std::string&)>& enough);
  /// The output so far.
  const std::string& output() const noexcept { return ended_.out; }
  /// Reads to the end and waits for it.
  const Ended& wait();

 private:
  bool read_some(std::chrono::milliseconds patience);

  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;
  bool over_ = false;
  Ended ended_;
};

/// Runs it to its end.
Ended run_process(const std::vector<std::string>& words, std::string_view input,
                  const std::vector<std::string>& environment = {});

}  // namespace tikv::cli

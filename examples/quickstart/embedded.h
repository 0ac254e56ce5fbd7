#pragma once

#include <sys/types.h>
#include <optional>
#include <string>

namespace quickstart {

/// `tikv-embedded` as a child process: a PD and three stores on loopback. Ended with the object.
class EmbeddedCluster {
 public:
  /// Starts `program` and waits until the cluster serves. Nothing if it could not be started; the reason is on stderr.
  static std::optional<EmbeddedCluster> start(const std::string& program);
  EmbeddedCluster(EmbeddedCluster&& other) noexcept;
  EmbeddedCluster& operator=(EmbeddedCluster&&) = delete;
  ~EmbeddedCluster();

  const std::string& pd() const { return pd_; }
  /// Sends one command line, as in "split KEY", and returns the line that answers it.
  std::string command(const std::string& line);

 private:
  EmbeddedCluster() = default;
  std::string read_line();
  pid_t child_ = -1;
  int to_child_ = -1;
  int from_child_ = -1;
  std::string unread_;
  std::string pd_;
};

}  // namespace quickstart

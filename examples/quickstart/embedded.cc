#include "embedded.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

namespace quickstart {

std::optional<EmbeddedCluster> EmbeddedCluster::start(const std::string& program) {
  int down[2];
  int up[2];
  if (pipe2(down, O_CLOEXEC) != 0 || pipe2(up, O_CLOEXEC) != 0) return std::nullopt;
  EmbeddedCluster cluster;
  cluster.child_ = fork();
  if (cluster.child_ == 0) {
    dup2(down[0], STDIN_FILENO);
    dup2(up[1], STDOUT_FILENO);
    execl(program.c_str(), program.c_str(), "--stores", "3", static_cast<char*>(nullptr));
    std::perror(program.c_str());
    _exit(127);
  }
  close(down[0]);
  close(up[1]);
  cluster.to_child_ = down[1];
  cluster.from_child_ = up[0];
  const std::string ready = cluster.read_line();
  const std::string mark = "ready pd=";
  if (!ready.starts_with(mark)) {
    std::fprintf(stderr, "%s did not start: %s\n", program.c_str(), ready.c_str());
    return std::nullopt;
  }
  cluster.pd_ = ready.substr(mark.size(), ready.find(' ', mark.size()) - mark.size());
  return cluster;
}

EmbeddedCluster::EmbeddedCluster(EmbeddedCluster&& other) noexcept
    : child_(std::exchange(other.child_, -1)),
      to_child_(std::exchange(other.to_child_, -1)),
      from_child_(std::exchange(other.from_child_, -1)),
      unread_(std::move(other.unread_)),
      pd_(std::move(other.pd_)) {}

EmbeddedCluster::~EmbeddedCluster() {
  if (to_child_ >= 0) close(to_child_);  // the program ends with its input
  if (child_ > 0) waitpid(child_, nullptr, 0);
  if (from_child_ >= 0) close(from_child_);
}

std::string EmbeddedCluster::command(const std::string& line) {
  const std::string text = line + "\n";
  if (write(to_child_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) return "the cluster is gone";
  return read_line();
}

std::string EmbeddedCluster::read_line() {
  for (;;) {
    if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    char buffer[512];
    const ssize_t got = read(from_child_, buffer, sizeof buffer);
    if (got <= 0) return {};
    unread_.append(buffer, static_cast<std::size_t>(got));
  }
}

}  // namespace quickstart

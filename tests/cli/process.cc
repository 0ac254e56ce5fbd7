#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>

namespace tikv::cli {
namespace {

constexpr std::chrono::seconds kPatience{30};

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() {
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  }
};

[[noreturn]] void become(const std::vector<std::string>& words, const std::vector<std::string>& environment) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  for (const std::string& entry : environment) putenv(const_cast<char*>(entry.c_str()));
  execv(arguments[0], arguments.data());
  _exit(127);
}

}  // namespace

Process::Process(const std::vector<std::string>& words, Streams streams, const std::vector<std::string>& environment) {
  if (streams == Streams::kTerminal) {
    winsize size{};
    size.ws_row = 24;
    size.ws_col = 200;
    pid_ = forkpty(&in_, nullptr, nullptr, &size);
    if (pid_ == 0) become(words, environment);
    fcntl(in_, F_SETFD, FD_CLOEXEC);
    out_ = dup(in_);
    return;
  }
  const Pipe in;
  const Pipe out;
  const Pipe err;
  pid_ = fork();
  if (pid_ == 0) {
    dup2(in.ends[0], STDIN_FILENO);
    dup2(out.ends[1], STDOUT_FILENO);
    dup2(err.ends[1], STDERR_FILENO);
    become(words, environment);
  }
  for (const int end : {in.ends[0], out.ends[1], err.ends[1]}) close(end);
  in_ = in.ends[1];
  out_ = out.ends[0];
  err_ = err.ends[0];
}

Process::~Process() {
  close_input();
  if (!over_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  for (const int end : {out_, err_}) {
    if (end >= 0) close(end);
  }
}

void Process::send(int signal) const { kill(pid_, signal); }

void Process::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::write(in_, bytes.data(), bytes.size());
    if (written <= 0) return;  // it does not read any more; how it ended tells why
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Process::close_input() {
  if (in_ >= 0) close(in_);
  in_ = -1;
}

bool Process::read_some(std::chrono::milliseconds patience) {
  pollfd sources[] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
  if (poll(sources, 2, static_cast<int>(patience.count())) <= 0) return false;
  const auto take = [](const pollfd& source, int& end, std::string& text) {
    if (end < 0 || source.revents == 0) return;
    char buffer[4096];
    const ssize_t got = read(end, buffer, sizeof buffer);
    if (got > 0) {
      text.append(buffer, static_cast<std::size_t>(got));
    } else {
      close(end);
      end = -1;
    }
  };
  take(sources[0], out_, ended_.out);
  take(sources[1], err_, ended_.err);
  return true;
}

bool Process::read_until(const std::function<bool(const std::string&)>& enough) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!enough(ended_.out)) {
    if (out_ < 0 || std::chrono::steady_clock::now() > end) return false;
    read_some(std::chrono::milliseconds(100));
  }
  return true;
}

const Ended& Process::wait() {
  if (over_) return ended_;
  while ((out_ >= 0 || err_ >= 0) && read_some(kPatience)) {
  }
  int status = 0;
  if (out_ >= 0 || err_ >= 0) send(SIGKILL);  // it hangs
  waitpid(pid_, &status, 0);
  over_ = true;
  if (WIFEXITED(status)) ended_.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ended_.signal = WTERMSIG(status);
  return ended_;
}

Ended run_process(const std::vector<std::string>& words, std::string_view input,
                  const std::vector<std::string>& environment) {
  Process process(words, Process::Streams::kPipes, environment);
  const std::jthread writer([&] {
    process.write(input);
    process.close_input();
  });
  return process.wait();
}

}  // namespace tikv::cli

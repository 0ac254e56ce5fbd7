#include "file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "exit_code.h"

namespace tikv::cli {

File::File(std::string path, int flags) : path_(std::move(path)), fd_(open(path_.c_str(), flags | O_CLOEXEC, 0666)) {
  if (fd_ < 0) fail("open");
}

File::~File() { close(fd_); }

void File::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("write");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void File::sync() {
  // Some file systems can't; then there is nothing to wait for.
  if (fsync(fd_) != 0 && errno != EINVAL && errno != EROFS) fail("sync");
}

std::uint64_t File::size() const {
  struct stat about{};
  if (fstat(fd_, &about) != 0) fail("look at");
  return static_cast<std::uint64_t>(about.st_size);
}

void File::truncate(std::uint64_t size) {
  if (ftruncate(fd_, static_cast<off_t>(size)) != 0) fail("cut");
  if (lseek(fd_, static_cast<off_t>(size), SEEK_SET) < 0) fail("cut");
}

void File::fail(const char* what) const {
  throw Failure(Exit::kFile, "can't " + std::string(what) + " " + path_ + ": " + std::strerror(errno));
}

}  // namespace tikv::cli

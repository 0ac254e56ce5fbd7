#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tikv::cli {

/// An open file. Everything throws `Failure` with the path.
class File {
 public:
  /// `flags` as for open(2).
  File(std::string path, int flags);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  void write(std::string_view bytes);
  /// On the disk, when it returns.
  void sync();
  std::uint64_t size() const;
  /// Cuts it off at `size` and goes on writing there.
  void truncate(std::uint64_t size);

 private:
  [[noreturn]] void fail(const char* what) const;
  std::string path_;
  int fd_;
};

}  // namespace tikv::cli

#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

namespace tikv::cli {

/// A sum over bytes that tells one input from another (FNV-1a, 64 bits); no protection against somebody who wants it to
/// be the same.
struct Digest {
  std::uint64_t value = 14695981039346656037ULL;
  void add(std::string_view bytes) noexcept;
  friend bool operator==(const Digest&, const Digest&) = default;
};

/// A place in an input, at the start of a line.
struct Position {
  std::uint64_t offset = 0;  ///< Bytes before it.
  std::uint64_t line = 0;    ///< Lines before it.
  Digest digest;             ///< Of the bytes before it.
  friend bool operator==(const Position&, const Position&) = default;
};

/// Reads an input line by line, or skips what was read by somebody else. Throws `Failure` when reading fails and for a
/// line above `kMaxLine`.
class LineReader {
 public:
  /// An entry of 8 MiB, all of it in \xNN, and some.
  static constexpr std::size_t kMaxLine = 64 << 20;

  explicit LineReader(std::istream& in) : in_(in) {}
  /// Without its end; good until the next call. The last line need not have an end.
  std::optional<std::string_view> next();
  /// After the lines that were read.
  const Position& position() const noexcept { return position_; }
  /// Goes on behind `position`, before anything is read. False if the input is another, or ends before it.
  bool skip_to(const Position& position);

 private:
  bool fill();
  std::istream& in_;
  std::string buffer_;
  std::size_t start_ = 0;  // of what was not taken out of the buffer
  Position position_;
};

}  // namespace tikv::cli

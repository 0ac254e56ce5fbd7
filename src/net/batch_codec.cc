#include "net/batch_codec.h"

#include <google/protobuf/message_lite.h>

#include <bit>

namespace tikv::net {
namespace {

enum WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

// Field numbers in both messages.
constexpr std::uint32_t kItems = 1;
constexpr std::uint32_t kIds = 2;
constexpr std::uint32_t kLoad = 3;
constexpr std::uint32_t kHealth = 4;

// Many times what TiKV puts into one message. Two bytes of the message make an answer of 32 here: without a limit, a
// message could take sixteen times its size.
constexpr std::size_t kMaxAnswers = 1 << 16;

constexpr std::uint32_t tag(std::uint32_t field, WireType type) { return field << 3 | type; }

constexpr std::size_t varint_size(std::uint64_t value) {
  return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
}

constexpr std::size_t bytes_field_size(std::uint32_t field, std::size_t size) {
  return varint_size(tag(field, kBytes)) + varint_size(size) + size;
}

char* write_varint(char* to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>(value | 0x80);
  *to++ = static_cast<char>(value);
  return to;
}

char* write_bytes_header(char* to, std::uint32_t field, std::size_t size) {
  return write_varint(write_varint(to, tag(field, kBytes)), size);
}

/// Reads fields one after the other.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  bool at_end() const { return rest_.empty(); }

  bool varint(std::uint64_t& value) {
    value = 0;
    for (std::size_t i = 0; i < rest_.size() && i < 10; ++i) {
      const auto byte = static_cast<unsigned char>(rest_[i]);
      value |= std::uint64_t{byte & 0x7fU} << (7 * i);
      if (byte < 0x80) {
        rest_.remove_prefix(i + 1);
        return true;
      }
    }
    return false;
  }
  bool bytes(std::string_view& value) {
    std::uint64_t size = 0;
    return varint(size) && fixed(size, value);
  }
  bool skip(std::uint32_t type) {
    std::uint64_t number = 0;
    std::string_view text;
    switch (type) {
      case kVarint:
        return varint(number);
      case kFixed64:
        return fixed(8, text);
      case kBytes:
        return bytes(text);
      case kFixed32:
        return fixed(4, text);
      default:
        return false;
    }
  }

 private:
  bool fixed(std::uint64_t size, std::string_view& value) {
    if (size > rest_.size()) return false;
    value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }
  std::string_view rest_;
};

// The oneof in an item; as everywhere in protobuf, the last one counts.
bool read_item(std::string_view item, BatchAnswer& answer) {
  Reader reader(item);
  while (!reader.at_end()) {
    std::uint64_t key = 0;
    if (!reader.varint(key)) return false;
    const auto type = static_cast<std::uint32_t>(key & 7);
    if (type != kBytes) {
      if (!reader.skip(type)) return false;
      continue;
    }
    if (!reader.bytes(answer.body)) return false;
    answer.arm = static_cast<std::uint32_t>(key >> 3);
  }
  return true;
}

}  // namespace

void BatchRequestWriter::clear() noexcept {
  entries_.clear();
  requests_size_ = ids_size_ = 0;
}

std::size_t BatchRequestWriter::size_with(std::uint32_t arm, std::uint64_t id, std::size_t body) const noexcept {
  return requests_size_ + bytes_field_size(kItems, bytes_field_size(arm, body)) +
         bytes_field_size(kIds, ids_size_ + varint_size(id));
}

void BatchRequestWriter::add(std::uint32_t arm, std::uint64_t id, const google::protobuf::MessageLite& request,
                             std::size_t body) {
  entries_.push_back({id, &request, body, arm});
  requests_size_ += bytes_field_size(kItems, bytes_field_size(arm, body));
  ids_size_ += varint_size(id);
}

std::size_t BatchRequestWriter::size() const noexcept { return requests_size_ + bytes_field_size(kIds, ids_size_); }

char* BatchRequestWriter::write(char* to) const {
  for (const Entry& entry : entries_) {
    to = write_bytes_header(to, kItems, bytes_field_size(entry.arm, entry.body));
    to = write_bytes_header(to, entry.arm, entry.body);
    to = reinterpret_cast<char*>(entry.request->SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(to)));
  }
  to = write_bytes_header(to, kIds, ids_size_);
  for (const Entry& entry : entries_) to = write_varint(to, entry.id);
  return to;
}

bool BatchResponseReader::read_ids(std::string_view packed) {
  Reader ids(packed);
  while (!ids.at_end())
    if (ids_.size() == kMaxAnswers || !ids.varint(ids_.emplace_back())) return false;
  return true;
}

bool BatchResponseReader::read(std::string_view message) {
  if (read_fields(message)) return true;
  // Whatever it was, it may have been long.
  std::vector<BatchAnswer>().swap(answers_);
  std::vector<std::uint64_t>().swap(ids_);
  return false;
}

bool BatchResponseReader::read_fields(std::string_view message) {
  answers_.clear();
  ids_.clear();
  load_ = 0;
  health_feedback_ = {};
  Reader reader(message);
  while (!reader.at_end()) {
    std::uint64_t key = 0;
    std::string_view text;
    bool good = reader.varint(key);
    if (!good) return false;
    switch (key) {
      case tag(kItems, kBytes):
        good = answers_.size() < kMaxAnswers && reader.bytes(text) && read_item(text, answers_.emplace_back());
        break;
      case tag(kIds, kBytes):
        good = reader.bytes(text) && read_ids(text);
        break;
      case tag(kIds, kVarint):
        good = ids_.size() < kMaxAnswers && reader.varint(ids_.emplace_back());
        break;
      case tag(kLoad, kVarint):
        good = reader.varint(load_);
        break;
      case tag(kHealth, kBytes):
        good = reader.bytes(health_feedback_);
        break;
      default:
        good = reader.skip(key & 7);
    }
    if (!good) return false;
  }
  if (ids_.size() != answers_.size()) return false;
  for (std::size_t i = 0; i < ids_.size(); ++i) answers_[i].id = ids_[i];
  return true;
}

}  // namespace tikv::net

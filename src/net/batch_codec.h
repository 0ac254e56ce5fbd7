#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace google::protobuf {
class MessageLite;
}

// tikvpb.BatchCommandsRequest and BatchCommandsResponse, written and read by hand: requests are serialised from where
// they are and answers parsed to where they go, with nothing in between.
namespace tikv::net {

/// Collects the requests of one BatchCommandsRequest, then writes it.
class BatchRequestWriter {
 public:
  void clear() noexcept;
  /// How large the whole message would be with one more request of `body` bytes.
  std::size_t size_with(std::uint32_t arm, std::uint64_t id, std::size_t body) const noexcept;
  /// Adds a request; `body` is its `ByteSizeLong()`, taken just before. It stays alive and untouched until `write`.
  void add(std::uint32_t arm, std::uint64_t id, const google::protobuf::MessageLite& request, std::size_t body);

  std::size_t count() const noexcept { return entries_.size(); }
  /// Bytes that `write` writes.
  std::size_t size() const noexcept;
  char* write(char* to) const;

 private:
  struct Entry {
    std::uint64_t id;
    const google::protobuf::MessageLite* request;
    std::size_t body;
    std::uint32_t arm;
  };
  std::vector<Entry> entries_;
  std::size_t requests_size_ = 0;
  std::size_t ids_size_ = 0;
};

/// One answer of a BatchCommandsResponse.
struct BatchAnswer {
  std::uint64_t id = 0;
  std::uint32_t arm = 0;  ///< Field number of the response in the oneof; 0 if the server left it out.
  std::string_view body;
};

/// Takes a BatchCommandsResponse apart. Reused from message to message.
class BatchResponseReader {
 public:
  /// False if `message` is no well-formed BatchCommandsResponse, has not as many ids as answers, or more than 65,536 of
  /// them.
  bool read(std::string_view message);

  // Valid as long as the message that was read.
  std::span<const BatchAnswer> answers() const noexcept { return answers_; }
  /// How busy the store's gRPC threads are, in percent of one; 0 if it does not say.
  std::uint64_t transport_layer_load() const noexcept { return load_; }
  /// A serialised kvrpcpb.HealthFeedback, or empty.
  std::string_view health_feedback() const noexcept { return health_feedback_; }

 private:
  bool read_fields(std::string_view message);
  bool read_ids(std::string_view packed);

  std::vector<BatchAnswer> answers_;
  std::vector<std::uint64_t> ids_;
  std::uint64_t load_ = 0;
  std::string_view health_feedback_;
};

}  // namespace tikv::net

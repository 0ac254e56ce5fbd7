#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "net/grpc_frame.h"

struct nghttp2_session;

namespace tikv::testing {

/// The server's side of one HTTP/2 connection without a socket, by nghttp2: bytes in, bytes out. Answers each message
/// of each stream with one message.
class Http2Answerer {
 public:
  /// What to answer; the stream of a path with "Batch" stays open, others end with status 0.
  using Answer = std::function<std::string(const std::string& path, const std::string& message)>;
  explicit Http2Answerer(Answer answer);
  ~Http2Answerer();
  Http2Answerer(const Http2Answerer&) = delete;
  Http2Answerer& operator=(const Http2Answerer&) = delete;

  /// False if the client does not speak HTTP/2.
  bool receive(std::string_view bytes);
  /// What is to be sent now.
  std::string output();
  /// Takes no new streams (GOAWAY).
  void drain();

 private:
  struct Callbacks;
  struct Stream {
    std::string path;
    net::Deframer deframer{std::size_t(-1)};
    std::string out;
    bool ends = false;
    bool answered = false;
  };
  void take(std::int32_t id, std::string_view bytes);

  Answer answer_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Stream> streams_;
  std::int32_t last_id_ = 0;
};

}  // namespace tikv::testing

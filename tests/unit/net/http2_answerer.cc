#include "http2_answerer.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace tikv::testing {
namespace {

std::string_view view(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

nghttp2_nv line(std::string_view name, std::string_view value) {
  return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

struct Http2Answerer::Callbacks {
  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                    const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    auto& self = *static_cast<Http2Answerer*>(user);
    self.last_id_ = std::max(self.last_id_, frame->hd.stream_id);
    if (view(name, name_size) == ":path") self.streams_[frame->hd.stream_id].path = view(value, value_size);
    return 0;
  }
  static int data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size,
                  void* user) {
    static_cast<Http2Answerer*>(user)->take(id, view(bytes, size));
    return 0;
  }
  static int closed(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
    static_cast<Http2Answerer*>(user)->streams_.erase(id);
    return 0;
  }
  static ssize_t body(nghttp2_session* session, std::int32_t id, std::uint8_t* to, std::size_t room,
                      std::uint32_t* flags, nghttp2_data_source*, void* user) {
    Stream& stream = static_cast<Http2Answerer*>(user)->streams_[id];
    const std::size_t size = std::min(room, stream.out.size());
    if (size == 0 && !stream.ends) return NGHTTP2_ERR_DEFERRED;
    std::memcpy(to, stream.out.data(), size);
    stream.out.erase(0, size);
    if (stream.out.empty() && stream.ends) {
      *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const nghttp2_nv status = line("grpc-status", "0");
      nghttp2_submit_trailer(session, id, &status, 1);
    }
    return static_cast<ssize_t>(size);
  }
};

Http2Answerer::Http2Answerer(Answer answer) : answer_(std::move(answer)) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, &Callbacks::header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &Callbacks::data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &Callbacks::closed);
  nghttp2_session_server_new(&session_, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 24};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1);
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, 1 << 24);
}

Http2Answerer::~Http2Answerer() { nghttp2_session_del(session_); }

void Http2Answerer::take(std::int32_t id, std::string_view bytes) {
  Stream& stream = streams_[id];
  stream.deframer.feed(bytes);
  while (stream.deframer.next() == net::Deframer::Next::kMessage) {
    const std::string answer = answer_(stream.path, std::string(stream.deframer.message()));
    std::memcpy(net::append_frame(stream.out, answer.size()), answer.data(), answer.size());
    stream.ends = stream.path.find("Batch") == std::string::npos;
    if (std::exchange(stream.answered, true)) {
      nghttp2_session_resume_data(session_, id);
      continue;
    }
    const std::array lines = {line(":status", "200"), line("content-type", "application/grpc")};
    nghttp2_data_provider provider{};
    provider.read_callback = &Callbacks::body;
    nghttp2_submit_response(session_, id, lines.data(), lines.size(), &provider);
  }
}

bool Http2Answerer::receive(std::string_view bytes) {
  return nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) >= 0;
}

std::string Http2Answerer::output() {
  std::string out;
  for (;;) {
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &data);
    if (size <= 0) return out;
    out += view(data, static_cast<std::size_t>(size));
  }
}

void Http2Answerer::drain() {
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, last_id_, NGHTTP2_NO_ERROR, nullptr, 0);
}

}  // namespace tikv::testing

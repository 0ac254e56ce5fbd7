#include "net/http2_session.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <utility>

#include "net/grpc_status.h"

namespace tikv::net {
namespace {

// client-go's grpc-go leaves the frame size at 16 KiB; larger ones cost fewer callbacks an answer.
constexpr std::uint32_t kMaxFrameSize = 1 << 20;
constexpr std::size_t kFrameHeaderSize = 9;
// Of all headers and trailers of one stream, and of one block of them, with 32 bytes for each as HTTP/2 counts them.
// gRPC's own default is a quarter of that. A block can't be skipped, since later ones build on it: what is longer ends
// the connection.
constexpr std::size_t kMaxHeaderBytes = 64 << 10;
constexpr std::size_t kHeaderOverhead = 32;
// What an error message quotes of the server's at most.
constexpr std::size_t kMaxQuote = 200;
// Buffers that grew beyond this for a long message do not stay that large.
constexpr std::size_t kKeepCapacity = 256 << 10;

std::string_view view(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

nghttp2_nv header(std::string_view name, std::string_view value, std::uint8_t flags = NGHTTP2_NV_FLAG_NONE) {
  // nghttp2 takes no pointers to const, and does not write through these.
  return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(), flags};
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) text += kDigits[bits >> (count - 6) & 63];
  }
  if (count > 0) text += kDigits[bits << (6 - count) & 63];
  return text;
}

bool is_binary(const Header& header) { return header.name.ends_with("-bin"); }

}  // namespace

void Http2Stream::clear_out() noexcept {
  taken_ = 0;
  out_.clear();
  if (out_.capacity() > kKeepCapacity) out_.shrink_to_fit();
}

void Http2Stream::take(std::string& to, std::size_t size) {
  to.append(out_, taken_, size);
  taken_ += size;
  if (all_taken()) {
    clear_out();
  } else if (taken_ > kKeepCapacity && taken_ > out_.size() / 2) {
    out_.erase(0, taken_);
    taken_ = 0;
  }
}

/// What nghttp2 knows a stream by. Stays in place until nghttp2 has closed the stream, also when its owner has gone.
struct OpenStream {
  Http2Session* session = nullptr;
  Http2Stream* owner = nullptr;
  std::int32_t id = 0;
  std::size_t position = 0;  // in streams_
  bool ends = false;         // our side ends after out()
  bool ended = false;        // our side has ended
  bool answered = false;     // the server has sent something
  std::size_t header_bytes = 0;
};

/// The headers of every request, and which of them changes.
struct Http2Session::Headers {
  std::string authority;
  std::string user_agent;
  std::vector<Header> metadata;
  std::vector<nghttp2_nv> lines;  // of every request, then those of the current one
  std::size_t common = 0;
  static constexpr std::size_t kPath = 2;

  explicit Headers(const Options& options)
      : authority(options.authority), user_agent(options.user_agent), metadata(options.metadata) {
    for (Header& line : metadata)
      if (is_binary(line)) line.value = base64(line.value);
    lines = {header(":method", "POST"),
             header(":scheme", options.tls ? "https" : "http"),
             header(":path", ""),
             header(":authority", authority),
             header("te", "trailers"),
             header("content-type", "application/grpc"),
             header("grpc-accept-encoding", "identity,gzip"),
             header("user-agent", user_agent)};
    for (const Header& line : metadata) lines.push_back(header(line.name, line.value));
    common = lines.size();
  }
};

struct Http2Session::Callbacks {
  static OpenStream* stream(nghttp2_session* session, std::int32_t id) {
    return static_cast<OpenStream*>(nghttp2_session_get_stream_user_data(session, id));
  }

  static int begin_headers(nghttp2_session*, const nghttp2_frame*, void* user) {
    static_cast<Http2Session*>(user)->block_bytes_ = 0;
    return 0;
  }

  static int header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                    void* user) {
    auto& self = *static_cast<Http2Session*>(user);
    OpenStream* open = stream(session, frame->hd.stream_id);
    const std::size_t size = name_size + value_size + kHeaderOverhead;
    self.block_bytes_ += size;
    if (open != nullptr) open->header_bytes += size;
    if (self.block_bytes_ > kMaxHeaderBytes || (open != nullptr && open->header_bytes > kMaxHeaderBytes)) {
      self.error_ = "headers of more than " + std::to_string(kMaxHeaderBytes) + " bytes";
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
    if (open != nullptr) open->answered = true;
    if (open != nullptr && open->owner != nullptr) {
      open->owner->on_header(view(name, name_size), view(value, value_size));
    }
    return 0;
  }

  static int data(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size,
                  void*) {
    nghttp2_session_consume_connection(session, size);
    OpenStream* open = stream(session, id);
    if (open != nullptr && open->owner != nullptr) open->owner->on_data(view(bytes, size));
    return 0;
  }

  static int frame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    auto& self = *static_cast<Http2Session*>(user);
    switch (frame->hd.type) {
      case NGHTTP2_SETTINGS:
        if (!std::exchange(self.greeted_, true)) self.events_.on_settings();
        return 0;
      case NGHTTP2_GOAWAY:
        self.drained_ = true;
        self.events_.on_goaway(frame->goaway.error_code,
                               view(frame->goaway.opaque_data, frame->goaway.opaque_data_len));
        return 0;
      case NGHTTP2_HEADERS:
      case NGHTTP2_DATA:
        if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) server_ended(self, session, frame->hd.stream_id);
        return 0;
      default:
        return 0;
    }
  }

  // The answer is complete, whether or not our side is.
  static void server_ended(Http2Session& self, nghttp2_session* session, std::int32_t id) {
    OpenStream* open = stream(session, id);
    if (open == nullptr) return;
    if (!open->ended) nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    self.close_stream(*open, StreamEnd{.how = StreamEnd::How::kInOrder});
  }

  static int closed(nghttp2_session* session, std::int32_t id, std::uint32_t error_code, void* user) {
    OpenStream* open = stream(session, id);
    if (open == nullptr) return 0;
    auto& self = *static_cast<Http2Session*>(user);
    self.close_stream(*open, StreamEnd{.how = StreamEnd::How::kReset,
                                       .error_code = error_code,
                                       .refused = error_code == NGHTTP2_REFUSED_STREAM && !open->answered});
    // Gone from nghttp2 as well.
    const std::size_t position = open->position;
    self.streams_.back()->position = position;
    std::swap(self.streams_[position], self.streams_.back());
    self.spare_.push_back(std::move(self.streams_.back()));
    self.streams_.pop_back();
    return 0;
  }

  static ssize_t read(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t size, std::uint32_t* flags,
                      nghttp2_data_source* source, void*) {
    auto& open = *static_cast<OpenStream*>(source->ptr);
    if (open.owner == nullptr) return NGHTTP2_ERR_DEFERRED;
    const std::size_t waiting = open.owner->out_.size() - open.owner->taken_;
    if (waiting == 0 && !open.ends) return NGHTTP2_ERR_DEFERRED;
    const std::size_t given = std::min(size, waiting);
    if (given > 0) *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (given == waiting && open.ends) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      open.ended = true;
    }
    return static_cast<ssize_t>(given);
  }

  static int send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* frame_header, std::size_t size,
                       nghttp2_data_source* source, void* user) {
    auto& self = *static_cast<Http2Session*>(user);
    auto& open = *static_cast<OpenStream*>(source->ptr);
    if (self.output().size() >= self.enough_) return NGHTTP2_ERR_WOULDBLOCK;
    // Reset since `read`, which the server is about to hear.
    if (open.owner == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    self.output_.append(view(frame_header, kFrameHeaderSize));
    open.owner->take(self.output_, size);
    self.marks_.push({self.queued_ + kFrameHeaderSize, frame->hd.stream_id, static_cast<std::uint32_t>(size)});
    self.queued_ += kFrameHeaderSize + size;
    return 0;
  }

  static int invalid_frame(nghttp2_session*, const nghttp2_frame*, int code, void* user) {
    static_cast<Http2Session*>(user)->error_ = nghttp2_strerror(code);
    return 0;
  }
  static int error(nghttp2_session*, int, const char* text, std::size_t size, void* user) {
    static_cast<Http2Session*>(user)->error_.assign(text, std::min(size, kMaxQuote));
    return 0;
  }
};

Http2Session::Http2Session(const Options& options, Events& events)
    : events_(events), headers_(std::make_unique<Headers>(options)) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, &Callbacks::begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, &Callbacks::header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &Callbacks::data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &Callbacks::frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &Callbacks::closed);
  nghttp2_session_callbacks_set_send_data_callback(callbacks, &Callbacks::send_data);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, &Callbacks::invalid_frame);
  nghttp2_session_callbacks_set_error_callback2(callbacks, &Callbacks::error);
  nghttp2_option* session_options = nullptr;
  nghttp2_option_new(&session_options);
  // A stream's window opens when its owner has used the bytes.
  nghttp2_option_set_no_auto_window_update(session_options, 1);
  nghttp2_session_client_new2(&session_, callbacks, this, session_options);
  nghttp2_option_del(session_options);
  nghttp2_session_callbacks_del(callbacks);

  const std::array settings = {
      nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<std::uint32_t>(options.stream_window)},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_FRAME_SIZE, kMaxFrameSize},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMaxHeaderBytes}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, options.connection_window);
}

Http2Session::~Http2Session() { nghttp2_session_del(session_); }

bool Http2Session::check(std::int64_t code) {
  if (code < 0) {
    if (error_.empty()) error_ = nghttp2_strerror(static_cast<int>(code));
    return false;
  }
  // Without a GOAWAY of anybody, nghttp2 refuses new streams only if it has given the connection up.
  if (!drained_ && nghttp2_session_check_request_allowed(session_) == 0) {
    if (error_.empty()) error_ = "a frame that can't be there";
    return false;
  }
  return nghttp2_session_want_read(session_) != 0 || nghttp2_session_want_write(session_) != 0;
}

bool Http2Session::receive(std::string_view bytes) {
  return check(nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

bool Http2Session::fill(std::size_t enough) {
  enough_ = enough;
  if (taken_ >= enough) {
    output_.erase(0, taken_);
    taken_ = 0;
  }
  while (output_.size() - taken_ < enough) {
    const std::size_t before = output_.size();
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &data);
    if (size < 0) return check(size);
    output_.append(view(data, static_cast<std::size_t>(size)));
    queued_ += static_cast<std::size_t>(size);
    // With DATA frames, `send_data` has written and nothing is returned.
    if (size == 0 && output_.size() == before) break;
  }
  return check(0);
}

void Http2Session::handed_over(std::size_t bytes) {
  handed_over_ += bytes;
  taken_ += bytes;
  if (taken_ == output_.size()) {
    output_.clear();
    taken_ = 0;
  }
  while (!marks_.empty() && marks_.front().at < handed_over_) {
    const Mark mark = marks_.pop();
    OpenStream* open = Callbacks::stream(session_, mark.stream_id);
    if (open != nullptr && open->owner != nullptr) open->owner->on_handed_over(mark.bytes);
  }
}

bool Http2Session::open(Http2Stream& stream, std::string_view path, std::span<const Header> extra, bool whole) {
  std::unique_ptr<OpenStream> open;
  if (!spare_.empty()) {
    open = std::move(spare_.back());
    spare_.pop_back();
    *open = OpenStream{};
  } else {
    open = std::make_unique<OpenStream>();
  }
  open->session = this;
  open->owner = &stream;
  open->ends = whole;
  open->position = streams_.size();

  auto& lines = headers_->lines;
  lines.resize(headers_->common);
  lines[Headers::kPath] = header(":path", path);
  std::vector<std::string> encoded;
  encoded.reserve(extra.size());
  for (const Header& line : extra) {
    std::string_view value = line.value;
    if (is_binary(line)) value = encoded.emplace_back(base64(line.value));
    // Their values change from call to call: not worth a place in the table of known headers.
    lines.push_back(header(line.name, value, NGHTTP2_NV_FLAG_NO_INDEX));
  }
  nghttp2_data_provider body{};
  body.source.ptr = open.get();
  body.read_callback = &Callbacks::read;
  const std::int32_t id = nghttp2_submit_request(session_, nullptr, lines.data(), lines.size(), &body, open.get());
  if (id < 0) return false;
  open->id = id;
  stream.state_ = open.get();
  streams_.push_back(std::move(open));
  return true;
}

void Http2Session::resume(Http2Stream& stream) {
  // Fails while the stream's headers still wait for their turn; the data follows them by itself.
  if (stream.state_ != nullptr) nghttp2_session_resume_data(session_, stream.state_->id);
}

void Http2Session::end(Http2Stream& stream) {
  if (stream.state_ == nullptr) return;
  stream.state_->ends = true;
  nghttp2_session_resume_data(session_, stream.state_->id);
}

void Http2Session::reset(Http2Stream& stream) {
  if (stream.state_ == nullptr) return;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.state_->id, NGHTTP2_CANCEL);
  stream.state_->owner = nullptr;
  stream.state_ = nullptr;
}

void Http2Session::consume(Http2Stream& stream, std::size_t bytes) {
  if (stream.state_ != nullptr) nghttp2_session_consume_stream(session_, stream.state_->id, bytes);
}

void Http2Session::ping() { nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr); }

void Http2Session::go_away() {
  drained_ = true;
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, nullptr, 0);
}

void Http2Session::close_stream(OpenStream& stream, const StreamEnd& end) {
  if (stream.owner == nullptr) return;
  Http2Stream& owner = *std::exchange(stream.owner, nullptr);
  owner.state_ = nullptr;
  owner.on_closed(end);
}

void Http2Session::lose() {
  // By index: an owner that is told may reset other streams, which leaves the list as it is.
  for (std::size_t i = 0; i < streams_.size(); ++i) close_stream(*streams_[i], StreamEnd{.how = StreamEnd::How::kLost});
}

}  // namespace tikv::net

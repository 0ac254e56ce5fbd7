#include "net/http_transport.h"

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

#include "net/channel.h"
#include "net/grpc_stream.h"
#include "net/tls_socket.h"
#include "runtime/io_loop.h"

namespace tikv::net {
namespace {

constexpr std::size_t kReadBufferSize = 64 << 10;

struct AddressHash : std::hash<std::string_view> {
  using is_transparent = void;
};

SocketFactory with_tls(runtime::Loop& loop, SocketFactory below, const HttpOptions& options) {
  if (!options.tls.enabled()) return below;
  return [&loop, below = std::move(below), source = std::make_shared<TlsSource>(options.tls, options.tls_report)](
             Socket::Events& events) { return make_tls_socket(loop, below, source, events); };
}

}  // namespace

struct HttpTransport::State {
  State(runtime::Loop& loop, SocketFactory make_socket, HttpOptions options)
      : context{loop,
                with_tls(loop, std::move(make_socket), options),
                std::move(options),
                std::vector<char>(kReadBufferSize),
                {}},
        pool(context.options) {}

  Channel& channel(std::string_view address) {
    // Calls that follow each other mostly go to one address.
    if (last != channels.end() && last->first == address) return *last->second;
    last = channels.find(address);
    if (last == channels.end()) {
      last = channels.emplace(address, std::make_unique<Channel>(context, pool, address)).first;
    }
    return *last->second;
  }

  NetContext context;
  UnaryPool pool;
  using Channels = std::unordered_map<std::string, std::unique_ptr<Channel>, AddressHash, std::equal_to<>>;
  Channels channels;
  Channels::iterator last = channels.end();
};

HttpTransport::HttpTransport(runtime::IoLoop& loop, HttpOptions options)
    : HttpTransport(
          loop, [&loop](Socket::Events& events) { return make_tcp_socket(loop, events); }, std::move(options)) {}

HttpTransport::HttpTransport(runtime::Loop& loop, SocketFactory make_socket, HttpOptions options)
    : state_(std::make_unique<State>(loop, std::move(make_socket), std::move(options))) {}

HttpTransport::~HttpTransport() = default;

void HttpTransport::start(Call& call) { state_->channel(call.address()).start(call); }

void HttpTransport::abandon(Call& call) noexcept { static_cast<CallOwner*>(call.transport_state)->abandon(call); }

std::unique_ptr<Stream> HttpTransport::open(std::string_view address, const proto::Method& method) {
  auto stream = std::make_unique<GrpcStream>(state_->context.options, method);
  stream->start(state_->channel(address));
  return stream;
}

void HttpTransport::forget(std::string_view address) {
  const auto found = state_->channels.find(address);
  if (found == state_->channels.end()) return;
  const std::unique_ptr<Channel> channel = std::move(found->second);
  state_->channels.erase(found);
  state_->last = state_->channels.end();
}

std::vector<DebugState::Connection> HttpTransport::connections() const {
  std::vector<DebugState::Connection> all;
  for (const auto& [address, channel] : state_->channels) all.push_back(channel->describe(address));
  std::ranges::sort(all, {}, &DebugState::Connection::address);
  return all;
}

}  // namespace tikv::net

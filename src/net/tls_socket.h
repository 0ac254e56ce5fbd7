#pragma once

#include <memory>

#include "net/socket.h"
#include "net/tls_source.h"
#include "runtime/loop.h"

namespace tikv::net {

/// TLS over another kind of socket: connected when the server has proved who it is and HTTP/2 is agreed on.
/// Certificates are those of `source` when the socket below has connected. Bytes go from OpenSSL's buffers into the
/// socket below and back, without another copy between.
std::shared_ptr<Socket> make_tls_socket(runtime::Loop& loop, const SocketFactory& below,
                                        const std::shared_ptr<TlsSource>& source, Socket::Events& events);

}  // namespace tikv::net

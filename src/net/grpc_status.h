#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/transport.h"

// How gRPC says in HTTP/2 terms what became of a call.
namespace tikv::net {

/// The value of the "grpc-timeout" header: at most eight digits and a unit, rounded up so that the server never gives
/// up before the client does. Zero and negative become the least there is.
std::string encode_timeout(std::chrono::nanoseconds timeout);

/// Undoes the percent-encoding of "grpc-message". What is no valid escape stays as it is.
std::string percent_decode(std::string_view text);

/// The status that gRPC gives to an HTTP status other than 200, for answers of proxies.
StatusCode code_of_http_status(int http_status) noexcept;

/// The status that gRPC gives to a stream that was reset with an HTTP/2 error code.
StatusCode code_of_reset(std::uint32_t http2_error) noexcept;

/// "REFUSED_STREAM" and so on.
std::string_view http2_error_name(std::uint32_t http2_error) noexcept;

/// A status as the server gives it to a call.
Status status_of(StatusCode code, std::string message);
Status failed(Outcome outcome, std::string message);
/// For an answer to a request that has not left yet. Counts as sent: it may be on its way by now.
Status answered_unsent();
/// `kTooLarge` with both numbers in the message.
Status too_large(std::string_view what, std::size_t size, std::size_t limit);

/// Puts a status together from a response's headers and trailers.
class ResponseStatus {
 public:
  /// A header or trailer of the response, in order of arrival.
  void on_header(std::string_view name, std::string_view value);
  /// What the call ends with when the server has closed the stream in order. `kMalformed` if it is no gRPC response.
  Status at_end() const;
  void clear();

 private:
  static constexpr int kNone = -1;
  int http_status_ = kNone;
  int grpc_status_ = kNone;
  bool grpc_content_ = false;
  std::string message_;
  std::string content_type_;  // if it is not gRPC's
};

}  // namespace tikv::net

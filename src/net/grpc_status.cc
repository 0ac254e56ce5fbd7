#include "net/grpc_status.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tikv::net {
namespace {

struct TimeUnit {
  char name;
  std::int64_t nanoseconds;
};
constexpr std::array kUnits = {TimeUnit{'n', 1},
                               TimeUnit{'u', 1'000},
                               TimeUnit{'m', 1'000'000},
                               TimeUnit{'S', 1'000'000'000},
                               TimeUnit{'M', 60'000'000'000},
                               TimeUnit{'H', 3'600'000'000'000}};
constexpr std::int64_t kMaxTimeout = 99'999'999;

struct HttpRow {
  int http_status;
  StatusCode code;
};
constexpr StatusCode kPermissionDenied{7};
// gRPC's doc/http-grpc-status-mapping.md; what is not there is UNKNOWN.
constexpr std::array kHttpCodes = {HttpRow{400, StatusCode::kInternal},    HttpRow{401, StatusCode::kUnauthenticated},
                                   HttpRow{403, kPermissionDenied},        HttpRow{404, StatusCode::kUnimplemented},
                                   HttpRow{429, StatusCode::kUnavailable}, HttpRow{502, StatusCode::kUnavailable},
                                   HttpRow{503, StatusCode::kUnavailable}, HttpRow{504, StatusCode::kUnavailable}};

struct ResetRow {
  std::string_view name;
  StatusCode code;
};
// By HTTP/2 error code; statuses from gRPC's doc/PROTOCOL-HTTP2.md, section "Errors".
constexpr std::array kResets = {
    ResetRow{"NO_ERROR", StatusCode::kInternal},         ResetRow{"PROTOCOL_ERROR", StatusCode::kInternal},
    ResetRow{"INTERNAL_ERROR", StatusCode::kInternal},   ResetRow{"FLOW_CONTROL_ERROR", StatusCode::kInternal},
    ResetRow{"SETTINGS_TIMEOUT", StatusCode::kInternal}, ResetRow{"STREAM_CLOSED", StatusCode::kInternal},
    ResetRow{"FRAME_SIZE_ERROR", StatusCode::kInternal}, ResetRow{"REFUSED_STREAM", StatusCode::kUnavailable},
    ResetRow{"CANCEL", StatusCode::kCancelled},          ResetRow{"COMPRESSION_ERROR", StatusCode::kInternal},
    ResetRow{"CONNECT_ERROR", StatusCode::kInternal},    ResetRow{"ENHANCE_YOUR_CALM", StatusCode::kResourceExhausted},
    ResetRow{"INADEQUATE_SECURITY", kPermissionDenied},  ResetRow{"HTTP_1_1_REQUIRED", StatusCode::kInternal}};

int parse_number(std::string_view text, int otherwise) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number >= 0 ? number : otherwise;
}

// A server's text goes into errors and logs: neither endless nor with control characters in it.
constexpr std::size_t kMaxText = 1000;

std::string quotable(std::string_view text) {
  std::string clean(text.substr(0, kMaxText));
  std::ranges::replace_if(clean, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  if (text.size() > kMaxText) clean += "...";
  return clean;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string encode_timeout(std::chrono::nanoseconds timeout) {
  const std::int64_t wanted = std::max<std::int64_t>(timeout.count(), 1);
  for (const TimeUnit& unit : kUnits) {
    const std::int64_t amount = wanted / unit.nanoseconds + (wanted % unit.nanoseconds != 0);
    if (amount <= kMaxTimeout) return std::to_string(amount) + unit.name;
  }
  return std::to_string(kMaxTimeout) + kUnits.back().name;
}

std::string percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    decoded += text[i];
  }
  return decoded;
}

StatusCode code_of_http_status(int http_status) noexcept {
  for (const HttpRow& row : kHttpCodes)
    if (row.http_status == http_status) return row.code;
  return StatusCode::kUnknown;
}

StatusCode code_of_reset(std::uint32_t http2_error) noexcept {
  return http2_error < kResets.size() ? kResets[http2_error].code : StatusCode::kInternal;
}

std::string_view http2_error_name(std::uint32_t http2_error) noexcept {
  return http2_error < kResets.size() ? kResets[http2_error].name : "unknown error code";
}

Status status_of(StatusCode code, std::string message) {
  Status status;
  status.outcome = code == StatusCode::kOk ? Outcome::kOk : Outcome::kStatus;
  status.code = code;
  status.message = std::move(message);
  return status;
}

Status failed(Outcome outcome, std::string message) {
  Status status;
  status.outcome = outcome;
  status.message = std::move(message);
  return status;
}

Status answered_unsent() {
  Status status = failed(Outcome::kMalformed, "the server answered a request before it was sent");
  status.sent = true;
  return status;
}

Status too_large(std::string_view what, std::size_t size, std::size_t limit) {
  return failed(Outcome::kTooLarge, std::string(what) + " of " + std::to_string(size) +
                                        " bytes is above the limit of " + std::to_string(limit));
}

void ResponseStatus::on_header(std::string_view name, std::string_view value) {
  if (name == ":status") {
    http_status_ = parse_number(value, 0);
  } else if (name == "content-type") {
    grpc_content_ = value.starts_with("application/grpc");
    if (!grpc_content_) content_type_ = quotable(value);
  } else if (name == "grpc-status") {
    constexpr int kLastCode = 16;
    const int code = parse_number(value, static_cast<int>(StatusCode::kUnknown));
    grpc_status_ = code <= kLastCode ? code : static_cast<int>(StatusCode::kUnknown);
  } else if (name == "grpc-message") {
    message_ = quotable(percent_decode(value));
  }
}

Status ResponseStatus::at_end() const {
  if (grpc_status_ != kNone) return status_of(static_cast<StatusCode>(grpc_status_), message_);
  if (http_status_ != kNone && http_status_ != 200) {
    return status_of(code_of_http_status(http_status_), "HTTP status " + std::to_string(http_status_));
  }
  if (http_status_ == kNone || !grpc_content_) {
    return failed(Outcome::kMalformed, "the answer is no gRPC response: content-type '" + content_type_ + "'");
  }
  return failed(Outcome::kMalformed, "the server ended the stream without a status");
}

void ResponseStatus::clear() {
  http_status_ = grpc_status_ = kNone;
  grpc_content_ = false;
  message_.clear();
  content_type_.clear();
}

}  // namespace tikv::net

#include "net/grpc_status.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace tikv::net {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::pair<std::string_view, std::string_view>>;

Status status_of_lines(const Lines& lines) {
  ResponseStatus status;
  for (const auto& [name, value] : lines) status.on_header(name, value);
  return status.at_end();
}

TEST(GrpcStatusTest, TimeoutHasAtMostEightDigitsAndIsRoundedUp) {
  const std::vector<std::pair<std::chrono::nanoseconds, std::string>> cases = {{-1s, "1n"},
                                                                               {0ns, "1n"},
                                                                               {1ns, "1n"},
                                                                               {99'999'999ns, "99999999n"},
                                                                               {100ms, "100000u"},
                                                                               {100'000'001ns, "100001u"},
                                                                               {99s, "99000000u"},
                                                                               {100s, "100000m"},
                                                                               {24h, "86400000m"},
                                                                               {48h, "172800S"},
                                                                               {24h * 365 * 10, "5256000M"},
                                                                               {24h * 365 * 250, "2190000H"}};
  for (const auto& [timeout, text] : cases) EXPECT_EQ(encode_timeout(timeout), text) << timeout.count();
}

TEST(GrpcStatusTest, PercentDecoding) {
  EXPECT_EQ(percent_decode("a%20b%C3%bc%25"), "a b\xc3\xbc%");
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_decode("%4"), "%4");
  EXPECT_EQ(percent_decode("%zz%41"), "%zzA");
  EXPECT_EQ(percent_decode(""), "");
}

TEST(GrpcStatusTest, HttpStatuses) {
  EXPECT_EQ(code_of_http_status(400), StatusCode::kInternal);
  EXPECT_EQ(code_of_http_status(401), StatusCode::kUnauthenticated);
  EXPECT_EQ(code_of_http_status(404), StatusCode::kUnimplemented);
  EXPECT_EQ(code_of_http_status(429), StatusCode::kUnavailable);
  EXPECT_EQ(code_of_http_status(503), StatusCode::kUnavailable);
  EXPECT_EQ(code_of_http_status(418), StatusCode::kUnknown);
}

TEST(GrpcStatusTest, Resets) {
  EXPECT_EQ(code_of_reset(7), StatusCode::kUnavailable);
  EXPECT_EQ(code_of_reset(8), StatusCode::kCancelled);
  EXPECT_EQ(code_of_reset(11), StatusCode::kResourceExhausted);
  EXPECT_EQ(code_of_reset(2), StatusCode::kInternal);
  EXPECT_EQ(code_of_reset(12345), StatusCode::kInternal);
  EXPECT_EQ(http2_error_name(7), "REFUSED_STREAM");
  EXPECT_EQ(http2_error_name(14), "unknown error code");
}

const Lines kGood = {{":status", "200"}, {"content-type", "application/grpc"}};

Lines with(Lines lines, Lines more) {
  lines.insert(lines.end(), more.begin(), more.end());
  return lines;
}

TEST(GrpcStatusTest, StatusFromTrailers) {
  EXPECT_TRUE(status_of_lines(with(kGood, {{"grpc-status", "0"}})).ok());
  const Status status = status_of_lines(with(kGood, {{"grpc-status", "14"}, {"grpc-message", "not%20now"}}));
  EXPECT_EQ(status.outcome, Outcome::kStatus);
  EXPECT_EQ(status.code, StatusCode::kUnavailable);
  EXPECT_EQ(status.message, "not now");
  EXPECT_EQ(outcome_name(status), "UNAVAILABLE");
}

TEST(GrpcStatusTest, StatusThatIsNoneIsUnknown) {
  for (const std::string_view text : {"", "x", "17", "-1", "999999999999", "1x"}) {
    const Status status = status_of_lines(with(kGood, {{"grpc-status", text}}));
    EXPECT_EQ(status.outcome, Outcome::kStatus);
    EXPECT_EQ(status.code, StatusCode::kUnknown) << text;
  }
}

TEST(GrpcStatusTest, GrpcStatusCountsMoreThanHttpStatus) {
  const Status status = status_of_lines({{":status", "500"}, {"grpc-status", "5"}});
  EXPECT_EQ(status.code, StatusCode::kNotFound);
}

TEST(GrpcStatusTest, WithoutGrpcStatus) {
  EXPECT_EQ(status_of_lines({}).outcome, Outcome::kMalformed);
  EXPECT_EQ(status_of_lines(kGood).outcome, Outcome::kMalformed);
  EXPECT_EQ(status_of_lines({{":status", "200"}, {"content-type", "text/html"}}).outcome, Outcome::kMalformed);
  EXPECT_EQ(status_of_lines({{":status", "502"}}).code, StatusCode::kUnavailable);
}

}  // namespace
}  // namespace tikv::net

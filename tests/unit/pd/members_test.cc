#include "pd/members.h"

#include <gtest/gtest.h>
#include <tikv/proto/pdpb.pb.h>

namespace tikv::pd {
namespace {

using namespace std::chrono_literals;
namespace pdpb = proto::pdpb;

TEST(AddressTest, TakesHostPortAndHttp) {
  struct Row {
    const char* url;
    const char* address;  // null: refused
    bool tls = false;
  };
  const Row rows[] = {
      {"pd:2379", "pd:2379"},
      {"http://pd:2379", "pd:2379"},
      {"http://pd:2379/", "pd:2379"},
      {"10.0.0.1:1", "10.0.0.1:1"},
      {"http://[::1]:2379", "[::1]:2379"},
      {"::1:2379", nullptr},
      {"https://pd:2379", nullptr},
      {"https://pd:2379", "pd:2379", true},
      {"https://pd:2379/", "pd:2379", true},
      {"http://pd:2379", "pd:2379", true},
      {"pd:2379", "pd:2379", true},
      {"https://pd:2379/x", nullptr, true},
      {"pd", nullptr},
      {"pd:", nullptr},
      {":2379", nullptr},
      {"pd:0", nullptr},
      {"pd:65536", nullptr},
      {"pd:23x9", nullptr},
      {"pd:2379/", nullptr},
      {"http://pd/x:2379", nullptr},
      {"a b:2379", nullptr},
      {"", nullptr},
  };
  for (const Row& row : rows) {
    const std::optional<std::string> address = address_of(row.url, row.tls);
    EXPECT_EQ(address.has_value(), row.address != nullptr) << row.url;
    if (address && row.address != nullptr) EXPECT_EQ(*address, row.address);
  }
}

net::Status status_with(net::Outcome outcome, net::StatusCode code = net::StatusCode::kOk) {
  net::Status status;
  status.outcome = outcome;
  status.code = code;
  return status;
}

pdpb::GetMembersResponse response_of(std::uint64_t cluster_id, const std::string& leader_url) {
  pdpb::GetMembersResponse response;
  response.mutable_header()->set_cluster_id(cluster_id);
  response.add_members()->add_client_urls("http://pd1:2379");
  pdpb::Member& second = *response.add_members();
  second.add_client_urls("https://pd2:2379");
  second.add_client_urls("http://pd2:2380");
  if (!leader_url.empty()) response.mutable_leader()->add_client_urls(leader_url);
  return response;
}

TEST(JudgeMembersTest, TakesTheFirstUsableAddressOfEachMember) {
  const MembersAnswer answer = judge_members({}, response_of(7, "http://pd1:2379"), std::nullopt, false);
  EXPECT_EQ(answer.kind, AnswerKind::kMembers);
  EXPECT_EQ(answer.members.cluster_id, 7u);
  EXPECT_EQ(answer.members.leader, "pd1:2379");
  EXPECT_EQ(answer.members.addresses, (std::vector<std::string>{"pd1:2379", "pd2:2380"}));
}

TEST(JudgeMembersTest, TellsWhatElseAnswers) {
  const auto kind = [](const net::Status& status) { return judge_members(status, {}, 7, false).kind; };
  EXPECT_EQ(kind(status_with(net::Outcome::kConnection)), AnswerKind::kUnreachable);
  EXPECT_EQ(kind(status_with(net::Outcome::kDeadline)), AnswerKind::kUnreachable);
  EXPECT_EQ(kind(status_with(net::Outcome::kMalformed)), AnswerKind::kNotPd);
  EXPECT_EQ(kind(status_with(net::Outcome::kTls)), AnswerKind::kUntrusted);
  EXPECT_EQ(kind(status_with(net::Outcome::kStatus, net::StatusCode::kUnimplemented)), AnswerKind::kNotPd);
  EXPECT_EQ(kind(status_with(net::Outcome::kStatus, net::StatusCode::kUnavailable)), AnswerKind::kNoLeader);
  EXPECT_EQ(kind({}), AnswerKind::kNotPd) << "an empty message, as some servers give to anything";
  EXPECT_EQ(judge_members({}, response_of(8, "http://pd1:2379"), 7, false).kind, AnswerKind::kOtherCluster);
  EXPECT_EQ(judge_members({}, response_of(7, ""), 7, false).kind, AnswerKind::kNoLeader);
  EXPECT_EQ(judge_members({}, response_of(7, "https://pd1:2379"), 7, false).kind, AnswerKind::kNoLeader);
  pdpb::GetMembersResponse failed = response_of(7, "http://pd1:2379");
  failed.mutable_header()->mutable_error()->set_type(pdpb::UNKNOWN);
  EXPECT_EQ(judge_members({}, failed, 7, false).kind, AnswerKind::kNoLeader);
}

MembersAnswer says(AnswerKind kind, std::string leader = {}, std::uint64_t cluster_id = 7) {
  MembersAnswer answer;
  answer.kind = kind;
  answer.members.cluster_id = cluster_id;
  answer.members.leader = std::move(leader);
  answer.outcome = "said";
  return answer;
}

const std::vector<std::string> kThree = {"a", "b", "c"};

TEST(SurveyTest, FirstAnswerDecides) {
  Survey survey(7, "", kThree);
  survey.add("a", says(AnswerKind::kUnreachable), 1ms);
  EXPECT_FALSE(survey.decided());
  survey.add("b", says(AnswerKind::kMembers, "b"), 1ms);
  EXPECT_TRUE(survey.decided());
  EXPECT_EQ(survey.verdict()->leader, "b");
}

TEST(SurveyTest, OldNewsWaitForOthers) {
  Survey survey(7, "a", kThree);
  survey.add("b", says(AnswerKind::kMembers, "a"), 1ms);
  EXPECT_FALSE(survey.usable());
  EXPECT_FALSE(survey.decided()) << "b may not have heard yet that a is gone";
  survey.add("c", says(AnswerKind::kMembers, "c"), 1ms);
  EXPECT_TRUE(survey.decided());
  EXPECT_EQ(survey.verdict()->leader, "c");
}

TEST(SurveyTest, AFailedLeaderThatAnswersIsGoneBackTo) {
  Survey survey(7, "a", kThree);
  survey.add("b", says(AnswerKind::kMembers, "a"), 1ms);
  survey.add("a", says(AnswerKind::kMembers, "a"), 1ms);
  EXPECT_TRUE(survey.decided());
  EXPECT_EQ(survey.verdict()->leader, "a");
}

TEST(SurveyTest, AFailedLeaderThatDoesNotAnswerIsNotGoneBackTo) {
  Survey survey(7, "a", kThree);
  survey.add("b", says(AnswerKind::kMembers, "a"), 1ms);
  survey.add("c", says(AnswerKind::kMembers, "a"), 1ms);
  survey.add("a", says(AnswerKind::kUnreachable), 1ms);
  EXPECT_TRUE(survey.decided());
  EXPECT_EQ(survey.verdict().error().kind(), ErrorKind::kUnavailable);
}

TEST(SurveyTest, AFailedLeaderUnderANameThatIsNotAskedIsBelieved) {
  Survey survey(7, "x", kThree);
  survey.add("b", says(AnswerKind::kMembers, "x"), 1ms);
  EXPECT_TRUE(survey.decided());
  EXPECT_EQ(survey.verdict()->leader, "x");
}

TEST(SurveyTest, EndpointsOfTwoClustersAreRefused) {
  Survey survey(std::nullopt, "", kThree);
  survey.add("a", says(AnswerKind::kMembers, "a", 7), 1ms);
  EXPECT_TRUE(survey.usable());
  EXPECT_FALSE(survey.decided()) << "until it is known whether the others are of the same cluster";
  survey.add("b", says(AnswerKind::kMembers, "b", 8), 1ms);
  EXPECT_TRUE(survey.decided());
  EXPECT_EQ(survey.verdict().error().kind(), ErrorKind::kClusterMismatch);
}

TEST(SurveyTest, ErrorsSayWhatWasFound) {
  struct Row {
    std::vector<AnswerKind> answers;
    ErrorKind error;
    bool hopeless;
  };
  using enum AnswerKind;
  const Row rows[] = {
      {{kUnreachable, kUnreachable}, ErrorKind::kUnavailable, false},
      {{kNotPd, kUnreachable}, ErrorKind::kNotPd, false},
      {{kNotPd, kNotPd}, ErrorKind::kNotPd, true},
      {{kNotPd, kNoLeader}, ErrorKind::kUnavailable, false},
      {{kOtherCluster, kUnreachable}, ErrorKind::kClusterMismatch, false},
      {{kUntrusted, kUntrusted}, ErrorKind::kTls, true},
      {{kUntrusted, kUnreachable}, ErrorKind::kTls, false},
      {{kUntrusted, kNotPd}, ErrorKind::kNotPd, true},
      {{kUntrusted, kNoLeader}, ErrorKind::kUnavailable, false},
  };
  for (const Row& row : rows) {
    Survey survey(7, "", std::vector<std::string>(row.answers.size(), "pd:1"));
    for (const AnswerKind kind : row.answers) survey.add("pd:1", says(kind), 1ms);
    ASSERT_TRUE(survey.decided());
    const Result<Members> verdict = survey.verdict();
    ASSERT_FALSE(verdict);
    EXPECT_EQ(verdict.error().kind(), row.error);
    EXPECT_EQ(survey.hopeless(), row.hopeless);
    EXPECT_EQ(verdict.error().attempts().size(), row.answers.size());
    EXPECT_EQ(verdict.error().attempts()[0].address, "pd:1");
  }
}

TEST(SurveyTest, AMemberOfTheClusterGoesBeforeAStranger) {
  Survey survey(7, "", {"a", "b"});
  survey.add("a", says(AnswerKind::kOtherCluster), 1ms);
  survey.add("b", says(AnswerKind::kMembers, "b"), 1ms);
  EXPECT_EQ(survey.verdict()->leader, "b");
}

TEST(AttemptLogTest, KeepsTheNewest) {
  AttemptLog log;
  for (int i = 0; i < 40; ++i) log.add("a:" + std::to_string(i), "x", 1ms);
  const Error error = log.error(ErrorKind::kUnavailable, "no");
  EXPECT_EQ(error.attempt_count(), 40u);
  ASSERT_EQ(error.attempts().size(), Error::kMaxAttempts);
  EXPECT_EQ(error.attempts().back().address, "a:39");
  AttemptLog outer;
  outer.add("b:1", "y", 1ms);
  outer.add(error);
  EXPECT_EQ(outer.count(), 41u);
}

}  // namespace
}  // namespace tikv::pd

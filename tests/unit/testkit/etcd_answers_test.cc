#include "testkit/cluster/etcd_answers.h"

#include <gtest/gtest.h>

namespace tikv::testing::cluster {
namespace {

TEST(EtcdAnswers, ListTheMembers) {
  PdState pd;
  pd.members[1] = {"a:1", true};
  const auto answer = etcd_answer("/etcdserverpb.Cluster/MemberList", pd);
  ASSERT_TRUE(answer);
  const std::string member = std::string("\x08\x01\x12\x03pd1") + "\x1a\x0ahttp://a:1" + "\x22\x0ahttp://a:1";
  EXPECT_EQ(*answer, std::string("\x12") + static_cast<char>(member.size()) + member);
}

TEST(EtcdAnswers, LongMembersHaveLongLengths) {
  PdState pd;
  pd.members[1] = {std::string(200, 'h'), true};
  const auto answer = etcd_answer("/etcdserverpb.Cluster/MemberList", pd);
  ASSERT_TRUE(answer);
  // 2 bytes of id, 5 of name, twice an address of 207 bytes behind 3 bytes: 427 bytes.
  EXPECT_EQ(answer->substr(0, 3), "\x12\xab\x03");
  EXPECT_EQ(answer->size(), 3U + 427U);
}

TEST(EtcdAnswers, AreForEtcdAndHealthAlone) {
  const PdState pd;
  EXPECT_EQ(etcd_answer("/grpc.health.v1.Health/Check", pd), "\x08\x01");
  EXPECT_EQ(etcd_answer("/etcdserverpb.KV/Range", pd), "");
  EXPECT_FALSE(etcd_answer("/etcdserverpb.KV/Put", pd));
  EXPECT_FALSE(etcd_answer("/pdpb.PD/GetMembers", pd));
}

}  // namespace
}  // namespace tikv::testing::cluster

#include <tikv/timestamp.h>

#include "cli_test.h"

namespace tikv::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

using TxnCliTest = CliTest<TransactionClusterTest>;

TEST_F(TxnCliTest, WritesAndReads) {
  EXPECT_THAT(expect(0, {"txn", "put", key("a"), "1"}), StartsWith("committed at "));
  EXPECT_EQ(expect(0, {"txn", "get", key("a")}), "1\n");
  expect(0, {"txn", "batch-put", key("b"), "2", key("q"), "3"});
  EXPECT_EQ(json({"txn", "scan", "--prefix", key("")}).size(), 3u);
  EXPECT_EQ(json({"txn", "batch-get", key("q"), key("x")}, 1).at(0).at("value"), "3");
  expect(0, {"txn", "delete", key("a")});
  expect(1, {"txn", "get", key("a")});
  expect(0, {"txn", "batch-delete", key("b"), key("q")});
  EXPECT_EQ(json({"txn", "scan", "--prefix", key("")}).size(), 0u);
}

TEST_F(TxnCliTest, InsertsMeetWhatIsThere) {
  expect(0, {"txn", "insert", key("a"), "1"});
  const Ended again = run({"txn", "insert", key("a"), "2", "--json"});
  EXPECT_EQ(again.code, 4);
  EXPECT_EQ(again.out, "");
  EXPECT_EQ(nlohmann::json::parse(again.err).at("error").at("kind"), "key_exists");
  EXPECT_EQ(expect(0, {"txn", "get", key("a")}), "1\n");
}

TEST_F(TxnCliTest, ReadsThePast) {
  const auto first = json({"txn", "put", key("a"), "old"});
  expect(0, {"txn", "put", key("a"), "new"});
  const std::string at = first.at("commit_ts");
  EXPECT_EQ(expect(0, {"txn", "get", key("a"), "--at", at}), "old\n");
  EXPECT_EQ(json({"txn", "scan", "--prefix", key(""), "--at", at}).at(0).at("value"), "old");
  expect(1, {"txn", "get", key("a"), "--at", first.at("start_ts")});
}

TEST_F(TxnCliTest, AScriptIsOneTransaction) {
  expect(0, {"txn", "put", key("stock"), "2"});
  const std::string script = "# an order\nexpect " + key("stock") + " 2\nget " + key("stock") + "\nput " +
                             key("stock") + " 1\ninsert " + key("order") + " 'one chair'\nget " + key("stock") +
                             "\nscan " + key("a") + " " + key("z") + " 1\ndelete " + key("nothing") + "\n";
  const auto answer = json({"txn", "run"}, 0, script);
  const auto& results = answer.at("results");
  ASSERT_EQ(results.size(), 7u);
  EXPECT_EQ(results[1].at("value"), "2");
  EXPECT_EQ(results[4].at("value"), "1") << "it sees its own writes";
  EXPECT_EQ(results[5].at("pairs").at(0).at("value"), "one chair");
  EXPECT_LT(std::stoull(answer.at("start_ts").get<std::string>()),
            std::stoull(answer.at("commit_ts").get<std::string>()));

  const Ended again = run({"txn", "run", folder_.file("script", script)});
  EXPECT_EQ(again.code, 4);
  EXPECT_THAT(again.err, HasSubstr("line 2: expect"));
  EXPECT_EQ(expect(0, {"txn", "get", key("stock")}), "1\n") << "nothing of it was written";
}

TEST_F(TxnCliTest, ScriptsForPeople) {
  const Ended ended = run({"txn", "run"}, "put " + key("a") + " 1\nget " + key("a") + "\nget " + key("b") + "\n");
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.out, HasSubstr(key("a") + "  1\ncommitted at "));
  EXPECT_THAT(ended.err, HasSubstr("not found: " + key("b")));
  expect(2, {"txn", "run"}, "fly\n");
}

TEST_F(TxnCliTest, RegionsAreThoseOfTransactionalKeys) {
  const auto regions = json({"regions", "--prefix", key("")});
  ASSERT_FALSE(regions.empty());
  for (const auto& region : regions) {
    EXPECT_TRUE(region.at("leader").at("store_id").is_string());
    EXPECT_GE(region.at("epoch").at("version"), 1);
    EXPECT_FALSE(region.at("peers").empty());
  }
  EXPECT_EQ(json({"regions", "--limit", "1"}).size(), 1u);
  EXPECT_THAT(expect(0, {"regions"}), StartsWith("REGION  START"));
}

TEST_F(TxnCliTest, StoresMembersAndTimestamps) {
  const auto stores = json({"stores"});
  ASSERT_FALSE(stores.empty());
  EXPECT_EQ(stores[0].at("state"), "up");
  EXPECT_THAT(stores[0].at("address").get<std::string>(), HasSubstr(":"));
  EXPECT_TRUE(stores[0].at("labels").is_object());
  int leaders = 0;
  for (const auto& member : json({"members"})) leaders += member.at("leader").get<bool>() ? 1 : 0;
  EXPECT_EQ(leaders, 1);
  EXPECT_THAT(expect(0, {"members"}), HasSubstr("yes"));
  EXPECT_THAT(expect(0, {"stores"}), HasSubstr("up"));

  const auto stamp = json({"timestamp"});
  const std::uint64_t timestamp = std::stoull(stamp.at("timestamp").get<std::string>());
  EXPECT_EQ(stamp.at("physical_ms"), timestamp_physical_ms(timestamp));
  EXPECT_GT(client().timestamp().get().value(), timestamp);
}

}  // namespace
}  // namespace tikv::cli

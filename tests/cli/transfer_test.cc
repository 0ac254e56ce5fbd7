#include <algorithm>
#include <map>
#include <random>

#include "cli_test.h"

namespace tikv::cli {
namespace {

using ::testing::HasSubstr;

class RawTransferTest : public CliTest<RawClusterTest> {
 protected:
  std::map<std::string, std::string> stored() {
    std::map<std::string, std::string> pairs;
    const auto found = raw().scan(all_keys()).collect().get();
    EXPECT_TRUE(found);
    for (const KvPair& pair : *found) pairs.emplace(pair.key, pair.value);
    return pairs;
  }
  std::vector<std::string> export_to(const std::string& file) {
    return {"export", "raw", "--prefix", key(""), "-o", file};
  }
};

TEST_F(RawTransferTest, WhatIsExportedIsImportedAsItWas) {
  std::mt19937 random(10);
  std::vector<KvPair> pairs;
  for (int i = 0; i < 3000; ++i) {
    std::string bytes;
    for (auto left = random() % 30; left > 0; --left) bytes += static_cast<char>(random());
    pairs.emplace_back(key(std::to_string(i) + bytes), bytes);
  }
  ASSERT_TRUE(raw().batch_put(pairs).get());
  const auto before = stored();
  for (const std::string form : {"escaped", "hex"}) {
    const std::vector<std::string> forms = {"--key-format", form, "--value-format", form};
    const std::string file = folder_.path(form + ".tsv");
    auto exporting = export_to(file);
    exporting.insert(exporting.end(), {"--key-output", form, "--value-output", form});
    EXPECT_EQ(json(exporting).at("exported"), before.size());
    ASSERT_TRUE(raw().remove_range(all_keys()).get());
    std::vector<std::string> importing = {"import", "raw", file};
    importing.insert(importing.end(), forms.begin(), forms.end());
    const auto answer = json(importing);
    EXPECT_EQ(answer.at("imported"), before.size());
    EXPECT_EQ(answer.at("skipped"), 0);
    EXPECT_EQ(stored(), before);
    EXPECT_FALSE(std::filesystem::exists(file + ".tikv-import")) << "the state goes with the end";
    EXPECT_FALSE(std::filesystem::exists(file + ".tikv-export"));
  }
}

TEST_F(RawTransferTest, ThroughPipes) {
  EXPECT_EQ(expect(0, {"import", "raw", "-"}, key("a") + "\t1\n" + key("b") + "\t2"), "imported 2 keys\n");
  const Ended ended = run({"export", "raw", "--prefix", key("")});
  EXPECT_EQ(ended.out, key("a") + "\t1\n" + key("b") + "\t2\n");
  EXPECT_EQ(ended.err, "exported 2 keys\n");
}

TEST_F(RawTransferTest, ABadLineIsNamedAndCanBeCorrected) {
  const std::string good = key("a") + "\t1\n" + key("b") + "\t2\n";
  const std::string file = folder_.file("in.tsv", good + "bad line\n" + key("c") + "\t3\n");
  const Ended ended = run({"import", "raw", file});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr(file + ":3: no tab between key and value"));
  EXPECT_EQ(stored().size(), 2u) << "lines before are written";

  folder_.file("in.tsv", good + key("d") + "\t4\n" + key("c") + "\t3\n");
  const auto answer = json({"import", "raw", file});
  EXPECT_EQ(answer.at("resumed_at_line"), 3);
  EXPECT_EQ(answer.at("imported"), 4);
  EXPECT_EQ(stored().size(), 4u);
}

TEST_F(RawTransferTest, BadLinesMayBeSkipped) {
  const std::string file = folder_.file("in.tsv", "bad\n" + key("a") + "\t1\n" + key("b") + "\\q\t1\n");
  const Ended ended = run({"import", "raw", "--skip-bad", file});
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.out, "imported 1 keys, skipped 2 bad lines\n");
  EXPECT_THAT(ended.err, HasSubstr(":1: no tab"));
  EXPECT_THAT(ended.err, HasSubstr(":3: key: an unknown escape"));
  EXPECT_EQ(stored().size(), 1u);
}

TEST_F(RawTransferTest, AStateOfAnotherInputIsRefused) {
  const std::string file = folder_.file("in.tsv", key("a") + "\t1\nbad\n");
  expect(2, {"import", "raw", file});
  folder_.file("in.tsv", key("x") + "\t1\n" + key("b") + "\t2\n");
  const Ended refused = run({"import", "raw", file});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("--restart"));
  expect(2, {"import", "txn", file});
  EXPECT_EQ(json({"import", "raw", file, "--restart"}).at("imported"), 2);
}

TEST_F(RawTransferTest, ExportsWriteOverNothing) {
  ASSERT_TRUE(raw().put(key("a"), "v").get());
  const std::string file = folder_.file("out.tsv", "precious");
  expect(2, export_to(file));
  EXPECT_EQ(file_text(file), "precious");
  auto forced = export_to(file);
  forced.emplace_back("--force");
  expect(0, forced);
  EXPECT_EQ(file_text(file), key("a") + "\tv\n");
  expect(9, {"import", "raw", folder_.path("nothing.tsv")});
}

using TxnTransferTest = CliTest<TransactionClusterTest>;

TEST_F(TxnTransferTest, TransactionsToo) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += key(std::to_string(i)) + "\t" + std::to_string(i) + "\n";
  const std::string file = folder_.file("in.tsv", text);
  EXPECT_EQ(json({"import", "txn", file, "--batch", "200"}).at("imported"), 500);
  const auto exported = json({"export", "txn", "--prefix", key(""), "-o", folder_.path("out.tsv")});
  EXPECT_EQ(exported.at("exported"), 500);
  EXPECT_TRUE(exported.at("timestamp").is_string());
  EXPECT_EQ(sorted_lines(file_text(folder_.path("out.tsv"))), sorted_lines(text));
  expect(0, {"txn", "put", key("later"), "v"});
  const std::string then = exported.at("timestamp");
  expect(0, {"export", "txn", "--prefix", key(""), "--at", then, "-o", folder_.path("then.tsv")});
  EXPECT_EQ(file_text(folder_.path("then.tsv")), file_text(folder_.path("out.tsv")));
}

}  // namespace
}  // namespace tikv::cli

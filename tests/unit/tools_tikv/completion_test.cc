#include "completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app.h"

namespace tikv::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class CompletionTest : public ::testing::Test {
 protected:
  std::vector<std::string> complete(std::string_view line) const { return completions(vocabulary_, line); }
  const Vocabulary vocabulary_ = shell_vocabulary();
};

TEST_F(CompletionTest, CommandsAndTheirGroups) {
  EXPECT_THAT(complete(""), Contains("raw"));
  EXPECT_THAT(complete(""), Contains("exit"));
  EXPECT_THAT(complete("tim"), ElementsAre("timestamp"));
  EXPECT_THAT(complete("raw b"), ElementsAre("batch-delete", "batch-get", "batch-put"));
  EXPECT_THAT(complete("help raw t"), ElementsAre("ttl"));
  EXPECT_THAT(complete("--json txn ins"), ElementsAre("insert"));
}

TEST_F(CompletionTest, TheShellHasNoShellAndNoCluster) {
  EXPECT_THAT(complete(""), Not(Contains("shell")));
  EXPECT_THAT(complete("--"), Not(Contains("--pd")));
}

TEST_F(CompletionTest, OptionsOnceADashIsThere) {
  EXPECT_THAT(complete("raw scan "), IsEmpty());
  EXPECT_THAT(complete("raw scan --l"), ElementsAre("--limit"));
  EXPECT_THAT(complete("raw scan a --js"), ElementsAre("--json"));
  EXPECT_THAT(complete("raw scan --ttl"), IsEmpty());
  EXPECT_THAT(complete("raw put --t"), ElementsAre("--timeout", "--ttl"));
}

TEST_F(CompletionTest, NothingForArgumentsAndWithinQuotes) {
  EXPECT_THAT(complete("raw get us"), IsEmpty());
  EXPECT_THAT(complete("raw put k 'a r"), IsEmpty());
  EXPECT_THAT(complete("nonsense r"), IsEmpty());
}

TEST(CommonBeginning, IsWhatAllHave) {
  EXPECT_EQ(common_beginning({"batch-get", "batch-put"}), "batch-");
  EXPECT_EQ(common_beginning({"get"}), "get");
  EXPECT_EQ(common_beginning({"get", "put"}), "");
  EXPECT_EQ(common_beginning({}), "");
}

}  // namespace
}  // namespace tikv::cli

#include "cli_test.h"

namespace tikv::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using ShellTest = CliTest<RawClusterTest>;

TEST_F(ShellTest, TakesCommandsFromAPipe) {
  const Ended ended = run({"shell"}, "# a comment\n\nraw put " + key("a") + " 'one chair'\nraw get " + key("a") +
                                         "\nraw get --json " + key("a") + "\nexit\nraw get nothing\n");
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.out, "ok\none chair\n{\"key\":\"" + key("a") + "\",\"found\":true,\"value\":\"one chair\"}\n");
  EXPECT_EQ(ended.err, "");
}

TEST_F(ShellTest, SurvivesErrorsAndEndsWithTheFirst) {
  const std::string script =
      "fly\nraw put 'open\nraw get " + key("a") + "\nraw put " + key("a") + " 1\nraw get " + key("a");
  const Ended ended = run({"shell"}, script);
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(ended.out, "ok\n1\n");
  EXPECT_THAT(ended.err, HasSubstr("a quote is open"));
  EXPECT_THAT(ended.err, HasSubstr("not found: "));
}

TEST_F(ShellTest, StopsAtTheFirstErrorIfAskedTo) {
  const Ended ended = run({"shell", "--stop-on-error"}, "raw get " + key("a") + "\nraw put " + key("b") + " 1\n");
  EXPECT_EQ(ended.code, 1);
  EXPECT_EQ(raw().get(key("b")).get(), std::nullopt);
}

TEST_F(ShellTest, OptionsOfTheShellAreThoseOfItsLines) {
  EXPECT_EQ(expect(0, {"shell", "--quiet", "--value-format", "hex"},
                   "raw put " + key("a") + " 00ff\nraw get " + key("a") + "\n"),
            "00ff\n");
}

TEST_F(ShellTest, LinesCannotReadTheInputOfTheShell) {
  const Ended ended = run({"shell"}, "raw put " + key("a") + " -\nraw batch-get\n");
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(ended.out, "");
}

TEST_F(ShellTest, WithoutAClusterItDoesNotStart) {
  EXPECT_EQ(run_process({tool_path(), "shell"}, "timestamp 1\n", {"TIKV_PD="}).code, 2);
}

/// A shell at a terminal.
class TypedShellTest : public ShellTest {
 protected:
  void SetUp() override {
    ShellTest::SetUp();
    history_ = folder_.path("history");
    start();
  }
  void start() {
    shell_ = std::make_unique<Process>(
        tool_words(pd_endpoints(), {"shell"}), Process::Streams::kTerminal,
        std::vector<std::string>{"TERM=xterm", "TIKV_HISTORY=" + history_, "ASAN_OPTIONS=fast_unwind_on_malloc=0",
                                 "LSAN_OPTIONS=print_suppressions=0:suppressions=" TIKV_LIBEDIT_LEAKS});
    ASSERT_TRUE(sees("tikv> ")) << shell_->output();
  }
  bool sees(const std::string& text) {
    return shell_->read_until([&](const std::string& output) { return output.find(text, seen_) != std::string::npos; });
  }
  /// Types, and waits for an answer that ends with the next prompt.
  bool answers(const std::string& typed, const std::string& answer) {
    seen_ = shell_->output().size();
    shell_->write(typed);
    if (!sees(answer)) return false;
    seen_ = shell_->output().find(answer, seen_) + answer.size();
    return sees("tikv> ");
  }

  std::string history_;
  std::unique_ptr<Process> shell_;
  std::size_t seen_ = 0;
};

TEST_F(TypedShellTest, AnswersAndEnds) {
  EXPECT_TRUE(answers("raw put " + key("a") + " v\n", "\nok"));
  EXPECT_TRUE(answers("raw get " + key("a") + "\n", "\nv")) << shell_->output();
  EXPECT_TRUE(answers("fly\n", "tikv: "));
  shell_->write("exit\n");
  EXPECT_EQ(shell_->wait().code, 0);
  EXPECT_EQ(raw().get(key("a")).get(), "v");
}

TEST_F(TypedShellTest, CompletesCommands) {
  // time<tab> is "timestamp ", and the rest of the line follows.
  EXPECT_TRUE(answers("time\t1\n", "1970-01-01 00:00:00.000 UTC")) << shell_->output();
  // Several go on: what they share first, then all of them.
  shell_->write("raw b\t");
  EXPECT_TRUE(sees("atch-")) << shell_->output();
  seen_ = shell_->output().size();
  shell_->write("\t");
  EXPECT_TRUE(sees("batch-delete  batch-get  batch-put")) << shell_->output();
  // Ctrl-C clears the line and ends nothing.
  EXPECT_TRUE(answers("\x03timestamp 1\n", "1970-01-01")) << shell_->output();
}

TEST_F(TypedShellTest, RemembersWhatWasTyped) {
  EXPECT_TRUE(answers("timestamp 262144\n", "1970-01-01 00:00:00.001"));
  shell_->write("\x04");
  EXPECT_EQ(shell_->wait().code, 0);
  EXPECT_THAT(file_text(history_), HasSubstr("timestamp"));
  seen_ = 0;
  start();
  EXPECT_TRUE(answers("\x1b[A\n", "1970-01-01 00:00:00.001")) << shell_->output();
}

}  // namespace
}  // namespace tikv::cli

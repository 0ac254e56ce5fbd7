#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include "embedded_test.h"

namespace tikv::cli {
namespace {

using testing::FaultKind;

constexpr int kLines = 3000;
constexpr int kBatch = 100;

std::string text_of_all() {
  std::string text;
  char line[64];
  for (int i = 0; i < kLines; ++i) {
    std::snprintf(line, sizeof line, "key%05d\tvalue %d\n", i, i);
    text += line;
  }
  return text;
}

/// Whether the state tells of a page.
bool has_exported(const std::string& file) {
  const std::string state = file_text(file + ".tikv-export");
  return !state.empty() && state.find("\nbytes 0\n") == std::string::npos;
}

/// Transfers that are killed when they have begun.
class ResumeTest : public EmbeddedCliTest {
 protected:
  void slow_down(const std::string& method) {
    cluster_->inject(
        {.method = method, .kind = FaultKind::kDelayReply, .times = 0, .delay = std::chrono::milliseconds(30)});
  }
  /// Kills it once `begun`.
  template <class Condition>
  void kill_once(const std::vector<std::string>& words, Condition begun) {
    Process process(tool_words(pd_endpoints(), words), Process::Streams::kPipes);
    ASSERT_TRUE(becomes(begun));
    process.send(SIGKILL);
    EXPECT_EQ(process.wait().signal, SIGKILL) << "it was through before";
  }
};

TEST_F(ResumeTest, AKilledImportGoesOnWhereItStopped) {
  const std::string file = folder_.file("in.tsv", text_of_all());
  slow_down("RawBatchPut");
  const std::vector<std::string> words = {"import", "raw", file, "--batch", std::to_string(kBatch)};
  kill_once(words, [&] { return cluster_->requests("RawBatchPut") > 5; });
  const std::size_t written = client_->raw().scan(KeyRange::all()).collect().get()->size();
  EXPECT_GT(written, 0u);
  EXPECT_LT(written, static_cast<std::size_t>(kLines));

  cluster_->clear_faults();
  const auto answer = json(words);
  EXPECT_EQ(answer.at("imported"), kLines);
  EXPECT_EQ(answer.at("lines"), kLines);
  EXPECT_GT(answer.at("resumed_at_line"), 1);
  // Each batch once, and the one that was under way when it was killed perhaps once more.
  EXPECT_LE(cluster_->requests("RawBatchPut"), static_cast<std::uint64_t>(kLines / kBatch + 1));
  EXPECT_EQ(sorted_lines(run({"export", "raw"}).out), sorted_lines(text_of_all()));
  EXPECT_FALSE(std::filesystem::exists(file + ".tikv-import"));
}

TEST_F(ResumeTest, AnImportAtATerminalShowsHowFarItIs) {
  slow_down("RawBatchPut");
  Process process(tool_words(pd_endpoints(), {"import", "raw", folder_.file("in.tsv", text_of_all())}),
                  Process::Streams::kTerminal);
  const Ended& ended = process.wait();
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.out, ::testing::HasSubstr("\rimport  [######..............]  32%"));
  EXPECT_THAT(ended.out, ::testing::HasSubstr("imported 3000 keys"));
}

TEST_F(ResumeTest, AKilledTransactionalImportToo) {
  const std::string file = folder_.file("in.tsv", text_of_all());
  slow_down("KvPrewrite");
  const std::vector<std::string> words = {"import", "txn", file, "--batch", std::to_string(kBatch)};
  kill_once(words, [&] { return cluster_->requests("KvPrewrite") > 5; });
  cluster_->clear_faults();
  const auto answer = json(words);
  EXPECT_EQ(answer.at("imported"), kLines);
  EXPECT_GT(answer.at("resumed_at_line"), 1);
  EXPECT_EQ(sorted_lines(run({"export", "txn"}).out), sorted_lines(text_of_all()));
}

TEST_F(ResumeTest, AKilledExportGoesOnAtTheSameTimestamp) {
  expect(0, {"import", "txn", "-"}, text_of_all());
  const std::string file = folder_.path("out.tsv");
  slow_down("KvScan");
  const std::vector<std::string> words = {"export", "txn", "-o", file};
  kill_once(words, [&] { return has_exported(file); });
  cluster_->clear_faults();
  expect(0, {"txn", "put", "key99999", "after it began"});
  expect(0, {"txn", "put", "key02999", "after it began"});

  // What came after the last page that is sure is cut off: here, half a line.
  {
    const int torn = open(file.c_str(), O_WRONLY | O_APPEND);
    ASSERT_GE(torn, 0);
    EXPECT_EQ(write(torn, "key", 3), 3);
    close(torn);
  }
  EXPECT_EQ(json(words).at("exported"), kLines);
  EXPECT_EQ(sorted_lines(file_text(file)), sorted_lines(text_of_all()));
  EXPECT_FALSE(std::filesystem::exists(file + ".tikv-export"));
}

TEST_F(ResumeTest, AnExportWhoseFileWasChangedIsRefused) {
  expect(0, {"import", "raw", "-"}, text_of_all());
  const std::string file = folder_.path("out.tsv");
  slow_down("RawScan");
  const std::vector<std::string> words = {"export", "raw", "-o", file};
  kill_once(words, [&] { return has_exported(file); });
  cluster_->clear_faults();
  std::string text = file_text(file);
  text[0] = 'X';
  folder_.file("out.tsv", text);
  std::vector<std::string> restart = words;
  restart.emplace_back("--restart");
  expect(2, words);
  expect(0, restart);
  EXPECT_EQ(sorted_lines(file_text(file)), sorted_lines(text_of_all()));
}

}  // namespace
}  // namespace tikv::cli

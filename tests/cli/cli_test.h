#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cluster_test.h"
#include "process.h"

namespace tikv::cli {

/// The program's path, and what makes a whole command line of a command's words.
std::string tool_path();
std::vector<std::string> tool_words(const std::vector<std::string>& pd_endpoints, std::vector<std::string> words);

/// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  /// Writes a file and gives its path.
  std::string file(const std::string& name, std::string_view bytes) const;

 private:
  std::filesystem::path folder_;
};

std::string file_text(const std::string& path);

/// Runs the program against the test's cluster.
template <class Base>
class CliTest : public Base {
 protected:
  Ended run(std::vector<std::string> words, std::string_view input = "") {
    return run_process(tool_words(this->pd_endpoints(), std::move(words)), input);
  }
  nlohmann::json json(std::vector<std::string> words, int code = 0, std::string_view input = "") {
    words.emplace_back("--json");
    const Ended ended = run(std::move(words), input);
    EXPECT_EQ(ended.code, code) << ended.err;
    return nlohmann::json::parse(ended.out, nullptr, false);
  }
  /// Runs it and expects that exit code; the answer.
  std::string expect(int code, std::vector<std::string> words, std::string_view input = "") {
    const Ended ended = run(std::move(words), input);
    EXPECT_EQ(ended.code, code) << ended.err;
    return ended.out;
  }

  TemporaryFolder folder_;
};

/// The lines in byte order.
std::vector<std::string> sorted_lines(std::string text);

}  // namespace tikv::cli

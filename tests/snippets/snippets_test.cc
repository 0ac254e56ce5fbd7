#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

// A block of C++ in README.md or docs/ names the file it is from, in the text above it, and is found there line by
// line.
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = TIKV_SOURCE_FOLDER;

std::string trimmed(const std::string& line) {
  const std::size_t begin = line.find_first_not_of(' ');
  return begin == std::string::npos ? std::string() : line.substr(begin);
}

std::vector<std::string> lines_of(const fs::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Without indentation and empty lines, so that a snippet may start inside a function.
std::string joined(const std::vector<std::string>& lines) {
  std::string text = "\n";
  for (const std::string& line : lines) {
    if (const std::string rest = trimmed(line); !rest.empty()) text += rest + "\n";
  }
  return text;
}

struct Snippet {
  std::string where;
  std::string source;  // the file that the text above names last
  std::vector<std::string> code;
};

/// The last `examples/...cc` or `tests/...cc` in the line, or nothing.
std::string file_named_in(const std::string& line) {
  std::string found;
  for (const std::string_view folder : {"`examples/", "`tests/"}) {
    const std::size_t begin = line.rfind(folder);
    if (begin == std::string::npos) continue;
    const std::size_t end = line.find('`', begin + 1);
    if (end != std::string::npos && line.substr(0, end).ends_with(".cc"))
      found = line.substr(begin + 1, end - begin - 1);
  }
  return found;
}

std::vector<Snippet> snippets_of(const fs::path& page) {
  std::vector<Snippet> found;
  std::string named;
  bool inside = false;
  int number = 0;
  for (const std::string& line : lines_of(page)) {
    ++number;
    if (inside && line.starts_with("```")) {
      inside = false;
      named.clear();
    } else if (inside) {
      found.back().code.push_back(line);
    } else if (line == "```cpp") {
      inside = true;
      found.push_back({page.filename().string() + ":" + std::to_string(number), named, {}});
    } else if (const std::string file = file_named_in(line); !file.empty()) {
      named = file;
    }
  }
  return found;
}

std::vector<fs::path> pages() {
  std::vector<fs::path> pages{kRoot / "README.md"};
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "docs")) {
    // Plans and decisions argue; they don't show how the library is used.
    const bool shows = entry.path().extension() == ".md" && entry.path().parent_path().filename() != "adr" &&
                       entry.path().parent_path().filename() != "plans";
    if (shows) pages.push_back(entry.path());
  }
  return pages;
}

TEST(Snippets, StandInTheFileThatTheyName) {
  std::size_t checked = 0;
  for (const fs::path& page : pages()) {
    for (const Snippet& snippet : snippets_of(page)) {
      SCOPED_TRACE(snippet.where);
      ASSERT_FALSE(snippet.source.empty()) << "no `examples/...cc` or `tests/...cc` is named above the snippet";
      ASSERT_TRUE(fs::exists(kRoot / snippet.source)) << snippet.source;
      EXPECT_NE(joined(lines_of(kRoot / snippet.source)).find(joined(snippet.code)), std::string::npos)
          << "differs from " << snippet.source;
      ++checked;
    }
  }
  EXPECT_GE(checked, 4U);  // those of the README
}

}  // namespace

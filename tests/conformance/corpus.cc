#include "corpus.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <boost/json/src.hpp>
#include <utility>

namespace tikv::testing {

namespace {

std::string read_all(const std::filesystem::path& file) {
  std::string text;
  // Reads uncompressed files as they are.
  gzFile in = gzopen(file.c_str(), "rb");
  if (in == nullptr) return text;
  std::array<char, 1 << 16> buffer;
  int count = 0;
  while ((count = gzread(in, buffer.data(), buffer.size())) > 0)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  gzclose(in);
  return text;
}

bool is_corpus(const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  return name.ends_with(".jsonl") || name.ends_with(".jsonl.gz");
}

}  // namespace

std::vector<std::filesystem::path> corpus_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (is_corpus(entry.path())) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

CorpusFile read_corpus(const std::filesystem::path& file) {
  CorpusFile corpus;
  const std::string text = read_all(file);
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    std::string line = text.substr(start, end - start);
    start = end + 1;
    if (line.empty()) continue;
    if (corpus.header.empty()) {
      corpus.header = boost::json::parse(line).as_object();
    } else {
      corpus.sequences.push_back(std::move(line));
    }
  }
  return corpus;
}

}  // namespace tikv::testing

#pragma once

#include <boost/json/object.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace tikv::testing {

/// The recorded files in `folder`: *.jsonl, plain or compressed (*.jsonl.gz).
std::vector<std::filesystem::path> corpus_files(const std::filesystem::path& folder);

/// A recorded file: its header, and the text of each sequence.
struct CorpusFile {
  boost::json::object header;
  std::vector<std::string> sequences;
};

/// An empty header: the file cannot be read.
CorpusFile read_corpus(const std::filesystem::path& file);

}  // namespace tikv::testing

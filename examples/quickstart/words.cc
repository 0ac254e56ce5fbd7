#include "words.h"

#include <cstdio>
#include <fstream>

#include "report.h"

namespace quickstart {
namespace {

constexpr std::size_t kBatch = 1000;

bool load(tikv::RawClient raw, const std::string& prefix, const std::vector<std::string>& words) {
  ProgressBar bar("loading words", words.size());
  const auto start = Clock::now();
  for (std::size_t at = 0; at < words.size(); at += kBatch) {
    std::vector<tikv::KvPair> pairs;
    for (std::size_t i = at; i < std::min(at + kBatch, words.size()); ++i) {
      pairs.emplace_back(prefix + words[i], std::to_string(i));
    }
    const std::size_t loaded = at + pairs.size();
    if (auto done = raw.batch_put(std::move(pairs)).get(); !done) {
      std::printf("\nbatch_put failed: %s\n", done.error().to_string().c_str());
      return false;
    }
    bar.show(loaded);
  }
  std::printf("  %.0f keys per second\n", per_second(words.size(), Clock::now() - start));
  return true;
}

bool count(tikv::RawClient raw, const std::string& prefix, std::size_t expected) {
  const auto start = Clock::now();
  std::size_t found = 0;
  auto scan = raw.scan(tikv::KeyRange::prefix(prefix), {.page = 1000});
  for (;;) {
    auto page = scan.next().get();
    if (!page) {
      std::printf("scan failed: %s\n", page.error().to_string().c_str());
      return false;
    }
    if (!*page) break;
    found += (*page)->size();
  }
  std::printf("scanned back %zu of %zu words, %.0f keys per second\n", found, expected,
              per_second(found, Clock::now() - start));
  return found == expected;
}

}  // namespace

std::vector<std::string> read_words(const std::string& file) {
  std::vector<std::string> words;
  std::ifstream in(file);
  for (std::string word; std::getline(in, word);) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

bool load_and_count(tikv::Client& client, const std::string& prefix, const std::vector<std::string>& words) {
  const tikv::RawClient raw = client.raw();
  const bool right = load(raw, prefix, words) && count(raw, prefix, words.size());
  if (auto removed = raw.remove_range(tikv::KeyRange::prefix(prefix)).get(); !removed) {
    std::printf("remove_range failed: %s\n", removed.error().to_string().c_str());
    return false;
  }
  return right;
}

}  // namespace quickstart

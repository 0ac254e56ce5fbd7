#include "table.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace tikv::cli {
namespace {

TEST(Aligned, ColumnsAreAsWideAsTheirWidestCell) {
  EXPECT_EQ(aligned({{"KEY", "N", "VALUE"}, {"long key", "1", "a"}, {"k\xc3\xa4", "22", "a long value"}}),
            "KEY       N   VALUE\nlong key  1   a\nk\xc3\xa4        22  a long value\n");
  EXPECT_EQ(aligned({}), "");
}

std::string printed(bool json, std::size_t rows, bool finish) {
  std::ostringstream out;
  Records records(out, json, {"KEY", "VALUE"});
  for (std::size_t i = 0; i < rows; ++i) {
    const std::string key = "k" + std::to_string(i);
    records.add({key, "v"}, Json::Object{{"key", key}});
  }
  if (finish) records.finish();
  return out.str();
}

TEST(Records, AreATableForPeople) {
  EXPECT_EQ(printed(false, 2, true), "KEY  VALUE\nk0   v\nk1   v\n");
  EXPECT_EQ(printed(false, 0, true), "");
  const std::string many = printed(false, 1000, true);
  EXPECT_EQ(std::ranges::count(many, '\n'), 1001);
}

TEST(Records, AreOneArrayForPrograms) {
  EXPECT_EQ(printed(true, 0, true), "[]\n");
  EXPECT_EQ(printed(true, 1, true), "[{\"key\":\"k0\"}]\n");
  EXPECT_EQ(nlohmann::json::parse(printed(true, 1000, true)).size(), 1000u);
}

TEST(Records, ThatWereNotFinishedAreNoArray) { EXPECT_FALSE(nlohmann::json::accept(printed(true, 3, false))); }

}  // namespace
}  // namespace tikv::cli

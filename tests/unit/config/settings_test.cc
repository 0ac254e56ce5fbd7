#include "config/settings.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace tikv::config {
namespace {

std::string code(std::string_view text) { return '`' + std::string(text) + '`'; }

/// What is set where nothing is said.
std::string default_of(const Setting& setting) {
  ClientOptions options;
  const Access& access = setting.access;
  if (access.get != nullptr) return value_text(setting, access.get(options));
  if (access.texts != nullptr) return access.texts(options).empty() ? "none" : "";
  return access.text(options).empty() ? "none" : access.text(options);
}

std::string limits_of(const Setting& setting) {
  switch (setting.kind) {
    case Kind::kSwitch:
      return "true, false";
    case Kind::kChoice: {
      std::string all;
      for (const std::string_view choice : setting.choices) all += (all.empty() ? "" : ", ") + std::string(choice);
      return all;
    }
    case Kind::kText:
      return "text";
    case Kind::kTexts:
      return "list of texts";
    default:
      break;
  }
  const std::string least = value_text(setting, setting.least);
  if (setting.most == std::numeric_limits<std::int64_t>::max()) return "at least " + least;
  return least + " to " + value_text(setting, setting.most);
}

/// A row of the page, without what the setting does.
std::string row_of(const Setting& setting) {
  return "| " + code(setting.key) + " | " + code(setting.field) + " | " + default_of(setting) + " | " +
         limits_of(setting) + " | ";
}

TEST(Settings, HaveKeysAndFieldsOfTheirOwn) {
  std::set<std::string_view> keys;
  std::set<std::string_view> fields;
  for (const Setting& setting : settings()) {
    EXPECT_TRUE(keys.insert(setting.key).second) << setting.key;
    EXPECT_TRUE(fields.insert(setting.field).second) << setting.field;
    EXPECT_EQ(find_setting(setting.key), &setting);
  }
  EXPECT_EQ(find_setting("nonsense"), nullptr);
}

TEST(Settings, HaveDefaultsWithinTheirLimits) {
  for (const Setting& setting : settings()) {
    if (setting.access.get == nullptr) continue;
    EXPECT_FALSE(out_of_limits(setting, setting.access.get(ClientOptions()))) << setting.key;
    EXPECT_LE(setting.least, setting.most) << setting.key;
  }
}

TEST(Settings, AreOnThePageAsTheyAre) {
  std::ifstream page(TIKV_CONFIGURATION_PAGE);
  ASSERT_TRUE(page);
  std::map<std::string, std::string> rows;  // by the key
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| `")) continue;
    rows[line.substr(2, line.find(" |") - 2)] = line;
  }
  for (const Setting& setting : settings()) {
    const std::string expected = row_of(setting);
    const std::string row = rows[code(setting.key)];
    EXPECT_EQ(row.substr(0, expected.size()), expected);
    EXPECT_GT(row.size(), expected.size() + 10) << setting.key << ": what it does is missing";
    rows.erase(code(setting.key));
  }
  rows.erase("`path`");  // another way to say pd-endpoints
  for (const auto& [key, row] : rows) ADD_FAILURE() << "there is no setting " << key;
}

}  // namespace
}  // namespace tikv::config

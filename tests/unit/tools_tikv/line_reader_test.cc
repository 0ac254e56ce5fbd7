#include "line_reader.h"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include "exit_code.h"
#include "random_bytes.h"

namespace tikv::cli {
namespace {

std::vector<std::string> rest_of(LineReader& reader) {
  std::vector<std::string> lines;
  while (const auto line = reader.next()) lines.emplace_back(*line);
  return lines;
}

TEST(LineReader, TheLastLineNeedsNoEnd) {
  std::istringstream in("a\n\nbc");
  LineReader reader(in);
  EXPECT_EQ(rest_of(reader), (std::vector<std::string>{"a", "", "bc"}));
  EXPECT_EQ(reader.position().offset, 5u);
  EXPECT_EQ(reader.position().line, 3u);
}

TEST(LineReader, AnEmptyInputHasNoLines) {
  std::istringstream in("");
  LineReader reader(in);
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_EQ(reader.position(), Position());
}

TEST(LineReader, LinesMayBeLongerThanWhatIsReadAtOnce) {
  const std::string line(1 << 20, 'x');
  std::istringstream in(line + "\n" + line + "\nend\n");
  LineReader reader(in);
  EXPECT_EQ(rest_of(reader), (std::vector<std::string>{line, line, "end"}));
}

TEST(LineReader, AnEndlessLineIsRefused) {
  std::istringstream in(std::string(LineReader::kMaxLine + (1 << 20), 'x'));
  LineReader reader(in);
  EXPECT_THROW(reader.next(), Failure);
}

TEST(LineReader, GoesOnFromEveryPosition) {
  std::mt19937 random(9);
  for (int i = 0; i < 200; ++i) {
    const std::string text = random_bytes(random, 200);
    std::istringstream in(text);
    LineReader whole(in);
    std::vector<Position> positions = {whole.position()};
    while (whole.next()) positions.push_back(whole.position());
    for (const Position& position : positions) {
      std::istringstream again(text);
      LineReader part(again);
      ASSERT_TRUE(part.skip_to(position));
      rest_of(part);
      ASSERT_EQ(part.position(), whole.position());
    }
  }
}

TEST(LineReader, SeesThatTheInputIsAnother) {
  std::istringstream in("a\nb\nc\n");
  LineReader reader(in);
  reader.next();
  reader.next();
  const Position after_b = reader.position();
  for (const auto* other : {"a\nB\nc\n", "a\nb", "", "b\na\nc\n"}) {
    std::istringstream other_in(other);
    LineReader other_reader(other_in);
    EXPECT_FALSE(other_reader.skip_to(after_b)) << other;
  }
  std::istringstream longer("a\nb\nC corrected\nd\n");
  LineReader longer_reader(longer);
  EXPECT_TRUE(longer_reader.skip_to(after_b)) << "what comes later may be corrected";
}

}  // namespace
}  // namespace tikv::cli

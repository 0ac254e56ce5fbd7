#include "progress.h"

#include <gtest/gtest.h>

#include <sstream>

namespace tikv::cli {
namespace {

using namespace std::chrono_literals;

TEST(ProgressLine, ShowsShareSpeedAndWhatIsLeft) {
  EXPECT_EQ(progress_line("import", {1 << 20, 4 << 20, 5000, 2s}, 200),
            "import  [#####...............]  25%  1.0 MiB  5000 keys  2500/s  ETA 6 s");
}

TEST(ProgressLine, CountsWhatAnEarlierRunDidForNoSpeed) {
  EXPECT_EQ(progress_line("import", {3 << 20, 4 << 20, 5000, 2s, 2 << 20, 4000}, 200),
            "import  [###############.....]  75%  3.0 MiB  5000 keys  500/s  ETA 2 s");
}

TEST(ProgressLine, HasNoBarWithoutATotal) {
  EXPECT_EQ(progress_line("export", {512, 0, 7, 0s}, 200), "export  512 B  7 keys");
}

TEST(ProgressLine, IsFullAtTheEndAndEvenBeyond) {
  EXPECT_EQ(progress_line("import", {4, 4, 1, 1s}, 200), "import  [####################] 100%  4 B  1 keys  1/s");
  EXPECT_EQ(progress_line("import", {9, 4, 1, 1s}, 200), "import  [####################] 100%  9 B  1 keys  1/s");
}

TEST(ProgressLine, FitsIntoTheTerminal) { EXPECT_EQ(progress_line("import", {1, 2, 3, 4s}, 12).size(), 12u); }

TEST(Progress, IsSilentWithoutATerminal) {
  std::ostringstream err;
  {
    Progress progress(err, false, "import", 10);
    progress.show(5, 1);
  }
  EXPECT_EQ(err.str(), "");
}

TEST(Progress, ShowsALineAndWipesIt) {
  std::ostringstream err;
  {
    Progress progress(err, true, "import", 10);
    progress.show(5, 1);
    progress.show(6, 1);  // too soon after the first to be shown
  }
  EXPECT_EQ(err.str().find("\rimport  [##########..........]  50%"), 0u);
  EXPECT_EQ(err.str().find("60%"), std::string::npos);
  EXPECT_TRUE(err.str().ends_with("\r\x1b[K"));
}

}  // namespace
}  // namespace tikv::cli

#include "state_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "exit_code.h"
#include "random_bytes.h"

namespace tikv::cli {
namespace {

State some_state() {
  State state;
  state.set("target", "raw 'a b'\n\\");
  state.set("offset", 123);
  state.set("empty", "");
  return state;
}

TEST(StateFile, ComesBackAsItWas) {
  const State state = some_state();
  EXPECT_EQ(State::parse(state.print()), state);
  EXPECT_EQ(state.text("target"), "raw 'a b'\n\\");
  EXPECT_EQ(state.number("offset"), 123u);
  EXPECT_EQ(state.text("other"), "");
  EXPECT_EQ(state.number("target"), 0u);
}

TEST(StateFile, AnyValueComesBackAsItWas) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    State state;
    state.set("key", random_bytes(random, 40));
    state.set("sum", random_bytes(random, 10));
    ASSERT_EQ(State::parse(state.print()), state);
  }
}

TEST(StateFile, EveryCutAndEveryChangedByteIsSeen) {
  const std::string text = some_state().print();
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(State::parse(std::string_view(text).substr(0, i))) << i;
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(State::parse(changed)) << i;
  }
}

/// A folder of its own, gone afterwards.
class StateFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "tikv-state-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path() const { return (folder_ / "state").string(); }

  std::filesystem::path folder_;
};

TEST_F(StateFileTest, IsReplacedAndLeavesNothingBeside) {
  EXPECT_EQ(load_state(path()), std::nullopt);
  State state = some_state();
  save_state(path(), state);
  state.set("offset", 456);
  save_state(path(), state);
  EXPECT_EQ(load_state(path()), state);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
  remove_state(path());
  EXPECT_EQ(load_state(path()), std::nullopt);
  remove_state(path());
}

TEST_F(StateFileTest, WhatIsNoStateIsAFailure) {
  std::ofstream(path()) << "hello\n";
  try {
    load_state(path());
    FAIL() << "it was taken for a state";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.exit, Exit::kFile);
  }
  EXPECT_THROW(save_state((folder_ / "nowhere" / "state").string(), some_state()), Failure);
}

}  // namespace
}  // namespace tikv::cli

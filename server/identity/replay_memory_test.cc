#include "server/identity/replay_memory.h"

#include <gtest/gtest.h>

namespace assist::server::identity {
namespace {

using Answer = ReplayMemory::Answer;
using std::chrono::seconds;

constexpr SteadyTime At(std::int64_t s) { return SteadyTime(seconds(100'000 + s)); }

TEST(ReplayMemoryTest, AnIdIsTakenOnceWithinTheWindow) {
  ReplayMemory memory(seconds(60), 100);
  EXPECT_EQ(memory.Insert("mi-1", "a", At(0)), Answer::kFresh);
  EXPECT_EQ(memory.Insert("mi-1", "a", At(59)), Answer::kRepeated);
  EXPECT_EQ(memory.Insert("mi-2", "a", At(59)), Answer::kFresh);
  EXPECT_EQ(memory.Insert("mi-1", "b", At(61)), Answer::kFresh);
  EXPECT_EQ(memory.Insert("mi-1", "a", At(61)), Answer::kRepeated) << "the former generation counts too";
  EXPECT_EQ(memory.Insert("mi-1", "a", At(200)), Answer::kFresh);
}

TEST(ReplayMemoryTest, NamesDoNotRunIntoEachOther) {
  ReplayMemory memory(seconds(60), 100);
  EXPECT_EQ(memory.Insert("mi-1", "1a", At(0)), Answer::kFresh);
  EXPECT_EQ(memory.Insert("mi-11", "a", At(0)), Answer::kFresh);
}

TEST(ReplayMemoryTest, WhenFullItForgetsNothingAndSaysSo) {
  ReplayMemory memory(seconds(60), 2);
  EXPECT_EQ(memory.Insert("mi-1", "a", At(0)), Answer::kFresh);
  EXPECT_EQ(memory.Insert("mi-1", "b", At(0)), Answer::kFresh);
  EXPECT_EQ(memory.Insert("mi-1", "c", At(0)), Answer::kFull);
  EXPECT_EQ(memory.Insert("mi-1", "a", At(0)), Answer::kRepeated);
  EXPECT_EQ(memory.size(), 2U);
  EXPECT_EQ(memory.Insert("mi-1", "c", At(130)), Answer::kFresh);
}

}  // namespace
}  // namespace assist::server::identity

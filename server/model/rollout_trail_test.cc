#include <gtest/gtest.h>

#include "server/model/rollout.h"

namespace assist::server::model {
namespace {

using Kind = RolloutStep::Kind;

TEST(RolloutTrailTest, ItIsPausedWhenThreeOfThoseWhoCameHaveFailedAndTooFewAreUpdated) {
  struct Row {
    int failed;
    int updated;
    int ordered;
    Kind step;
  };
  constexpr Row kRows[] = {{0, 0, 0, Kind::kOrder},  {2, 0, 0, Kind::kOrder},  {2, 0, 9, Kind::kOrder},
                           {3, 0, 0, Kind::kPause},  {3, 0, 99, Kind::kPause}, {3, 56, 0, Kind::kPause},
                           {3, 57, 0, Kind::kOrder}, {3, 57, 9, Kind::kOrder}};
  for (const Row& row : kRows) {
    Rollout rollout;  // 95 % have to be healthy
    rollout.state = RolloutState::kTrailing;
    RolloutFacts facts;
    facts.ready = true;
    facts.all.of(MachineRollout::kWaiting) = 5;
    facts.all.of(MachineRollout::kUpdated) = 1'000;  // of the waves: they do not make it good
    facts.wave.of(MachineRollout::kFailed) = row.failed;
    facts.wave.of(MachineRollout::kUpdated) = row.updated;
    facts.wave.of(MachineRollout::kOrdered) = row.ordered;
    EXPECT_EQ(NextStep(rollout, facts).kind, row.step) << row.failed << " " << row.updated << " " << row.ordered;
  }
}

}  // namespace
}  // namespace assist::server::model

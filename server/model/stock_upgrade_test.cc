#include "server/model/stock_upgrade.h"

#include <gtest/gtest.h>

namespace assist::server::model {
namespace {

constexpr SystemTime kNow = FromUnixMillis(1'700'000'000'000);

UpgradeReport Report(std::string phase) { return {std::move(phase), "UnexpectedExitStatus", "exit status 7", ""}; }

TEST(StockUpgradeTest, AfterThreeFailedAttemptsAMachineIsLeftAloneUntilANewerManifest) {
  StockUpgrade known;
  for (std::int64_t attempt = 1; attempt <= kUpgradeFailures; ++attempt) {
    ASSERT_TRUE(MayTell(known, "2.2.3.600", 7)) << attempt;
    known = Tell(std::move(known), "2.2.3.600", 7, kNow);
    known = Failed(std::move(known), Report("CheckMD5Failed"), kNow);
    EXPECT_EQ(known.failures, attempt);
  }
  EXPECT_FALSE(MayTell(known, "2.2.3.600", 7));
  EXPECT_TRUE(MayTell(known, "2.2.3.600", 8)) << "the same version, published anew";
  EXPECT_TRUE(MayTell(known, "2.2.3.601", 9));
  known = Tell(std::move(known), "2.2.3.600", 8, kNow);
  EXPECT_EQ(known.failures, 0);
  EXPECT_EQ(known.offers, 1);
  EXPECT_EQ(known.failure.phase, "CheckMD5Failed") << "the latest failure stays to be seen";
}

TEST(StockUpgradeTest, AnAttemptCountsOnceAndKeepsItsFirstWord) {
  StockUpgrade known = Tell({}, "2.2.3.606", 1, kNow);
  known = Failed(std::move(known), Report("ExecuteUpdateScriptFailed"), kNow);
  known = Failed(std::move(known), Report("ExecuteUpdateScriptRunnerFailed"), kNow + std::chrono::seconds(1));
  EXPECT_EQ(known.failures, 1);
  EXPECT_EQ(known.failure.phase, "ExecuteUpdateScriptFailed");
  EXPECT_EQ(known.failure.version, "2.2.3.606") << "the report names none, so the one that it was told of";
  EXPECT_EQ(known.failed, kNow);
}

TEST(StockUpgradeTest, WhatNobodyToldItToDoIsShownAndNotCounted) {
  StockUpgrade known = Failed({}, {"ExecuteUpdateScriptRunnerTimeout", "", "late", "9.9"}, kNow);
  EXPECT_EQ(known.failures, 0);
  EXPECT_EQ(known.failure.phase, "ExecuteUpdateScriptRunnerTimeout");
  EXPECT_EQ(known.failure.version, "9.9");
}

TEST(StockUpgradeTest, SilenceEndsTheOffersToo) {
  StockUpgrade known;
  std::int64_t told = 0;
  while (MayTell(known, "2.2.3.605", 1) && told < 1000) {
    known = Tell(std::move(known), "2.2.3.605", 1, kNow);
    ++told;
  }
  EXPECT_EQ(told, kUpgradeOffers);
}

}  // namespace
}  // namespace assist::server::model

#include "agent/service/package_care.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "common/async/manual_clock.h"

namespace assist::agent::service {
namespace {

class PackageCareTest : public testing::Test, private PackageCare::Ways {
 protected:
  void Start() {
    asio::co_spawn(io_, care_.Run(), asio::detached);
    Pass(std::chrono::seconds(0));
  }
  void Pass(std::chrono::seconds time) {
    clock_.Advance(time);
    io_.restart();
    io_.poll();
  }
  /// What a task leaves that ends now.
  void TaskEnds(bool left) {
    left_ = left;
    care_.TaskEnded();
    Pass(PackageCare::kPause);
    Pass(std::chrono::seconds(0));
  }

  asio::io_context io_{1};
  ManualClock clock_;
  bool left_ = false;
  int looks_ = 0;
  int recoveries_ = 0;
  PackageCare care_{*this, io_.get_executor(), clock_};

 private:
  asio::awaitable<bool> Abandoned() override {
    ++looks_;
    co_return left_;
  }
  void Recover() override { ++recoveries_; }
};

TEST_F(PackageCareTest, WhatWasLeftBeforeTheStartIsEnded) {
  left_ = true;
  Start();
  EXPECT_EQ(recoveries_, 1);
}

TEST_F(PackageCareTest, WhatAKilledOperationLeftIsEndedAfterItsTask) {
  Start();
  TaskEnds(false);
  EXPECT_EQ(recoveries_, 0);
  TaskEnds(true);
  EXPECT_EQ(recoveries_, 1);
  TaskEnds(false);
  TaskEnds(true);
  EXPECT_EQ(recoveries_, 2);
}

TEST_F(PackageCareTest, WhatNoTaskToldIsSeenWithinTenMinutes) {
  Start();
  Pass(PackageCare::kPause);
  left_ = true;
  Pass(PackageCare::kEvery - std::chrono::seconds(30));
  EXPECT_EQ(recoveries_, 0);
  Pass(std::chrono::seconds(30));
  EXPECT_EQ(recoveries_, 1);
}

TEST_F(PackageCareTest, WhatCannotBeEndedIsTriedAgainNowAndThenAloneHoweverManyTasksEnd) {
  left_ = true;
  Start();
  for (int i = 0; i < 239; ++i) TaskEnds(true);  // 20 minutes but a pause
  EXPECT_EQ(recoveries_, 2);
  EXPECT_LE(looks_, 241);
  TaskEnds(true);
  EXPECT_EQ(recoveries_, 3);
}

}  // namespace
}  // namespace assist::agent::service

#include "agent/update/launcher.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "agent/disk/fake_disk.h"
#include "agent/update/store.h"
#include "agent/update/trial_watch.h"
#include "common/async/manual_clock.h"

namespace assist::agent::update {
namespace {

class FreeLock final : public GuardLock {
 public:
  Result<std::unique_ptr<Hold>> TryTake() override { return std::make_unique<Hold>(); }
  [[nodiscard]] bool taken() const override { return false; }
};

/// Starts of a machine whose good version is 1.2.0-7, before it 1.1.0-3.
class LauncherTest : public testing::Test {
 protected:
  LauncherTest() {
    Run(MakeMachine(disk_));
    asio::co_spawn(io_, ForgetStartsWhenProven([this] { return connected_; }, disk_, clock_),
                   [](std::exception_ptr) {});
    io_.poll();
  }
  static asio::awaitable<void> MakeMachine(disk::FakeDisk& disk) {
    for (const std::string slot : {"1.2.0-7", "1.1.0-3"}) {
      static_cast<void>(co_await MakeSlot(disk, slot));
      std::string program = SlotFolder(slot) + "/assist-agent";
      static_cast<void>(co_await disk.WriteFile(std::move(program), "x", {}));
    }
    Pointer pointer;
    pointer.selected = "1.2.0-7";
    pointer.previous = "1.1.0-3";
    pointer.installed = "1.0.0";
    static_cast<void>(co_await WritePointer(disk, std::move(pointer)));
  }
  void Run(asio::awaitable<void> what) {
    asio::co_spawn(io_, std::move(what), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    io_.restart();
    io_.poll();
  }
  asio::awaitable<void> Decide() {
    LaunchOptions options;
    options.installed_version = "1.0.0";
    options.boot_id = "boot";
    launch_ = co_await DecideLaunch(std::move(options), disk_, lock_);
  }
  /// Slot of a start.
  std::string Start() {
    launch_ = {};
    Run(Decide());
    return launch_.slot;
  }
  void Pass(std::chrono::seconds time) {
    for (; time.count() > 0; time -= std::chrono::seconds(1)) {
      clock_.Advance(std::chrono::seconds(1));
      io_.restart();
      io_.poll();
    }
  }

  asio::io_context io_{1};
  ManualClock clock_;
  disk::FakeDisk disk_{io_.get_executor()};
  FreeLock lock_;
  Launch launch_;
  std::optional<SystemTime> connected_;
};

TEST_F(LauncherTest, AGoodVersionThatIsStartedAgainAndAgainIsLeftLoudly) {
  for (int start = 1; start <= kMaxStarts; ++start) {
    EXPECT_EQ(Start(), "1.2.0-7") << start;
    EXPECT_TRUE(launch_.notes.empty());
    Pass(std::chrono::minutes(10));
  }
  EXPECT_EQ(Start(), "1.1.0-3");
  ASSERT_EQ(launch_.notes.size(), 1U);
  EXPECT_NE(launch_.notes[0].find("1.2.0-7 was started 5 times"), std::string::npos) << launch_.notes[0];
  const Result<Pointer> pointer = DecodePointer(disk_.Content("update/pointer.json"));
  ASSERT_TRUE(pointer);
  EXPECT_EQ(pointer->selected, "1.1.0-3");
  EXPECT_EQ(pointer->why, launch_.notes[0]);
  EXPECT_EQ(Start(), "1.1.0-3");
}

TEST_F(LauncherTest, OneThatIsConnectedForFiveMinutesIsNotCountedAnyMore) {
  for (int start = 1; start <= kMaxStarts; ++start) EXPECT_EQ(Start(), "1.2.0-7");
  connected_ = clock_.Now();
  Pass(std::chrono::minutes(4));
  EXPECT_TRUE(disk_.Has("update/starts.json"));
  Pass(std::chrono::minutes(2));
  EXPECT_FALSE(disk_.Has("update/starts.json"));
  EXPECT_EQ(Start(), "1.2.0-7");
}

TEST_F(LauncherTest, ShortConnectionsDoNotProveIt) {
  EXPECT_EQ(Start(), "1.2.0-7");
  for (int i = 0; i < 10; ++i) {
    connected_ = clock_.Now();
    Pass(std::chrono::minutes(2));
  }
  EXPECT_TRUE(disk_.Has("update/starts.json"));
}

TEST_F(LauncherTest, OnAFullDiskAGoodVersionRunsAllTheSame) {
  disk_.full = true;
  for (int start = 1; start <= kMaxStarts + 1; ++start) {
    EXPECT_EQ(Start(), "1.2.0-7");
    EXPECT_EQ(launch_.notes.size(), 1U);
  }
}

}  // namespace
}  // namespace assist::agent::update

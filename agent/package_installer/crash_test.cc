// The power is cut, or the program killed, before every change of an install, an upgrade, a failing upgrade, a removal,
// and once more in the recovery: afterwards the old version or the new one is there, whole, and database, folders and
// the system agree. Then thousands of seeds of everything at once.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "agent/package_installer/testing/fake_package_machine.h"

namespace assist::agent::package_installer {
namespace {

struct Case {
  const char* name;
  std::string_view install;
  std::string_view verify;
  bool upgrade;
  bool uninstall;
};
constexpr Case kCases[] = {{"install", kWorks, kWorks, false, false},
                           {"upgrade", kWorks, kWorks, true, false},
                           {"failing install", kFails, kWorks, false, false},
                           {"failing upgrade", kFails, kWorks, true, false},
                           {"upgrade that does not verify", kWorks, kFails, true, false},
                           {"uninstall", kWorks, kWorks, true, true}};

/// Up to the operation that is cut.
std::unique_ptr<FakePackageMachine> Prepare(const Case& with, std::uint64_t seed) {
  auto machine = std::make_unique<FakePackageMachine>(seed);
  EXPECT_TRUE(*machine->Install({machine->Publish("other", "7", 7)}));
  if (with.upgrade) {
    EXPECT_TRUE(*machine->Install({machine->Publish("nginx", "1", 1)}));
  }
  return machine;
}

std::optional<Status> Operate(FakePackageMachine& machine, const Case& with, const package::Envelope& envelope,
                              int cut_after) {
  return with.uninstall ? machine.Uninstall("nginx", false, cut_after) : machine.Install({envelope}, cut_after);
}

void CheckEnd(FakePackageMachine& machine, const Case& with, bool done) {
  ASSERT_EQ(machine.Trouble(), "");
  ASSERT_EQ(machine.database.installed.at("other").version, "7");
  const auto found = machine.database.installed.find("nginx");
  const std::string version = found == machine.database.installed.end() ? "" : found->second.version;
  const bool may_be_new = with.install == kWorks && with.verify == kWorks;
  const std::string fresh = with.uninstall ? "" : "2";
  const std::string old = with.upgrade ? "1" : "";
  if (done && may_be_new) {
    ASSERT_EQ(version, fresh);
  } else {
    ASSERT_TRUE(version == old || (may_be_new && version == fresh)) << version;
  }
}

/// Cuts before step `first`, and in the recovery before step `second`. False: neither came.
bool Try(const Case& with, int first, int second, bool power) {
  auto machine = Prepare(with, static_cast<std::uint64_t>(first) * 1000 + static_cast<std::uint64_t>(second + 1));
  const auto envelope = machine->Publish("nginx", "2", 2, with.install, kWorks, with.verify);
  const auto done = Operate(*machine, with, envelope, first);
  if (done) {
    CheckEnd(*machine, with, true);
    return false;
  }
  machine->Fall(power);
  bool cut_again = false;
  if (second >= 0) {
    cut_again = !machine->Recover(second).has_value();
    if (cut_again) machine->Fall(power);
  }
  const auto recovered = machine->Recover();
  EXPECT_TRUE(recovered && *recovered) << (recovered ? recovered->error().detail : "cut");
  CheckEnd(*machine, with, false);
  // And it works afterwards.
  const auto again = Operate(*machine, with, envelope, -1);
  EXPECT_TRUE(again.has_value());
  CheckEnd(*machine, with, true);
  return second < 0 || cut_again;
}

TEST(PackageCrashTest, ACutAtEveryChangeLeavesTheOldOrTheNewWhole) {
  for (const Case& with : kCases) {
    for (const bool power : {true, false}) {
      int steps = 0;
      while (Try(with, steps, -1, power) && !::testing::Test::HasFatalFailure()) ++steps;
      EXPECT_GT(steps, 10) << with.name;
      if (::testing::Test::HasFailure()) FAIL() << with.name << " cut before step " << steps;
    }
  }
}

TEST(PackageCrashTest, ASecondCutInTheRecoveryIsSurvivedToo) {
  for (const Case& with : kCases) {
    for (int first = 0;; ++first) {
      if (!Try(with, first, -1, true)) break;
      for (int second = 0; Try(with, first, second, true); ++second) {
        if (::testing::Test::HasFailure()) FAIL() << with.name << " cut before " << first << " and " << second;
      }
    }
  }
}

/// One machine, many operations: versions up and down, scripts that fail, broken downloads, cuts and kills anywhere.
class Life {
 public:
  explicit Life(std::uint64_t seed) : machine_(seed) {}

  void Live(int operations) {
    for (int i = 0; i < operations && !::testing::Test::HasFailure(); ++i) Step();
    ASSERT_EQ(machine_.Trouble(failing_), "");
  }
  [[nodiscard]] int cuts() const { return cuts_; }
  [[nodiscard]] int changes() const { return changes_; }

 private:
  std::string_view Script() { return machine_.random.Below(5) == 0 ? kFails : kWorks; }

  void Step() {
    const std::string name(1, static_cast<char>('a' + machine_.random.Below(3)));
    const int cut = machine_.random.Below(2) == 0 ? static_cast<int>(machine_.random.Below(60)) : -1;
    const auto before = machine_.database.installed;
    BreakDownloads();
    std::optional<Status> done;
    if (machine_.random.Below(3) == 0) {
      done = machine_.Uninstall(name, machine_.random.Below(4) == 0, cut);
    } else {
      const std::string version = std::to_string(machine_.random.Below(5) + 1);
      // An uninstall that fails by its script may leave the system half, and nobody can mend that.
      const std::string_view undo = machine_.random.Below(10) == 0 ? kFails : kWorks;
      failing_ = failing_ || undo == kFails;
      done = machine_.Install({machine_.Publish(name, version, ++sequence_, Script(), undo, Script())}, cut);
    }
    machine_.source.trouble = {};
    if (!done) {
      ++cuts_;
      machine_.Fall(machine_.random.Below(3) != 0);
      done = machine_.Recover();
      ASSERT_TRUE(done && *done) << (done ? done->error().detail : "cut");
    }
    changes_ += machine_.database.installed != before ? 1 : 0;
    ASSERT_EQ(machine_.Trouble(failing_), "");
  }
  void BreakDownloads() {
    if (machine_.random.Below(4) != 0) return;
    machine_.source.trouble = [this](std::uint64_t) -> Status {
      if (machine_.random.Below(2) == 0) return Fail(Errc::kUnavailable, "away");
      return {};
    };
  }

  FakePackageMachine machine_;
  std::int64_t sequence_ = 0;
  bool failing_ = false;
  int cuts_ = 0;
  int changes_ = 0;
};

/// ASSIST_TEST_RUNS operations, ten a seed; ASSIST_TEST_SEED is the first seed.
TEST(PackageCrashTest, TenThousandRunsLeaveNothingHalfInstalled) {
  const char* runs = std::getenv("ASSIST_TEST_RUNS");
  const char* first = std::getenv("ASSIST_TEST_SEED");
  const int seeds = (runs == nullptr ? 10'000 : std::atoi(runs)) / 10;
  const std::uint64_t from = first == nullptr ? 1 : std::strtoull(first, nullptr, 10);
  int cuts = 0;
  int changes = 0;
  for (int i = 0; i < seeds; ++i) {
    const std::uint64_t seed = from + static_cast<std::uint64_t>(i);
    Life life(seed);
    life.Live(10);
    if (::testing::Test::HasFailure()) FAIL() << "ASSIST_TEST_SEED=" << seed;
    cuts += life.cuts();
    changes += life.changes();
  }
  RecordProperty("cuts", cuts);
  RecordProperty("changes", changes);
  std::printf("%d runs, %d cut or killed, %d changed what is installed\n", seeds * 10, cuts, changes);
  EXPECT_GT(cuts, seeds);  // it would prove nothing otherwise
  EXPECT_GT(changes, seeds);
}

}  // namespace
}  // namespace assist::agent::package_installer

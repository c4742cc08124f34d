// The agent is ended after each single step, by a kill or with the power, started again, and ended once more: every
// file takes its place once, or never and then it is told so; what somebody has changed since is not replaced.
#include <gtest/gtest.h>

#include <set>

#include "agent/files/testing/fake_files_machine.h"
#include "protocol/wire/report_codec.h"

namespace assist::agent::files {
namespace {

using std::chrono::seconds;
using task_engine::Delivery;
using task_engine::ReportOutcome;

struct Case {
  bool overwrite = false;
  bool power = false;  ///< Cut; else the agent is killed.
  bool edit = false;   ///< After the first crash somebody puts another file in the place.
};

class FileCrashTest : public ::testing::TestWithParam<int>, protected FakeFilesMachine {
 protected:
  static Case Param() { return {(GetParam() & 1) != 0, (GetParam() & 2) != 0, (GetParam() & 4) != 0}; }

  /// Runs the agent for `steps` handlers. False: it had come to rest before.
  bool RunFor(int steps) {
    io->restart();
    for (int i = 0; i < steps; ++i) {
      if (io->poll_one() == 0) return false;
    }
    return true;
  }
  ReportOutcome Take(const wire::Report& report) {
    if (report.task_id != "f-1") return {Delivery::kDone, {}};
    if (report.kind == wire::ReportKind::kAccepted) {
      accepted_ = true;
    } else {
      ends_.insert(wire::ReportTarget(report));
    }
    return {Delivery::kDone, {}};
  }
  /// As the server does: what was not accepted is offered again, under its number.
  void Offer(bool overwrite) {
    if (accepted_ || !ends_.empty()) return;
    std::vector<wire::FileTask> list(1, File("f-1", 2, "a.txt", "new", overwrite));
    scope->Spawn("offer", OfferOnce(std::move(list)));
  }
  asio::awaitable<void> OfferOnce(std::vector<wire::FileTask> list) {
    auto accepted = co_await files->Accept(std::move(list));
    static_cast<void>(accepted);
  }
  /// What was renamed and not synced comes back after a power cut: it has not been placed.
  void TakeBackUndone() {
    const std::string part = disk->Content(FakeTargetFiles::PathOf("/srv", ".assist-f-1.part"));
    if (!part.empty()) world.made[FakeTargetFiles::Serial(part)].placed = 0;
  }
  void Crash(bool power) {
    if (!power) return Kill();
    PowerCut();
    TakeBackUndone();
  }
  [[nodiscard]] int Placed() const {
    int placed = 0;
    for (const auto& [serial, made] : world.made) placed += made.placed;
    return placed - base_;
  }

  /// What is the same whenever the crashes come. `second`: steps of the second run; the third goes to the end.
  void Try(const Case& with, int first, int second) {
    SCOPED_TRACE("crashes after steps " + std::to_string(first) + " and " + std::to_string(second));
    Kill();
    random = SeededRandom(static_cast<std::uint64_t>(first) * 1000 + static_cast<std::uint64_t>(second));
    disk = std::make_unique<disk::FakeDisk>(io->get_executor());
    world = World();
    accepted_ = false;
    ends_.clear();
    answer = [this](const wire::Report& report) { return Take(report); };
    Boot();
    Send(File("f-0", 1, "other", "x"));  // the folder is there
    if (with.overwrite) Put("a.txt", "old");
    Advance(seconds(1));
    base_ = 0;
    base_ = Placed();

    Offer(with.overwrite);
    seen_.at_rest = !RunFor(first);
    Crash(with.power);
    seen_.part_stands = Has(".assist-f-1.part");
    seen_.placed = Placed() == 1;
    const bool in_the_way = with.edit && !with.overwrite && !seen_.placed;
    if (with.edit) Put("a.txt", "edited");
    Boot();
    Offer(with.overwrite);
    RunFor(second);
    Crash(with.power && !with.edit);  // the edit is not synced
    Boot();
    for (int round = 0; round < 5; ++round) {
      Offer(with.overwrite);
      Advance(seconds(20));
    }
    ASSERT_EQ(ends_.size(), 1u) << "told once, or again in the same words";
    const std::string end = *ends_.begin();
    ASSERT_LE(Placed(), 1);
    seen_.unknown = end.find("ExecutionInterrupted") != std::string::npos;
    if (in_the_way) {
      ASSERT_NE(end.find("FileExist"), std::string::npos) << end;
      ASSERT_EQ(Placed(), 0);
    } else if (seen_.unknown) {
      // Only where somebody has replaced it before the agent could look.
      ASSERT_TRUE(with.edit && seen_.placed) << end;
    } else {
      ASSERT_NE(end.find("Success"), std::string::npos) << end;
      ASSERT_EQ(Placed(), 1);
    }
    ASSERT_EQ(Bytes("a.txt"), in_the_way || (with.edit && seen_.placed) ? "edited" : "new");
    ASSERT_FALSE(Has(".assist-f-1.part"));
    ASSERT_TRUE(journal->live().empty());
  }

  /// Of the last Try().
  struct Seen {
    bool at_rest = false;      ///< The first crash came when everything was done.
    bool part_stands = false;  ///< After it.
    bool placed = false;       ///< The same.
    bool unknown = false;      ///< So it was told.
  };
  Seen seen_;
  bool accepted_ = false;
  std::set<std::string> ends_;
  int base_ = 0;
};

TEST_P(FileCrashTest, NoStepIsTooMuchAndNoneIsLost) {
  constexpr int kSecondSteps = 30;
  const Case with = Param();
  int unknown = 0;
  int placed = 0;
  int standing = 0;
  seen_ = Seen();
  for (int first = 0; !seen_.at_rest; ++first) {
    ASSERT_LT(first, 500);
    Try(with, first, first % kSecondSteps);
    if (HasFatalFailure()) return;
    unknown += seen_.unknown ? 1 : 0;
    placed += seen_.placed ? 1 : 0;
    // What was begun is taken up: ended there, too, at each step.
    if (!seen_.part_stands) continue;
    ++standing;
    for (int second = 0; second < kSecondSteps && !HasFatalFailure(); ++second) Try(with, first, second);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(standing, 3) << "crashes between the part and the place were tried";
  EXPECT_GT(placed, 3) << "and behind it";
  if (with.edit) {
    EXPECT_GT(unknown, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, FileCrashTest, ::testing::Range(0, 8));

}  // namespace
}  // namespace assist::agent::files

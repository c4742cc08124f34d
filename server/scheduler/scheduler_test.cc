#include "server/scheduler/scheduler.h"

#include <map>

#include "server/control/fake_loop.h"
#include "server/control/fake_schedules.h"
#include "server/control/rollouts.h"
#include "server/store/package_tables.h"

namespace assist::server::scheduler {
namespace {

using control::Seen;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class FakeSeen final : public control::SeenSource {
 public:
  asio::awaitable<std::vector<Seen>> TakeSeen() override { co_return std::exchange(seen, {}); }
  std::vector<Seen> seen;
};

class CountingSink final : public LogSink {
 public:
  void Write(LogLevel, std::string_view text) override { ++lines[std::string(text.substr(0, text.find(" why=")))]; }
  std::map<std::string, int> lines;
};

class SchedulerTest : public control::SchedulesOn<control::LoopTest> {
 protected:
  SchedulerTest() : scheduler_({}, io_.get_executor(), clock_, runner(), seen_, log_) {}
  ~SchedulerTest() override { Stop(); }

  void Start() {
    scheduler_.Start();
    Settle();
  }
  void Stop() {
    stopped_ = false;
    asio::co_spawn(io_, scheduler_.Stop(), [this](std::exception_ptr error) { stopped_ = error == nullptr; });
    Settle();
  }

  bool stopped_ = false;
  CountingSink sink_;
  Log log_{sink_, LogLevel::kWarn};
  FakeSeen seen_;
  Scheduler scheduler_;
};

TEST_F(SchedulerTest, ASchedulesSilenceShowsSoonAfterItsGrace) {
  const auto a = AddMachine("mi-a");
  const auto id = StartEvery({a});
  Fetch(a);
  GoTo(Due(0));
  Report(AcceptOf(a, id, 0, Due(1)));
  Start();
  const auto grace = settings_.limits.overdue_grace;
  while (clock_.Now() < Due(1) + grace - seconds(10)) Pass(seconds(10));
  EXPECT_FALSE(MarksOf(id, a).overdue);
  Pass(seconds(10));
  Pass(seconds(10));
  EXPECT_TRUE(MarksOf(id, a).overdue);
  Finish(a, id, 1);
  EXPECT_FALSE(MarksOf(id, a).overdue);
}

TEST_F(SchedulerTest, DeliveriesExpireSoonAfterTheirDeadline) {
  const auto a = AddMachine("mi-a");
  auto in = RunOn({a});
  in.delivery_timeout = seconds(60);
  const auto task = Change(control::StartInvocation, in)->invocation;
  Start();
  for (int i = 0; i < 29; ++i) Pass(seconds(2));
  EXPECT_EQ(StateOf(task, a), model::TaskState::kPending);
  Pass(seconds(2));
  Pass(seconds(2));
  EXPECT_EQ(StateOf(task, a), model::TaskState::kAborted);
}

TEST_F(SchedulerTest, SilentTasksAreClosed) {
  const auto a = AddMachine("mi-a");
  const auto task = ControlTest::Start({a});
  Fetch(a);
  Report(ReportOf(a, task, model::ReportKind::kRunning));
  Start();
  for (int i = 0; i < 24; ++i) Pass(seconds(15));
  Pass(seconds(15));
  EXPECT_EQ(StateOf(task, a), model::TaskState::kError);
}

TEST_F(SchedulerTest, HalfWrittenInvocationsAreCompletedAtTheStart) {
  std::vector<InstanceId> ids;
  Edit([&](store::Tx& tx) {
    for (int i = 0; i < 4'001; ++i) {
      model::Machine machine;
      machine.id = InstanceId("mi-" + std::to_string(i));
      tx.InsertMachine(machine);
      ids.push_back(machine.id);
    }
  });
  const auto task = ControlTest::Start(ids);
  ASSERT_TRUE(waker_.woken.empty());
  Start();
  Look([&](store::ReadTx& tx) {
    EXPECT_FALSE(tx.FindInvocation(task)->creating);
    EXPECT_EQ(tx.FindInvocation(task)->counts.total(), 4'001);
  });
  EXPECT_EQ(waker_.woken.size(), 4'001u);
}

TEST_F(SchedulerTest, RolloutsAreMovedOn) {
  const auto a = AddMachine("mi-a");
  presence_.states[a].connected = true;
  store::PackageRow release;
  release.id = "pkg-1";
  release.kind = package::Kind::kAgent;
  release.name = "assist-agent";
  release.version = "2.0";
  release.os = "linux";
  Edit([&](store::Tx& tx) { tx.package_tables().InsertPackage(release, "{}"); });
  control::StartRolloutIn in;
  in.version = "2.0";
  in.region = "cn-hangzhou";
  const auto started = Change(control::StartRollout, in);
  ASSERT_TRUE(started) << started.error().detail;
  Start();
  for (int i = 0; i < 4; ++i) Pass(seconds(1));
  Look([&](store::ReadTx& tx) {
    const auto rollout = tx.rollouts().Find(started->id);
    ASSERT_TRUE(rollout);
    EXPECT_EQ(rollout->state, model::RolloutState::kRunning);
    EXPECT_EQ(tx.rollouts().Count(rollout->key).of(model::MachineRollout::kOrdered), 1);
    EXPECT_EQ(tx.CountInvocations(), 1);
  });
  for (int i = 0; i < 60; ++i) Pass(seconds(1));
  Look([&](store::ReadTx& tx) { EXPECT_EQ(tx.CountInvocations(), 1) << "one order, however often it looks"; });
}

TEST_F(SchedulerTest, HistoryIsForgottenABitAtATime) {
  const auto a = AddMachine("mi-a");
  std::vector<InvokeId> tasks;
  for (int i = 0; i < 3; ++i) {
    tasks.push_back(ControlTest::Start({a}));
    Fetch(a);
    Report(ReportOf(a, tasks.back(), model::ReportKind::kFinish));
  }
  clock_.Advance(hours(24 * 31));
  Start();
  Pass(seconds(60));
  Look([&](store::ReadTx& tx) { EXPECT_EQ(tx.CountInvocations(), 2); });
  Pass(milliseconds(20));
  Pass(milliseconds(20));
  Look([&](store::ReadTx& tx) { EXPECT_EQ(tx.CountInvocations(), 0); });
}

TEST_F(SchedulerTest, SignsOfLifeAreWrittenOnceAMinuteAndAtTheEnd) {
  const auto a = AddMachine("mi-a");
  Start();
  seen_.seen = {{a, clock_.Now(), "", ""}};
  const auto last_seen = [&] {
    std::optional<SystemTime> at;
    Look([&](store::ReadTx& tx) { at = tx.FindMachine(a)->last_seen; });
    return at;
  };
  Pass(seconds(59));
  EXPECT_FALSE(last_seen());
  Pass(seconds(1));
  EXPECT_TRUE(last_seen());
  const SystemTime later = clock_.Now() + seconds(5);
  seen_.seen = {{a, later, "", ""}};
  Stop();
  EXPECT_EQ(last_seen(), later);
}

TEST_F(SchedulerTest, AStoreThatIsAwayEndsARoundAndNotTheScheduler) {
  const auto a = AddMachine("mi-a");
  Start();
  ASSERT_TRUE(store_->Close());
  for (int i = 0; i < 10; ++i) Pass(seconds(60));
  // A line for each round, not for each slice.
  EXPECT_EQ(sink_.lines["scheduler.round_failed round=deliveries"], 10);
  EXPECT_EQ(sink_.lines["scheduler.round_failed round=silence"], 10);
  EXPECT_EQ(sink_.lines["scheduler.round_failed round=unfinished"], 10);
  EXPECT_EQ(sink_.lines["scheduler.round_failed round=retention"], 10);
  Stop();
  EXPECT_TRUE(stopped_);
  for (int i = 0; i < 10; ++i) Pass(seconds(60));
  EXPECT_EQ(sink_.lines["scheduler.round_failed round=retention"], 10);
}

}  // namespace
}  // namespace assist::server::scheduler

// What is shown of schedules: latest run, history, lists, the calendar.
#include "server/control/describe_schedules.h"

#include "server/control/describe_invocation_results.h"
#include "server/control/describe_invocations.h"
#include "server/control/describe_schedule_calendar.h"
#include "server/control/fake_schedules.h"
#include "server/control/housekeeping.h"
#include "server/control/modify_invocation.h"

namespace assist::server::control {
namespace {

using model::ReportKind;
using model::TaskState;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class DescribeSchedulesTest : public SchedulesTest {
 protected:
  DescribeSchedulesTest() {
    a_ = AddMachine("mi-a");
    b_ = AddMachine("mi-b");
    GoTo(Due(0));
  }
  std::string Rows(const DescribeInvocationResultsIn& in) {
    const auto page = Read(DescribeInvocationResults, in);
    EXPECT_TRUE(page);
    EXPECT_TRUE(in.page.size < page->total || page->total == static_cast<std::int64_t>(page->items.size()));
    std::string out;
    for (const ResultRow& row : page->items) {
      out += row.task.instance.str();
      if (row.task.occurrence) out += "#" + std::to_string(row.task.occurrence->number);
      out += ":" + std::string(Name(row.task.task.progress.state));
      if (row.task.output) out += "=" + row.task.output->data.Reveal();
      out += " ";
    }
    return out;
  }
  InstanceId a_;
  InstanceId b_;
};

TEST_F(DescribeSchedulesTest, TheLatestRunIsShownWithItsOutputAndTheHistoryOnDemand) {
  const auto id = StartEvery({a_, b_});
  for (const InstanceId& machine : {a_, b_}) {
    Fetch(machine);
    Report(AcceptOf(machine, id));
  }
  Finish(a_, id, 1, "one");
  Report(MissedOf(a_, id, 2, 3));
  Report(RunOfOccurrence(a_, id, 5, ReportKind::kRunning, "five"));
  Finish(b_, id, 1, "b");
  DescribeInvocationsIn all;
  all.invocation = id;
  all.include_output = true;
  const auto page = Read(DescribeInvocations, all);
  ASSERT_EQ(page->items.size(), 1u);
  ASSERT_EQ(page->items[0].tasks.size(), 2u);
  const TaskView& shown = page->items[0].tasks[0];
  EXPECT_EQ(shown.output->data.Reveal(), "five");
  EXPECT_EQ(shown.schedule->runs, 2);
  EXPECT_EQ(shown.schedule->missed, 3);
  EXPECT_EQ(shown.occurrence->number, 5);
  EXPECT_EQ(shown.task.progress.state, TaskState::kRunning);
  DescribeInvocationResultsIn in;
  in.invocation = id;
  EXPECT_EQ(Rows(in), "mi-a#5:Running=five mi-b#1:Scheduled=b ");
  in.history = true;
  EXPECT_EQ(Rows(in), "mi-a#5:Running=five mi-a#2:Aborted= mi-a#1:Success=one mi-b#1:Success=b ");
  in.page.size = 3;
  in.page.by_position = true;
  EXPECT_EQ(Rows(in), "mi-a#5:Running=five mi-a#2:Aborted= mi-a#1:Success=one ");
  in.page.after = Read(DescribeInvocationResults, in)->next;
  EXPECT_EQ(Rows(in), "mi-b#1:Success=b ");
  in.page = {};
  in.instance = a_;
  in.occurrence = 3;
  EXPECT_EQ(Rows(in), "mi-a#2:Aborted= ");
  EXPECT_EQ(Read(DescribeInvocationResults, in)->items[0].task.task.progress.error_code,
            model::ErrorCode::kClientNotRunning);
  in.occurrence = 1;
  in.output_offset = 1;
  EXPECT_EQ(Rows(in), "mi-a#1:Success=ne ");
  in.occurrence.reset();
  in.output_offset.reset();
  model::StatusFilter running;
  ASSERT_TRUE(model::StatusFilter::Parse("Success", &running));
  in.status = running;
  EXPECT_EQ(Rows(in), "mi-a#1:Success=one ");
}

TEST_F(DescribeSchedulesTest, ARunOnceInvocationHasNoHistory) {
  const auto id = Start({a_});
  DescribeInvocationResultsIn in;
  in.invocation = id;
  in.history = true;
  EXPECT_EQ(Rows(in), "mi-a:Pending= ");
}

TEST_F(DescribeSchedulesTest, FiltersOfAHistoryHoldForItsInvocation) {
  const auto id = StartAndAccept(a_);
  Finish(a_, id, 1);
  DescribeInvocationResultsIn in;
  in.invocation = id;
  in.history = true;
  in.command = InvocationOf(id).command_id;
  EXPECT_EQ(Rows(in), "mi-a#1:Success= ");
  in.command = CommandId("c-other");
  EXPECT_EQ(Rows(in), "");
  in.command = CommandId();
  in.tags = {{"k", std::nullopt}};
  EXPECT_EQ(Rows(in), "");
  in.tags.clear();
  in.instance = b_;
  EXPECT_EQ(Rows(in), "");
}

TEST_F(DescribeSchedulesTest, SchedulesAreListedWithWhatIsKnownOfEach) {
  const auto id = StartEvery({a_, b_});
  const auto other = StartEvery({a_}, "rate(5m)");
  Start({a_});
  Fetch(a_);
  Report(AcceptOf(a_, id, 0, Due(1)));
  RecordReportIn late = RunOfOccurrence(a_, id, 1, ReportKind::kFinish);
  late.report.start = Due(1) + std::chrono::milliseconds(900);
  late.report.exit_code = 4;
  late.report.next_due = Due(2);
  Report(late);
  presence_.states[a_].connected = true;
  auto page = Read(DescribeSchedules, DescribeSchedulesIn{});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->total, 3);
  ASSERT_EQ(page->items.size(), 3u);
  EXPECT_EQ(page->items[0].invocation, other);
  const ScheduleRow& row = page->items[1];
  EXPECT_EQ(row.instance, a_);
  EXPECT_EQ(row.frequency, kEveryMinute);
  EXPECT_TRUE(row.online);
  EXPECT_EQ(row.marks.runs, 1);
  EXPECT_EQ(row.marks.last_due, Due(1));
  EXPECT_EQ(row.marks.next_due, Due(2));
  EXPECT_EQ(row.task.progress.exit_code, 4);
  EXPECT_EQ(row.lateness_p50, std::chrono::milliseconds(1'024));
  EXPECT_EQ(row.lateness_p99, std::chrono::milliseconds(1'024));
  EXPECT_FALSE(page->items[2].online);
  EXPECT_FALSE(page->items[2].lateness_p50);
  DescribeSchedulesIn in;
  in.invocation = id;
  in.page.size = 1;
  in.page.by_position = true;
  page = Read(DescribeSchedules, in);
  EXPECT_EQ(page->items.at(0).instance, a_);
  in.page.after = page->next;
  EXPECT_EQ(Read(DescribeSchedules, in)->items.at(0).instance, b_);
  GoTo(Due(20));
  ASSERT_TRUE(Change(MarkOverdue, MarkOverdueIn{}));
  in = {};
  in.overdue = true;
  page = Read(DescribeSchedules, in);
  ASSERT_EQ(page->items.size(), 1u);
  EXPECT_EQ(page->items[0].instance, a_);
  in = {};
  in.instance = InstanceId("mi-x");
  EXPECT_EQ(Read(DescribeSchedules, in)->total, 0);
  Stop(other);
  Report(EndOf(a_, other, "killed"));
  in = {};
  in.instance = a_;
  EXPECT_EQ(Read(DescribeSchedules, in)->total, 1);
  in.live = false;
  EXPECT_EQ(Read(DescribeSchedules, in)->total, 2);
}

// The calendar.

class CalendarTest : public DescribeSchedulesTest {
 protected:
  static std::string CountsOf(const DescribeScheduleCalendarOut& out) {
    std::string text;
    for (const CalendarBucket& bucket : out.buckets) {
      text += std::to_string(bucket.occurrences) + "/" + std::to_string(bucket.schedules) + " ";
    }
    return text;
  }
};

TEST_F(CalendarTest, BucketsCountDueTimesOfAllMachines) {
  // It is 08:00 UTC.
  StartEvery({a_, b_}, "0 30 * * * *");
  StartEvery({a_}, "0 30 8,9 * * * UTC");
  StartEvery({b_}, "rate(40m)");
  StartEvery({b_}, "at(2027-01-15 09:15:00 UTC)");
  Start({a_});
  StartInvocationIn reboot = RunOn({a_});
  reboot.repeat_mode = model::RepeatMode::kEveryReboot;
  ASSERT_TRUE(Change(StartInvocation, reboot));
  DescribeScheduleCalendarIn in;
  in.to = Due(180);
  const auto out = Read(DescribeScheduleCalendar, in);
  ASSERT_TRUE(out) << out.error().detail;
  EXPECT_EQ(out->from, Due(0));
  EXPECT_EQ(CountsOf(*out), "4/3 5/4 4/2 ");
  EXPECT_FALSE(out->cut);
  ASSERT_EQ(out->rows.items.size(), 4u);
  EXPECT_EQ(out->rows.total, 4);
  const CalendarRow& first = out->rows.items[0];
  EXPECT_EQ(first.frequency, "0 30 * * * *");
  EXPECT_EQ(first.machines, 2);
  EXPECT_EQ(first.occurrences, 3);
  EXPECT_EQ(first.next, (std::vector<SystemTime>{Due(30), Due(90), Due(150)}));
  EXPECT_EQ(first.instances, (std::vector<InstanceId>{a_, b_}));
  EXPECT_EQ(out->rows.items[2].frequency, "rate(40m)");
  EXPECT_EQ(out->rows.items[2].next, (std::vector<SystemTime>{Due(40), Due(80), Due(120), Due(160)}));
  EXPECT_EQ(out->rows.items[3].next, std::vector<SystemTime>{Due(75)});
}

TEST_F(CalendarTest, ExpressionsWithoutAZoneCountWhereTheirAgentsAre) {
  const auto id = StartEvery({a_, b_}, "0 0 9 * * *");
  for (const InstanceId& machine : {a_, b_}) {
    Fetch(machine);
    RecordReportIn accept = AcceptOf(machine, id);
    accept.report.zone = machine == a_ ? "Asia/Kolkata" : "America/New_York";
    Report(accept);
  }
  const auto out = Read(DescribeScheduleCalendar, DescribeScheduleCalendarIn{});
  ASSERT_EQ(out->rows.items.size(), 2u);
  EXPECT_EQ(out->buckets.size(), 24u);
  EXPECT_EQ(out->rows.items[0].zone, "America/New_York");
  EXPECT_EQ(out->rows.items[0].next, std::vector<SystemTime>{Due(6 * 60)});
  EXPECT_EQ(out->rows.items[0].instances, std::vector<InstanceId>{b_});
  EXPECT_EQ(out->rows.items[1].zone, "Asia/Kolkata");
  EXPECT_EQ(out->rows.items[1].next, std::vector<SystemTime>{Due(19 * 60 + 30)});
}

TEST_F(CalendarTest, ExpressionsThatNeedNoZoneOfTheirAgentsCountOnce) {
  const auto accept = [&](const InvokeId& id) {
    for (const InstanceId& machine : {a_, b_}) {
      Fetch(machine);
      RecordReportIn in = AcceptOf(machine, id);
      in.report.zone = machine == a_ ? "Asia/Kolkata" : "America/New_York";
      Report(in);
    }
  };
  const auto own = StartEvery({a_, b_}, "0 30 17 * * * Asia/Shanghai");  // half past nine, UTC
  accept(own);
  const auto rate = StartEvery({a_, b_}, "rate(100m)");
  accept(rate);
  const auto at = StartEvery({a_, b_}, "at(2027-01-15 10:15:00 UTC)");
  accept(at);
  DescribeScheduleCalendarIn in;
  in.to = Due(180);
  auto out = Read(DescribeScheduleCalendar, in);
  ASSERT_TRUE(out);
  EXPECT_EQ(CountsOf(*out), "0/0 4/2 2/1 ");
  ASSERT_EQ(out->rows.items.size(), 3u);
  EXPECT_EQ(out->rows.total, 3);
  EXPECT_EQ(out->rows.items[0].zone, "Asia/Shanghai");
  EXPECT_EQ(out->rows.items[0].machines, 2);
  EXPECT_EQ(out->rows.items[0].instances, (std::vector<InstanceId>{b_, a_})) << "in the order of their zones";
  EXPECT_EQ(out->rows.items[1].zone, "");
  EXPECT_EQ(out->rows.items[1].machines, 2);
  EXPECT_EQ(out->rows.items[2].machines, 2);
  in.instance = b_;
  out = Read(DescribeScheduleCalendar, in);
  EXPECT_EQ(CountsOf(*out), "0/0 2/2 1/1 ");
  EXPECT_EQ(out->rows.items[0].instances, std::vector<InstanceId>{b_});
  // Where agents are matters to this one: two rows, and still one schedule in each bucket.
  const auto local = StartEvery({a_, b_}, "0 15 * * * *");
  accept(local);
  in = {};
  in.invocation = local;
  in.to = Due(180);
  out = Read(DescribeScheduleCalendar, in);
  EXPECT_EQ(CountsOf(*out), "2/1 2/1 2/1 ");
  EXPECT_EQ(out->rows.total, 2);
}

TEST_F(CalendarTest, FiltersAndPages) {
  const auto one = StartEvery({a_, b_}, "0 0 * * * *");
  const auto two = StartEvery({a_}, "0 1 * * * *");
  DescribeScheduleCalendarIn in;
  in.invocation = two;
  EXPECT_EQ(Read(DescribeScheduleCalendar, in)->rows.items.at(0).invocation, two);
  EXPECT_EQ(Read(DescribeScheduleCalendar, in)->rows.total, 1);
  in.invocation = InvokeId("t-x");
  EXPECT_EQ(Read(DescribeScheduleCalendar, in)->rows.total, 0);
  in = {};
  in.instance = b_;
  const auto of_b = Read(DescribeScheduleCalendar, in);
  ASSERT_EQ(of_b->rows.items.size(), 1u);
  EXPECT_EQ(of_b->rows.items[0].invocation, one);
  EXPECT_EQ(of_b->rows.items[0].machines, 1);
  EXPECT_EQ(of_b->rows.items[0].instances, std::vector<InstanceId>{b_});
  in = {};
  in.page.size = 1;
  in.page.number = 2;
  const auto second = Read(DescribeScheduleCalendar, in);
  ASSERT_EQ(second->rows.items.size(), 1u);
  EXPECT_EQ(second->rows.items[0].invocation, one);
  EXPECT_EQ(second->rows.total, 2);
  in.page.number = 3;
  EXPECT_TRUE(Read(DescribeScheduleCalendar, in)->rows.items.empty());
  Stop(one);
  Stop(two);
  EXPECT_EQ(Read(DescribeScheduleCalendar, DescribeScheduleCalendarIn{})->rows.total, 0);
}

TEST_F(CalendarTest, WindowsThatCannotBeAreRefused) {
  const auto reason = [&](const DescribeScheduleCalendarIn& in) {
    return ReasonOf(Read(DescribeScheduleCalendar, in));
  };
  DescribeScheduleCalendarIn in;
  in.to = Due(0);
  EXPECT_EQ(reason(in), "InvalidParam.To");
  in.to = Due(0) + kLongestCalendar + seconds(1);
  EXPECT_EQ(reason(in), "InvalidParam.To");
  in.to = Due(0) + kLongestCalendar;
  EXPECT_EQ(reason(in), "");
  in.bucket = seconds(0);
  EXPECT_EQ(reason(in), "InvalidParam.Bucket");
  in.bucket = seconds(600);
  EXPECT_EQ(reason(in), "InvalidParam.Bucket");
  in.from = SystemTime(seconds(-5));
  EXPECT_EQ(reason(in), "InvalidParam.From");
}

TEST_F(CalendarTest, EverySecondForAWeekIsCountedAndWhatIsTooMuchIsSaid) {
  StartEvery({a_}, "* * * * * *");
  StartEvery({a_}, "rate(1s)");
  DescribeScheduleCalendarIn in;
  in.to = Due(0) + kLongestCalendar;
  in.bucket = hours(24);
  const auto out = Read(DescribeScheduleCalendar, in);
  EXPECT_EQ(out->buckets.at(3).occurrences, 2 * 86'400);
  EXPECT_EQ(out->rows.items.at(0).next.size(), kTimesShown);
  EXPECT_FALSE(out->cut);
  settings_.limits.calendar_steps = 86'400;
  const auto cut = Read(DescribeScheduleCalendar, in);
  EXPECT_TRUE(cut->cut);
  EXPECT_EQ(cut->buckets.at(0).occurrences, 2 * 86'399) << "a rate is counted by arithmetic";
  EXPECT_EQ(cut->buckets.at(3).occurrences, 86'400);
}

}  // namespace
}  // namespace assist::server::control

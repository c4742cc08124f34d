// Contract, part: standing tasks of schedules, their marks and their history.
#pragma once

#include "server/store/contract/store_contract.h"

namespace assist::server::store::contract {

class ScheduleContract : public StoreContract {
 protected:
  model::Invocation AddSchedule(const std::string& id, const std::vector<model::MachineKey>& machines) {
    model::Invocation row;
    row.id = InvokeId(id);
    row.command_id = CommandId("c-1");
    row.repeat_mode = model::RepeatMode::kPeriod;
    row.frequency = "0 * * * * *";
    row.schedule.cron = row.frequency;
    row.targets = static_cast<std::int64_t>(machines.size());
    row.created = kNow;
    Change([&](Tx& tx) {
      row.content = tx.KeepContent("echo " + id);
      row.run_content = row.content;
      tx.InsertInvocation(row);
      tx.InsertTasks(row, 0, machines);
    });
    return row;
  }
  model::ScheduleMarks MarksOf(model::TaskKey task) {
    std::optional<model::ScheduleMarks> marks;
    Look([&](ReadTx& tx) { marks = tx.LoadMarks(task); });
    EXPECT_TRUE(marks);
    return marks.value_or(model::ScheduleMarks{});
  }
  /// `number` runs at kNow + number s.
  model::Occurrence AddRun(model::TaskKey task, std::int64_t number,
                           model::TaskState state = model::TaskState::kSuccess) {
    model::Occurrence row;
    row.task = task;
    row.number = number;
    row.due = row.last_due = kNow + std::chrono::seconds(number);
    row.progress.state = state;
    row.progress.outcome = model::IsFinal(state) ? model::Outcome::kFinal : model::Outcome::kNone;
    row.progress.delivery = model::Delivery::kAccepted;
    row.progress.updated = row.due;
    Insert(row);
    return row;
  }
  model::Occurrence AddMissed(model::TaskKey task, std::int64_t number, std::int64_t count) {
    model::Occurrence row;
    row.task = task;
    row.number = number;
    row.kind = model::OccurrenceKind::kMissed;
    row.due = kNow + std::chrono::seconds(number);
    row.last_due = kNow + std::chrono::seconds(number + count - 1);
    row.count = count;
    row.reason = model::MissedReason::kAsleep;
    row.progress.updated = row.due;
    Insert(row);
    return row;
  }
  void Insert(model::Occurrence& row) {
    Change([&](Tx& tx) {
      tx.InsertOccurrence(row);
      auto marks = tx.LoadMarks(row.task).value_or(model::ScheduleMarks{});
      ++marks.kept;
      tx.SaveMarks(row.task, marks);
    });
  }
  static ScheduleGroup GroupOf(model::InvocationKey invocation, const std::string& zone) {
    ScheduleGroup group;
    group.invocation = invocation;
    group.zone = zone;
    return group;
  }
  using Numbers = std::vector<std::int64_t>;
  static Numbers NumbersOf(const std::vector<model::Occurrence>& rows) {
    Numbers out;
    for (const auto& row : rows) out.push_back(row.number);
    return out;
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ScheduleContract);

TEST_P(ScheduleContract, TermsAndTheirChangeComeBack) {
  const auto machine = AddMachine("mi-1");
  model::Invocation row = AddSchedule("t-1", {machine});
  EXPECT_EQ(Reload(row.id).schedule, row.schedule);
  EXPECT_FALSE(Reload(row.id).spreading);
  row.schedule = {"rate(5m)", model::MissedPolicy::kRunOnce, model::OverlapPolicy::kQueue, std::chrono::seconds(30)};
  row.frequency = "rate(5m)";
  row.version = 1;
  row.command_id = CommandId("c-2");
  row.enable_parameter = true;
  row.builtins = true;
  row.parameters = Secret<std::string>(R"({"a":"b"})");
  row.targets = 4;
  Change([&](Tx& tx) {
    row.content = tx.KeepContent("new");
    row.run_content = tx.KeepContent("newer");
    tx.SaveTerms(row);
  });
  const auto found = Reload(row.id);
  EXPECT_EQ(found.schedule, row.schedule);
  EXPECT_EQ(found.frequency, row.frequency);
  EXPECT_EQ(found.version, 1);
  EXPECT_EQ(found.command_id, row.command_id);
  EXPECT_EQ(found.content, row.content);
  EXPECT_EQ(found.run_content, row.run_content);
  EXPECT_TRUE(found.enable_parameter);
  EXPECT_TRUE(found.builtins);
  EXPECT_EQ(found.parameters, row.parameters);
  EXPECT_EQ(found.targets, 4);
  EXPECT_TRUE(found.spreading);
  Look([&](ReadTx& tx) { EXPECT_EQ(tx.UnfinishedInvocations(9), std::vector{row.id}); });
  Change([&](Tx& tx) {
    const auto from = tx.SpreadOf(row.key);
    ASSERT_TRUE(from);
    EXPECT_EQ(tx.OpenTasksOf(row.key, *from, 9).size(), 1u);
    tx.SaveSpread(row.key, std::nullopt);
    EXPECT_FALSE(tx.SpreadOf(row.key));
  });
  EXPECT_FALSE(Reload(row.id).spreading);
  Look([&](ReadTx& tx) { EXPECT_TRUE(tx.UnfinishedInvocations(9).empty()); });
}

TEST_P(ScheduleContract, MarksBelongToStandingTasksOnlyAndComeBack) {
  const auto machine = AddMachine("mi-1");
  const auto once = AddInvocation("t-1", {machine});
  const auto schedule = AddSchedule("t-2", {machine});
  const auto task = TaskOf(schedule, machine);
  Look([&](ReadTx& tx) { EXPECT_FALSE(tx.LoadMarks(tx.FindTask(once.key, machine)->key)); });
  EXPECT_EQ(MarksOf(task.key), model::ScheduleMarks{});
  model::ScheduleMarks marks;
  marks.accepted_version = 2;
  marks.accepted_number = 3;
  marks.accepted_splay = std::chrono::milliseconds(1'234);
  marks.zone = "Asia/Shanghai";
  marks.runs = 4;
  marks.missed = 5;
  marks.last_number = 9;
  marks.last_run = 8;
  marks.open_runs = 1;
  marks.kept = 7;
  marks.forgotten = 2;
  marks.last_due = kNow;
  marks.next_due = kNow + std::chrono::seconds(1);
  marks.overdue_after = kNow + std::chrono::seconds(2);
  marks.overdue = true;
  marks.ended = true;
  marks.lateness.Add(std::chrono::milliseconds(7));
  Change([&](Tx& tx) { tx.SaveMarks(task.key, marks); });
  EXPECT_EQ(MarksOf(task.key), marks);
}

TEST_P(ScheduleContract, AddedTargetsLieBeforeTheFirstOnes) {
  std::vector<model::MachineKey> machines;
  for (int i = 0; i < 5; ++i) machines.push_back(AddMachine("mi-" + std::to_string(i)));
  model::Invocation row = AddSchedule("t-1", {machines[0], machines[1]});
  Change([&](Tx& tx) {
    row.targets = 5;
    tx.SaveTerms(row);
    tx.InsertTasks(row, 2, std::span(machines).subspan(4, 1));
    tx.InsertTasks(row, 0, std::span(machines).subspan(2, 2));
  });
  std::vector<model::MachineKey> found;
  Look([&](ReadTx& tx) {
    for (const auto& each : tx.TasksOf(row.key, {}, 9)) found.push_back(each.task.machine);
    EXPECT_EQ(tx.ListSchedules({}, {}).total, 5);
  });
  EXPECT_EQ(found, (std::vector{machines[2], machines[3], machines[4], machines[0], machines[1]}));
  EXPECT_EQ(Reload(row.id).counts.of(model::TaskState::kPending), 5);
}

TEST_P(ScheduleContract, AHistoryIsFoundByNumberDueTimeAndState) {
  const auto machine = AddMachine("mi-1");
  const auto task = TaskOf(AddSchedule("t-1", {machine}), machine).key;
  const auto other = TaskOf(AddSchedule("t-2", {machine}), machine).key;
  AddRun(other, 1);
  const auto one = AddRun(task, 1);
  const auto missed = AddMissed(task, 2, 5);
  const auto open = AddRun(task, 9, model::TaskState::kRunning);
  Look([&](ReadTx& tx) {
    EXPECT_EQ(tx.FindOccurrence(task, 1)->key, one.key);
    EXPECT_EQ(tx.FindOccurrence(task, 2)->key, missed.key);
    EXPECT_EQ(tx.FindOccurrence(task, 6)->key, missed.key);
    EXPECT_FALSE(tx.FindOccurrence(task, 7));
    EXPECT_FALSE(tx.FindOccurrence(task, 10));
    EXPECT_EQ(tx.FindRunDue(task, open.due)->key, open.key);
    EXPECT_FALSE(tx.FindRunDue(task, open.due + std::chrono::milliseconds(1)));
    EXPECT_FALSE(tx.FindRunDue(task, missed.due));
    EXPECT_EQ(tx.FindMissedDue(task, missed.due)->key, missed.key);
    EXPECT_FALSE(tx.FindMissedDue(task, one.due));
    EXPECT_EQ(tx.LoadOccurrence(missed.key)->count, 5);
    EXPECT_EQ(tx.LoadOccurrence(missed.key)->reason, model::MissedReason::kAsleep);
    EXPECT_EQ(NumbersOf(tx.OccurrencesIn(task, 4, 10, 9)), (Numbers{2, 9}));
    EXPECT_EQ(NumbersOf(tx.OccurrencesIn(task, 4, 9, 9)), (Numbers{2}));
    EXPECT_EQ(NumbersOf(tx.OccurrencesIn(task, 7, 9, 9)), Numbers{});
    EXPECT_EQ(NumbersOf(tx.LatestOccurrences(task, 2)), (Numbers{9, 2}));
    EXPECT_EQ(NumbersOf(tx.OpenRunsOf(task)), (Numbers{9}));
  });
}

TEST_P(ScheduleContract, AnOccurrenceComesBackAsItWasSaved) {
  const auto machine = AddMachine("mi-1");
  const auto task = TaskOf(AddSchedule("t-1", {machine}), machine).key;
  model::Occurrence row = AddRun(task, 3, model::TaskState::kRunning);
  row.progress.state = model::TaskState::kError;
  row.progress.outcome = model::Outcome::kPresumed;
  row.progress.error_code = model::ErrorCode::kExecutionInterrupted;
  row.progress.error_detail = "why";
  row.progress.exit_code = -1;
  row.progress.start = kNow + std::chrono::seconds(1);
  row.progress.finish = kNow + std::chrono::seconds(2);
  row.progress.stop_asked = kNow + std::chrono::seconds(3);
  row.progress.silent_after = kNow + std::chrono::seconds(4);
  row.progress.updated = kNow + std::chrono::seconds(5);
  row.progress.timeline.Note(model::Moment::kJournaled, kNow + std::chrono::microseconds(1));
  row.output_next = 8;
  row.output_size = 9;
  row.output_dropped = 1;
  Change([&](Tx& tx) { tx.SaveOccurrence(row); });
  Look([&](ReadTx& tx) {
    const auto found = tx.LoadOccurrence(row.key);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->progress, row.progress);
    EXPECT_EQ(found->due, row.due);
    EXPECT_EQ(found->output_next * 100 + found->output_size * 10 + found->output_dropped, 891);
    EXPECT_TRUE(tx.SilentRuns(kNow + std::chrono::seconds(3), 9).empty());
    EXPECT_EQ(NumbersOf(tx.SilentRuns(kNow + std::chrono::seconds(4), 9)), (Numbers{3}));
  });
}

TEST_P(ScheduleContract, OutputOfARunIsItsOwn) {
  const auto machine = AddMachine("mi-1");
  const auto task = TaskOf(AddSchedule("t-1", {machine}), machine).key;
  auto one = AddRun(task, 1);
  const auto two = AddRun(task, 2);
  Change([&](Tx& tx) {
    tx.AppendOutput(task, 0, "task", false);
    tx.AppendOutput(one.key, 0, "one", false);
    tx.AppendOutput(two.key, 0, "two", false);
    one.output_size = 3;
    tx.SaveOccurrence(one);
  });
  const auto read = [this](model::OutputKey key, std::int64_t* at, std::int64_t from = 0) {
    std::string out;
    Look([&](ReadTx& tx) { out = tx.ReadOutput(key, from, 99, at); });
    return out;
  };
  std::int64_t at = 0;
  EXPECT_EQ(read(task, &at), "task");
  EXPECT_EQ(read(one.key, &at), "one");
  EXPECT_EQ(read(two.key, &at), "two");
  EXPECT_EQ(read(one.key, &at, 2), "e");
  EXPECT_EQ(read(one.key, &at, 3), "");
  EXPECT_EQ(at, 3);
}

TEST_P(ScheduleContract, AHistoryIsPagedNewestFirstOnEachMachine) {
  const auto a = AddMachine("mi-a");
  const auto b = AddMachine("mi-b");
  const auto schedule = AddSchedule("t-1", {a, b});
  const auto task_a = TaskOf(schedule, a).key;
  const auto task_b = TaskOf(schedule, b).key;
  for (int i = 1; i <= 4; ++i) AddRun(task_a, i, i == 4 ? model::TaskState::kFailed : model::TaskState::kSuccess);
  AddMissed(task_a, 5, 10);
  for (int i = 1; i <= 3; ++i) AddRun(task_b, i);
  const auto list = [this](const OccurrenceFilter& filter, const model::PageRequest& page) {
    model::Page<model::Occurrence> out;
    Look([&](ReadTx& tx) { out = tx.ListOccurrences(filter, page); });
    return out;
  };
  OccurrenceFilter filter;
  filter.invocation = schedule.key;
  model::PageRequest page;
  EXPECT_EQ(NumbersOf(list(filter, page).items), (Numbers{5, 4, 3, 2, 1, 3, 2, 1}));
  EXPECT_EQ(list(filter, page).total, 8);
  page.size = 3;
  page.number = 2;
  EXPECT_EQ(NumbersOf(list(filter, page).items), (Numbers{2, 1, 3}));
  page.by_position = true;
  Numbers walked;
  do {
    const auto got = list(filter, page);
    for (const auto& row : got.items) walked.push_back(row.number);
    page.after = got.next;
  } while (page.after);
  EXPECT_EQ(walked, (Numbers{5, 4, 3, 2, 1, 3, 2, 1}));
  page = {};
  filter.machine = b;
  EXPECT_EQ(NumbersOf(list(filter, page).items), (Numbers{3, 2, 1}));
  EXPECT_EQ(list(filter, page).total, 3);
  filter.machine = a;
  filter.number = 9;
  EXPECT_EQ(NumbersOf(list(filter, page).items), (Numbers{5}));
  filter.number = 99;
  EXPECT_EQ(list(filter, page).total, 0);
  filter.number.reset();
  filter.machine = {};
  model::StatusFilter failed;
  ASSERT_TRUE(model::StatusFilter::Parse("Failed", &failed));
  filter.status = failed;
  EXPECT_EQ(NumbersOf(list(filter, page).items), (Numbers{4}));
  EXPECT_EQ(list(filter, page).total, 1);
}

TEST_P(ScheduleContract, TheOldestRowsAreForgottenButNotRunsThatGoOn) {
  const auto machine = AddMachine("mi-1");
  const auto task = TaskOf(AddSchedule("t-1", {machine}), machine).key;
  AddRun(task, 1, model::TaskState::kRunning);
  const auto two = AddRun(task, 2);
  AddMissed(task, 3, 4);
  AddRun(task, 7);
  Change([&](Tx& tx) {
    tx.AppendOutput(two.key, 0, "gone", false);
    const auto forgotten = tx.ForgetOccurrences(task, 2);
    EXPECT_EQ(forgotten.rows, 2);
    EXPECT_EQ(forgotten.up_to, 6);
    EXPECT_EQ(NumbersOf(tx.LatestOccurrences(task, 9)), (Numbers{7, 1}));
    std::int64_t at = 0;
    EXPECT_EQ(tx.ReadOutput(two.key, 0, 9, &at), "");
    EXPECT_EQ(tx.ForgetOccurrences(task, 9).rows, 1);
    EXPECT_EQ(tx.ForgetOccurrences(task, 9).rows, 0);
  });
}

TEST_P(ScheduleContract, SchedulesAreListedByWhatTheyBelongToAndWhetherTheyLive) {
  const auto a = AddMachine("mi-a");
  const auto b = AddMachine("mi-b");
  AddInvocation("t-0", {a, b});
  const auto one = AddSchedule("t-1", {a, b});
  const auto two = AddSchedule("t-2", {a});
  Close(TaskOf(one, b), model::TaskState::kCancelled);
  model::ScheduleMarks late;
  late.overdue = true;
  late.runs = 7;
  Change([&](Tx& tx) { tx.SaveMarks(tx.FindTask(one.key, a)->key, late); });
  const auto list = [this](const ScheduleFilter& filter) {
    std::string out;
    Look([&](ReadTx& tx) {
      const auto page = tx.ListSchedules(filter, {});
      for (const auto& row : page.items) {
        out += tx.LoadInvocation(row.task.invocation)->id.str() + "@" + tx.InstanceOf(row.task.machine).str() + " ";
      }
      EXPECT_EQ(page.total, static_cast<std::int64_t>(page.items.size()));
    });
    return out;
  };
  ScheduleFilter filter;
  EXPECT_EQ(list(filter), "t-2@mi-a t-1@mi-a t-1@mi-b ");
  filter.live = true;
  EXPECT_EQ(list(filter), "t-2@mi-a t-1@mi-a ");
  filter.invocation = one.key;
  EXPECT_EQ(list(filter), "t-1@mi-a ");
  filter.live = false;
  filter.machine = b;
  EXPECT_EQ(list(filter), "t-1@mi-b ");
  filter.invocation = {};
  filter.machine = a;
  EXPECT_EQ(list(filter), "t-2@mi-a t-1@mi-a ");
  filter = {};
  filter.overdue = true;
  EXPECT_EQ(list(filter), "t-1@mi-a ");
  filter.overdue = false;
  EXPECT_EQ(list(filter), "t-2@mi-a t-1@mi-b ");
  filter.live = true;
  EXPECT_EQ(list(filter), "t-2@mi-a ");
  filter.overdue = true;
  EXPECT_EQ(list(filter), "t-1@mi-a ");
  Close(TaskOf(one, a), model::TaskState::kCancelled);
  EXPECT_EQ(list(filter), "");
  filter.live = false;
  EXPECT_EQ(list(filter), "t-1@mi-a ");
  Close(TaskOf(one, a), model::TaskState::kScheduled);
  filter.live = true;
  EXPECT_EQ(list(filter), "t-1@mi-a ");
  Change([&](Tx& tx) {
    model::ScheduleMarks heard = late;
    heard.overdue = false;
    tx.SaveMarks(tx.FindTask(one.key, a)->key, heard);
    tx.SaveMarks(tx.FindTask(two.key, a)->key, late);
  });
  EXPECT_EQ(list(filter), "t-2@mi-a ");
  Change([&](Tx& tx) {
    tx.SaveMarks(tx.FindTask(one.key, a)->key, late);
    EXPECT_TRUE(tx.DeleteInvocation(two.key, 99));
  });
  EXPECT_EQ(list(filter), "t-1@mi-a ");
  filter.overdue = false;
  EXPECT_EQ(list(filter), "");
  Close(TaskOf(one, b), model::TaskState::kScheduled);  // it lives after all
  filter = {};
  filter.live = true;
  EXPECT_EQ(list(filter), "t-1@mi-a t-1@mi-b ");
  Look([&](ReadTx& tx) { EXPECT_EQ(tx.ListSchedules(filter, {}).items[0].marks, late); });
}

TEST_P(ScheduleContract, GroupsCountLiveStandingTasksByZone) {
  const auto a = AddMachine("mi-a");
  const auto b = AddMachine("mi-b");
  const auto c = AddMachine("mi-c");
  const auto one = AddSchedule("t-1", {a, b, c});
  const auto two = AddSchedule("t-2", {a});
  const auto zone = [&](model::MachineKey machine, const std::string& name) {
    Change([&](Tx& tx) {
      model::ScheduleMarks marks;
      marks.zone = name;
      tx.SaveMarks(tx.FindTask(one.key, machine)->key, marks);
    });
  };
  const auto groups = [this](const ScheduleFilter& filter, ScheduleGroup after = {}) {
    std::string out;
    Look([&](ReadTx& tx) {
      for (;;) {  // a page of one at a time: none is lost, none comes twice
        const auto page = tx.ScheduleGroups(filter, after, 1);
        if (page.empty()) return;
        after = page.back();
        EXPECT_EQ(after.cron, "0 * * * * *");
        EXPECT_EQ(after.repeat_mode, model::RepeatMode::kPeriod);
        EXPECT_EQ(after.created, kNow);
        out += tx.LoadInvocation(after.invocation)->id.str() + ":" + after.zone + "=" + std::to_string(after.machines) +
               " ";
      }
    });
    return out;
  };
  EXPECT_EQ(groups({}), "t-1:=3 t-2:=1 ");
  zone(a, "UTC");
  zone(b, "UTC");
  EXPECT_EQ(groups({}), "t-1:=1 t-1:UTC=2 t-2:=1 ");
  zone(b, "Asia/Shanghai");
  EXPECT_EQ(groups({}), "t-1:=1 t-1:Asia/Shanghai=1 t-1:UTC=1 t-2:=1 ");
  Close(TaskOf(one, c), model::TaskState::kCancelled);
  EXPECT_EQ(groups({}), "t-1:Asia/Shanghai=1 t-1:UTC=1 t-2:=1 ");
  zone(c, "GMT+8:00");  // it is over: not counted
  EXPECT_EQ(groups({}), "t-1:Asia/Shanghai=1 t-1:UTC=1 t-2:=1 ");
  ScheduleFilter filter;
  filter.invocation = two.key;
  EXPECT_EQ(groups(filter), "t-2:=1 ");
  filter = {};
  filter.machine = a;
  EXPECT_EQ(groups(filter), "t-1:UTC=1 t-2:=1 ");
  filter.machine = c;
  EXPECT_EQ(groups(filter), "");
  Look([&](ReadTx& tx) {
    EXPECT_EQ(tx.MachinesOf(GroupOf(one.key, "UTC"), 9), std::vector{InstanceId("mi-a")});
    EXPECT_TRUE(tx.MachinesOf(GroupOf(one.key, "GMT+8:00"), 9).empty());
  });
}

TEST_P(ScheduleContract, WhatIsAwaitedLongestIsOverdueFirst) {
  const auto a = AddMachine("mi-a");
  const auto b = AddMachine("mi-b");
  const auto schedule = AddSchedule("t-1", {a, b});
  const auto task_a = TaskOf(schedule, a).key;
  const auto task_b = TaskOf(schedule, b).key;
  model::ScheduleMarks marks;
  marks.overdue_after = kNow + std::chrono::seconds(2);
  Change([&](Tx& tx) { tx.SaveMarks(task_a, marks); });
  marks.overdue_after = kNow + std::chrono::seconds(1);
  Change([&](Tx& tx) { tx.SaveMarks(task_b, marks); });
  Look([&](ReadTx& tx) {
    EXPECT_TRUE(tx.OverdueSchedules(kNow, 9).empty());
    EXPECT_EQ(tx.OverdueSchedules(kNow + std::chrono::seconds(1), 9), std::vector{task_b});
    EXPECT_EQ(tx.OverdueSchedules(kNow + std::chrono::seconds(2), 9), (std::vector{task_b, task_a}));
    EXPECT_EQ(tx.OverdueSchedules(kNow + std::chrono::seconds(2), 1), std::vector{task_b});
  });
}

TEST_P(ScheduleContract, AFetchLooksAtWorkOnlyAndSchedulesDoNotLieWithAnAgent) {
  const auto machine = AddMachine("mi-1");
  const auto once = AddInvocation("t-1", {machine});
  const auto schedule = AddSchedule("t-2", {machine});
  const auto set = [&](const model::Invocation& of, model::TaskState state, model::Delivery delivery) {
    model::Task task = TaskOf(of, machine);
    const auto before = task.progress.state;
    task.progress.state = state;
    task.progress.delivery = delivery;
    Change([&](Tx& tx) { tx.SaveTask(task, before); });
  };
  const auto work = [&] {
    std::vector<model::InvocationKey> out;
    Look([&](ReadTx& tx) {
      for (const auto& task : tx.WorkOn(machine, {}, 9)) out.push_back(task.invocation);
    });
    return out;
  };
  const auto with_agent = [&] {
    std::int64_t count = 0;
    Look([&](ReadTx& tx) { count = tx.CountWithAgent(machine); });
    return count;
  };
  using Keys = std::vector<model::InvocationKey>;
  EXPECT_EQ(work(), (Keys{once.key, schedule.key}));
  EXPECT_EQ(with_agent(), 0);
  set(once, model::TaskState::kRunning, model::Delivery::kAccepted);
  set(schedule, model::TaskState::kScheduled, model::Delivery::kAccepted);
  EXPECT_EQ(work(), Keys{});
  EXPECT_EQ(with_agent(), 1);
  set(once, model::TaskState::kStopping, model::Delivery::kAccepted);
  set(schedule, model::TaskState::kRunning, model::Delivery::kNotDelivered);
  EXPECT_EQ(work(), (Keys{once.key, schedule.key}));
  set(once, model::TaskState::kTerminated, model::Delivery::kAccepted);
  EXPECT_EQ(work(), Keys{schedule.key});
  EXPECT_EQ(with_agent(), 0);
}

TEST_P(ScheduleContract, VersionsOfStockAgentsAreThoseOfMachinesWithOpenTasks) {
  std::vector<model::MachineKey> keys;
  const auto add = [&](const std::string& id, const std::string& version, int protocol) {
    model::Machine machine;
    machine.id = InstanceId(id);
    machine.agent_version = version;
    machine.assist_protocol = protocol;
    machine.registered = kNow;
    Change([&](Tx& tx) { tx.InsertMachine(machine); });
    keys.push_back(machine.key);
  };
  add("mi-1", "2.2.3.578", 0);
  add("mi-2", "2.2.3.578", 0);
  add("mi-3", "2.2.3.317", 0);
  add("mi-4", "1.0.0", 1);
  add("mi-5", "2.2.3.1", 0);
  const auto schedule = AddSchedule("t-1", keys);
  Close(TaskOf(schedule, keys[4]), model::TaskState::kCancelled);
  Look([&](ReadTx& tx) {
    EXPECT_EQ(tx.StockVersions(schedule.key), (std::vector<std::string>{"2.2.3.317", "2.2.3.578"}));
  });
}

TEST_P(ScheduleContract, AScheduleIsDeletedInSlicesWithItsHistory) {
  const auto a = AddMachine("mi-a");
  const auto b = AddMachine("mi-b");
  const auto gone = AddSchedule("t-1", {a, b});
  const auto stays = AddSchedule("t-2", {a});
  const auto task = TaskOf(gone, a).key;
  for (int i = 1; i <= 5; ++i) AddRun(task, i);
  const auto kept = AddRun(TaskOf(stays, a).key, 1);
  Change([&](Tx& tx) {
    tx.AppendOutput(tx.FindOccurrence(task, 1)->key, 0, "text", false);
    tx.AppendOutput(kept.key, 0, "kept", false);
  });
  int slices = 1;
  for (bool more = true; more; ++slices) {
    ASSERT_LT(slices, 9);
    Change([&](Tx& tx) { more = !tx.DeleteInvocation(gone.key, 3); });
  }
  EXPECT_EQ(slices - 1, 3) << "five rows of history and two tasks, three at a time";
  Look([&](ReadTx& tx) {
    EXPECT_FALSE(tx.FindInvocation(gone.id));
    EXPECT_FALSE(tx.LoadMarks(task));
    EXPECT_TRUE(tx.LatestOccurrences(task, 9).empty());
    EXPECT_EQ(tx.ListSchedules({}, {}).total, 1);
    EXPECT_EQ(tx.ScheduleGroups({}, {}, 9).size(), 1u);
    std::int64_t at = 0;
    EXPECT_EQ(tx.ReadOutput(kept.key, 0, 9, &at), "kept");
    ScheduleFilter live;
    live.live = true;
    EXPECT_EQ(tx.ListSchedules(live, {}).total, 1);
  });
}

}  // namespace assist::server::store::contract

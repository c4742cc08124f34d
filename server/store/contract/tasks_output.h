// Contract, part: invocations, tasks, output, what time brings.
#pragma once

#include "server/model/open_questions.h"
#include "server/store/contract/store_contract.h"

namespace assist::server::store::contract {

TEST_P(StoreContract, AnInvocationComesBackAsItWasStored) {
  model::Invocation row;
  row.id = InvokeId("t-1");
  row.command_id = CommandId("c-1");
  row.command_name = "n";
  row.description = "d";
  row.type = model::CommandType::kRunPowerShellScript;
  row.enable_parameter = true;
  row.builtins = true;
  row.parameters = Secret<std::string>(R"({"a":"b"})");
  row.timeout = std::chrono::seconds(61);
  row.working_dir = "/w";
  row.username = "u";
  row.windows_password_name = "p";
  row.launcher = "l";
  row.container_id = "ci";
  row.container_name = "cn";
  row.termination_mode = model::TerminationMode::kProcessTree;
  row.repeat_mode = model::RepeatMode::kEveryReboot;
  row.frequency = "f";
  row.version = 3;
  row.region = "r";
  row.repeatable = true;
  row.delivery_timeout = std::chrono::seconds(-1);
  row.targets = 1;
  row.creating = true;
  row.created = kNow;
  row.delivery_deadline = kNow + std::chrono::seconds(60);
  row.tags = {{"k", "v"}};
  row.budgets = {30, 512, 50, 1LL << 30};
  row.order = model::AgentOrder{model::OrderVerb::kVerify, "nginx-conf", "1.2"};
  Change([&](Tx& tx) {
    row.content = tx.KeepContent("one");
    row.run_content = tx.KeepContent("two");
    tx.InsertInvocation(row);
  });
  const auto found = Reload(row.id);
  EXPECT_EQ(found.key, row.key);
  EXPECT_EQ(found.command_id, row.command_id);
  EXPECT_EQ(found.command_name, "n");
  EXPECT_EQ(found.description, "d");
  EXPECT_EQ(found.type, row.type);
  EXPECT_EQ(found.content, row.content);
  EXPECT_EQ(found.run_content, row.run_content);
  EXPECT_TRUE(found.enable_parameter);
  EXPECT_TRUE(found.builtins);
  EXPECT_EQ(found.parameters, row.parameters);
  EXPECT_EQ(found.timeout, row.timeout);
  EXPECT_EQ(found.working_dir + found.username + found.windows_password_name + found.launcher + found.container_id +
                found.container_name + found.frequency + found.region,
            "/wuplcicnfr");
  EXPECT_EQ(found.termination_mode, row.termination_mode);
  EXPECT_EQ(found.repeat_mode, row.repeat_mode);
  EXPECT_EQ(found.version, 3);
  EXPECT_TRUE(found.repeatable);
  EXPECT_EQ(found.delivery_timeout, std::chrono::seconds(-1));
  EXPECT_TRUE(found.creating);
  EXPECT_EQ(found.created, kNow);
  EXPECT_EQ(found.delivery_deadline, row.delivery_deadline);
  EXPECT_FALSE(found.finished);
  EXPECT_EQ(found.tags, row.tags);
  EXPECT_EQ(found.budgets, row.budgets);
  EXPECT_EQ(found.order, row.order);
  EXPECT_FALSE(found.wave);
}

TEST_P(StoreContract, TasksLieInTheOrderOfTheCallWhicheverSliceCameFirst) {
  std::vector<model::MachineKey> machines;
  for (int i = 0; i < 7; ++i) machines.push_back(AddMachine("mi-" + std::to_string((i * 5) % 7)));
  model::Invocation row;
  row.id = InvokeId("t-1");
  row.targets = 7;
  row.created = kNow;
  Change([&](Tx& tx) {
    tx.InsertInvocation(row);
    tx.InsertTasks(row, 4, std::span(machines).subspan(4));
    tx.InsertTasks(row, 0, std::span(machines).first(4));
  });
  std::vector<model::MachineKey> found;
  TaskFilter filter;
  filter.invocation = row.key;
  Look([&](ReadTx& tx) {
    const auto page = tx.ListTasks(filter, {});
    EXPECT_EQ(page.total, 7);
    for (const auto& task : page.items) found.push_back(task.machine);
  });
  EXPECT_EQ(found, machines);
  EXPECT_EQ(Reload(row.id).counts.of(model::TaskState::kPending), 7);
}

TEST_P(StoreContract, ATaskComesBackAsItWasSaved) {
  const auto machine = AddMachine("mi-1");
  const auto invocation = AddInvocation("t-1", {machine});
  model::Task task = TaskOf(invocation, machine);
  EXPECT_EQ(task.invocation, invocation.key);
  EXPECT_EQ(task.progress.updated, kNow);
  task.progress = {.state = model::TaskState::kError,
                   .outcome = model::Outcome::kPresumed,
                   .delivery = model::Delivery::kAccepted,
                   .delivery_number = 5,
                   .agent_run = 6,
                   .offers = 7,
                   .error_code = model::ErrorCode::kExecutionInterrupted,
                   .error_detail = "why",
                   .exit_code = -1,
                   .start = kNow + std::chrono::seconds(1),
                   .finish = kNow + std::chrono::seconds(2),
                   .stop_asked = kNow + std::chrono::seconds(3),
                   .silent_after = kNow + std::chrono::seconds(4),
                   .updated = kNow + std::chrono::seconds(5)};
  for (const model::Moment moment : model::kAllMoments) {
    task.progress.timeline.Note(moment, kNow + std::chrono::microseconds(static_cast<int>(moment) * 1'000'001));
  }
  task.output_next = 8;
  task.output_size = 9;
  task.output_dropped = 1;
  Change([&](Tx& tx) { tx.SaveTask(task, model::TaskState::kPending); });
  const model::Task found = TaskOf(invocation, machine);
  EXPECT_EQ(found.progress, task.progress);
  EXPECT_EQ(found.output_next, 8);
  EXPECT_EQ(found.output_size, 9);
  EXPECT_EQ(found.output_dropped, 1);
}

TEST_P(StoreContract, CountsAndFinishFollowTheTasksBothWays) {
  const auto a = AddMachine("mi-a");
  const auto b = AddMachine("mi-b");
  const auto invocation = AddInvocation("t-1", {a, b});
  Close(TaskOf(invocation, a), model::TaskState::kRunning);
  auto now = Reload(invocation.id);
  EXPECT_EQ(now.counts.of(model::TaskState::kPending), 1);
  EXPECT_EQ(now.counts.of(model::TaskState::kRunning), 1);
  Close(TaskOf(invocation, a), model::TaskState::kSuccess);
  EXPECT_FALSE(Reload(invocation.id).finished);
  Close(TaskOf(invocation, b), model::TaskState::kAborted);
  now = Reload(invocation.id);
  EXPECT_EQ(now.finished, kNow + std::chrono::seconds(9));
  EXPECT_EQ(now.counts.of(model::TaskState::kAborted), 1);
  Look([&](ReadTx& tx) { EXPECT_EQ(tx.LoadMachine(b)->invocations_finished, 1); });
  Close(TaskOf(invocation, b), model::TaskState::kRunning);  // it lives after all
  EXPECT_FALSE(Reload(invocation.id).finished);
  Look([&](ReadTx& tx) { EXPECT_EQ(tx.LoadMachine(b)->invocations_finished, 0); });
}

TEST_P(StoreContract, InvocationsAreFoundByEveryFilter) {
  const auto a = AddMachine("mi-a");
  const auto b = AddMachine("mi-b");
  const auto one = AddInvocation("t-1", {a}, "c-1");
  const auto two = AddInvocation("t-2", {a, b}, "c-2");
  Close(TaskOf(one, a), model::TaskState::kFailed);
  const auto find = [&](const InvocationFilter& filter) {
    model::Page<model::Invocation> page;
    Look([&](ReadTx& tx) { page = tx.ListInvocations(filter, {}); });
    EXPECT_EQ(page.total, static_cast<std::int64_t>(page.items.size()));
    return IdsOf(page);
  };
  const auto with_status = [](std::string_view word) {
    InvocationFilter filter;
    filter.status.emplace();
    EXPECT_TRUE(model::StatusFilter::Parse(word, &*filter.status));
    return filter;
  };
  EXPECT_EQ(find({}), (Ids{"t-2", "t-1"}));
  InvocationFilter filter;
  filter.id = InvokeId("t-1");
  EXPECT_EQ(find(filter), (Ids{"t-1"}));
  filter = {};
  filter.command = CommandId("c-2");
  EXPECT_EQ(find(filter), (Ids{"t-2"}));
  filter = {};
  filter.command_name = "name of c-1";
  EXPECT_EQ(find(filter), (Ids{"t-1"}));
  filter = {};
  filter.machine = b;
  EXPECT_EQ(find(filter), (Ids{"t-2"}));
  filter.machine = a;
  EXPECT_EQ(find(filter), (Ids{"t-2", "t-1"}));
  EXPECT_EQ(find(with_status("Finished")), (Ids{"t-1"}));
  EXPECT_EQ(find(with_status("Failed")), (Ids{"t-1"}));
  EXPECT_EQ(find(with_status("Pending")), (Ids{"t-2"}));
  EXPECT_EQ(find(with_status("Running")), (Ids{"t-2"}));
  EXPECT_EQ(find(with_status("Success")), Ids{});
  filter = {};
  filter.timed = true;
  EXPECT_EQ(find(filter), Ids{});
  filter.timed = false;
  EXPECT_EQ(find(filter).size(), 2u);
  filter = {};
  filter.repeat_mode = model::RepeatMode::kPeriod;
  EXPECT_EQ(find(filter), Ids{});
  Look([&](ReadTx& tx) {
    EXPECT_FALSE(tx.HasOpenInvocation(CommandId("c-1")));
    EXPECT_TRUE(tx.HasOpenInvocation(CommandId("c-2")));
    EXPECT_EQ(tx.CountInvocations(), 2);
  });
}

TEST_P(StoreContract, TasksAreFoundByEveryFilterWithTheRightTotal) {
  const auto a = AddMachine("mi-a");
  const auto b = AddMachine("mi-b");
  const auto one = AddInvocation("t-1", {a, b}, "c-1");
  const auto two = AddInvocation("t-2", {a}, "c-2");
  Close(TaskOf(one, a), model::TaskState::kFailed);
  const auto find = [&](TaskFilter filter, std::string_view word = "") {
    if (!word.empty()) {
      filter.status.emplace();
      EXPECT_TRUE(model::StatusFilter::Parse(word, &*filter.status));
    }
    std::vector<std::pair<std::int64_t, std::int64_t>> out;
    Look([&](ReadTx& tx) {
      const auto page = tx.ListTasks(filter, {});
      EXPECT_EQ(page.total, static_cast<std::int64_t>(page.items.size()));
      for (const auto& task : page.items) out.emplace_back(task.invocation.value, task.machine.value);
    });
    return out;
  };
  const std::pair one_a{one.key.value, a.value};
  const std::pair one_b{one.key.value, b.value};
  const std::pair two_a{two.key.value, a.value};
  using Found = std::vector<std::pair<std::int64_t, std::int64_t>>;
  EXPECT_EQ(find({}), (Found{two_a, one_a, one_b}));
  EXPECT_EQ(find({}, "Pending"), (Found{two_a, one_b}));
  TaskFilter filter;
  filter.invocation = one.key;
  EXPECT_EQ(find(filter), (Found{one_a, one_b}));
  EXPECT_EQ(find(filter, "Finished"), (Found{one_a}));
  EXPECT_EQ(find(filter, "Success"), Found{});
  filter.machine = a;
  EXPECT_EQ(find(filter), (Found{one_a}));
  filter.invocation = {};
  EXPECT_EQ(find(filter), (Found{two_a, one_a}));
  EXPECT_EQ(find(filter, "Running"), (Found{two_a}));
  filter = {};
  filter.command = CommandId("c-2");
  EXPECT_EQ(find(filter), (Found{two_a}));
}

/// Every page of every size, by number and by position, is what a list of all would give.
TEST_P(StoreContract, PagesOfTasksGoOnFromOneInvocationToTheNext) {
  std::vector<model::MachineKey> machines;
  for (int i = 0; i < 4; ++i) machines.push_back(AddMachine("mi-" + std::to_string(i)));
  std::vector<model::Task> all;  // newest first
  for (int i = 0; i < 6; ++i) {
    model::Invocation row;
    row.id = InvokeId("t-" + std::to_string(i));
    row.command_id = CommandId(i % 2 == 0 ? "c-even" : "c-odd");
    row.tags = {{"third", std::to_string(i % 3)}};
    const std::vector<model::MachineKey> targets(machines.begin(), machines.begin() + i % 5);
    row.targets = static_cast<std::int64_t>(targets.size());
    Change([&](Tx& tx) {
      tx.InsertInvocation(row);
      tx.InsertTasks(row, 0, targets);
    });
    std::vector<model::Task> of_this;
    for (std::size_t k = 0; k < targets.size(); ++k) {
      model::Task task = TaskOf(row, targets[k]);
      task.progress.state =
          (k + static_cast<std::size_t>(i)) % 3 == 0 ? model::TaskState::kFailed : model::TaskState::kSuccess;
      Change([&](Tx& tx) { tx.SaveTask(task, model::TaskState::kPending); });
      of_this.push_back(task);
    }
    all.insert(all.begin(), of_this.begin(), of_this.end());
  }
  model::StatusFilter failed;
  ASSERT_TRUE(model::StatusFilter::Parse("Failed", &failed));
  for (int which = 0; which < 8; ++which) {
    TaskFilter filter;
    if ((which & 1) != 0) filter.status = failed;
    if ((which & 2) != 0) filter.command = CommandId("c-even");
    if ((which & 4) != 0) filter.tags = {{"third", "1"}};
    std::vector<std::int64_t> expected;
    Look([&](ReadTx& tx) {
      for (const model::Task& task : all) {
        const auto invocation = tx.LoadInvocation(task.invocation);
        if (filter.status && task.progress.state != model::TaskState::kFailed) continue;
        if (!filter.command.empty() && invocation->command_id != filter.command) continue;
        if (!filter.tags.empty() && invocation->tags[0].value != "1") continue;
        expected.push_back(task.key.value);
      }
      for (std::int64_t size = 1; size <= 16; ++size) {
        std::vector<std::int64_t> by_number;
        std::vector<std::int64_t> by_position;
        model::PageRequest page;
        page.size = size;
        for (page.number = 1; page.number <= 16; ++page.number) {
          const auto rows = tx.ListTasks(filter, page);
          EXPECT_EQ(rows.total, static_cast<std::int64_t>(expected.size()));
          for (const auto& row : rows.items) by_number.push_back(row.key.value);
        }
        EXPECT_EQ(by_number, expected) << which << " pages of " << size;
        page.by_position = true;
        do {
          const auto rows = tx.ListTasks(filter, page);
          EXPECT_EQ(rows.total, static_cast<std::int64_t>(expected.size()));
          for (const auto& row : rows.items) by_position.push_back(row.key.value);
          page.after = rows.next;
        } while (page.after);
        EXPECT_EQ(by_position, expected) << which << " pages of " << size;
      }
    });
  }
}

TEST_P(StoreContract, OpenTasksOfAMachineLeaveOutWhatIsCreated) {
  const auto a = AddMachine("mi-a");
  const auto one = AddInvocation("t-1", {a});
  const auto two = AddInvocation("t-2", {a});
  model::Invocation creating;
  creating.id = InvokeId("t-3");
  creating.targets = 2;
  creating.creating = true;
  const std::vector<model::MachineKey> machines = {a};
  Change([&](Tx& tx) {
    tx.InsertInvocation(creating);
    tx.SaveTargets(creating.key, 0, machines);
    tx.InsertTasks(creating, 1, machines);
  });
  const auto open = [&] {
    std::vector<std::int64_t> out;
    Look([&](ReadTx& tx) {
      for (const auto& task : tx.OpenTasksOn(a, {}, 10)) out.push_back(task.invocation.value);
    });
    return out;
  };
  using Keys = std::vector<std::int64_t>;
  EXPECT_EQ(open(), (Keys{one.key.value, two.key.value}));
  Look([&](ReadTx& tx) { EXPECT_EQ(tx.UnfinishedInvocations(10), (std::vector<InvokeId>{creating.id})); });
  Change([&](Tx& tx) {
    const auto targets = tx.TakeTargets(creating.key);
    ASSERT_TRUE(targets);
    EXPECT_EQ(targets->first, 0);
    EXPECT_EQ(targets->machines, machines);
    EXPECT_FALSE(tx.TakeTargets(creating.key));
    tx.FinishCreating(creating.key, {});
  });
  EXPECT_EQ(open(), (Keys{one.key.value, two.key.value, creating.key.value}));
  Close(TaskOf(two, a), model::TaskState::kSuccess);
  EXPECT_EQ(open(), (Keys{one.key.value, creating.key.value}));
}

TEST_P(StoreContract, AnInvocationWhoseTasksHaveAllEndedFinishesWhenItIsWhole) {
  const auto a = AddMachine("mi-a");
  model::Invocation creating;
  creating.id = InvokeId("t-1");
  creating.targets = 1;
  creating.creating = true;
  const std::vector<model::MachineKey> machines = {a};
  Change([&](Tx& tx) {
    tx.InsertInvocation(creating);
    tx.InsertTasks(creating, 0, machines);
  });
  Close(TaskOf(creating, a), model::TaskState::kCancelled);
  const SystemTime at(std::chrono::hours(1));
  Change([&](Tx& tx) { tx.FinishCreating(creating.key, at); });
  Look([&](ReadTx& tx) { EXPECT_EQ(tx.LoadInvocation(creating.key)->finished, at); });
  const auto open = AddInvocation("t-2", {a});
  Change([&](Tx& tx) { tx.FinishCreating(open.key, at); });
  Look([&](ReadTx& tx) { EXPECT_FALSE(tx.LoadInvocation(open.key)->finished); });
}

TEST_P(StoreContract, StopsAreKeptUntilTheyAreTaken) {
  const auto a = AddMachine("mi-a");
  const auto b = AddMachine("mi-b");
  const auto one = AddInvocation("t-1", {a, b});
  const auto two = AddInvocation("t-2", {a});
  const auto stopping = [&] {
    std::vector<InvokeId> out;
    Look([&](ReadTx& tx) {
      out = tx.UnfinishedInvocations(10);
      EXPECT_EQ(tx.LoadInvocation(one.key)->stopping, !out.empty());
      EXPECT_FALSE(tx.LoadInvocation(two.key)->stopping);
    });
    return out;
  };
  EXPECT_TRUE(stopping().empty());
  Change([&](Tx& tx) {
    EXPECT_FALSE(tx.TakeStops(one.key));
    tx.KeepStops(one.key, {{b, a}, {}});
    tx.KeepStops(one.key, {{}, model::TaskKey{77}});
    tx.KeepStops(one.key, {{}, model::TaskKey{99}});
  });
  EXPECT_EQ(stopping(), (std::vector<InvokeId>{one.id}));
  Change([&](Tx& tx) {
    const auto stops = tx.TakeStops(one.key);
    ASSERT_TRUE(stops);
    EXPECT_EQ(stops->machines, (std::vector<model::MachineKey>{b, a}));
  });
  EXPECT_EQ(stopping(), (std::vector<InvokeId>{one.id}));
  Change([&](Tx& tx) {
    const auto stops = tx.TakeStops(one.key);
    ASSERT_TRUE(stops);
    EXPECT_TRUE(stops->machines.empty());
    EXPECT_EQ(stops->after.value, 77) << "one for all is enough";
    EXPECT_FALSE(tx.TakeStops(one.key));
  });
  EXPECT_TRUE(stopping().empty());
  Change([&](Tx& tx) {
    tx.KeepStops(one.key, {});
    EXPECT_TRUE(tx.DeleteInvocation(one.key, 10));
    EXPECT_FALSE(tx.TakeStops(one.key));
  });
}

TEST_P(StoreContract, WorkOfAMachineIsWhatItHasNotTaken) {
  const auto a = AddMachine("mi-a");
  const auto invocation = AddInvocation("t-1", {a});
  const auto work = [&](bool unaccepted) {
    bool out = false;
    Look([&](ReadTx& tx) { out = tx.HasWork(a, unaccepted); });
    return out;
  };
  const auto set = [&](model::Delivery delivery, model::TaskState state, std::int64_t run = 0) {
    model::Task task = TaskOf(invocation, a);
    const auto before = task.progress.state;
    task.progress.agent_run = run;
    task.progress.delivery = delivery;
    task.progress.state = state;
    Change([&](Tx& tx) { tx.SaveTask(task, before); });
  };
  EXPECT_TRUE(work(false));
  set(model::Delivery::kDelivered, model::TaskState::kPending);
  EXPECT_FALSE(work(false));
  EXPECT_TRUE(work(true));
  set(model::Delivery::kAccepted, model::TaskState::kRunning);
  EXPECT_FALSE(work(true));
  Look([&](ReadTx& tx) { EXPECT_EQ(tx.CountRunningOn(a), 1); });
  Change([&](Tx& tx) { EXPECT_TRUE(tx.WorkOn(a, {}, 9).empty()); });
  set(model::Delivery::kAccepted, model::TaskState::kRunning, model::kAsked);
  EXPECT_FALSE(work(false));
  EXPECT_TRUE(work(true));
  Change([&](Tx& tx) { EXPECT_EQ(tx.WorkOn(a, {}, 9).size(), 1u); });
  set(model::Delivery::kAccepted, model::TaskState::kStopping);
  EXPECT_TRUE(work(false));
  set(model::Delivery::kAccepted, model::TaskState::kTerminated);
  EXPECT_FALSE(work(true));
}

TEST_P(StoreContract, SlicesOverAnInvocationMeetEveryTaskOnce) {
  std::vector<model::MachineKey> machines;
  for (int i = 0; i < 5; ++i) machines.push_back(AddMachine("mi-" + std::to_string(i)));
  const auto invocation = AddInvocation("t-1", machines);
  AddInvocation("t-2", machines);
  Close(TaskOf(invocation, machines[1]), model::TaskState::kSuccess);
  Ids all;
  Ids open;
  Look([&](ReadTx& tx) {
    model::TaskKey after;
    for (auto slice = tx.TasksOf(invocation.key, after, 2); !slice.empty();
         slice = tx.TasksOf(invocation.key, after, 2)) {
      for (const auto& task : slice) all.push_back(task.instance.str());
      after = slice.back().task.key;
    }
    for (const auto& task : tx.OpenTasksOf(invocation.key, {}, 10)) open.push_back(task.instance.str());
  });
  EXPECT_EQ(all, (Ids{"mi-0", "mi-1", "mi-2", "mi-3", "mi-4"}));
  EXPECT_EQ(open, (Ids{"mi-0", "mi-2", "mi-3", "mi-4"}));
}

TEST_P(StoreContract, WhatIsDueIsFound) {
  const auto a = AddMachine("mi-a");
  model::Invocation row;
  row.id = InvokeId("t-1");
  row.targets = 1;
  row.delivery_deadline = kNow;
  const std::vector<model::MachineKey> machines = {a};
  Change([&](Tx& tx) {
    tx.InsertInvocation(row);
    tx.InsertTasks(row, 0, machines);
  });
  using Keys = std::vector<model::InvocationKey>;
  Look([&](ReadTx& tx) {
    EXPECT_EQ(tx.ExpiredInvocations(kNow - std::chrono::microseconds(1), 10), Keys{});
    EXPECT_EQ(tx.ExpiredInvocations(kNow, 10), Keys{row.key});
    EXPECT_TRUE(tx.SilentTasks(kNow, 10).empty());
  });
  model::Task task = TaskOf(row, a);
  task.progress.silent_after = kNow;
  Change([&](Tx& tx) {
    tx.ClearDeliveryDeadline(row.key);
    tx.SaveTask(task, task.progress.state);
  });
  Look([&](ReadTx& tx) {
    EXPECT_EQ(tx.ExpiredInvocations(kNow, 10), Keys{});
    EXPECT_TRUE(tx.SilentTasks(kNow - std::chrono::microseconds(1), 10).empty());
    ASSERT_EQ(tx.SilentTasks(kNow, 10).size(), 1u);
    EXPECT_EQ(tx.SilentTasks(kNow, 10)[0].key, task.key);
  });
}

TEST_P(StoreContract, OldFinishedInvocationsAreDeletedInSlicesWithAllThatIsTheirs) {
  std::vector<model::MachineKey> machines;
  for (int i = 0; i < 5; ++i) machines.push_back(AddMachine("mi-" + std::to_string(i)));
  const auto old = AddInvocation("t-1", machines);
  const auto open = AddInvocation("t-2", machines);
  for (const auto machine : machines) Close(TaskOf(old, machine), model::TaskState::kSuccess);
  Change([&](Tx& tx) { tx.AppendOutput(tx.FindTask(old.key, machines[0])->key, 0, "text", false); });
  const auto output_of = TaskOf(old, machines[0]).key;
  Look([&](ReadTx& tx) {
    EXPECT_TRUE(tx.OldInvocations(kNow, 10).empty());
    EXPECT_EQ(tx.OldInvocations(kNow + std::chrono::seconds(1), 10), (std::vector<model::InvocationKey>{old.key}));
  });
  int slices = 0;
  for (bool gone = false; !gone; ++slices) {
    Change([&](Tx& tx) { gone = tx.DeleteInvocation(old.key, 2); });
  }
  EXPECT_EQ(slices, 3);
  Look([&](ReadTx& tx) {
    EXPECT_FALSE(tx.FindInvocation(old.id));
    EXPECT_TRUE(tx.FindInvocation(open.id));
    EXPECT_TRUE(tx.TasksOf(old.key, {}, 10).empty());
    EXPECT_EQ(tx.TasksOf(open.key, {}, 10).size(), 5u);
    EXPECT_EQ(tx.LoadContent(old.content), "");
    EXPECT_EQ(tx.LoadContent(open.content), "echo t-2");
    std::int64_t at = 0;
    EXPECT_EQ(tx.ReadOutput(output_of, 0, 100, &at), "");
  });
}

TEST_P(StoreContract, AnInvocationThatGoesLeavesTheScriptToOthers) {
  const auto a = AddMachine("mi-a");
  model::ContentKey shared;
  Change([&](Tx& tx) { shared = tx.KeepContent("echo t-1"); });
  const auto invocation = AddInvocation("t-1", {a});
  EXPECT_EQ(invocation.content, shared);
  Change([&](Tx& tx) { EXPECT_TRUE(tx.DeleteInvocation(invocation.key, 10)); });
  Look([&](ReadTx& tx) { EXPECT_EQ(tx.LoadContent(shared), "echo t-1"); });
  Change([&](Tx& tx) { tx.DropContent(shared); });
  Look([&](ReadTx& tx) { EXPECT_EQ(tx.LoadContent(shared), ""); });
}

TEST_P(StoreContract, OutputIsReadByPlaceAcrossChunksAndGaps) {
  const auto a = AddMachine("mi-a");
  const auto invocation = AddInvocation("t-1", {a});
  model::Task task = TaskOf(invocation, a);
  const std::string big(10'000, 'x');
  Change([&](Tx& tx) {
    tx.AppendOutput(task.key, 0, "hello ", false);
    tx.AppendOutput(task.key, 6, std::string("w\0rld", 5), false);
    tx.AppendOutput(task.key, 11, "", false);
    tx.AppendOutput(task.key, 11, big, false);
    tx.AppendOutput(task.key, 20'000, "tail", false);
    task.output_next = task.output_size = 20'004;
    tx.SaveTask(task, task.progress.state);
  });
  const auto read = [&](std::int64_t offset, std::int64_t length) {
    std::pair<std::string, std::int64_t> out;
    Look([&](ReadTx& tx) { out.first = tx.ReadOutput(task.key, offset, length, &out.second); });
    return out;
  };
  using Got = std::pair<std::string, std::int64_t>;
  EXPECT_EQ(read(0, 11), (Got{std::string("hello w\0rld", 11), 0}));
  EXPECT_EQ(read(3, 5), (Got{std::string("lo w\0", 5), 3}));
  EXPECT_EQ(read(9, 4), (Got{"ldxx", 9}));
  EXPECT_EQ(read(10'005, 100), (Got{"xxxxxx", 10'005}));  // ends at the gap
  EXPECT_EQ(read(10'011, 100), (Got{"tail", 20'000}));
  EXPECT_EQ(read(15'000, 2), (Got{"ta", 20'000}));
  EXPECT_EQ(read(20'003, 100), (Got{"l", 20'003}));
  EXPECT_EQ(read(20'004, 100), (Got{"", 20'004}));
  EXPECT_EQ(read(30'000, 100), (Got{"", 30'000}));
}

TEST_P(StoreContract, DeliveryMarksAreKept) {
  const auto key = AddMachine("mi-a");
  Change([&](Tx& tx) {
    model::Machine machine = *tx.LoadMachine(key);
    machine.last_delivery = 41;
    machine.agent_run = 3;
    machine.last_invoked = kNow;
    tx.SaveDeliveryMarks(machine);
  });
  Look([&](ReadTx& tx) {
    const auto machine = tx.LoadMachine(key);
    EXPECT_EQ(machine->last_delivery, 41);
    EXPECT_EQ(machine->agent_run, 3);
    EXPECT_EQ(machine->last_invoked, kNow);
  });
}

}  // namespace assist::server::store::contract

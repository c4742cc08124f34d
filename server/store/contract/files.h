// Contract, part: invocations that send a file.
#pragma once

#include "server/store/contract/store_contract.h"

namespace assist::server::store::contract {

class FileContract : public StoreContract {
 protected:
  model::Invocation AddFile(const std::string& id, const std::vector<model::MachineKey>& machines,
                            const std::string& name = "a.txt", model::Tags tags = {}) {
    model::Invocation row;
    row.id = InvokeId(id);
    row.targets = static_cast<std::int64_t>(machines.size());
    row.created = kNow;
    row.tags = std::move(tags);
    row.file.emplace().name = name;
    row.file->target_dir = "/srv";
    Change([&](Tx& tx) {
      row.content = tx.KeepContent("aGk=");
      row.run_content = tx.KeepContent("hi");
      tx.InsertInvocation(row);
      tx.InsertTasks(row, 0, machines);
    });
    return row;
  }
  Ids Find(const InvocationFilter& filter) {
    model::Page<model::Invocation> page;
    Look([&](ReadTx& tx) { page = tx.ListInvocations(filter, {}); });
    EXPECT_EQ(page.total, static_cast<std::int64_t>(page.items.size()));
    return IdsOf(page);
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(FileContract);

TEST_P(FileContract, AFileComesBackAsItWasStored) {
  model::Invocation row;
  row.id = InvokeId("f-1");
  row.description = "d";
  row.created = kNow;
  row.tags = {{"k", "v"}};
  row.file =
      model::FileTerms{"with space & ü", "/srv/data", model::FileContentType::kBase64, "demo", "staff", "01755", true};
  Change([&](Tx& tx) { tx.InsertInvocation(row); });
  const auto found = Reload(row.id);
  EXPECT_EQ(found.file, row.file);
  EXPECT_EQ(found.tags, row.tags);
  EXPECT_EQ(found.description, "d");
  Look([&](ReadTx& tx) { EXPECT_EQ(tx.LoadInvocation(row.key)->file, row.file); });
}

TEST_P(FileContract, CommandsAndFilesAreListedAndCountedApart) {
  const auto a = AddMachine("mi-a");
  const auto b = AddMachine("mi-b");
  const auto command = AddInvocation("t-1", {a, b});
  const auto file = AddFile("f-1", {a}, "a.txt", {{"k", "v"}});
  const auto other = AddFile("f-2", {a, b}, "b.txt");
  EXPECT_EQ(Find({}), (Ids{"t-1"}));
  InvocationFilter filter;
  filter.files = true;
  EXPECT_EQ(Find(filter), (Ids{"f-2", "f-1"}));
  filter.file_name = "a.txt";
  EXPECT_EQ(Find(filter), (Ids{"f-1"}));
  filter.file_name = "a";
  EXPECT_EQ(Find(filter), Ids{});
  filter = {};
  filter.files = true;
  filter.machine = b;
  EXPECT_EQ(Find(filter), (Ids{"f-2"}));
  filter = {};
  filter.files = true;
  filter.tags = {{"k", std::nullopt}};
  EXPECT_EQ(Find(filter), (Ids{"f-1"}));
  filter = {};
  filter.files = true;
  filter.id = InvokeId("t-1");
  EXPECT_EQ(Find(filter), Ids{});
  filter = {};
  filter.id = InvokeId("f-1");
  EXPECT_EQ(Find(filter), Ids{});

  filter = {};
  filter.files = true;
  filter.whole = model::InvocationStatus::kPending;
  EXPECT_EQ(Find(filter).size(), 2U);
  filter.whole = model::InvocationStatus::kRunning;
  EXPECT_EQ(Find(filter), Ids{});
  Close(TaskOf(file, a), model::TaskState::kRunning);
  EXPECT_EQ(Find(filter), (Ids{"f-1"}));
  Close(TaskOf(other, a), model::TaskState::kSuccess);
  Close(TaskOf(other, b), model::TaskState::kInvalid);
  filter.whole = model::InvocationStatus::kPartialFailed;
  EXPECT_EQ(Find(filter), (Ids{"f-2"}));

  Look([&](ReadTx& tx) {
    EXPECT_EQ(tx.CountInvocations(), 1);
    EXPECT_EQ(tx.CountFiles(), 2);
    const auto tasks = [&](TaskFilter what) {
      const auto page = tx.ListTasks(what, {});
      EXPECT_EQ(page.total, static_cast<std::int64_t>(page.items.size()));
      for (const auto& task : page.items) EXPECT_EQ(task.invocation, command.key);
      return page.total;
    };
    EXPECT_EQ(tasks({}), 2);
    TaskFilter on_a;
    on_a.machine = a;
    EXPECT_EQ(tasks(on_a), 1);
    TaskFilter success;
    success.status.emplace();
    EXPECT_TRUE(model::StatusFilter::Parse("Success", &*success.status));
    EXPECT_EQ(tasks(success), 0);
  });
}

TEST_P(FileContract, OfAMachineFilesAreWorkButNeitherCountedAsFinishedNorAsLyingWithIt) {
  const auto a = AddMachine("mi-a");
  const auto file = AddFile("f-1", {a});
  Look([&](ReadTx& tx) {
    EXPECT_TRUE(tx.HasWork(a, false));
    EXPECT_EQ(tx.WorkOn(a, {}, 9).size(), 1U);
  });
  model::Task task = TaskOf(file, a);
  task.progress.state = model::TaskState::kRunning;
  task.progress.delivery = model::Delivery::kDelivered;
  Change([&](Tx& tx) { tx.SaveTask(task, model::TaskState::kPending); });
  Look([&](ReadTx& tx) {
    EXPECT_EQ(tx.CountWithAgent(a), 0);
    EXPECT_EQ(tx.OpenTasksOn(a, {}, 9).size(), 1U);
  });
  Close(task, model::TaskState::kSuccess);
  Look([&](ReadTx& tx) { EXPECT_EQ(tx.LoadMachine(a)->invocations_finished, 0); });
  EXPECT_TRUE(Reload(file.id).finished);
}

TEST_P(FileContract, OldFilesAndOldCommandsAreForgottenApart) {
  const auto a = AddMachine("mi-a");
  const auto command = AddInvocation("t-1", {a});
  const auto done = AddFile("f-1", {a});
  const auto open = AddFile("f-2", {a});
  Close(TaskOf(command, a), model::TaskState::kSuccess);
  Close(TaskOf(done, a), model::TaskState::kSuccess);
  using Keys = std::vector<model::InvocationKey>;
  const SystemTime later = kNow + std::chrono::seconds(1);
  Look([&](ReadTx& tx) {
    EXPECT_TRUE(tx.OldFiles(kNow, 9).empty());
    EXPECT_EQ(tx.OldFiles(later, 9), (Keys{done.key}));
    EXPECT_EQ(tx.OldInvocations(later, 9), (Keys{command.key}));
  });
  Change([&](Tx& tx) { EXPECT_TRUE(tx.DeleteInvocation(done.key, 100)); });
  Look([&](ReadTx& tx) {
    EXPECT_EQ(tx.CountFiles(), 1);
    EXPECT_EQ(tx.CountInvocations(), 1);
    EXPECT_FALSE(tx.FindInvocation(done.id));
    EXPECT_TRUE(tx.OldFiles(later, 9).empty());
    EXPECT_EQ(tx.LoadContent(open.run_content), "hi");
  });
  Close(TaskOf(open, a), model::TaskState::kSuccess);
  Change([&](Tx& tx) { EXPECT_TRUE(tx.DeleteInvocation(open.key, 100)); });
  Look([&](ReadTx& tx) { EXPECT_EQ(tx.LoadContent(open.run_content), ""); });
}

}  // namespace assist::server::store::contract

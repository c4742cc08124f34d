// Contract, part: waves.
#pragma once

#include "server/store/contract/store_contract.h"

namespace assist::server::store::contract {

TEST_P(StoreContract, AWaveIsKeptWithItsMarksAndFoundWhileItHasRoom) {
  const auto machine = AddMachine("mi-a");
  const std::vector<model::MachineKey> machines = {machine};
  model::Invocation row;
  row.id = InvokeId("t-1");
  row.targets = 1;
  row.wave = model::Wave{{"50%", "1", 2, 1}, {0, false, true, 0}};
  model::Invocation errors_only;
  errors_only.id = InvokeId("t-2");
  errors_only.targets = 1;
  errors_only.wave = model::Wave{{"", "0", 0, 0}, {}};
  Change([&](Tx& tx) {
    tx.InsertInvocation(row);
    tx.InsertTasks(row, 0, machines);
    tx.InsertInvocation(errors_only);
    tx.InsertTasks(errors_only, 0, machines);
  });
  using Keys = std::vector<model::InvocationKey>;
  const auto wave_of = [&](const model::Invocation& which) {
    std::optional<model::Wave> out;
    Look([&](ReadTx& tx) { out = tx.LoadInvocation(which.key)->wave; });
    return out;
  };
  EXPECT_EQ(wave_of(row)->terms, row.wave->terms);
  EXPECT_EQ(wave_of(row)->marks, row.wave->marks);
  EXPECT_EQ(wave_of(errors_only)->terms, errors_only.wave->terms);
  Look([&](ReadTx& tx) {
    EXPECT_EQ(tx.WavesWithRoom(10), Keys{row.key});
    EXPECT_TRUE(tx.HasWork(machine, false));
    EXPECT_EQ(tx.FindInvocation(row.id)->wave->terms, row.wave->terms);
  });
  // Full: nothing to fetch but what the other one has, and no room.
  Change([&](Tx& tx) { tx.SaveWave(row.key, {2, false, true, 77}); });
  EXPECT_EQ(wave_of(row)->marks, (model::WaveMarks{2, false, true, 77}));
  Look([&](ReadTx& tx) {
    EXPECT_TRUE(tx.WavesWithRoom(10).empty());
    EXPECT_TRUE(tx.HasWork(machine, false)) << "of the wave without turns";
  });
  model::Task other = TaskOf(errors_only, machine);
  other.progress.state = model::TaskState::kSuccess;
  Change([&](Tx& tx) { tx.SaveTask(other, model::TaskState::kPending); });
  Look([&](ReadTx& tx) { EXPECT_FALSE(tx.HasWork(machine, true)); });
  Change([&](Tx& tx) { tx.SaveWave(row.key, {1, false, false, 0}); });
  Look([&](ReadTx& tx) {
    EXPECT_TRUE(tx.WavesWithRoom(10).empty()) << "nobody waits";
    EXPECT_TRUE(tx.HasWork(machine, false));
  });
}

TEST_P(StoreContract, WhoWaitsForATurnIsFoundInTheOrderOfTheCallAndInWindows) {
  std::vector<model::MachineKey> machines;
  for (int i = 0; i < 7; ++i) machines.push_back(AddMachine("mi-" + std::to_string(i)));
  model::Invocation row;
  row.id = InvokeId("t-1");
  row.targets = 7;
  Change([&](Tx& tx) {
    tx.InsertInvocation(row);
    tx.InsertTasks(row, 0, machines);
  });
  for (const std::size_t given : {0u, 3u}) {
    model::Task task = TaskOf(row, machines[given]);
    task.progress.delivery = model::Delivery::kDelivered;
    Change([&](Tx& tx) { tx.SaveTask(task, task.progress.state); });
  }
  // `limit` and `window` of each look, whom it finds, and whether there is more.
  const auto look = [&](model::TaskKey& after, std::int64_t limit, std::int64_t window) {
    std::vector<std::string> found;
    Look([&](ReadTx& tx) {
      const auto waiting = tx.WaitingTasksOf(row.key, after, limit, window);
      for (const auto& one : waiting.tasks) found.push_back(one.machine.str());
      after = waiting.after;
    });
    return found;
  };
  model::TaskKey after;
  EXPECT_EQ(look(after, 100, 100), (Ids{"mi-1", "mi-2", "mi-4", "mi-5", "mi-6"}));
  EXPECT_FALSE(after);
  EXPECT_EQ(look(after, 3, 100), (Ids{"mi-1", "mi-2", "mi-4"}));
  EXPECT_TRUE(after);
  EXPECT_EQ(look(after, 3, 100), (Ids{"mi-5", "mi-6"}));
  EXPECT_FALSE(after);
  EXPECT_EQ(look(after, 100, 4), (Ids{"mi-1", "mi-2"}));
  EXPECT_EQ(look(after, 100, 4), (Ids{"mi-4", "mi-5", "mi-6"}));
  EXPECT_FALSE(after);
  EXPECT_EQ(look(after, 100, 1), Ids{}) << "the first was given out";
  EXPECT_TRUE(after) << "there are others";
}

}  // namespace assist::server::store::contract

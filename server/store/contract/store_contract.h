// What every store must do, as tests: include it in a test program and instantiate the suite with a maker of empty
// stores: INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, testing::Values(&MakeSqlite)).
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/store/store.h"

namespace assist::server::store::contract {

/// A store and whatever it stands on.
class Bench {
 public:
  virtual ~Bench() = default;
  virtual Store& store() = 0;
  /// Runs what the store has submitted, to the end.
  virtual void RunAll() = 0;
};
using MakeBench = std::unique_ptr<Bench> (*)();

inline constexpr SystemTime kNow = FromUnixMillis(1'700'000'000'000);

class StoreContract : public testing::TestWithParam<MakeBench> {
 protected:
  void SetUp() override { bench_ = GetParam()(); }

  /// One change in a batch of its own.
  Status Write(UniqueFunction<Status(Tx&)> run) {
    Status out = Fail(Errc::kInternal, "not answered");
    bench_->store().Write({std::move(run), [&out](Status status) { out = std::move(status); }});
    bench_->RunAll();
    return out;
  }
  /// Changes that cannot fail.
  template <class F>
  void Change(F run) {
    Status status = Write([&run](Tx& tx) -> Status {
      run(tx);
      return {};
    });
    ASSERT_TRUE(status) << status.error().detail;
  }
  template <class F>
  void Look(F run) {
    Status out = Fail(Errc::kInternal, "not answered");
    bench_->store().Read({[&run](ReadTx& tx) -> Status {
                            run(tx);
                            return {};
                          },
                          [&out](Status status) { out = std::move(status); }});
    bench_->RunAll();
    ASSERT_TRUE(out) << out.error().detail;
  }

  model::MachineKey AddMachine(const std::string& id, model::Tags tags = {}) {
    model::Machine machine;
    machine.id = InstanceId(id);
    machine.name = "name of " + id;
    machine.registered = kNow;
    machine.tags = std::move(tags);
    Change([&](Tx& tx) { tx.InsertMachine(machine); });
    return machine.key;
  }
  model::Invocation AddInvocation(const std::string& id, const std::vector<model::MachineKey>& machines,
                                  const std::string& command = "c-1") {
    model::Invocation row;
    row.id = InvokeId(id);
    row.command_id = CommandId(command);
    row.command_name = "name of " + command;
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
  model::Task TaskOf(const model::Invocation& invocation, model::MachineKey machine) {
    std::optional<model::Task> task;
    Look([&](ReadTx& tx) { task = tx.FindTask(invocation.key, machine); });
    EXPECT_TRUE(task);
    return task.value_or(model::Task{});
  }
  void Close(model::Task task, model::TaskState state) {
    const model::TaskState before = task.progress.state;
    task.progress.state = state;
    task.progress.outcome = model::IsFinal(state) ? model::Outcome::kFinal : model::Outcome::kNone;
    task.progress.updated = kNow + std::chrono::seconds(9);
    Change([&](Tx& tx) { tx.SaveTask(task, before); });
  }
  model::Invocation Reload(const InvokeId& id) {
    std::optional<model::Invocation> out;
    Look([&](ReadTx& tx) { out = tx.FindInvocation(id); });
    EXPECT_TRUE(out);
    return out.value_or(model::Invocation{});
  }

  std::unique_ptr<Bench> bench_;
};
// A program may use only the helpers.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreContract);

template <class T>
std::vector<std::string> IdsOf(const model::Page<T>& page) {
  std::vector<std::string> out;
  for (const auto& item : page.items) out.push_back(item.id.str());
  return out;
}
using Ids = std::vector<std::string>;

}  // namespace assist::server::store::contract

// Contract, part: rollouts of agent releases.
#pragma once

#include <algorithm>

#include "server/store/contract/store_contract.h"
#include "server/store/rollout_tables.h"

namespace assist::server::store::contract {

class RolloutContract : public StoreContract {
 protected:
  using State = model::MachineRollout;

  model::Rollout AddRollout(const std::string& id, const std::string& name = "assist-agent",
                            model::RolloutState state = model::RolloutState::kRunning) {
    model::Rollout row;
    row.id = model::RolloutId(id);
    row.name = name;
    row.version = "2.0";
    row.region = "cn-hangzhou";
    row.state = state;
    row.created = kNow;
    Change([&](Tx& tx) { tx.rollout_tables().Insert(row); });
    return row;
  }
  model::RolloutMachine Put(const model::Rollout& rollout, model::MachineKey machine, std::int64_t turn, State state,
                            int wave = 0, const std::string& reason = "") {
    model::RolloutMachine row;
    row.rollout = rollout.key;
    row.machine = machine;
    row.turn = turn;
    row.state = state;
    row.wave = wave;
    row.reason = reason;
    row.changed = kNow;
    Change([&](Tx& tx) { tx.rollout_tables().PutMachine(row); });
    return row;
  }
  template <class F>
  void Reads(F look) {
    Look([&](ReadTx& tx) { look(tx.rollouts()); });
  }
  model::Rollout Reload(const model::Rollout& rollout) {
    std::optional<model::Rollout> out;
    Reads([&](RolloutReads& reads) { out = reads.Load(rollout.key); });
    EXPECT_TRUE(out);
    return out.value_or(model::Rollout{});
  }
  static std::vector<std::string> Names(const std::vector<RolloutMachineRow>& rows) {
    std::vector<std::string> out;
    for (const RolloutMachineRow& row : rows) out.push_back(row.instance.str());
    return out;
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RolloutContract);

TEST_P(RolloutContract, ARolloutComesBackAsItWasStored) {
  model::Rollout row;
  row.id = model::RolloutId("ro-1");
  row.name = "assist-agent";
  row.version = "2.0~rc1";
  row.channel = "beta";
  row.region = "cn-hangzhou";
  row.targets = model::RolloutTargets::kTags;
  row.tags = R"([{"Key":"a"}])";
  row.terms = {{5, 100}, std::chrono::seconds(7), 80, 9, 200, std::chrono::seconds(60), std::chrono::seconds(5), true,
               true};
  row.created = kNow;
  Change([&](Tx& tx) { tx.rollout_tables().Insert(row); });
  ASSERT_TRUE(row.key);
  row.state = model::RolloutState::kPaused;
  row.reason = model::RolloutReason::kGate;
  row.reason_text = "3 of 4";
  row.waiting_for = model::RolloutWait::kWindow;
  row.wave = 2;
  row.scanned = {17};
  row.rollback_wave = model::Rollout::kAllWaves;
  row.wave_ended = true;
  row.wait_until = kNow + std::chrono::seconds(1);
  row.trailing_since = kNow + std::chrono::seconds(2);
  row.ended = kNow + std::chrono::seconds(3);
  Change([&](Tx& tx) { tx.rollout_tables().Save(row); });
  const auto check = [&](const std::optional<model::Rollout>& found) {
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, row.id);
    EXPECT_EQ(found->name, row.name);
    EXPECT_EQ(found->version, row.version);
    EXPECT_EQ(found->channel, row.channel);
    EXPECT_EQ(found->region, row.region);
    EXPECT_EQ(found->targets, row.targets);
    EXPECT_EQ(found->tags, row.tags);
    EXPECT_EQ(found->terms, row.terms);
    EXPECT_EQ(found->created, row.created);
    EXPECT_EQ(found->state, row.state);
    EXPECT_EQ(found->reason, row.reason);
    EXPECT_EQ(found->reason_text, row.reason_text);
    EXPECT_EQ(found->waiting_for, row.waiting_for);
    EXPECT_EQ(found->wave, row.wave);
    EXPECT_EQ(found->scanned, row.scanned);
    EXPECT_EQ(found->rollback_wave, row.rollback_wave);
    EXPECT_EQ(found->wave_ended, row.wave_ended);
    EXPECT_EQ(found->wait_until, row.wait_until);
    EXPECT_EQ(found->trailing_since, row.trailing_since);
    EXPECT_EQ(found->ended, row.ended);
  };
  Reads([&](RolloutReads& reads) {
    check(reads.Find(row.id));
    check(reads.Load(row.key));
    EXPECT_FALSE(reads.Find(model::RolloutId("ro-2")));
  });
}

TEST_P(RolloutContract, LiveOnesAreFoundByName) {
  const auto done = AddRollout("ro-1", "assist-agent", model::RolloutState::kFinished);
  const auto live = AddRollout("ro-2");
  const auto other = AddRollout("ro-3", "other", model::RolloutState::kRollingBack);
  Reads([&](RolloutReads& reads) {
    EXPECT_EQ(reads.LiveOf("assist-agent")->id, live.id);
    EXPECT_EQ(reads.LiveOf("other")->id, other.id);
    EXPECT_FALSE(reads.LiveOf("third"));
    EXPECT_EQ(reads.Live(10), (std::vector<model::RolloutKey>{live.key, other.key}));
    EXPECT_EQ(reads.Live(1), (std::vector<model::RolloutKey>{live.key}));
    const auto list = [&](const RolloutFilter& filter) {
      std::vector<std::string> out;
      const auto page = reads.List(filter, {});
      for (const auto& row : page.items) out.push_back(row.id.str());
      EXPECT_EQ(page.total, static_cast<std::int64_t>(out.size()));
      return out;
    };
    EXPECT_EQ(list({}), (std::vector<std::string>{"ro-3", "ro-2", "ro-1"}));
    EXPECT_EQ(list({{}, "assist-agent", {}}), (std::vector<std::string>{"ro-2", "ro-1"}));
    EXPECT_EQ(list({{}, {}, model::RolloutState::kFinished}), (std::vector<std::string>{"ro-1"}));
    EXPECT_EQ(list({model::RolloutId("ro-3"), {}, {}}), (std::vector<std::string>{"ro-3"}));
  });
  model::Rollout ended = Reload(live);
  ended.state = model::RolloutState::kEnded;
  ended.waiting_for = model::RolloutWait::kResults;
  Change([&](Tx& tx) { tx.rollout_tables().Save(ended); });
  Reads([&](RolloutReads& reads) {
    EXPECT_FALSE(reads.LiveOf("assist-agent"));
    EXPECT_EQ(reads.Live(10), (std::vector<model::RolloutKey>{other.key, live.key})) << "it has results to come";
    EXPECT_EQ(reads.Live(1), (std::vector<model::RolloutKey>{other.key})) << "nothing that is over takes its place";
  });
}

TEST_P(RolloutContract, AMachineOfARolloutComesBackAsItWasStored) {
  const auto rollout = AddRollout("ro-1");
  const auto machine = AddMachine("mi-a");
  model::RolloutMachine row;
  row.rollout = rollout.key;
  row.machine = machine;
  row.turn = 77;
  row.state = State::kFailed;
  row.reason = "WrongHash";
  row.reason_text = "bytes are not those";
  row.wave = 3;
  row.attempts = 2;
  row.invocation = {12};
  row.invoke_id = InvokeId("t-9");
  row.changed = kNow;
  row.restarts = 4;
  row.memory_before = 5'000'000'000;
  Change([&](Tx& tx) { tx.rollout_tables().PutMachine(row); });
  Reads([&](RolloutReads& reads) {
    const auto found = reads.FindMachine(rollout.key, machine);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->instance.str(), "mi-a");
    EXPECT_FALSE(found->gone);
    EXPECT_EQ(found->row.turn, 77);
    EXPECT_EQ(found->row.state, State::kFailed);
    EXPECT_EQ(found->row.reason, row.reason);
    EXPECT_EQ(found->row.reason_text, row.reason_text);
    EXPECT_EQ(found->row.wave, 3);
    EXPECT_EQ(found->row.attempts, 2);
    EXPECT_EQ(found->row.invocation, row.invocation);
    EXPECT_EQ(found->row.invoke_id, row.invoke_id);
    EXPECT_EQ(found->row.changed, kNow);
    EXPECT_EQ(found->row.restarts, 4);
    EXPECT_EQ(found->row.memory_before, row.memory_before);
    EXPECT_FALSE(reads.FindMachine(rollout.key, {machine.value + 1}));
  });
  row.state = State::kUpdated;
  row.reason.clear();
  Change([&](Tx& tx) {
    tx.rollout_tables().PutMachine(row);
    tx.Deregister(machine, kNow);
  });
  Reads([&](RolloutReads& reads) {
    const auto found = reads.FindMachine(rollout.key, machine);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->gone);
    EXPECT_EQ(reads.Count(rollout.key).of(State::kUpdated), 1);
    EXPECT_EQ(reads.Count(rollout.key).total(), 1);
  });
}

TEST_P(RolloutContract, MachinesAreCountedAndFoundByStateWaveAndTurn) {
  const auto rollout = AddRollout("ro-1");
  const auto other = AddRollout("ro-2", "other");
  std::vector<model::MachineKey> keys;
  for (int i = 0; i < 6; ++i) keys.push_back(AddMachine("mi-" + std::to_string(i)));
  Put(rollout, keys[0], 50, State::kWaiting);
  Put(rollout, keys[1], 90, State::kWaiting, 0, "NotReached");
  Put(rollout, keys[2], 10, State::kOrdered, 2);
  Put(rollout, keys[3], 30, State::kUpdated, 2);
  Put(rollout, keys[4], 70, State::kFailed, 1, "WrongHash");
  Put(other, keys[5], 99, State::kWaiting);
  Reads([&](RolloutReads& reads) {
    EXPECT_EQ(Names(reads.MachinesIn(rollout.key, State::kWaiting, 0, 9)), (Ids{"mi-1", "mi-0"}));
    EXPECT_EQ(Names(reads.MachinesIn(rollout.key, State::kWaiting, 0, 1)), (Ids{"mi-1"}));
    EXPECT_EQ(Names(reads.MachinesIn(rollout.key, State::kWaiting, 90, 9)), (Ids{"mi-0"}));
    EXPECT_EQ(Names(reads.MachinesOfWave(rollout.key, 2, 0, 9)), (Ids{"mi-3", "mi-2"}));
    EXPECT_EQ(Names(reads.MachinesOfWave(rollout.key, 2, 30, 9)), (Ids{"mi-2"}));
    const auto all = reads.Count(rollout.key);
    EXPECT_EQ(all.of(State::kWaiting), 2);
    EXPECT_EQ(all.of(State::kOrdered), 1);
    EXPECT_EQ(all.of(State::kFailed), 1);
    EXPECT_EQ(all.total(), 5);
    EXPECT_EQ(reads.CountWave(rollout.key, 2).total(), 2);
    EXPECT_EQ(reads.CountWave(rollout.key, 3).total(), 0);
    auto reasons = reads.CountReasons(rollout.key);
    ASSERT_EQ(reasons.size(), 2u);
    std::sort(reasons.begin(), reasons.end(), [](const auto& a, const auto& b) { return a.state < b.state; });
    EXPECT_EQ(reasons[0].reason, "NotReached");
    EXPECT_EQ(reasons[1].state, State::kFailed);
    EXPECT_EQ(reasons[1].count, 1);

    model::PageRequest page;
    page.size = 2;
    page.by_position = true;
    auto list = reads.ListMachines({rollout.key, {}, {}}, page);
    EXPECT_EQ(Names(list.items), (Ids{"mi-1", "mi-4"}));
    EXPECT_EQ(list.total, 5);
    page.after = list.next;
    EXPECT_EQ(Names(reads.ListMachines({rollout.key, {}, {}}, page).items), (Ids{"mi-0", "mi-3"}));
    page = {};
    page.size = 2;
    page.number = 3;
    EXPECT_EQ(Names(reads.ListMachines({rollout.key, {}, {}}, page).items), (Ids{"mi-2"}));
    EXPECT_EQ(Names(reads.ListMachines({rollout.key, State::kFailed, {}}, {}).items), (Ids{"mi-4"}));
    EXPECT_EQ(Names(reads.ListMachines({rollout.key, {}, {keys[0], keys[5]}}, {}).items), (Ids{"mi-0"}));
  });
}

TEST_P(RolloutContract, MachinesAreMovedASliceAtATime) {
  const auto rollout = AddRollout("ro-1");
  for (int i = 0; i < 5; ++i) {
    Put(rollout, AddMachine("mi-" + std::to_string(i)), i + 1, State::kUpdated, i < 2 ? 1 : 2);
  }
  const RolloutTables::Move move{State::kUpdated, State::kRollingBack, 2, "x", kNow + std::chrono::seconds(5)};
  std::vector<std::int64_t> moved;
  Change([&](Tx& tx) {
    for (int i = 0; i < 3; ++i) moved.push_back(tx.rollout_tables().MoveMachines(rollout.key, move, 2));
  });
  EXPECT_EQ(moved, (std::vector<std::int64_t>{2, 1, 0}));
  Reads([&](RolloutReads& reads) {
    EXPECT_EQ(reads.Count(rollout.key).of(State::kUpdated), 2);
    const auto rows = reads.MachinesIn(rollout.key, State::kRollingBack, 0, 9);
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0].row.reason, "x");
    EXPECT_EQ(rows[0].row.changed, kNow + std::chrono::seconds(5));
    EXPECT_EQ(rows[0].row.wave, 2);
  });
  Change([&](Tx& tx) {
    EXPECT_EQ(tx.rollout_tables().MoveMachines(rollout.key, {State::kRollingBack, State::kWaiting, 0, "", kNow}, 9), 3);
  });
  Reads([&](RolloutReads& reads) { EXPECT_EQ(reads.CountWave(rollout.key, 2).total(), 0); });
}

TEST_P(RolloutContract, RestartsAreCountedWhereALiveRolloutUpdatedTheMachine) {
  const auto done = AddRollout("ro-1", "assist-agent", model::RolloutState::kFinished);
  const auto live = AddRollout("ro-2");
  const auto updated = AddMachine("mi-a");
  const auto waiting = AddMachine("mi-b");
  Put(done, updated, 1, State::kUpdated, 1);
  Put(live, updated, 1, State::kUpdated, 1);
  Put(live, waiting, 2, State::kWaiting);
  Change([&](Tx& tx) {
    for (int i = 0; i < 3; ++i) tx.rollout_tables().CountRestart(updated);
    tx.rollout_tables().CountRestart(waiting);
  });
  Reads([&](RolloutReads& reads) {
    EXPECT_EQ(reads.FindMachine(done.key, updated)->row.restarts, 0);
    EXPECT_EQ(reads.FindMachine(live.key, updated)->row.restarts, 3);
    EXPECT_EQ(reads.FindMachine(live.key, waiting)->row.restarts, 0);
  });
}

TEST_P(RolloutContract, AMachineHasAnOpenOrderWhileARolloutKnowsNothingOfIt) {
  const auto rollout = AddRollout("ro-1", "assist-agent", model::RolloutState::kEnded);
  const auto machine = AddMachine("mi-a");
  auto row = Put(rollout, machine, 1, State::kRollingBack, 1);
  const auto open = [&] {
    bool out = false;
    Reads([&](RolloutReads& reads) { out = reads.HasOpenOrder(machine); });
    return out;
  };
  EXPECT_FALSE(open()) << "it waits for its order";
  row.invocation = {7};
  for (const State state : {State::kWaiting, State::kOrdered, State::kUpdated, State::kFailed, State::kRollingBack,
                            State::kRolledBack, State::kRollbackFailed, State::kSkipped}) {
    row.state = state;
    Change([&](Tx& tx) { tx.rollout_tables().PutMachine(row); });
    EXPECT_EQ(open(), state == State::kOrdered || state == State::kRollingBack) << Name(state);
  }
}

TEST_P(RolloutContract, CandidatesAreRegisteredMachinesWithTheTags) {
  const auto a = AddMachine("mi-a", {{"env", "prod"}, {"zone", "1"}});
  const auto b = AddMachine("mi-b", {{"env", "test"}});
  const auto c = AddMachine("mi-c", {{"env", "prod"}});
  const auto gone = AddMachine("mi-d", {{"env", "prod"}});
  Change([&](Tx& tx) { tx.Deregister(gone, kNow); });
  using Keys = std::vector<model::MachineKey>;
  Reads([&](RolloutReads& reads) {
    const auto find = [&](model::MachineKey after, const std::vector<TagMatch>& tags, std::int64_t limit) {
      Keys out;
      for (const RolloutCandidate& row : reads.Candidates(after, tags, limit)) out.push_back(row.machine);
      return out;
    };
    EXPECT_EQ(find({}, {}, 9), (Keys{a, b, c}));
    EXPECT_EQ(find(a, {}, 9), (Keys{b, c}));
    EXPECT_EQ(find({}, {}, 2), (Keys{a, b}));
    EXPECT_EQ(find({}, {{"env", "prod"}}, 9), (Keys{a, c}));
    EXPECT_EQ(find({}, {{"env", "prod"}, {"zone", std::nullopt}}, 9), (Keys{a}));
    EXPECT_EQ(find({}, {{"other", std::nullopt}}, 9), Keys());
    EXPECT_EQ(reads.Candidates({}, {}, 1).front().instance.str(), "mi-a");
  });
}

TEST_P(RolloutContract, OldOnesAreForgottenASliceAtATime) {
  const auto machine = AddMachine("mi-a");
  const auto second = AddMachine("mi-b");
  const auto old = AddRollout("ro-1", "assist-agent", model::RolloutState::kFinished);
  const auto live = AddRollout("ro-2", "other");
  const auto kept = AddRollout("ro-3", "assist-agent", model::RolloutState::kEnded);
  for (const auto& rollout : {old, live, kept}) {
    Put(rollout, machine, 1, State::kUpdated, 1);
    Put(rollout, second, 2, State::kUpdated, 1);
  }
  int slices = 0;
  bool more = true;
  while (more && slices < 10) {
    Change([&](Tx& tx) { more = tx.rollout_tables().ForgetOld(1, 1); });
    if (more) ++slices;
  }
  EXPECT_EQ(slices, 3);
  Reads([&](RolloutReads& reads) {
    EXPECT_FALSE(reads.Load(old.key));
    EXPECT_EQ(reads.Count(old.key).total(), 0);
    EXPECT_EQ(reads.Count(live.key).total(), 2);
    EXPECT_EQ(reads.Count(kept.key).total(), 2);
  });
}

}  // namespace assist::server::store::contract

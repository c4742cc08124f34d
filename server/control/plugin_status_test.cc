#include "server/control/plugin_status.h"

#include "server/control/fake_server.h"
#include "server/control/register_machine.h"

namespace assist::server::control {
namespace {

using model::PluginState;

class PluginStatusTest : public ControlTest {
 protected:
  PluginStatusTest() { stock_ = AddMachine("mi-stock", Agent::kStock); }
  static model::PluginReport Report(const std::string& name, PluginState state = PluginState::kInstalled) {
    return {name, "1.0", state, model::PluginTag::kNotTold};
  }
  std::int64_t Tell(const InstanceId& machine, std::vector<model::PluginReport> reports) {
    const auto out = Change(RecordPluginStatus, RecordPluginStatusIn{machine, std::move(reports)});
    EXPECT_TRUE(out) << out.error().detail;
    return out ? out->refused : -1;
  }
  Result<ListPluginStatusOut> List(std::vector<InstanceId> instances, const std::string& name = {},
                                   const model::PageRequest& page = {}) {
    ListPluginStatusIn in;
    in.instances = std::move(instances);
    in.name = name;
    in.page = page;
    return Read(ListPluginStatus, in);
  }
  std::vector<model::PluginStatus> Of(const InstanceId& machine) {
    const auto out = List({machine});
    EXPECT_TRUE(out) << out.error().detail;
    return out ? out->items.at(0).plugins : std::vector<model::PluginStatus>();
  }
  InstanceId stock_;
};

TEST_F(PluginStatusTest, WhatAnAgentTellsIsListedWithItsTimes) {
  EXPECT_EQ(Tell(stock_, {Report("b", PluginState::kRunning), Report("a")}), 0);
  const SystemTime first = clock_.Now();
  clock_.Advance(std::chrono::seconds(300));
  EXPECT_EQ(Tell(stock_, {Report("b", PluginState::kFailed)}), 0);
  const auto plugins = Of(stock_);
  ASSERT_EQ(plugins.size(), 2u);
  EXPECT_EQ(plugins[0].name, "a");
  EXPECT_EQ(plugins[0].last, first);
  EXPECT_EQ(plugins[1].first, first);
  EXPECT_EQ(plugins[1].last, clock_.Now());
  EXPECT_EQ(plugins[1].state, PluginState::kFailed);
}

TEST_F(PluginStatusTest, AFullMachineForgetsWhatWasRemovedLongestAgoAndElseTakesNoMore) {
  std::vector<model::PluginReport> reports;
  for (std::size_t i = 0; i < model::kPluginsOfMachine; ++i) reports.push_back(Report("p-" + std::to_string(i)));
  EXPECT_EQ(Tell(stock_, reports), 0);
  EXPECT_EQ(Tell(stock_, {Report("one-more"), Report("p-7")}), 1);
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(Tell(stock_, {Report("p-5", PluginState::kRemoved)}), 0);
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(Tell(stock_, {Report("p-3", PluginState::kRemoved)}), 0);
  EXPECT_EQ(Tell(stock_, {Report("one-more")}), 0);
  const auto plugins = Of(stock_);
  EXPECT_EQ(plugins.size(), model::kPluginsOfMachine);
  const auto has = [&plugins](const std::string& name) {
    return std::any_of(plugins.begin(), plugins.end(), [&name](const auto& plugin) { return plugin.name == name; });
  };
  EXPECT_TRUE(has("one-more"));
  EXPECT_FALSE(has("p-5"));
  EXPECT_TRUE(has("p-3"));
  EXPECT_EQ(Tell(InstanceId("mi-none"), {Report("a")}), 1);
}

TEST_F(PluginStatusTest, ANameIsLookedForOnEveryMachine) {
  const InstanceId ours = AddMachine("mi-ours", Agent::kOurs);
  const InstanceId third = AddMachine("mi-third", Agent::kStock);
  Tell(ours, {Report("agent-pkg")});
  const auto all = List({}, "agent-pkg");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->total, 3);
  ASSERT_EQ(all->items.size(), 3u);
  std::size_t there = 0;
  for (const auto& row : all->items) {
    EXPECT_EQ(row.not_installed, row.instance != ours);
    there += row.plugins.size();
  }
  EXPECT_EQ(there, 1u);

  const auto chosen = List({third, ours}, "agent-pkg");
  ASSERT_TRUE(chosen);
  ASSERT_EQ(chosen->items.size(), 2u);
  EXPECT_EQ(chosen->items[0].instance, third);
  EXPECT_TRUE(chosen->items[0].not_installed);
  EXPECT_EQ(chosen->items[1].plugins.size(), 1u);

  model::PageRequest page;
  page.size = 2;
  page.by_position = true;
  std::size_t rows = 0;
  for (int turn = 0; turn < 5; ++turn) {
    const auto part = List({}, "agent-pkg", page);
    ASSERT_TRUE(part);
    rows += part->items.size();
    if (!part->next) break;
    page.after = part->next;
  }
  EXPECT_EQ(rows, 3u);
}

TEST_F(PluginStatusTest, TheCallersMachinesArePagedBothWays) {
  const InstanceId other = AddMachine("mi-other", Agent::kStock);
  Tell(stock_, {Report("a")});
  model::PageRequest page;
  page.size = 1;
  page.number = 2;
  const auto second = List({stock_, other}, "a", page);
  ASSERT_TRUE(second);
  ASSERT_EQ(second->items.size(), 1u);
  EXPECT_EQ(second->items[0].instance, other);
  EXPECT_EQ(second->total, 2);
  page.number = std::numeric_limits<std::int64_t>::max();
  EXPECT_TRUE(List({stock_, other}, "a", page)->items.empty());
  page.by_position = true;
  const auto begin = List({stock_, other}, "a", page);
  ASSERT_TRUE(begin);
  ASSERT_EQ(begin->items.size(), 1u);
  EXPECT_EQ(begin->items[0].instance, stock_);
  ASSERT_TRUE(begin->next);
  page.after = begin->next;
  const auto end = List({stock_, other}, "a", page);
  ASSERT_TRUE(end);
  ASSERT_EQ(end->items.size(), 1u);
  EXPECT_EQ(end->items[0].instance, other);
  EXPECT_FALSE(end->next);
}

TEST_F(PluginStatusTest, WhatIsNotKnownIsRefused) {
  EXPECT_EQ(ReasonOf(List({})), "PluginName.MissingValue");
  EXPECT_EQ(ReasonOf(List({stock_, stock_})), "PluginName.MissingValue");
  EXPECT_EQ(ReasonOf(List({InstanceId("mi-none")})), "InvalidInstance.NotFound");
  EXPECT_EQ(ReasonOf(List({InstanceId("mi-none")}, "a")), "InvalidInstance.NotFound");
  EXPECT_EQ(ReasonOf(List({stock_}, "a")), "InvalidPluginName.NotFound");
  EXPECT_EQ(ReasonOf(List({}, "a")), "InvalidPluginName.NotFound");
  Tell(stock_, {Report("a")});
  ASSERT_TRUE(Change(DeregisterMachine, DeregisterMachineIn{stock_}));
  EXPECT_EQ(ReasonOf(List({stock_})), "InvalidInstance.NotFound");
  EXPECT_EQ(ReasonOf(List({}, "a")), "InvalidPluginName.NotFound") << "it went with its machine";
}

}  // namespace
}  // namespace assist::server::control

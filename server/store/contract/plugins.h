// What agents tell of plug-ins and updates. Include it with store_contract.h.
#pragma once

#include "server/store/contract/store_contract.h"
#include "server/store/plugin_tables.h"
#include "server/store/tx.h"

namespace assist::server::store::contract {

inline model::PluginStatus PluginOf(const std::string& name, model::PluginState state) {
  model::PluginStatus out;
  out.name = name;
  out.version = "1.0";
  out.state = state;
  out.tagged = true;
  out.first = kNow;
  out.since = kNow + std::chrono::seconds(1);
  out.last = kNow + std::chrono::seconds(2);
  return out;
}

TEST_P(StoreContract, PluginsAreKeptByNameAndGoWithTheirMachine) {
  const auto one = AddMachine("mi-1");
  const auto other = AddMachine("mi-2");
  auto changed = PluginOf("b", model::PluginState::kRunning);
  Change([&](Tx& tx) {
    PluginTables& tables = tx.plugin_tables();
    tables.PutPlugin(one, PluginOf("b", model::PluginState::kFailed));
    tables.PutPlugin(one, PluginOf("a", model::PluginState::kRemoved));
    tables.PutPlugin(other, PluginOf("c", model::PluginState::kInstalled));
    changed.version = "1.1";
    changed.tagged = false;
    tables.PutPlugin(one, changed);
  });
  Look([&](ReadTx& tx) {
    PluginReads& reads = tx.plugins();
    const auto list = reads.PluginsOf(one);
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[0], PluginOf("a", model::PluginState::kRemoved));
    EXPECT_EQ(list[1], changed);
    EXPECT_EQ(reads.FindPlugin(one, "b"), changed);
    EXPECT_FALSE(reads.FindPlugin(one, "c"));
    EXPECT_TRUE(reads.IsPluginKnown("c"));
    EXPECT_FALSE(reads.IsPluginKnown("d"));
  });
  Change([&](Tx& tx) { tx.plugin_tables().DropPlugin(one, "a"); });
  Look([&](ReadTx& tx) { EXPECT_EQ(tx.plugins().PluginsOf(one).size(), 1u); });
  Change([&](Tx& tx) { tx.Deregister(one, kNow); });
  Look([&](ReadTx& tx) {
    EXPECT_TRUE(tx.plugins().PluginsOf(one).empty());
    EXPECT_FALSE(tx.plugins().IsPluginKnown("b"));
    EXPECT_EQ(tx.plugins().PluginsOf(other).size(), 1u);
  });
}

TEST_P(StoreContract, WhatCameOfAnUpdateComesBackAsItWasStored) {
  const auto one = AddMachine("mi-1");
  const auto other = AddMachine("mi-2");
  model::StockUpgrade upgrade;
  upgrade.version = "2.2.3.600";
  upgrade.sequence = 1'700'000'000'123;
  upgrade.told = kNow;
  upgrade.offers = 3;
  upgrade.failures = 2;
  upgrade.open = true;
  upgrade.failure = {"DownloadPackageFailed", "NoEnoughSpace", "no space left on device", "2.2.3.599"};
  upgrade.failed = kNow - std::chrono::hours(1);
  Look([&](ReadTx& tx) { EXPECT_FALSE(tx.plugins().UpgradeOf(one)); });
  Change([&](Tx& tx) {
    tx.plugin_tables().PutUpgrade(one, {});
    tx.plugin_tables().PutUpgrade(one, upgrade);
    tx.plugin_tables().PutUpgrade(other, {});
  });
  Look([&](ReadTx& tx) {
    const auto found = tx.plugins().UpgradeOf(one);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->version, upgrade.version);
    EXPECT_EQ(found->sequence, upgrade.sequence);
    EXPECT_EQ(found->told, upgrade.told);
    EXPECT_EQ(found->offers, upgrade.offers);
    EXPECT_EQ(found->failures, upgrade.failures);
    EXPECT_TRUE(found->open);
    EXPECT_EQ(found->failure.phase, upgrade.failure.phase);
    EXPECT_EQ(found->failure.detail, upgrade.failure.detail);
    EXPECT_EQ(found->failure.message, upgrade.failure.message);
    EXPECT_EQ(found->failure.version, upgrade.failure.version);
    EXPECT_EQ(found->failed, upgrade.failed);
  });
  Change([&](Tx& tx) { tx.Deregister(one, kNow); });
  Look([&](ReadTx& tx) {
    EXPECT_FALSE(tx.plugins().UpgradeOf(one));
    EXPECT_TRUE(tx.plugins().UpgradeOf(other));
  });
}

TEST_P(StoreContract, AnotherAgentOfAMachineBeginsWithoutPlugins) {
  const auto key = AddMachine("mi-1");
  Change([&](Tx& tx) {
    tx.plugin_tables().PutPlugin(key, PluginOf("a", model::PluginState::kRunning));
    tx.plugin_tables().PutUpgrade(key, {});
    auto machine = tx.FindMachine(InstanceId("mi-1"));
    ASSERT_TRUE(machine);
    tx.ReplaceAgent(*machine);
  });
  Look([&](ReadTx& tx) {
    EXPECT_TRUE(tx.plugins().PluginsOf(key).empty());
    EXPECT_FALSE(tx.plugins().UpgradeOf(key));
  });
}

}  // namespace assist::server::store::contract

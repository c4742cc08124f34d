// Contract, part: commands, machines, activations, tags, pages.
#pragma once

#include "server/store/contract/store_contract.h"

namespace assist::server::store::contract {

inline model::Command CommandNamed(Tx& tx, const std::string& name, model::Tags tags = {}) {
  model::Command command;
  command.id = CommandId("c-" + name);
  command.name = name;
  command.description = "about " + name;
  command.content = tx.KeepContent("echo same");
  command.parameter_names = {"a", "b_c"};
  command.timeout = std::chrono::seconds(77);
  command.created = kNow;
  command.tags = std::move(tags);
  tx.InsertCommand(command);
  return command;
}

TEST_P(StoreContract, ACommandComesBackAsItWasStored) {
  model::Command stored;
  Change([&](Tx& tx) { stored = CommandNamed(tx, "x", {{"k", "v"}, {"a", ""}}); });
  Look([&](ReadTx& tx) {
    const auto found = tx.FindCommand(CommandId("c-x"));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->key, stored.key);
    EXPECT_EQ(found->name, "x");
    EXPECT_EQ(found->description, "about x");
    EXPECT_EQ(found->parameter_names, (Ids{"a", "b_c"}));
    EXPECT_EQ(found->timeout, std::chrono::seconds(77));
    EXPECT_EQ(found->created, kNow);
    EXPECT_EQ(found->tags, (model::Tags{{"k", "v"}, {"a", ""}}));
    EXPECT_EQ(tx.LoadContent(found->content), "echo same");
    EXPECT_FALSE(tx.FindCommand(CommandId("c-y")));
  });
}

TEST_P(StoreContract, AScriptIsStoredOnceAndGoesWithItsLastUse) {
  model::Command one;
  model::Command two;
  Change([&](Tx& tx) {
    one = CommandNamed(tx, "one");
    two = CommandNamed(tx, "two");
  });
  EXPECT_EQ(one.content, two.content);
  Change([&](Tx& tx) { tx.DeleteCommand(one); });
  Look([&](ReadTx& tx) { EXPECT_EQ(tx.LoadContent(one.content), "echo same"); });
  Change([&](Tx& tx) { tx.DeleteCommand(two); });
  Look([&](ReadTx& tx) { EXPECT_EQ(tx.LoadContent(one.content), ""); });
}

TEST_P(StoreContract, ScriptsWithNulBytesAndBadTextSurvive) {
  const std::string bytes("a\0b\xff\n", 5);
  model::ContentKey key;
  Change([&](Tx& tx) { key = tx.KeepContent(bytes); });
  Look([&](ReadTx& tx) { EXPECT_EQ(tx.LoadContent(key), bytes); });
}

TEST_P(StoreContract, CommandsAreFoundByNamePatternTypeAndTags) {
  Change([](Tx& tx) {
    CommandNamed(tx, "deploy-web", {{"team", "web"}});
    CommandNamed(tx, "deploy-db", {{"team", "db"}, {"env", "prod"}});
    CommandNamed(tx, "clean*up");
  });
  const auto find = [&](CommandFilter filter) {
    model::Page<model::Command> page;
    Look([&](ReadTx& tx) { page = tx.ListCommands(filter, {}); });
    EXPECT_EQ(page.total, static_cast<std::int64_t>(page.items.size()));
    return IdsOf(page);
  };
  CommandFilter filter;
  EXPECT_EQ(find(filter), (Ids{"c-clean*up", "c-deploy-db", "c-deploy-web"}));
  filter.name = "deploy*";
  EXPECT_EQ(find(filter), (Ids{"c-deploy-db", "c-deploy-web"}));
  filter.name = "*web";
  EXPECT_EQ(find(filter), (Ids{"c-deploy-web"}));
  filter.name = "*oy-d*";
  EXPECT_EQ(find(filter), (Ids{"c-deploy-db"}));
  filter.name = "Deploy*";
  EXPECT_EQ(find(filter), Ids{});
  filter.name = "deploy";
  EXPECT_EQ(find(filter), Ids{});
  filter.name = "*";
  EXPECT_EQ(find(filter).size(), 3u);
  filter.name = "";
  filter.description = "about deploy-db";
  EXPECT_EQ(find(filter), (Ids{"c-deploy-db"}));
  filter.description = "";
  filter.tags = {{"team", std::nullopt}};
  EXPECT_EQ(find(filter).size(), 2u);
  filter.tags = {{"team", "db"}, {"env", "prod"}};
  EXPECT_EQ(find(filter), (Ids{"c-deploy-db"}));
  filter.tags = {{"team", "web"}, {"env", "prod"}};
  EXPECT_EQ(find(filter), Ids{});
  filter.tags = {};
  filter.type = model::CommandType::kRunBatScript;
  EXPECT_EQ(find(filter), Ids{});
  filter.type = model::CommandType::kRunShellScript;
  filter.id = CommandId("c-deploy-db");
  EXPECT_EQ(find(filter), (Ids{"c-deploy-db"}));
}

TEST_P(StoreContract, PagesByNumberCoverEverythingAndEndEmpty) {
  Change([](Tx& tx) {
    for (int i = 0; i < 25; ++i) CommandNamed(tx, std::to_string(100 + i));
  });
  Ids all;
  for (std::int64_t number = 1; number <= 4; ++number) {
    model::PageRequest request;
    request.number = number;
    request.size = 10;
    Look([&](ReadTx& tx) {
      const auto page = tx.ListCommands({}, request);
      EXPECT_EQ(page.total, 25);
      EXPECT_FALSE(page.next);
      EXPECT_EQ(page.items.size(), number < 3 ? 10u : number == 3 ? 5u : 0u);
      for (const auto& item : page.items) all.push_back(item.name);
    });
  }
  ASSERT_EQ(all.size(), 25u);
  EXPECT_EQ(all.front(), "124");
  EXPECT_EQ(all.back(), "100");
  model::PageRequest far;
  far.number = INT64_MAX;
  Look([&](ReadTx& tx) { EXPECT_TRUE(tx.ListCommands({}, far).items.empty()); });
}

TEST_P(StoreContract, PagesByPositionAreNotShiftedByNewRows) {
  Change([](Tx& tx) {
    for (int i = 0; i < 20; ++i) CommandNamed(tx, std::to_string(100 + i));
  });
  model::PageRequest request;
  request.by_position = true;
  request.size = 10;
  Ids all;
  for (int page = 0; page < 2; ++page) {
    Look([&](ReadTx& tx) {
      const auto found = tx.ListCommands({}, request);
      for (const auto& item : found.items) all.push_back(item.name);
      EXPECT_EQ(found.next.has_value(), page == 0);
      request.after = found.next;
    });
    Change([&](Tx& tx) { CommandNamed(tx, "new" + std::to_string(page)); });
  }
  ASSERT_EQ(all.size(), 20u);
  EXPECT_EQ(all[10], "109");
  EXPECT_EQ(all.back(), "100");
}

TEST_P(StoreContract, MachinesAreFoundListedRenamedAndLeave) {
  const auto web = AddMachine("mi-web", {{"team", "web"}});
  const auto db = AddMachine("mi-db", {{"team", "db"}});
  Look([&](ReadTx& tx) {
    EXPECT_EQ(tx.CountMachines(), 2);
    EXPECT_EQ(tx.InstanceOf(web), InstanceId("mi-web"));
    const std::vector<InstanceId> ids = {InstanceId("mi-db"), InstanceId("mi-none"), InstanceId("mi-web")};
    const auto found = tx.ResolveMachines(ids);
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0].key, db);
    EXPECT_FALSE(found[1].key);
    EXPECT_EQ(found[2].key, web);
    const auto tagged = tx.MachinesWithTags({{"team", "db"}}, 10);
    ASSERT_EQ(tagged.size(), 1u);
    EXPECT_EQ(tagged[0].key, db);
    EXPECT_EQ(tx.MachinesWithTags({{"team", std::nullopt}}, 10).size(), 2u);
    EXPECT_EQ(tx.MachinesWithTags({{"team", std::nullopt}}, 1).size(), 1u);
    EXPECT_EQ(IdsOf(tx.ListMachines({}, {}, {})), (Ids{"mi-db", "mi-web"}));
    MachineFilter only;
    only.keys = {web, {999}};
    EXPECT_EQ(IdsOf(tx.ListMachines(only, {}, {})), (Ids{"mi-web"}));
  });
  Change([&](Tx& tx) {
    tx.RenameMachine(web, "new");
    tx.Deregister(db, kNow);
  });
  Look([&](ReadTx& tx) {
    EXPECT_EQ(tx.FindMachine(InstanceId("mi-web"))->name, "new");
    EXPECT_EQ(tx.FindMachine(InstanceId("mi-db"))->deregistered, kNow);
    EXPECT_EQ(tx.CountMachines(), 1);
    EXPECT_EQ(IdsOf(tx.ListMachines({}, {}, {})), (Ids{"mi-web"}));
    const std::vector<InstanceId> ids = {InstanceId("mi-db")};
    EXPECT_FALSE(tx.ResolveMachines(ids)[0].key);
    const std::vector<model::MachineKey> keys = {web, db, {999}};
    EXPECT_EQ(tx.GoneAmong(keys), (std::vector<model::MachineKey>{db, {999}}));
    EXPECT_TRUE(tx.MachinesWithTags({{"team", "db"}}, 10).empty());
    MachineFilter filter;
    filter.name = "ne*";
    EXPECT_EQ(tx.ListMachines(filter, {}, {}).total, 1);
    filter.os_type = model::OsType::kWindows;
    EXPECT_EQ(tx.ListMachines(filter, {}, {}).total, 0);
  });
}

TEST_P(StoreContract, AnAddressStandsForAMachineUntilItIsFreed) {
  model::Machine one;
  model::Machine two;
  Change([&](Tx& tx) {
    one.id = InstanceId("mi-one");
    one.key_type = model::KeyType::kAddress;
    tx.InsertMachine(one);
    two.id = InstanceId("mi-two");
    two.key_type = model::KeyType::kAddress;
    tx.InsertMachine(two);
    tx.BindAddress("192.0.2.1", one.key, kNow);
    tx.BindAddress("192.0.2.2", one.key, kNow);
    tx.BindAddress("2001:db8::1", two.key, kNow);
  });
  Look([&](ReadTx& tx) {
    const auto found = tx.FindMachineAt("192.0.2.2");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, one.id);
    EXPECT_EQ(found->key_type, model::KeyType::kAddress);
    EXPECT_FALSE(tx.FindMachineAt("192.0.2.3"));
    const auto all = tx.ListBindings({});
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[0].address, "192.0.2.1");
    EXPECT_EQ(all[0].instance, one.id);
    EXPECT_EQ(all[0].bound, kNow);
    EXPECT_EQ(tx.ListBindings(two.key).size(), 1u);
  });
  Change([&](Tx& tx) {
    EXPECT_TRUE(tx.UnbindAddress("192.0.2.2"));
    EXPECT_FALSE(tx.UnbindAddress("192.0.2.2"));
    tx.Deregister(two.key, kNow);
  });
  Look([&](ReadTx& tx) {
    EXPECT_FALSE(tx.FindMachineAt("192.0.2.2"));
    EXPECT_FALSE(tx.FindMachineAt("2001:db8::1"));
    EXPECT_EQ(tx.ListBindings({}).size(), 1u);
  });
}

TEST_P(StoreContract, ARepeatedRegistrationFindsItsMachine) {
  model::Machine machine;
  machine.id = InstanceId("mi-1");
  machine.machine_id = "m";
  machine.public_key = "PEM";
  Change([&](Tx& tx) { tx.InsertMachine(machine); });
  Look([](ReadTx& tx) {
    const auto found = tx.FindMachineWithKey("m", "PEM");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, InstanceId("mi-1"));
    EXPECT_FALSE(tx.FindMachineWithKey("m", "other"));
    EXPECT_FALSE(tx.FindMachineWithKey("other", "PEM"));
  });
  Change([&](Tx& tx) { tx.Deregister(machine.key, kNow); });
  Look([](ReadTx& tx) { EXPECT_FALSE(tx.FindMachineWithKey("m", "PEM")); });
}

TEST_P(StoreContract, MachinesThatLeftAreForgottenWhenTheirTasksAre) {
  const auto with_task = AddMachine("mi-1");
  const auto without = AddMachine("mi-2");
  AddMachine("mi-3");
  AddInvocation("t-1", {with_task});
  Change([&](Tx& tx) {
    tx.Deregister(with_task, kNow);
    tx.Deregister(without, kNow);
    EXPECT_FALSE(tx.DeleteGoneMachines(kNow, 10));  // not before kNow
    EXPECT_TRUE(tx.LoadMachine(without));
    EXPECT_FALSE(tx.DeleteGoneMachines(kNow + std::chrono::seconds(1), 10));
    EXPECT_FALSE(tx.LoadMachine(without));
    EXPECT_TRUE(tx.LoadMachine(with_task));
  });
}

TEST_P(StoreContract, AChoiceOutsideTheStoreGoesThroughPagesAndTotal) {
  for (int i = 0; i < 9; ++i) AddMachine("mi-" + std::to_string(i));
  const ReadTx::KeepMachine even{
      [](const InstanceId& id, std::optional<SystemTime>) { return (id.str().back() - '0') % 2 == 0; }};
  model::PageRequest request;
  request.size = 2;
  Look([&](ReadTx& tx) {
    request.number = 2;
    const auto page = tx.ListMachines({}, request, even);
    EXPECT_EQ(page.total, 5);
    EXPECT_EQ(IdsOf(page), (Ids{"mi-4", "mi-2"}));
    request.by_position = true;
    auto first = tx.ListMachines({}, request, even);
    EXPECT_EQ(IdsOf(first), (Ids{"mi-8", "mi-6"}));
    request.after = first.next;
    request.size = 3;
    const auto last = tx.ListMachines({}, request, even);
    EXPECT_EQ(IdsOf(last), (Ids{"mi-4", "mi-2", "mi-0"}));
    EXPECT_EQ(last.total, 5);
    EXPECT_FALSE(last.next);
  });
}

TEST_P(StoreContract, AChoiceOutsideTheStoreFollowsWhatComesAndGoes) {
  const ReadTx::KeepMachine any{[](const InstanceId&, std::optional<SystemTime>) { return true; }};
  const auto all = [&] {
    Ids ids;
    Look([&](ReadTx& tx) { ids = IdsOf(tx.ListMachines({}, {}, any)); });
    return ids;
  };
  EXPECT_EQ(all(), Ids{});
  const auto first = AddMachine("mi-1");
  AddMachine("mi-2");
  EXPECT_EQ(all(), (Ids{"mi-2", "mi-1"}));
  Change([&](Tx& tx) { tx.Deregister(first, kNow); });
  EXPECT_EQ(all(), (Ids{"mi-2"}));
  Change([&](Tx& tx) { tx.Deregister(first, kNow); });
  AddMachine("mi-3");
  EXPECT_EQ(all(), (Ids{"mi-3", "mi-2"}));
}

TEST_P(StoreContract, MachinesByPartsOfTheirNames) {
  std::vector<model::MachineKey> keys;
  for (const char* name : {"web-1", "web-10", "db-1", "web"}) {
    keys.push_back(AddMachine("mi-" + std::string(name)));
    Change([&](Tx& tx) { tx.RenameMachine(keys.back(), name); });
  }
  const auto named = [&](const std::string& name) {
    Ids ids;
    MachineFilter filter;
    filter.name = name;
    Look([&](ReadTx& tx) { ids = IdsOf(tx.ListMachines(filter, {}, {})); });
    return ids;
  };
  EXPECT_EQ(named("web"), (Ids{"mi-web"}));
  EXPECT_EQ(named("web*"), (Ids{"mi-web", "mi-web-10", "mi-web-1"}));
  EXPECT_EQ(named("*-1"), (Ids{"mi-db-1", "mi-web-1"}));
  EXPECT_EQ(named("*b-1*"), (Ids{"mi-db-1", "mi-web-10", "mi-web-1"}));
  EXPECT_EQ(named("*").size(), 4u);
  EXPECT_EQ(named("w"), Ids{});
  Change([&](Tx& tx) { tx.RenameMachine(keys[2], "web-2"); });
  EXPECT_EQ(named("*-1"), (Ids{"mi-web-1"}));
  Change([&](Tx& tx) { tx.Deregister(keys[3], kNow); });
  EXPECT_EQ(named("web*"), (Ids{"mi-db-1", "mi-web-10", "mi-web-1"}));
}

TEST_P(StoreContract, AChoiceOutsideTheStoreIsToldOfLateSignsOnly) {
  AddMachine("mi-1", {{"team", "a"}});
  AddMachine("mi-2", {{"team", "a"}});
  AddMachine("mi-3");
  Change([&](Tx& tx) {
    const std::vector<SeenRow> seen = {{InstanceId("mi-1"), kNow, "", ""},
                                       {InstanceId("mi-2"), kNow + std::chrono::seconds(9), "", ""}};
    tx.Touch(seen);
  });
  const ReadTx::KeepMachine late{[](const InstanceId&, std::optional<SystemTime> seen) { return seen.has_value(); },
                                 kNow + std::chrono::seconds(5)};
  Look([&](ReadTx& tx) {
    EXPECT_EQ(IdsOf(tx.ListMachines({}, {}, late)), (Ids{"mi-2"}));
    MachineFilter filter;
    filter.tags = {{"team", "a"}};
    EXPECT_EQ(IdsOf(tx.ListMachines(filter, {}, late)), (Ids{"mi-2"}));
  });
}

TEST_P(StoreContract, PagesOfMachinesWithTags) {
  for (int i = 0; i < 12; ++i) {
    const std::string id = "mi-" + std::to_string(i);
    const auto key = AddMachine(id, {{"env", i % 2 == 0 ? "prod" : "test"}, {"rack", std::to_string(i % 3)}});
    Change([&](Tx& tx) { tx.RenameMachine(key, id); });
  }
  const auto gone = AddMachine("mi-gone", {{"env", "prod"}, {"rack", "0"}});
  Change([&](Tx& tx) { tx.Deregister(gone, kNow); });
  MachineFilter filter;
  filter.tags = {{"env", "prod"}};
  model::PageRequest page;
  page.size = 4;
  Look([&](ReadTx& tx) {
    auto list = tx.ListMachines(filter, page, {});
    EXPECT_EQ(list.total, 6);
    EXPECT_EQ(IdsOf(list), (Ids{"mi-10", "mi-8", "mi-6", "mi-4"}));
    EXPECT_EQ(list.items[0].tags.size(), 2u);
    page.number = 2;
    EXPECT_EQ(IdsOf(tx.ListMachines(filter, page, {})), (Ids{"mi-2", "mi-0"}));
    page.by_position = true;
    page.after = tx.ListMachines(filter, page, {}).next;
    list = tx.ListMachines(filter, page, {});
    EXPECT_EQ(IdsOf(list), (Ids{"mi-2", "mi-0"}));
    EXPECT_FALSE(list.next);
    filter.tags = {{"env", "prod"}, {"rack", "1"}};
    EXPECT_EQ(IdsOf(tx.ListMachines(filter, {}, {})), (Ids{"mi-10", "mi-4"}));
    filter.tags = {{"rack", std::nullopt}, {"env", "test"}};
    EXPECT_EQ(tx.ListMachines(filter, {}, {}).total, 6);
    filter.name = "mi-1*";
    EXPECT_EQ(tx.ListMachines(filter, {}, {}).total, 2);
    page = {};
    page.size = 1;
    page.number = 2;
    EXPECT_EQ(IdsOf(tx.ListMachines(filter, page, {})), (Ids{"mi-1"}));
    EXPECT_EQ(tx.ListMachines(filter, page, {}).total, 2);
  });
}

TEST_P(StoreContract, SignsOfLifeNeverGoBack) {
  const auto key = AddMachine("mi-1");
  Change([&](Tx& tx) {
    const std::vector<SeenRow> seen = {{InstanceId("mi-1"), kNow, "2.0", ""}, {InstanceId("mi-none"), kNow, "", ""}};
    tx.Touch(seen);
    const std::vector<SeenRow> older = {{InstanceId("mi-1"), kNow - std::chrono::seconds(5), "", "os"}};
    tx.Touch(older);
  });
  Look([&](ReadTx& tx) {
    const auto machine = tx.LoadMachine(key);
    EXPECT_EQ(machine->last_seen, kNow);
    EXPECT_EQ(machine->agent_version, "2.0");
    EXPECT_EQ(machine->os_version, "os");
  });
}

TEST_P(StoreContract, ActivationsAreKeptChangedAndDeleted) {
  model::Activation activation;
  activation.id = ActivationId("A-1");
  activation.code_hash = std::string("\0\xff", 2);
  activation.instance_name = "web";
  activation.time_to_live = std::chrono::hours(3);
  activation.created = kNow;
  Change([&](Tx& tx) { tx.InsertActivation(activation); });
  activation.registered_count = 2;
  activation.disabled = true;
  Change([&](Tx& tx) { tx.SaveActivation(activation); });
  Look([&](ReadTx& tx) {
    EXPECT_EQ(tx.CountActivations(), 1);
    const auto found = tx.FindActivation(ActivationId("A-1"));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->code_hash, std::string("\0\xff", 2));
    EXPECT_EQ(found->time_to_live, std::chrono::hours(3));
    EXPECT_EQ(found->registered_count, 2);
    EXPECT_TRUE(found->disabled);
    ActivationFilter filter;
    filter.instance_name = "web";
    EXPECT_EQ(tx.ListActivations(filter, {}).total, 1);
    filter.instance_name = "db";
    EXPECT_EQ(tx.ListActivations(filter, {}).total, 0);
  });
  Change([&](Tx& tx) { tx.DeleteActivation(activation.key); });
  Look([](ReadTx& tx) { EXPECT_EQ(tx.CountActivations(), 0); });
}

TEST_P(StoreContract, AnInventoryIsKeptByTypeAndGoesWithItsMachine) {
  const auto one = AddMachine("mi-1");
  const auto other = AddMachine("mi-2");
  const auto item = [](const std::string& type, const std::string& content) {
    model::InventoryItem out;
    out.type = type;
    out.schema_version = "1.0";
    out.captured = "2026-11-22T00:00:00Z";
    out.hash = "h-" + content;
    out.content = content;
    out.received = kNow;
    return out;
  };
  Change([&](Tx& tx) {
    tx.PutInventory(one, item("ACS:Network", "[1]"));
    tx.PutInventory(one, item("ACS:Application", "[2]"));
    tx.PutInventory(other, item("ACS:Network", "[3]"));
    tx.PutInventory(one, item("ACS:Network", "[4,4]"));
  });
  Look([&](ReadTx& tx) {
    const auto list = tx.InventoryOf(one, "");
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[0].type, "ACS:Application");
    EXPECT_EQ(list[1].type, "ACS:Network");
    EXPECT_EQ(list[1].size, 5);
    EXPECT_EQ(list[1].content, "") << "it was not asked for";
    const auto network = tx.InventoryOf(one, "ACS:Network");
    ASSERT_EQ(network.size(), 1u);
    EXPECT_EQ(network[0].content, "[4,4]");
    EXPECT_EQ(network[0].hash, "h-[4,4]");
    EXPECT_EQ(network[0].schema_version, "1.0");
    EXPECT_EQ(network[0].captured, "2026-11-22T00:00:00Z");
    EXPECT_EQ(network[0].received, kNow);
    EXPECT_TRUE(tx.InventoryOf(one, "ACS:File").empty());
  });
  Change([&](Tx& tx) { tx.Deregister(one, kNow); });
  Look([&](ReadTx& tx) {
    EXPECT_TRUE(tx.InventoryOf(one, "").empty());
    EXPECT_EQ(tx.InventoryOf(other, "").size(), 1u);
  });
}

TEST_P(StoreContract, AMachineGetsANewAgentAndKeepsWhatIsItsOwn) {
  const auto key = AddMachine("mi-1", {{"k", "v"}});
  const auto other = AddMachine("mi-2");
  Change([&](Tx& tx) {
    tx.BindAddress("192.0.2.7", key, kNow);
    tx.PutMoveCode({std::string(32, 'a'), key, kNow, false});
    tx.PutMoveCode({std::string(32, 'b'), key, kNow + std::chrono::seconds(9), false});
    tx.PutMoveCode({std::string(32, 'c'), other, kNow, true});
  });
  Look([&](ReadTx& tx) {
    EXPECT_FALSE(tx.FindMoveCode(std::string(32, 'a'))) << "a machine has one";
    const auto code = tx.FindMoveCode(std::string(32, 'b'));
    ASSERT_TRUE(code);
    EXPECT_EQ(code->hash, std::string(32, 'b'));
    EXPECT_EQ(code->machine, key);
    EXPECT_EQ(code->expires, kNow + std::chrono::seconds(9));
    EXPECT_FALSE(code->used);
    EXPECT_TRUE(tx.FindMoveCode(std::string(32, 'c'))->used);
  });
  Change([&](Tx& tx) {
    model::Machine machine = *tx.LoadMachine(key);
    machine.public_key = "new pem";
    machine.key_type = model::KeyType::kEd25519;
    machine.assist_protocol = 1;
    machine.machine_id = "m-new";
    machine.agent_version = "1.0.0";
    machine.hostname = "host";
    machine.name = "not written";
    tx.ReplaceAgent(machine);
  });
  Look([&](ReadTx& tx) {
    const auto machine = tx.FindMachine(InstanceId("mi-1"));
    ASSERT_TRUE(machine);
    EXPECT_EQ(machine->public_key, "new pem");
    EXPECT_EQ(machine->key_type, model::KeyType::kEd25519);
    EXPECT_TRUE(machine->is_ours());
    EXPECT_EQ(machine->machine_id, "m-new");
    EXPECT_EQ(machine->hostname, "host");
    EXPECT_EQ(machine->name, "name of mi-1");
    EXPECT_EQ(machine->tags, (model::Tags{{"k", "v"}}));
    EXPECT_FALSE(tx.FindMachineAt("192.0.2.7"));
    EXPECT_EQ(tx.CountMachines(), 2);
  });
  Change([&](Tx& tx) { tx.Deregister(key, kNow); });
  Look([&](ReadTx& tx) {
    EXPECT_FALSE(tx.FindMoveCode(std::string(32, 'b')));
    EXPECT_TRUE(tx.FindMoveCode(std::string(32, 'c')));
  });
}

}  // namespace assist::server::store::contract

#include "server/control/machines.h"

#include "server/control/access_keys.h"
#include "server/control/activations.h"
#include "server/control/fake_server.h"
#include "server/control/register_machine.h"

namespace assist::server::control {
namespace {

using Names = std::vector<std::string>;

class MachinesTest : public ControlTest {
 protected:
  CreateActivationOut Activate(CreateActivationIn in = {}) {
    auto out = Change(CreateActivation, in);
    EXPECT_TRUE(out) << out.error().detail;
    return out.value_or(CreateActivationOut{});
  }
  static RegisterMachineIn With(const CreateActivationOut& activation, const std::string& host = "host") {
    RegisterMachineIn in;
    in.activation = activation.id;
    in.code = activation.code;
    in.machine_id = "id-" + host;
    in.hostname = host;
    in.public_key = "key-" + host;
    in.internet_ip = "10.1.2.3";
    in.region = "cn-hangzhou";
    in.key_type = model::KeyType::kEd25519;
    in.assist_protocol = 1;
    return in;
  }
  model::Activation Shown(const ActivationId& id) {
    DescribeActivationsIn in;
    in.id = id;
    auto page = Read(DescribeActivations, in);
    EXPECT_EQ(page->total, 1);
    return page->items.at(0);
  }
  template <class View>
  static Names IdsOf(const model::Page<View>& page) {
    Names out;
    for (const auto& view : page.items) out.push_back(view.machine.id.str());
    return out;
  }
};

TEST_F(MachinesTest, AnActivationHasAnIdInCapitalsAndACodeThatIsStoredNowhere) {
  CreateActivationIn in;
  in.description = "d";
  in.instance_name = "web";
  in.tags = {{"k", "v"}};
  const auto out = Activate(in);
  EXPECT_EQ(out.id.str().size(), 36u);
  EXPECT_EQ(out.code.Reveal().size(), 34u);
  EXPECT_EQ(out.code.Reveal().substr(0, 2), "a-");
  const auto shown = Shown(out.id);
  EXPECT_EQ(shown.description, "d");
  EXPECT_EQ(shown.instance_count, 10);
  EXPECT_EQ(shown.time_to_live, std::chrono::hours(4));
  EXPECT_EQ(shown.tags, in.tags);
  EXPECT_EQ(shown.code_hash.size(), 32u);
}

TEST_F(MachinesTest, ARepeatedCallGetsTheSameCodeThoughItIsKeptNowhere) {
  CreateActivationIn in;
  in.client_token = {"token-7f3a", "hash", "me"};
  const auto first = Activate(in);
  const auto again = Activate(in);
  EXPECT_EQ(first.id, again.id);
  EXPECT_EQ(first.code, again.code);
  EXPECT_EQ(first.code.Reveal().size(), 34u);
  EXPECT_TRUE(Change(RegisterMachine, With(again)));
  ASSERT_TRUE(store_->Close());
  std::string bytes;
  for (const auto& file : std::filesystem::directory_iterator(folder_)) {
    std::string content(file.file_size(), '\0');
    std::FILE* in_file = std::fopen(file.path().c_str(), "rb");
    ASSERT_NE(in_file, nullptr);
    EXPECT_EQ(std::fread(content.data(), 1, content.size(), in_file), content.size());
    std::fclose(in_file);
    bytes += content;
  }
  EXPECT_NE(bytes.find(first.id.str()), std::string::npos);
  EXPECT_EQ(bytes.find(first.code.Reveal()), std::string::npos);
  EXPECT_EQ(bytes.find("token-7f3a"), std::string::npos);
}

TEST_F(MachinesTest, ActivationsOutOfRangeOrTooManyAreRefused) {
  settings_.limits = model::Limits::Compat();
  CreateActivationIn in;
  in.instance_count = 1'001;
  EXPECT_EQ(ReasonOf(Change(CreateActivation, in)), "ActivationLimitation.Invalid");
  in.instance_count = 0;
  EXPECT_EQ(ReasonOf(Change(CreateActivation, in)), "ActivationLimitation.Invalid");
  in.instance_count = 1'000;
  in.time_to_live = std::chrono::hours(5);
  EXPECT_EQ(ReasonOf(Change(CreateActivation, in)), "ActivationTTL.ExceedLimit");
  in.time_to_live = std::chrono::hours(4);
  for (int i = 0; i < 10; ++i) Activate(in);
  EXPECT_EQ(ReasonOf(Change(CreateActivation, in)), "ActivationCount.ExceedLimit");
}

TEST_F(MachinesTest, ARegisteredMachineHasItsDataNameAndTags) {
  CreateActivationIn create;
  create.instance_name = "web";
  create.tags = {{"team", "web"}, {"env", "prod"}};
  const auto activation = Activate(create);
  auto in = With(activation);
  in.tags = {{"env", "test"}, {"rack", "7"}};
  const auto out = Change(RegisterMachine, in);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->instance.str().size(), 21u);
  EXPECT_EQ(out->instance.str().substr(0, 3), "mi-");
  const auto loaded = Read(LoadMachine, LoadMachineIn{out->instance})->machine;
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->name, "web-001");
  EXPECT_EQ(loaded->public_key, "key-host");
  EXPECT_EQ(loaded->machine_id, "id-host");
  EXPECT_EQ(loaded->key_type, model::KeyType::kEd25519);
  EXPECT_TRUE(loaded->is_ours());
  EXPECT_EQ(loaded->activation, activation.id);
  EXPECT_EQ(loaded->registered, clock_.Now());
  EXPECT_EQ(loaded->tags, (model::Tags{{"team", "web"}, {"env", "prod"}, {"rack", "7"}}));
  EXPECT_EQ(Shown(activation.id).registered_count, 1);
  auto named = With(activation, "other");
  named.instance_name = "mine";
  EXPECT_EQ(Read(LoadMachine, LoadMachineIn{Change(RegisterMachine, named)->instance})->machine->name, "mine");
  const auto plain = Activate();
  EXPECT_EQ(Read(LoadMachine, LoadMachineIn{Change(RegisterMachine, With(plain, "third"))->instance})->machine->name,
            "third");
}

TEST_F(MachinesTest, TheSameMachineAskingAgainWithTheSameKeyIsOneMachine) {
  CreateActivationIn create;
  create.instance_count = 1;
  const auto activation = Activate(create);
  const auto first = Change(RegisterMachine, With(activation));
  const auto again = Change(RegisterMachine, With(activation));
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->instance, again->instance);
  EXPECT_EQ(Shown(activation.id).registered_count, 1);
  auto other_key = With(activation);
  other_key.public_key = "another";
  EXPECT_EQ(ReasonOf(Change(RegisterMachine, other_key)), "Activation.Used");
}

TEST_F(MachinesTest, EachRefusalOfARegistrationHasItsReason) {
  const auto reason = [&](const RegisterMachineIn& in) { return ReasonOf(Change(RegisterMachine, in)); };
  CreateActivationIn create;
  create.ip_address_range = "10.0.0.0/8";
  const auto activation = Activate(create);
  auto in = With(activation);
  in.code = Secret<std::string>("a-wrong");
  EXPECT_EQ(reason(in), "Activation.Refused");
  in = With(activation);
  in.activation = ActivationId("NONE");
  EXPECT_EQ(reason(in), "Activation.Refused");
  in = With(activation);
  in.internet_ip = "11.1.1.1";
  EXPECT_EQ(reason(in), "Activation.Address");
  settings_.limits.machines = 0;
  EXPECT_EQ(reason(With(activation)), "ManagedInstanceCountExceedLimit");
  settings_.limits.machines = 10;
  EXPECT_EQ(reason(With(activation)), "");
  clock_.Advance(std::chrono::hours(4));
  EXPECT_EQ(reason(With(activation, "late")), "Activation.Expired");
  const auto disabled = Activate();
  ASSERT_TRUE(Change(DisableActivation, ActivationIn{disabled.id}));
  EXPECT_EQ(reason(With(disabled)), "Activation.Disabled");
}

TEST_F(MachinesTest, ActivationsAreDisabledAndDeletedWhenNobodyUsesThem) {
  const auto activation = Activate();
  const auto machine = Change(RegisterMachine, With(activation));
  EXPECT_TRUE(Change(DisableActivation, ActivationIn{activation.id})->disabled);
  EXPECT_TRUE(Change(DisableActivation, ActivationIn{activation.id})->disabled);
  EXPECT_EQ(ReasonOf(Change(DeleteActivation, ActivationIn{activation.id})), "ActivationId.InUse");
  ASSERT_TRUE(Change(DeregisterMachine, DeregisterMachineIn{machine->instance}));
  EXPECT_EQ(Shown(activation.id).deregistered_count, 1);
  EXPECT_EQ(Shown(activation.id).registered_count, 1);
  EXPECT_EQ(Change(DeleteActivation, ActivationIn{activation.id})->id, activation.id);
  EXPECT_EQ(ReasonOf(Change(DeleteActivation, ActivationIn{activation.id})), "ActivationId.NotFound");
  EXPECT_EQ(ReasonOf(Change(DisableActivation, ActivationIn{activation.id})), "ActivationId.NotFound");
}

TEST_F(MachinesTest, DeregistrationClosesWhatIsOpenAndIsTold) {
  const auto a = AddMachine("mi-a");
  const auto b = AddMachine("mi-b");
  const auto delivered = Start({a, b});
  Fetch(a);
  const auto waiting = Start({a});
  waker_.woken.clear();
  DeregisterManagedInstanceIn in;
  in.instance = a;
  in.client_token = {"token", "hash", "me"};
  const auto gone = Change(DeregisterManagedInstance, in);
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->id, a);
  EXPECT_EQ(TaskOf(delivered, a).progress.outcome, model::Outcome::kUnknown);
  EXPECT_EQ(TaskOf(waiting, a).progress.error_code, model::ErrorCode::kInstanceReleased);
  EXPECT_EQ(StateOf(delivered, b), model::TaskState::kPending);
  EXPECT_EQ(waker_.woken, (Names{"mi-a"}));
  EXPECT_FALSE(Read(LoadMachine, LoadMachineIn{a})->machine);
  EXPECT_EQ(Change(DeregisterManagedInstance, in)->id, a);  // a repeat of the call
  in.client_token = {};
  EXPECT_EQ(ReasonOf(Change(DeregisterManagedInstance, in)), "InvalidInstance.NotFound");
  EXPECT_TRUE(Change(DeregisterMachine, DeregisterMachineIn{a}));  // an agent must never hear an error
  EXPECT_TRUE(Change(DeregisterMachine, DeregisterMachineIn{InstanceId("mi-x")}));
  EXPECT_EQ(ReasonOf(Change(StartInvocation, RunOn({a}))), "InvalidInstance.NotFound");
}

TEST_F(MachinesTest, MachinesAreListedByFilterAndByPresence) {
  const auto a = AddMachine("mi-a", Agent::kOurs, {{"team", "web"}});
  const auto b = AddMachine("mi-b", Agent::kStock);
  const auto c = AddMachine("mi-c", Agent::kOurs, {}, model::OsType::kWindows);
  presence_.states[b].connected = true;
  presence_.states[c].last_heartbeat = clock_.Now() - std::chrono::seconds(30);
  DescribeManagedInstancesIn in;
  EXPECT_EQ(IdsOf(*Read(DescribeManagedInstances, in)), (Names{"mi-c", "mi-b", "mi-a"}));
  in.connected = true;
  EXPECT_EQ(IdsOf(*Read(DescribeManagedInstances, in)), (Names{"mi-c", "mi-b"}));
  in.connected = false;
  EXPECT_EQ(IdsOf(*Read(DescribeManagedInstances, in)), (Names{"mi-a"}));
  in = {};
  in.tags = {{"team", "web"}};
  EXPECT_EQ(IdsOf(*Read(DescribeManagedInstances, in)), (Names{"mi-a"}));
  in = {};
  in.os_type = model::OsType::kWindows;
  EXPECT_EQ(IdsOf(*Read(DescribeManagedInstances, in)), (Names{"mi-c"}));
  in = {};
  in.instances = {a, b, InstanceId("mi-x")};
  EXPECT_EQ(IdsOf(*Read(DescribeManagedInstances, in)), (Names{"mi-b", "mi-a"}));
  in.instances = {InstanceId("mi-x")};
  EXPECT_EQ(Read(DescribeManagedInstances, in)->total, 0);
  settings_.limits.managed_instances = 1;
  in.instances = {a, b};
  EXPECT_EQ(ReasonOf(Read(DescribeManagedInstances, in)), "InstanceIds.ExceedLimit");
}

TEST_F(MachinesTest, AHeartbeatOlderThanTwoMinutesIsOffline) {
  const auto a = AddMachine("mi-a");
  presence_.states[a].last_heartbeat = clock_.Now();
  const auto online = [&] { return Read(DescribeManagedInstances, DescribeManagedInstancesIn{})->items[0].online; };
  EXPECT_TRUE(online());
  clock_.Advance(std::chrono::seconds(119));
  EXPECT_TRUE(online());
  clock_.Advance(std::chrono::seconds(2));
  EXPECT_FALSE(online());
  // After a restart of the server only the store knows.
  presence_.states.clear();
  Change(TouchMachines, TouchMachinesIn{{{a, clock_.Now(), "2.0", ""}}}).value();
  EXPECT_TRUE(online());
}

TEST_F(MachinesTest, AnAgentThatHasLeftIsOfflineAtOnce) {
  const auto a = AddMachine("mi-a");
  presence_.states[a].last_heartbeat = clock_.Now();
  presence_.states[a].left = true;
  EXPECT_FALSE(Read(DescribeManagedInstances, DescribeManagedInstancesIn{})->items[0].online);
  DescribeManagedInstancesIn in;
  in.connected = true;
  EXPECT_TRUE(Read(DescribeManagedInstances, in)->items.empty());
}

TEST_F(MachinesTest, StatusKeepsTheOrderOfTheRequest) {
  const auto a = AddMachine("mi-a");
  const auto b = AddMachine("mi-b");
  const auto task = Start({a});
  Fetch(a);
  Report(ReportOf(a, task, model::ReportKind::kRunning));
  DescribeCloudAssistantStatusIn in;
  in.instances = {a, b};
  auto page = Read(DescribeCloudAssistantStatus, in);
  EXPECT_EQ(IdsOf(*page), (Names{"mi-a", "mi-b"}));
  EXPECT_EQ(page->items[0].active_tasks, 1);
  EXPECT_EQ(page->items[0].machine.last_invoked, clock_.Now());
  EXPECT_EQ(page->items[1].active_tasks, 0);
  Report(ReportOf(a, task, model::ReportKind::kFinish));
  page = Read(DescribeCloudAssistantStatus, in);
  EXPECT_EQ(page->items[0].active_tasks, 0);
  EXPECT_EQ(page->items[0].machine.invocations_finished, 1);
  in.instances = {a, InstanceId("mi-x")};
  EXPECT_EQ(ReasonOf(Read(DescribeCloudAssistantStatus, in)), "InvalidInstance.NotFound");
  settings_.limits.status_instances = 1;
  EXPECT_EQ(ReasonOf(Read(DescribeCloudAssistantStatus, in)), "InstanceIds.ExceedLimit");
  in.instances = {};
  EXPECT_EQ(IdsOf(*Read(DescribeCloudAssistantStatus, in)), (Names{"mi-b", "mi-a"}));
}

TEST_F(MachinesTest, AMachineIsRenamed) {
  const auto a = AddMachine("mi-a");
  EXPECT_EQ(Change(ModifyManagedInstance, ModifyManagedInstanceIn{a, "new"})->name, "new");
  EXPECT_EQ(Read(LoadMachine, LoadMachineIn{a})->machine->name, "new");
  EXPECT_EQ(ReasonOf(Change(ModifyManagedInstance, ModifyManagedInstanceIn{InstanceId("mi-x"), "n"})),
            "InvalidInstance.NotFound");
}

TEST_F(MachinesTest, AccessKeysAreMadeListedWithoutSecretsAndDeleted) {
  const auto key = Change(CreateAccessKey, CreateAccessKeyIn{"admin", "admin"});
  ASSERT_TRUE(key);
  EXPECT_EQ(key->id.size(), 24u);
  EXPECT_EQ(key->secret.Reveal().size(), 30u);
  EXPECT_EQ(Read(LoadAccessKey, AccessKeyIn{key->id})->key->secret, key->secret);
  const auto list = Read(ListAccessKeys, ListAccessKeysIn{});
  ASSERT_EQ(list->keys.size(), 1u);
  EXPECT_EQ(list->keys[0].name, "admin");
  EXPECT_TRUE(list->keys[0].secret.Reveal().empty());
  ASSERT_TRUE(Change(DeleteAccessKey, AccessKeyIn{key->id}));
  EXPECT_EQ(ReasonOf(Change(DeleteAccessKey, AccessKeyIn{key->id})), "InvalidAccessKeyId.NotFound");
  EXPECT_FALSE(Read(LoadAccessKey, AccessKeyIn{key->id})->key);
}

}  // namespace
}  // namespace assist::server::control

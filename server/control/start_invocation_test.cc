#include "server/control/start_invocation.h"

#include "server/control/describe_commands.h"
#include "server/control/fake_server.h"
#include "server/control/stop_invocation.h"

namespace assist::server::control {
namespace {

class StartInvocationTest : public ControlTest {
 protected:
  model::Invocation Row(const InvokeId& id) {
    std::optional<model::Invocation> row;
    Look([&](store::ReadTx& tx) { row = tx.FindInvocation(id); });
    EXPECT_TRUE(row);
    return row.value_or(model::Invocation{});
  }
  std::string Text(model::ContentKey key) {
    std::string out;
    Look([&](store::ReadTx& tx) { out = tx.LoadContent(key); });
    return out;
  }
};

TEST_F(StartInvocationTest, AnInlineCommandRunsEverywhereAndIsNotListed) {
  const auto a = AddMachine("mi-a");
  const auto b = AddMachine("mi-b");
  auto in = RunOn({b, a, b});
  in.username = "www";
  in.tags = {{"k", "v"}};
  const auto out = Change(StartInvocation, in);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->command.str().substr(0, 2), "c-");
  EXPECT_EQ(out->invocation.str().substr(0, 2), "t-");
  EXPECT_EQ(out->targets, 2);
  EXPECT_FALSE(out->creating);
  EXPECT_EQ(waker_.woken, (std::vector<std::string>{"mi-b", "mi-a"}));
  EXPECT_EQ(Read(DescribeCommands, DescribeCommandsIn{})->total, 0);
  const auto row = Row(out->invocation);
  EXPECT_EQ(row.command_id, out->command);
  EXPECT_EQ(row.username, "www");
  EXPECT_EQ(row.timeout, std::chrono::seconds(60));
  EXPECT_EQ(row.counts.of(model::TaskState::kPending), 2);
  EXPECT_EQ(row.tags, in.tags);
  EXPECT_EQ(row.delivery_deadline, clock_.Now() + std::chrono::seconds(86'400));
  EXPECT_EQ(Text(row.run_content), "echo 123");
}

TEST_F(StartInvocationTest, KeepCommandKeepsItUnderTheSameId) {
  const auto a = AddMachine("mi-a");
  auto in = RunOn({a}, "echo {{x}}");
  std::get<InlineCommand>(in.command).keep = true;
  std::get<InlineCommand>(in.command).enable_parameter = true;
  in.timeout = std::chrono::seconds(99);
  const auto out = Change(StartInvocation, in);
  ASSERT_TRUE(out);
  const auto page = Read(DescribeCommands, DescribeCommandsIn{});
  ASSERT_EQ(page->items.size(), 1u);
  EXPECT_EQ(page->items[0].command.id, out->command);
  EXPECT_EQ(page->items[0].command.timeout, std::chrono::seconds(99));
  EXPECT_EQ(page->items[0].command.invoke_times, 1);
  EXPECT_EQ(page->items[0].content.Reveal(), "echo {{x}}");
}

TEST_F(StartInvocationTest, AStoredCommandIsCopiedAndCallsMayOverride) {
  const auto a = AddMachine("mi-a");
  CreateCommandIn create;
  create.name = "stored";
  create.content = Secret<std::string>("script");
  create.timeout = std::chrono::seconds(77);
  create.working_dir = "/w";
  create.launcher = "l";
  const auto command = Change(CreateCommand, create);
  StartInvocationIn in;
  in.command = command->id;
  in.instances = {a};
  const auto plain = Row(Change(StartInvocation, in)->invocation);
  EXPECT_EQ(plain.command_name, "stored");
  EXPECT_EQ(plain.timeout, std::chrono::seconds(77));
  EXPECT_EQ(plain.working_dir, "/w");
  EXPECT_EQ(plain.launcher, "l");
  in.timeout = std::chrono::seconds(15);
  in.working_dir = "/other";
  in.launcher = "";
  const auto other = Row(Change(StartInvocation, in)->invocation);
  EXPECT_EQ(other.timeout, std::chrono::seconds(15));
  EXPECT_EQ(other.working_dir, "/other");
  EXPECT_EQ(other.launcher, "");
}

TEST_F(StartInvocationTest, ParametersAreFilledInForTheAgentOnly) {
  const auto a = AddMachine("mi-a");
  auto in = RunOn({a}, "echo {{ name }} {{other}} {{ACS::InstanceId}}");
  std::get<InlineCommand>(in.command).enable_parameter = true;
  in.has_parameters = true;
  in.parameters = Secret<model::Parameters>(model::Parameters{{"name", "{{ACS::InvokeId}}x"}});
  in.parameters_json = Secret<std::string>(R"({"name":"…"})");
  const auto row = Row(Change(StartInvocation, in)->invocation);
  EXPECT_EQ(Text(row.content), "echo {{ name }} {{other}} {{ACS::InstanceId}}");
  EXPECT_EQ(model::FillInVariables(Text(row.run_content), {}), "echo {{ACS::InvokeId}}x  {{ACS::InstanceId}}");
  EXPECT_TRUE(row.builtins);
  EXPECT_EQ(row.parameters.Reveal(), R"({"name":"…"})");
  // A value that looks like a variable stays text when the script has none.
  in = RunOn({a}, "echo {{name}}");
  std::get<InlineCommand>(in.command).enable_parameter = true;
  in.parameters = Secret<model::Parameters>(model::Parameters{{"name", "{{ACS::InvokeId}}"}});
  EXPECT_FALSE(Row(Change(StartInvocation, in)->invocation).builtins);
}

TEST_F(StartInvocationTest, TargetsAreChosenByTags) {
  AddMachine("mi-a", Agent::kOurs, {{"team", "web"}, {"env", "prod"}});
  AddMachine("mi-b", Agent::kOurs, {{"team", "web"}});
  AddMachine("mi-c", Agent::kOurs, {{"team", "db"}});
  auto in = RunOn({});
  in.resource_tags = {{"team", "web"}};
  EXPECT_EQ(Change(StartInvocation, in)->targets, 2);
  EXPECT_EQ(waker_.woken, (std::vector<std::string>{"mi-a", "mi-b"}));
  in.resource_tags = {{"team", std::nullopt}, {"env", "prod"}};
  EXPECT_EQ(Change(StartInvocation, in)->targets, 1);
  in.resource_tags = {{"team", "none"}};
  EXPECT_EQ(ReasonOf(Change(StartInvocation, in)), "InvalidResourceTag.InstanceNotFound");
  in.resource_tags = {{"team", std::nullopt}};
  settings_.limits.targets = 2;
  EXPECT_EQ(ReasonOf(Change(StartInvocation, in)), "InstanceIds.ExceedLimit");
}

TEST_F(StartInvocationTest, EachRefusalHasItsCodeAndRunsNothing) {
  const auto a = AddMachine("mi-a");
  const auto w = AddMachine("mi-w", Agent::kStock, {}, model::OsType::kWindows);
  const auto reason = [&](const StartInvocationIn& in) { return ReasonOf(Change(StartInvocation, in)); };
  EXPECT_EQ(reason(RunOn({})), "MissingParam.InstanceId");
  EXPECT_EQ(reason(RunOn({a, InstanceId("mi-x")})), "InvalidInstance.NotFound");
  EXPECT_EQ(reason(RunOn({w})), "InvalidInstance.NotMatch");
  auto in = RunOn({a});
  std::get<InlineCommand>(in.command).type = model::CommandType::kRunPowerShellScript;
  EXPECT_EQ(reason(in), "InvalidInstance.NotMatch");
  in = RunOn({AddMachine("mi-f", Agent::kStock, {}, model::OsType::kFreeBsd)});
  in.container_name = "web";
  EXPECT_EQ(reason(in), "InvalidInstance.NotMatch");
  in = RunOn({w});
  std::get<InlineCommand>(in.command).type = model::CommandType::kRunPowerShellScript;
  in.username = "bob";
  EXPECT_EQ(reason(in), "WindowsPasswordName.Missed");
  in = RunOn({a});
  in.command = CommandId("c-none");
  EXPECT_EQ(reason(in), "InvalidCmdId.NotFound");
  in = RunOn({a});
  in.has_parameters = true;
  EXPECT_EQ(reason(in), "Parameter.Disabled");
  in = RunOn({a}, "{{x}}");
  std::get<InlineCommand>(in.command).enable_parameter = true;
  in.parameters = Secret<model::Parameters>(model::Parameters{{"y", ""}});
  EXPECT_EQ(reason(in), "Parameter.NotMatched");
  in = RunOn({a});
  in.timeout = std::chrono::hours(24 * 31);
  EXPECT_EQ(reason(in), "InvalidTimeout.ExceedLimit");
  in = RunOn({a});
  in.repeat_mode = model::RepeatMode::kPeriod;
  EXPECT_EQ(reason(in), "MissingParam.Frequency");
  settings_.limits.targets = 1;
  EXPECT_EQ(reason(RunOn({a, w})), "InstanceIds.ExceedLimit");
  settings_.limits.content_base64_bytes = 8;
  EXPECT_EQ(reason(RunOn({a}, "1234567")), "CmdContent.ExceedLimit");
  settings_.limits = model::Limits::Large();
  settings_.limits.commands = 0;
  in = RunOn({a});
  std::get<InlineCommand>(in.command).keep = true;
  EXPECT_EQ(reason(in), "CmdCount.ExceedQuota");
  Look([](store::ReadTx& tx) { EXPECT_EQ(tx.CountInvocations(), 0); });
  EXPECT_TRUE(waker_.woken.empty());
}

TEST_F(StartInvocationTest, ADryRunChecksAndRecordsNothing) {
  const auto a = AddMachine("mi-a");
  auto in = RunOn({a});
  in.dry_run = true;
  const auto out = Change(StartInvocation, in);
  ASSERT_TRUE(out);
  EXPECT_TRUE(out->invocation.empty());
  EXPECT_TRUE(waker_.woken.empty());
  in.instances = {InstanceId("mi-x")};
  EXPECT_EQ(ReasonOf(Change(StartInvocation, in)), "InvalidInstance.NotFound");
  Look([](store::ReadTx& tx) { EXPECT_EQ(tx.CountInvocations(), 0); });
}

TEST_F(StartInvocationTest, TheSameClientTokenStartsNothingTwice) {
  const auto a = AddMachine("mi-a");
  auto in = RunOn({a});
  in.client_token = {"token", "hash", "me"};
  const auto first = Change(StartInvocation, in);
  const auto again = Change(StartInvocation, in);
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->invocation, again->invocation);
  EXPECT_EQ(first->command, again->command);
  Look([](store::ReadTx& tx) { EXPECT_EQ(tx.CountInvocations(), 1); });
  EXPECT_EQ(waker_.woken.size(), 1u);
}

TEST_F(StartInvocationTest, WhenTooManyAreRememberedAndNoneHasEndedItIsRefused) {
  const auto a = AddMachine("mi-a");
  settings_.limits.invocations = 2;
  Start({a});
  Start({a});
  EXPECT_EQ(ReasonOf(Change(StartInvocation, RunOn({a}))), "Invocation.ExceedQuota");
}

TEST_F(StartInvocationTest, DeliveryTimeoutIsTheCallersOrNone) {
  const auto a = AddMachine("mi-a");
  auto in = RunOn({a});
  in.delivery_timeout = std::chrono::seconds(5);
  EXPECT_EQ(Row(Change(StartInvocation, in)->invocation).delivery_deadline, clock_.Now() + std::chrono::seconds(5));
  in.delivery_timeout = std::chrono::seconds(-1);
  EXPECT_FALSE(Row(Change(StartInvocation, in)->invocation).delivery_deadline);
}

TEST_F(StartInvocationTest, LongListsAreWrittenInSlicesAndInvisibleToAgentsUntilTheLast) {
  std::vector<InstanceId> ids;
  Edit([&](store::Tx& tx) {
    for (int i = 0; i < 4'500; ++i) {
      model::Machine machine;
      machine.id = InstanceId("mi-" + std::to_string(i));
      machine.assist_protocol = 1;
      tx.InsertMachine(machine);
      ids.push_back(machine.id);
    }
  });
  const auto first = Change(StartInvocation, RunOn(ids));
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->creating);
  EXPECT_TRUE(waker_.woken.empty());
  EXPECT_EQ(Row(first->invocation).counts.total(), 2'000);
  EXPECT_TRUE(Fetch(ids.back()).run.empty());
  EXPECT_EQ(Change(StopInvocation, StopInvocationIn{first->invocation, {ids[0]}}).error().code, Errc::kUnavailable);

  Edit([&](store::Tx& tx) { tx.Deregister(tx.FindMachine(ids[7])->key, clock_.Now()); });
  auto next = Change(ContinueInvocation, ContinueInvocationIn{first->invocation});
  EXPECT_TRUE(next->more);
  EXPECT_TRUE(Fetch(ids.back()).run.empty());
  next = Change(ContinueInvocation, ContinueInvocationIn{first->invocation});
  EXPECT_FALSE(next->more);
  EXPECT_FALSE(Change(ContinueInvocation, ContinueInvocationIn{first->invocation})->more);
  const auto row = Row(first->invocation);
  EXPECT_FALSE(row.creating);
  EXPECT_EQ(row.counts.of(model::TaskState::kPending), 4'499);
  EXPECT_EQ(row.counts.of(model::TaskState::kAborted), 1);  // left meanwhile
  EXPECT_EQ(Fetch(ids.back()).run.size(), 1u);
  EXPECT_EQ(Fetch(ids.front()).run.size(), 1u);
  // The agents are woken in slices, all that have something to do.
  std::int64_t after = 0;
  int slices = 0;
  do {
    const auto woken = Change(WakeTargets, WakeTargetsIn{first->invocation, after});
    after = woken->after;
    ++slices;
  } while (after != 0);
  EXPECT_EQ(slices, 3);
  EXPECT_EQ(std::set<std::string>(waker_.woken.begin(), waker_.woken.end()).size(), 4'499u);
}

}  // namespace
}  // namespace assist::server::control

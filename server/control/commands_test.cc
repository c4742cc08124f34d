#include "server/control/delete_command.h"
#include "server/control/describe_commands.h"
#include "server/control/fake_server.h"
#include "server/control/stop_invocation.h"

namespace assist::server::control {
namespace {

class CommandsTest : public ControlTest {
 protected:
  static CreateCommandIn Script(const std::string& text) {
    CreateCommandIn in;
    in.name = "test";
    in.description = "about it";
    in.content = Secret<std::string>(text);
    return in;
  }
  DescribeCommandsOut All() { return Read(DescribeCommands, DescribeCommandsIn{}).value_or(DescribeCommandsOut{}); }
};

TEST_F(CommandsTest, ACreatedCommandIsDescribed) {
  auto in = Script("echo {{name}} {{ACS::InstanceId}}");
  in.enable_parameter = true;
  in.timeout = std::chrono::seconds(3);
  in.working_dir = "/tmp";
  in.launcher = "python3";
  in.tags = {{"k", "v"}};
  const auto out = Change(CreateCommand, in);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->id.str().size(), 34u);
  EXPECT_EQ(out->id.str().substr(0, 2), "c-");
  const auto page = All();
  ASSERT_EQ(page.items.size(), 1u);
  const auto& view = page.items[0];
  EXPECT_EQ(view.command.id, out->id);
  EXPECT_EQ(view.content.Reveal(), "echo {{name}} {{ACS::InstanceId}}");
  EXPECT_EQ(view.command.parameter_names, (std::vector<std::string>{"name"}));
  EXPECT_EQ(view.command.timeout, std::chrono::seconds(10));  // less counts as 10
  EXPECT_EQ(view.command.working_dir, "/tmp");
  EXPECT_EQ(view.command.launcher, "python3");
  EXPECT_EQ(view.command.created, clock_.Now());
  EXPECT_EQ(view.command.tags, in.tags);
  EXPECT_EQ(page.total, 1);
}

TEST_F(CommandsTest, WithoutEnableParameterBracesAreText) {
  ASSERT_TRUE(Change(CreateCommand, Script("{{not a name!}} {{")));
  EXPECT_TRUE(All().items[0].command.parameter_names.empty());
}

TEST_F(CommandsTest, EachRefusalHasItsCodeAndStoresNothing) {
  settings_.limits = model::Limits::Compat();
  EXPECT_EQ(ReasonOf(Change(CreateCommand, Script(std::string(18'433, 'x')))), "CmdContent.ExceedLimit");
  auto in = Script("{{a b}}");
  in.enable_parameter = true;
  EXPECT_EQ(ReasonOf(Change(CreateCommand, in)), "CmdParam.InvalidParamName");
  in = Script("x");
  in.timeout = std::chrono::seconds(86'401);
  EXPECT_EQ(ReasonOf(Change(CreateCommand, in)), "InvalidTimeout.ExceedLimit");
  settings_.limits.commands = 1;
  ASSERT_TRUE(Change(CreateCommand, Script("x")));
  EXPECT_EQ(ReasonOf(Change(CreateCommand, Script("y"))), "CmdCount.ExceedQuota");
  EXPECT_EQ(All().total, 1);
}

TEST_F(CommandsTest, TheSameClientTokenGivesTheSameCommandForADay) {
  auto in = Script("x");
  in.client_token = {"token", "hash", "me"};
  const auto first = Change(CreateCommand, in);
  const auto again = Change(CreateCommand, in);
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->id, again->id);
  EXPECT_EQ(All().total, 1);
  auto other = in;
  other.client_token.params_hash = "other";
  EXPECT_EQ(ReasonOf(Change(CreateCommand, other)), "IdempotentParameterMismatch");
  auto somebody = in;
  somebody.client_token.owner = "else";
  EXPECT_NE(Change(CreateCommand, somebody)->id, first->id);
  clock_.Advance(std::chrono::hours(24));
  EXPECT_NE(Change(CreateCommand, in)->id, first->id);
}

TEST_F(CommandsTest, ARefusedCallDoesNotUseItsTokenUp) {
  settings_.limits.commands = 0;
  auto in = Script("x");
  in.client_token = {"token", "hash", "me"};
  EXPECT_EQ(ReasonOf(Change(CreateCommand, in)), "CmdCount.ExceedQuota");
  settings_.limits.commands = 1;
  EXPECT_TRUE(Change(CreateCommand, in));
}

TEST_F(CommandsTest, ACommandInUseIsNotDeletedAndHistoryStays) {
  const auto machine = AddMachine("mi-1");
  const auto command = Change(CreateCommand, Script("x"));
  StartInvocationIn start;
  start.command = command->id;
  start.instances = {machine};
  const auto invocation = Change(StartInvocation, start);
  ASSERT_TRUE(invocation);
  EXPECT_EQ(ReasonOf(Change(DeleteCommand, DeleteCommandIn{command->id})), "InvalidStatus.CmdIdInUse");
  ASSERT_TRUE(Change(StopInvocation, StopInvocationIn{invocation->invocation, {}}));
  ASSERT_TRUE(Change(DeleteCommand, DeleteCommandIn{command->id}));
  EXPECT_EQ(ReasonOf(Change(DeleteCommand, DeleteCommandIn{command->id})), "InvalidCmdId.NotFound");
  EXPECT_EQ(All().total, 0);
  Look([&](store::ReadTx& tx) {
    const auto row = tx.FindInvocation(invocation->invocation);
    ASSERT_TRUE(row);
    EXPECT_EQ(row->command_id, command->id);
    EXPECT_EQ(tx.LoadContent(row->content), "x");
  });
}

TEST_F(CommandsTest, InvokeTimesAreCounted) {
  const auto machine = AddMachine("mi-1");
  const auto command = Change(CreateCommand, Script("x"));
  StartInvocationIn start;
  start.command = command->id;
  start.instances = {machine};
  ASSERT_TRUE(Change(StartInvocation, start));
  ASSERT_TRUE(Change(StartInvocation, start));
  EXPECT_EQ(All().items[0].command.invoke_times, 2);
}

}  // namespace
}  // namespace assist::server::control

#include "agent/task_engine/prepare.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "agent/containers/fake_container_host.h"
#include "agent/containers/messages.h"
#include "agent/disk/fake_disk.h"
#include "agent/process/fake_process_host.h"
#include "protocol/encoding/base64.h"

namespace assist::agent::task_engine {
namespace {

class PrepareTest : public ::testing::Test {
 protected:
  PrepareTest() {
    entry_.task_id = "t-1";
    entry_.type = "RunShellScript";
    entry_.command_id = "c-1";
    entry_.instance_id = "mi-1";
    SetScript("echo 1\n");
    process::Account other;
    other.name = "other";
    other.user = 1001;
    other.group = 1002;
    other.groups = {1002, 27};
    other.home = "/home/other";
    host_.accounts["other"] = other;
    host_.folders.insert("/home/other");
    disk_.Put("tasks", "");
  }
  void SetScript(const std::string& script) { entry_.content = Secret<std::string>(encoding::Base64Encode(script)); }
  template <class T>
  T Run(asio::awaitable<T> call) {
    std::optional<T> result;
    asio::co_spawn(io_, std::move(call), [&](std::exception_ptr, T value) { result.emplace(std::move(value)); });
    io_.restart();
    io_.poll();
    return std::move(*result);
  }
  Check Checks() { return Run(CheckEntry(entry_, host_, containers_)); }
  Outcome Refused() {
    Check check = Checks();
    EXPECT_FALSE(check);
    return check ? Outcome{} : check.error();
  }
  supervisor::Spec Spec() {
    Check check = Checks();
    EXPECT_TRUE(check);
    PrepareOptions options;
    options.output_cap = 1 << 20;
    options.ticket = 42;
    return MakeSpec(entry_, *check, "tasks/t-1", options, host_);
  }
  static std::string Variable(const supervisor::Spec& spec, const std::string& name) {
    std::string found = "(none)";
    for (const auto& variable : spec.environment) {
      if (!variable.starts_with(name + "=")) continue;
      EXPECT_EQ(found, "(none)") << "twice";
      found = variable.substr(name.size() + 1);
    }
    return found;
  }

  asio::io_context io_;
  process::FakeProcessHost host_{io_.get_executor()};
  disk::FakeDisk disk_{io_.get_executor()};
  wire::TaskEntry entry_;
  containers::FakeContainerHost known_;
  containers::ContainerHost* containers_ = &known_;
};

TEST_F(PrepareTest, APlainScriptRunsUnderTheShellInTheHomeOfTheAgentsAccount) {
  entry_.timeout = std::chrono::seconds(60);
  const auto spec = Spec();
  EXPECT_EQ(spec.attempts, (std::vector<std::vector<std::string>>{{"/bin/sh", "/state/tasks/t-1/t-1.sh"}}));
  EXPECT_EQ(spec.working_directory, "/home/tester");
  EXPECT_EQ(Variable(spec, "HOME"), "/home/tester");
  EXPECT_EQ(Variable(spec, "USER"), "tester");
  EXPECT_EQ(Variable(spec, "PATH"), "/usr/bin:/bin");
  EXPECT_EQ(Variable(spec, "LANG"), "C.UTF-8");
  EXPECT_FALSE(spec.run_as);
  EXPECT_EQ(spec.timeout.count(), 60);
  EXPECT_EQ(spec.on_timeout, supervisor::TerminationMode::kTree) << "said nothing: the whole tree";
  EXPECT_EQ(spec.boot_id, "boot-1");
  EXPECT_EQ(spec.cap_bytes + spec.tail_bytes, 1u << 20);
  EXPECT_EQ(spec.tail_bytes, 64u * 1024);
  EXPECT_EQ(spec.notify_path, "/state/run/events");
  EXPECT_EQ(spec.ticket, 42u);
}

TEST_F(PrepareTest, AnotherAccountHasItsOwnHomeIdsAndEnvironment) {
  entry_.username = "other";
  const auto spec = Spec();
  EXPECT_EQ(spec.run_as, (supervisor::RunAs{1001, 1002, {1002, 27}}));
  EXPECT_EQ(spec.working_directory, "/home/other");
  EXPECT_EQ(Variable(spec, "HOME"), "/home/other");
  EXPECT_EQ(Variable(spec, "LOGNAME"), "other");
}

TEST_F(PrepareTest, WhatTheServerSaysAboutTerminationAndLauncherIsFollowed) {
  entry_.assist.emplace();
  entry_.assist->termination = wire::Termination::kProcess;
  entry_.assist->launcher = "python3 -u {{ACS::ScriptFileName|Ext(\".py\")}}";
  const auto spec = Spec();
  EXPECT_EQ(spec.on_timeout, supervisor::TerminationMode::kProcess);
  EXPECT_EQ(spec.attempts[0].back(), "/state/tasks/t-1/t-1.py");
  EXPECT_EQ(spec.attempts[0][2], "exec python3 -u \"$0\"");
}

TEST_F(PrepareTest, BudgetsComeFromTheServersPartAndWithoutOneThereAreNone) {
  EXPECT_FALSE(Spec().budgets.any());
  entry_.assist.emplace();
  EXPECT_FALSE(Spec().budgets.any()) << "as an earlier version has journaled it";
  entry_.assist->budgets = wire::BudgetPart{30, 512, 50, 10'240};
  EXPECT_EQ(Spec().budgets, (supervisor::Budgets{30, 512ULL << 20, 50, 10'240ULL << 10}));
}

TEST_F(PrepareTest, ATimeOutOfZeroOrLessIsNone) {
  entry_.timeout = std::chrono::seconds(-5);
  EXPECT_EQ(Spec().timeout.count(), 0);
}

TEST_F(PrepareTest, ParametersAreFilledInOnlyWhenAskedFor) {
  SetScript("echo {{ACS::InvokeId}} {{ACS::InstanceId}} {{ACS::CommandId}} {{ACS::RegionId}}");
  EXPECT_EQ(Checks()->script, "echo {{ACS::InvokeId}} {{ACS::InstanceId}} {{ACS::CommandId}} {{ACS::RegionId}}");
  entry_.enable_parameter = true;
  entry_.built_in_parameters["RegionId"] = "cn-hangzhou";
  EXPECT_EQ(Checks()->script, "echo t-1 mi-1 c-1 cn-hangzhou");
  SetScript("{{ACS::Nope}}");
  EXPECT_EQ(Refused().param, "InvalidEnvironmentParameter");
}

TEST_F(PrepareTest, WhatIsWrongIsSaidAsTheStockAgentSaysIt) {
  const wire::TaskEntry good = entry_;
  const auto refused = [&](auto change) {
    entry_ = good;
    change(entry_);
    const Outcome outcome = Refused();
    return std::string(Name(outcome.kind)) + " " + outcome.param + outcome.err_code + " " + outcome.value +
           outcome.err_desc;
  };
  EXPECT_EQ(refused([](auto& e) { e.type = "RunPythonScript"; }), "invalid TypeInvalid TypeInvalid_RunPythonScript");
  EXPECT_EQ(refused([](auto& e) { e.content = Secret<std::string>("***"); }).substr(0, 29),
            "invalid CommandContentInvalid");
  EXPECT_EQ(refused([](auto& e) { e.username = "ghost"; }),
            "invalid UsernameOrPasswordInvalid UserInvalid_ghost: no such user");
  EXPECT_EQ(refused([](auto& e) { e.working_directory = "/nope"; }),
            "invalid workingDirectory WorkingDirectoryNotExist: <nil>");
  EXPECT_EQ(refused([](auto& e) { e.working_directory = "tmp"; }),
            "invalid workingDirectory WorkingDirectoryNotExist: <nil>");
  EXPECT_EQ(refused([](auto& e) { e.type = "RunBatScript"; }).substr(0, 28), "error -7 ExecuteScriptFailed");
  EXPECT_EQ(refused([](auto& e) { e.type = "RunPowerShellScript"; }).substr(0, 28), "error -10 PowershellNotFound");
  host_.programs.clear();
  EXPECT_EQ(refused([](auto&) {}).substr(0, 36), "error -11 SystemDefaultShellNotFound");
}

TEST_F(PrepareTest, AnAccountWithoutAHomeNeedsAWorkingDirectory) {
  host_.account.home.clear();
  EXPECT_EQ(Refused().value, "DefaultWorkingDirectoryNotAvailable: <nil>");
  entry_.working_directory = "/tmp";
  EXPECT_EQ(Spec().working_directory, "/tmp");
}

TEST_F(PrepareTest, PowerShellIsFoundInThePath) {
  entry_.type = "RunPowerShellScript";
  host_.programs.insert("/bin/pwsh");
  EXPECT_EQ(Spec().attempts,
            (std::vector<std::vector<std::string>>{{"/bin/pwsh", "-File", "/state/tasks/t-1/t-1.ps1"}}));
}

TEST_F(PrepareTest, AContainersTaskIsAnOrderForTheClient) {
  SetScript("echo {{ACS::InvokeId}}");
  entry_.enable_parameter = true;
  entry_.container_id = "docker://cc";
  entry_.container_name = "web";
  entry_.username = "ghost";  // of the container, so nobody looks for it here
  entry_.working_directory = "/srv";
  const Check check = Checks();
  ASSERT_TRUE(check);
  const auto spec = MakeSpec(entry_, *check, "tasks/t-1", {}, host_);
  EXPECT_TRUE(spec.client);
  EXPECT_EQ(spec.attempts,
            (std::vector<std::vector<std::string>>{{"/usr/sbin/assist-container", "run", "/state/tasks/t-1/order"}}));
  EXPECT_EQ(spec.working_directory, "/");
  EXPECT_FALSE(spec.run_as);
  EXPECT_EQ(known_.asked, (std::vector<std::pair<std::string, std::string>>{{"docker://cc", "web"}}));
  ASSERT_TRUE(Run(WriteTaskFolder(spec, *check, "tasks/t-1", disk_)));
  EXPECT_EQ(disk_.AccessOf("tasks/t-1").mode, 0700u);
  const auto order = containers::DecodeOrder(disk_.Content("tasks/t-1/order"));
  ASSERT_TRUE(order);
  EXPECT_EQ(order->target, *known_.answer);
  EXPECT_EQ(order->user, "ghost");
  EXPECT_EQ(order->working_directory, "/srv");
  EXPECT_EQ(order->script, "echo t-1");
  EXPECT_FALSE(Spec().attempts.empty());
}

TEST_F(PrepareTest, WhatCannotBeDoneInAContainerIsRefused) {
  entry_.container_name = "web";
  const wire::TaskEntry good = entry_;
  const auto refused = [&](auto change) {
    entry_ = good;
    change(entry_);
    const Outcome outcome = Refused();
    return std::string(Name(outcome.kind)) + " " + outcome.param + outcome.err_code;
  };
  EXPECT_EQ(refused([](auto& e) { e.type = "RunPowerShellScript"; }), "invalid TypeInvalid");
  EXPECT_EQ(refused([](auto& e) { e.working_directory = "srv"; }), "invalid workingDirectory");
  EXPECT_EQ(refused([](auto& e) { e.content = Secret<std::string>(encoding::Base64Encode("echo \xff")); }),
            "invalid CommandContentInvalid");
  EXPECT_EQ(refused([](auto& e) { e.content = Secret<std::string>(encoding::Base64Encode(std::string(1, '\0'))); }),
            "invalid CommandContentInvalid");
  EXPECT_EQ(refused([](auto& e) {
              e.assist.emplace();
              e.assist->launcher = "python3";
            }),
            "invalid LauncherInvalid");
  for (const wire::BudgetPart& none : {wire::BudgetPart{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}) {
    EXPECT_EQ(refused([&none](auto& e) { e.assist.emplace().budgets = none; }), "invalid BudgetInvalid");
  }
  entry_ = good;
  entry_.assist.emplace().budgets = wire::BudgetPart{0, 0, 0, 1};
  EXPECT_TRUE(Checks()) << "output passes through here";
  entry_ = good;
  known_.answer = containers::Refuse("ContainerNotFound", "none");
  EXPECT_EQ(Refused().value, "ContainerNotFound: none");
  known_.answer = tl::unexpected<containers::Trouble>(containers::Trouble{false, "ContainerRuntimeTimeout", "slow"});
  EXPECT_EQ(Refused().err_code, "ContainerRuntimeTimeout");
  EXPECT_EQ(Refused().err_desc, "ContainerRuntimeTimeout: slow");
  containers_ = nullptr;
  EXPECT_EQ(Refused().param, "UnsupportedContainerRuntime");
}

TEST_F(PrepareTest, WhatCriCannotDoIsRefusedToOurServerAndLeftOutForAStockOne) {
  entry_.container_name = "web";
  entry_.username = "app";
  entry_.working_directory = "/srv";
  known_.answer = containers::Target{containers::Runtime::kCri, "/run/cri.sock", "ab"};
  auto order = containers::DecodeOrder(Checks()->script);
  ASSERT_TRUE(order);
  EXPECT_EQ(order->user + order->working_directory, "");
  entry_.assist.emplace();
  EXPECT_EQ(Refused().param, "UsernameOrPasswordInvalid");
  entry_.username.clear();
  EXPECT_EQ(Refused().param, "workingDirectory");
  entry_.working_directory.clear();
  EXPECT_TRUE(Checks());
}

TEST_F(PrepareTest, NobodyElseReadsSpecAndScript) {
  const auto spec = Spec();
  const Check check = Checks();
  ASSERT_TRUE(Run(WriteTaskFolder(spec, *check, "tasks/t-1", disk_)));
  EXPECT_EQ(disk_.AccessOf("tasks/t-1").mode, 0700u);
  EXPECT_EQ(disk_.AccessOf("tasks/t-1/spec").mode, 0600u);
  EXPECT_EQ(disk_.AccessOf("tasks/t-1/t-1.sh").mode, 0700u);
  EXPECT_FALSE(disk_.AccessOf("tasks/t-1/t-1.sh").owner);
  EXPECT_EQ(disk_.Content("tasks/t-1/t-1.sh"), "echo 1\n");
  auto read = supervisor::DecodeSpec(disk_.Content("tasks/t-1/spec"));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, spec);
}

TEST_F(PrepareTest, AnotherAccountReachesItsScriptAndNothingElse) {
  entry_.username = "other";
  const Check check = Checks();
  ASSERT_TRUE(Run(WriteTaskFolder(Spec(), *check, "tasks/t-1", disk_)));
  EXPECT_EQ(disk_.AccessOf("tasks/t-1").mode, 0711u);
  EXPECT_EQ(disk_.AccessOf("tasks/t-1/t-1.sh").owner->user, 1001u);
  EXPECT_FALSE(disk_.AccessOf("tasks/t-1/spec").owner);
}

}  // namespace
}  // namespace assist::agent::task_engine

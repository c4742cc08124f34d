// Orders to agents: each machine gets the script of its system, agents that cannot carry them out get nothing.
#include "server/control/start_order.h"

#include "server/control/fake_server.h"
#include "server/control/rerun_invocation.h"
#include "server/control/targets.h"

namespace assist::server::control {
namespace {

using model::OrderVerb;
using model::TaskState;

class StartOrderTest : public ControlTest {
 protected:
  struct In {
    OrderTerms terms;
    std::vector<InstanceId> machines;
  };
  static Result<StartedOrder> StartOn(store::Tx& tx, Context& context, const In& in) {
    std::vector<model::MachineKey> keys;
    for (const InstanceId& id : in.machines) keys.push_back(tx.FindMachine(id)->key);
    return StartOrder(tx, context, in.terms, std::move(keys));
  }
  InvokeId Order(const std::vector<InstanceId>& machines, OrderVerb verb, const std::string& name,
                 const std::string& version) {
    In in;
    in.terms.order = {verb, name, version};
    in.machines = machines;
    const auto out = Change(StartOn, in);
    EXPECT_TRUE(out) << out.error().detail;
    return out ? out->invocation : InvokeId();
  }
  FetchTasksOut FetchAs(const InstanceId& machine, bool packages, bool releases) {
    FetchTasksIn in;
    in.machine = machine;
    in.takes_packages = packages;
    in.takes_releases = releases;
    auto out = Change(FetchTasks, in);
    EXPECT_TRUE(out);
    return out ? std::move(*out) : FetchTasksOut{};
  }
  void ExpectRefused(const InvokeId& task, const InstanceId& machine, const std::string& why) {
    const model::TaskProgress end = TaskOf(task, machine).progress;
    EXPECT_EQ(end.state, TaskState::kAborted);
    EXPECT_EQ(end.outcome, model::Outcome::kFinal);
    EXPECT_EQ(end.error_code, model::ErrorCode::kClientNeedUpgrade);
    EXPECT_EQ(end.error_detail, why);
  }

  const InstanceId linux_ = AddMachine("mi-linux");
  const InstanceId windows_ = AddMachine("mi-windows", Agent::kOurs, {}, model::OsType::kWindows);
  const InstanceId freebsd_ = AddMachine("mi-freebsd", Agent::kOurs, {}, model::OsType::kFreeBsd);
  const InstanceId stock_ = AddMachine("mi-stock", Agent::kStock);
};

TEST_F(StartOrderTest, EachMachineGetsTheScriptOfItsSystemAsRoot) {
  const InvokeId task = Order({linux_, windows_, freebsd_}, OrderVerb::kInstall, "nginx-conf", "1.2");
  EXPECT_EQ(waker_.woken, (std::vector<std::string>{"mi-linux", "mi-windows", "mi-freebsd"}));
  const model::AgentOrder order{OrderVerb::kInstall, "nginx-conf", "1.2"};
  for (const InstanceId& machine : {linux_, windows_, freebsd_}) {
    const FetchTasksOut list = FetchAs(machine, true, false);
    ASSERT_EQ(list.run.size(), 1u) << machine.str();
    const RunEntry& run = list.run[0];
    const bool windows = machine == windows_;
    EXPECT_EQ(run.invocation, task);
    EXPECT_EQ(run.command_name, "package install nginx-conf 1.2");
    EXPECT_EQ(run.type, windows ? model::CommandType::kRunBatScript : model::CommandType::kRunShellScript);
    EXPECT_EQ(run.content.Reveal(), model::OrderScript(order, windows));
    EXPECT_EQ(run.username, "");
    EXPECT_EQ(run.container_id + run.container_name, "");
    EXPECT_EQ(run.timeout, std::chrono::seconds(3600));
    EXPECT_FALSE(run.enable_parameter);
  }
}

TEST_F(StartOrderTest, AnAgentThatDoesNotSayThatItCanIsRefusedTheOrder) {
  const InvokeId install = Order({linux_, stock_}, OrderVerb::kInstall, "a", "1");
  EXPECT_TRUE(FetchAs(linux_, false, true).run.empty());
  EXPECT_TRUE(FetchAs(stock_, true, true).run.empty()) << "a stock agent may say what it likes";
  ExpectRefused(install, linux_, kTakesNoPackages);
  ExpectRefused(install, stock_, kTakesNoPackages);
  for (const OrderVerb verb : {OrderVerb::kApplyRelease, OrderVerb::kRollBackRelease}) {
    const InvokeId release = Order({linux_, windows_}, verb, "", "1.4");
    EXPECT_TRUE(FetchAs(linux_, true, false).run.empty());
    ExpectRefused(release, linux_, kTakesNoReleases);
    EXPECT_EQ(RunsOf(FetchAs(windows_, false, true)), std::vector<std::string>{release.str()});
    Accept(windows_, release);
  }
}

TEST_F(StartOrderTest, OfAnAgentThatWasSetBackADeliveredOrderIsNotSaidToBeRefused) {
  const InvokeId task = Order({linux_}, OrderVerb::kList, "", "");
  EXPECT_EQ(FetchAs(linux_, true, true).run.size(), 1u);
  EXPECT_TRUE(FetchAs(linux_, false, false).run.empty());
  EXPECT_EQ(StateOf(task, linux_), TaskState::kPending);
}

TEST_F(StartOrderTest, TheWavesAndTimesOfACommandAreThoseOfAnOrder) {
  In in;
  in.terms.order = {OrderVerb::kVerify, "a", ""};
  in.terms.max_concurrency = "1";
  in.terms.timeout = std::chrono::seconds(77);
  in.machines = {linux_, freebsd_};
  const auto out = Change(StartOn, in);
  ASSERT_TRUE(out) << out.error().detail;
  EXPECT_EQ(out->targets, 2);
  EXPECT_EQ(FetchAs(linux_, true, false).run.at(0).timeout, std::chrono::seconds(77));
  EXPECT_TRUE(FetchAs(freebsd_, true, false).run.empty()) << "its turn has not come";
  in.terms.max_concurrency = "x";
  EXPECT_EQ(ReasonOf(Change(StartOn, in)), "InvalidParameter.MaxConcurrency");
  in.terms.max_concurrency.clear();
  in.terms.timeout = settings_.limits.timeout_max + std::chrono::seconds(1);
  EXPECT_EQ(ReasonOf(Change(StartOn, in)), "InvalidTimeout.ExceedLimit");
  in.terms.timeout = std::chrono::seconds(60);
  in.machines.clear();
  EXPECT_EQ(ReasonOf(Change(StartOn, in)), "MissingParam.InstanceId");
}

TEST_F(StartOrderTest, TwoOrdersOfOneChangeWakeTheMachinesOfBoth) {
  struct Two {
    InstanceId first, second;
  };
  const auto both = [](store::Tx& tx, Context& context, const Two& in) -> Result<StartedOrder> {
    OrderTerms terms;
    terms.order = {OrderVerb::kApplyRelease, "", "2"};
    auto first = StartOrder(tx, context, terms, {tx.FindMachine(in.first)->key});
    if (!first) return first;
    return StartOrder(tx, context, terms, {tx.FindMachine(in.second)->key});
  };
  Result<StartedOrder> (*use_case)(store::Tx&, Context&, const Two&) = both;
  ASSERT_TRUE(Change(use_case, Two{linux_, windows_}));
  std::sort(waker_.woken.begin(), waker_.woken.end());
  EXPECT_EQ(waker_.woken, (std::vector<std::string>{"mi-linux", "mi-windows"}));
}

TEST_F(StartOrderTest, ARerunIsTheSameOrder) {
  const InvokeId task = Order({linux_, stock_}, OrderVerb::kUninstall, "a", "");
  EXPECT_TRUE(FetchAs(linux_, false, false).run.empty());
  EXPECT_TRUE(FetchAs(stock_, false, false).run.empty());
  RerunInvocationIn in;
  in.invocation = task;
  const auto again = Change(RerunInvocation, in);
  ASSERT_TRUE(again) << again.error().detail;
  const FetchTasksOut list = FetchAs(linux_, true, true);
  ASSERT_EQ(list.run.size(), 1u);
  EXPECT_EQ(list.run[0].content.Reveal(), model::OrderScript({OrderVerb::kUninstall, "a", ""}, false));
}

TEST(OrderTitleTest, SaysWhatIsDone) {
  EXPECT_EQ(OrderTitle({OrderVerb::kInstall, "nginx-conf", "1.2"}), "package install nginx-conf 1.2");
  EXPECT_EQ(OrderTitle({OrderVerb::kUninstall, "a", ""}), "package uninstall a");
  EXPECT_EQ(OrderTitle({OrderVerb::kList, "", ""}), "package list");
  EXPECT_EQ(OrderTitle({OrderVerb::kApplyRelease, "assist-agent", "1.4"}), "release apply 1.4");
  EXPECT_EQ(OrderTitle({OrderVerb::kRollBackRelease, "", ""}), "release rollback");
}

}  // namespace
}  // namespace assist::server::control

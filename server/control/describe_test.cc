#include "server/control/describe_commands.h"
#include "server/control/describe_invocation_results.h"
#include "server/control/describe_invocations.h"
#include "server/control/fake_server.h"
#include "server/control/stop_invocation.h"

namespace assist::server::control {
namespace {

using model::ReportKind;
using Names = std::vector<std::string>;

class DescribeTest : public ControlTest {
 protected:
  DescribeTest() {
    a_ = AddMachine("mi-a");
    b_ = AddMachine("mi-b");
  }
  static Names IdsOf(const DescribeInvocationsOut& page) {
    Names out;
    for (const auto& view : page.items) out.push_back(view.invocation.id.str());
    return out;
  }
  static Names RowsOf(const DescribeInvocationResultsOut& page) {
    Names out;
    for (const auto& row : page.items) out.push_back(row.task.invocation.str() + "@" + row.task.instance.str());
    return out;
  }
  static model::StatusFilter Word(std::string_view word) {
    model::StatusFilter filter;
    EXPECT_TRUE(model::StatusFilter::Parse(word, &filter));
    return filter;
  }
  void Finish(const InvokeId& task, const InstanceId& machine, const std::string& output) {
    Fetch(machine);
    Report(ReportOf(machine, task, ReportKind::kFinish, output, 0));
  }
  InstanceId a_;
  InstanceId b_;
};

TEST_F(DescribeTest, InvocationsComeNewestFirstWithTheirInstancesInOrder) {
  const auto one = Start({b_, a_}, "first");
  const auto two = Start({a_}, "second");
  const auto page = Read(DescribeInvocations, DescribeInvocationsIn{});
  ASSERT_TRUE(page);
  EXPECT_EQ(IdsOf(*page), (Names{two.str(), one.str()}));
  EXPECT_EQ(page->total, 2);
  EXPECT_EQ(page->items[1].content.Reveal(), "first");
  ASSERT_EQ(page->items[1].tasks.size(), 2u);
  EXPECT_EQ(page->items[1].tasks[0].instance, b_);
  EXPECT_EQ(page->items[1].tasks[1].instance, a_);
  EXPECT_FALSE(page->items[1].tasks[0].output);
  EXPECT_FALSE(page->items[1].tasks_cut);
}

TEST_F(DescribeTest, ByInstanceOnlyThatInstanceIsShownAndSomeFiltersAreIgnored) {
  const auto one = Start({a_, b_});
  Start({a_});
  DescribeInvocationsIn in;
  in.instance = b_;
  in.command_name = "ignored";
  in.repeat_mode = model::RepeatMode::kPeriod;
  in.status = Word("PartialFailed");
  const auto page = Read(DescribeInvocations, in);
  ASSERT_EQ(IdsOf(*page), (Names{one.str()}));
  ASSERT_EQ(page->items[0].tasks.size(), 1u);
  EXPECT_EQ(page->items[0].tasks[0].instance, b_);
  in.instance = InstanceId("mi-x");
  EXPECT_EQ(Read(DescribeInvocations, in)->total, 0);
}

TEST_F(DescribeTest, UnknownIdsGiveEmptyPages) {
  DescribeInvocationsIn in;
  in.invocation = InvokeId("t-x");
  EXPECT_EQ(Read(DescribeInvocations, in)->total, 0);
  DescribeInvocationResultsIn results;
  results.invocation = InvokeId("t-x");
  EXPECT_EQ(Read(DescribeInvocationResults, results)->total, 0);
  results.invocation = InvokeId();
  results.instance = InstanceId("mi-x");
  EXPECT_EQ(Read(DescribeInvocationResults, results)->total, 0);
}

TEST_F(DescribeTest, FiltersReachTheStore) {
  const auto one = Start({a_});
  const auto two = Start({b_});
  Finish(one, a_, "x");
  DescribeInvocationsIn in;
  in.status = Word("Success");
  EXPECT_EQ(IdsOf(*Read(DescribeInvocations, in)), (Names{one.str()}));
  in.status = Word("Pending");
  EXPECT_EQ(IdsOf(*Read(DescribeInvocations, in)), (Names{two.str()}));
  in = {};
  in.command_name = "test";
  EXPECT_EQ(Read(DescribeInvocations, in)->total, 2);
  in.command_name = "other";
  EXPECT_EQ(Read(DescribeInvocations, in)->total, 0);
  in = {};
  in.timed = true;
  EXPECT_EQ(Read(DescribeInvocations, in)->total, 0);
  in.timed = false;
  EXPECT_EQ(Read(DescribeInvocations, in)->total, 2);
  in = {};
  in.tags = {{"k", std::nullopt}};
  EXPECT_EQ(Read(DescribeInvocations, in)->total, 0);
}

TEST_F(DescribeTest, AVeryLongInvocationIsCutAndSaysSo) {
  settings_.limits.described_instances = 1;
  Start({a_, b_});
  const auto page = Read(DescribeInvocations, DescribeInvocationsIn{});
  EXPECT_EQ(page->items[0].tasks.size(), 1u);
  EXPECT_TRUE(page->items[0].tasks_cut);
}

TEST_F(DescribeTest, ResultsAreRowsOfTasksWithTheirOutput) {
  const auto one = Start({b_, a_});
  const auto two = Start({a_});
  Finish(one, a_, "the output");
  const auto page = Read(DescribeInvocationResults, DescribeInvocationResultsIn{});
  EXPECT_EQ(RowsOf(*page), (Names{two.str() + "@mi-a", one.str() + "@mi-b", one.str() + "@mi-a"}));
  EXPECT_EQ(page->total, 3);
  const auto& row = page->items[2];
  EXPECT_EQ(row.task.output->data.Reveal(), "the output");
  EXPECT_EQ(row.task.output->size, 10);
  EXPECT_EQ(row.task.output->dropped, 0);
  EXPECT_EQ(row.invocation.id, one);
  EXPECT_EQ(row.task.task.progress.state, model::TaskState::kSuccess);
  DescribeInvocationResultsIn in;
  in.status = Word("Finished");
  EXPECT_EQ(RowsOf(*Read(DescribeInvocationResults, in)), (Names{one.str() + "@mi-a"}));
  in = {};
  in.invocation = one;
  in.instance = b_;
  EXPECT_EQ(RowsOf(*Read(DescribeInvocationResults, in)), (Names{one.str() + "@mi-b"}));
  in.include_output = false;
  EXPECT_FALSE(Read(DescribeInvocationResults, in)->items[0].task.output);
}

TEST_F(DescribeTest, PagesByPositionWalkThroughAllRows) {
  const auto one = Start({a_, b_});
  const auto two = Start({b_, a_});
  DescribeInvocationResultsIn in;
  in.page.by_position = true;
  in.page.size = 3;
  auto page = Read(DescribeInvocationResults, in);
  EXPECT_EQ(RowsOf(*page), (Names{two.str() + "@mi-b", two.str() + "@mi-a", one.str() + "@mi-a"}));
  ASSERT_TRUE(page->next);
  Start({a_});
  in.page.after = page->next;
  page = Read(DescribeInvocationResults, in);
  EXPECT_EQ(RowsOf(*page), (Names{one.str() + "@mi-b"}));
  EXPECT_FALSE(page->next);
}

TEST_F(DescribeTest, LongOutputIsCutInTheMiddleAndReadByRange) {
  const auto task = Start({a_});
  std::string text;
  for (int i = 0; i < 1'000; ++i) text += std::to_string(100'000 + i);  // 6,000 bytes
  Finish(task, a_, text);
  DescribeInvocationResultsIn in;
  in.invocation = task;
  in.instance = a_;
  in.output_bytes = 400;
  auto output = *Read(DescribeInvocationResults, in)->items[0].task.output;
  EXPECT_EQ(output.data.Reveal(), text.substr(0, 100) + text.substr(5'700));
  EXPECT_EQ(output.dropped, 5'600);
  EXPECT_EQ(output.size, 6'000);
  std::string all;
  for (std::int64_t offset = 0;;) {
    in.output_offset = offset;
    output = *Read(DescribeInvocationResults, in)->items[0].task.output;
    EXPECT_EQ(output.offset, offset);
    if (output.data.Reveal().empty()) break;
    all += output.data.Reveal();
    offset += static_cast<std::int64_t>(output.data.Reveal().size());
  }
  EXPECT_EQ(all, text);
}

TEST_F(DescribeTest, ARangeInAGapBeginsBehindIt) {
  const auto task = Start({a_});
  Fetch(a_);
  Report(ReportOf(a_, task, ReportKind::kRunning, "head", 0));
  Report(ReportOf(a_, task, ReportKind::kFinish, "tail", 104));
  DescribeInvocationResultsIn in;
  in.invocation = task;
  in.instance = a_;
  in.output_offset = 4;
  const auto output = *Read(DescribeInvocationResults, in)->items[0].task.output;
  EXPECT_EQ(output.offset, 104);
  EXPECT_EQ(output.data.Reveal(), "tail");
  in.output_offset.reset();
  const auto whole = *Read(DescribeInvocationResults, in)->items[0].task.output;
  EXPECT_EQ(whole.data.Reveal(), "headtail");
  EXPECT_EQ(whole.dropped, 100);
}

class StopInvocationTest : public DescribeTest {};

TEST_F(StopInvocationTest, WhatIsNotDeliveredIsCancelledAtOnceTheRestStops) {
  const auto task = Start({a_, b_});
  Fetch(a_);
  waker_.woken.clear();
  ASSERT_TRUE(Change(StopInvocation, StopInvocationIn{task, {}}));
  EXPECT_EQ(StateOf(task, a_), model::TaskState::kStopping);
  EXPECT_EQ(StateOf(task, b_), model::TaskState::kCancelled);
  EXPECT_EQ(waker_.woken, (Names{"mi-a"}));
  EXPECT_TRUE(Fetch(b_).run.empty());
  Report(ReportOf(a_, task, ReportKind::kStopped));
  Look([&](store::ReadTx& tx) {
    EXPECT_EQ(model::WholeStatus(tx.FindInvocation(task)->counts), model::InvocationStatus::kStopped);
  });
  ASSERT_TRUE(Change(StopInvocation, StopInvocationIn{task, {}}));  // one that has ended
  EXPECT_EQ(StateOf(task, a_), model::TaskState::kTerminated);
}

TEST_F(StopInvocationTest, OnlyTheNamedInstancesStop) {
  const auto task = Start({a_, b_});
  ASSERT_TRUE(Change(StopInvocation, StopInvocationIn{task, {b_}}));
  EXPECT_EQ(StateOf(task, a_), model::TaskState::kPending);
  EXPECT_EQ(StateOf(task, b_), model::TaskState::kCancelled);
}

TEST_F(StopInvocationTest, EachRefusalHasItsCodeAndStopsNothing) {
  const auto task = Start({a_});
  EXPECT_EQ(ReasonOf(Change(StopInvocation, StopInvocationIn{InvokeId("t-x"), {}})), "InvalidInvokeId.NotFound");
  EXPECT_EQ(ReasonOf(Change(StopInvocation, StopInvocationIn{task, {a_, b_}})), "InvalidInstanceId.NotFound");
  settings_.limits.stop_targets = 0;
  EXPECT_EQ(ReasonOf(Change(StopInvocation, StopInvocationIn{task, {a_}})), "InstanceIds.ExceedLimit");
  EXPECT_EQ(StateOf(task, a_), model::TaskState::kPending);
}

TEST_F(DescribeTest, ScriptsOfALongPageShareItsRoomAndAPageOfFiftyIsWhole) {
  CreateCommandIn command;
  command.content = Secret<std::string>(std::string(1 << 20, 'x'));
  for (int i = 0; i < 66; ++i) {
    command.name = "n" + std::to_string(i);
    ASSERT_TRUE(Change(CreateCommand, command));
    Start({a_}, command.content.Reveal());
  }
  DescribeCommandsIn commands;
  DescribeInvocationsIn invocations;
  commands.page.size = invocations.page.size = 1'000;
  const auto all = Read(DescribeCommands, commands);
  const auto runs = Read(DescribeInvocations, invocations);
  ASSERT_EQ(all->items.size(), 66u);
  ASSERT_EQ(runs->items.size(), 66u);
  for (std::size_t i = 0; i < 66; ++i) {
    EXPECT_EQ(all->items[i].content_cut, i >= 64) << i;
    EXPECT_EQ(all->items[i].content.Reveal().empty(), i >= 64) << i;
    EXPECT_EQ(runs->items[i].content_cut, i >= 64) << i;
    EXPECT_EQ(runs->items[i].content.Reveal().empty(), i >= 64) << i;
  }
  commands.page.size = 50;
  const auto fifty = Read(DescribeCommands, commands);
  ASSERT_EQ(fifty->items.size(), 50u);
  for (const auto& row : fifty->items) EXPECT_FALSE(row.content_cut);
}

TEST_F(DescribeTest, InstancesOfALongPageShareItsRoom) {
  std::vector<InstanceId> ids;
  for (int i = 0; i < 100; ++i) ids.push_back(AddMachine("mi-" + std::to_string(i)));
  for (int i = 0; i < 51; ++i) Start(ids);
  DescribeInvocationsIn in;
  in.page.size = 1'000;
  const auto page = Read(DescribeInvocations, in);
  ASSERT_EQ(page->items.size(), 51u);
  for (std::size_t i = 0; i < 51; ++i) {
    EXPECT_EQ(page->items[i].tasks.size(), i < 50 ? 100u : 0u) << i;
    EXPECT_EQ(page->items[i].tasks_cut, i >= 50) << i;
  }
}

}  // namespace
}  // namespace assist::server::control

#include "cli/run/summary.h"

#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Machine In(MachineState state, std::string id = "mi-1") {
  Machine machine;
  machine.id = std::move(id);
  machine.state = state;
  return machine;
}

TEST(SummaryTest, CountsLeaveOutWhatIsZero) {
  EXPECT_EQ(CountsLine({In(MachineState::kSucceeded)}, Text(Language::kEnglish)), "1 machine: 1 succeeded");
  EXPECT_EQ(CountsLine({In(MachineState::kFailed), In(MachineState::kRunning), In(MachineState::kFailed),
                        In(MachineState::kUnknown)},
                       Text(Language::kEnglish)),
            "4 machines: 1 running, 2 failed, 1 unknown");
}

TEST(SummaryTest, ProgressCountsWhatIsDoneOfAll) {
  const Text text(Language::kEnglish);
  EXPECT_EQ(ProgressLine({In(MachineState::kWaiting)}, 1, seconds(75), text, Style()), "0 of 1 done: 1 waiting (1:15)");
  EXPECT_EQ(ProgressLine({In(MachineState::kFailed), In(MachineState::kRunning), In(MachineState::kSucceeded)}, 100,
                         seconds(3661), text, Style()),
            "2 of 100 done: 97 waiting, 1 running, 1 succeeded, 1 failed (1:01:01)");
  EXPECT_EQ(ProgressLine({In(MachineState::kFailed)}, 1, seconds(1), Text(Language::kChinese), Style(true)),
            "已完成 1/1：\x1b[31m1 台失败\x1b[0m（0:01）");
}

TEST(SummaryTest, OnlyThoseThatDidNotSucceedAreNamedWithTheReason) {
  Machine failed = In(MachineState::kFailed, "mi-2");
  failed.exit_code = 3;
  Machine refused = In(MachineState::kRefused, "mi-3");
  refused.error_code = "AccountNotExists";
  refused.error_info = "the specified account\ndoes not exists";
  const NameBook names({{"mi-1", "web-1", true}, {"mi-2", "web-2", true}});
  EXPECT_EQ(SummaryLines({In(MachineState::kSucceeded), failed, refused}, names, 10, Text(Language::kEnglish), Style()),
            "3 machines: 1 succeeded, 1 failed, 1 refused\n"
            "  web-2 (mi-2): failed with exit code 3\n"
            "  mi-3: refused by the agent: the specified account\\ndoes not exists (AccountNotExists)\n");
}

TEST(SummaryTest, WhatWasOverItsBudgetNamesTheBudget) {
  Machine over = In(MachineState::kFailed, "mi-2");
  over.exit_code = 137;
  over.error_code = "BudgetExceeded";
  over.error_info = "the command used more than its budget: MaxProcesses is 5, there were 6";
  EXPECT_EQ(Verdict(over, Text(Language::kEnglish)), "over its budget: MaxProcesses is 5, there were 6");
  EXPECT_EQ(Verdict(over, Text(Language::kChinese)), "超出预算：MaxProcesses is 5, there were 6");
}

TEST(SummaryTest, ALongListIsCut) {
  const std::vector<Machine> machines(5, In(MachineState::kTimedOut));
  const std::string lines = SummaryLines(machines, NameBook(), 2, Text(Language::kEnglish), Style());
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 4);
  EXPECT_NE(lines.find("and 3 more"), std::string::npos) << lines;
}

TEST(SummaryTest, ARefusalIsExplainedAndItsWayOutIsSaidOnce) {
  std::vector<Machine> machines;
  for (int i = 0; i < 3; ++i) {
    machines.push_back(In(MachineState::kFailed, "mi-" + std::to_string(i)));
    machines.back().exit_code = 40;
    machines.back().refusal = package::FoundRefusal{package::Refusal::kUntrustedPublisher, "key sha256:ab\x1b[31m"};
  }
  const std::string lines = SummaryLines(machines, NameBook(), 2, Text(Language::kEnglish), Style());
  EXPECT_NE(lines.find("mi-0: refused, UntrustedPublisher: the key that signed it is not trusted on that machine (key "
                       "sha256:ab"),
            std::string::npos)
      << lines;
  EXPECT_EQ(lines.find('\x1b'), std::string::npos);
  const std::size_t way = lines.find("  UntrustedPublisher: Pin the publisher's key there");
  ASSERT_NE(way, std::string::npos) << lines;
  EXPECT_EQ(lines.find("Pin the publisher", way + 30), std::string::npos);
}

TEST(SummaryTest, EveryStateHasWordsOfItsOwn) {
  std::vector<std::string> seen;
  for (int state = 0; state <= static_cast<int>(MachineState::kUnknown); ++state) {
    const std::string verdict = Verdict(In(static_cast<MachineState>(state)), Text(Language::kEnglish));
    EXPECT_EQ(std::count(seen.begin(), seen.end(), verdict), 0) << verdict;
    seen.push_back(verdict);
    EXPECT_NE(StateName(static_cast<MachineState>(state)), "");
    EXPECT_EQ(CountsLine({In(static_cast<MachineState>(state))}, Text(Language::kEnglish)).find("1 machine: 1 "), 0u);
  }
}

TEST(SummaryTest, OnlyWhenAllSucceededTheProgramDoes) {
  EXPECT_EQ(ExitCodeOf({In(MachineState::kSucceeded), In(MachineState::kSucceeded)}), ExitCode::kSuccess);
  EXPECT_EQ(ExitCodeOf({In(MachineState::kSucceeded), In(MachineState::kFailed)}), ExitCode::kSomeFailed);
  EXPECT_EQ(ExitCodeOf({In(MachineState::kRunning)}), ExitCode::kSomeFailed);
  EXPECT_EQ(ExitCodeOf({}), ExitCode::kSomeFailed);
}

TEST(SummaryTest, WhoLeavesIsToldTheCommands) {
  const std::string lines = GoesOnLines("t-1", "interrupted", Text(Language::kEnglish));
  EXPECT_NE(lines.find("\n  assist ecs DescribeInvocationResults --InvokeId t-1\n"), std::string::npos) << lines;
  EXPECT_NE(lines.find("\n  assist ecs StopInvocation --InvokeId t-1\n"), std::string::npos) << lines;
}

TEST(SummaryTest, SilenceIsAskedAboutLessAndLessOften) {
  PollPace pace;
  EXPECT_EQ(pace.After(true, false, milliseconds(1)), milliseconds(50));
  EXPECT_EQ(pace.After(false, false, milliseconds(1)), milliseconds(50));
  milliseconds last(0);
  for (int i = 0; i < 20; ++i) {
    const milliseconds next = pace.After(false, false, milliseconds(1));
    EXPECT_GE(next, last);
    last = next;
  }
  EXPECT_EQ(last, milliseconds(500));
  EXPECT_EQ(pace.After(true, false, milliseconds(1)), milliseconds(50));
  EXPECT_EQ(pace.After(true, true, milliseconds(1)), milliseconds(0));
  EXPECT_EQ(pace.After(false, false, milliseconds(3000)), milliseconds(3000));
}

}  // namespace
}  // namespace assist::cli

#include "server/control/send_file.h"

#include "server/control/describe_invocation_results.h"
#include "server/control/describe_invocations.h"
#include "server/control/describe_send_file_results.h"
#include "server/control/fake_server.h"
#include "server/control/housekeeping.h"
#include "server/control/modify_invocation.h"
#include "server/control/register_machine.h"
#include "server/control/stop_invocation.h"

namespace assist::server::control {
namespace {

using model::ReportKind;
using model::TaskState;

class SendFileTest : public ControlTest {
 protected:
  SendFileTest() {
    ours_ = AddMachine("mi-ours");
    stock_ = AddMachine("mi-stock", Agent::kStock);
  }
  static SendFileIn FileFor(const std::vector<InstanceId>& instances, const std::string& name = "a.txt") {
    SendFileIn in;
    in.instances = instances;
    in.file.name = name;
    in.file.target_dir = "/srv";
    in.content = in.bytes = Secret<std::string>("hello file\n");
    return in;
  }
  InvokeId Send(const std::vector<InstanceId>& instances, bool repeatable = false) {
    SendFileIn in = FileFor(instances);
    in.repeatable = repeatable;
    const auto out = Change(SendFile, in);
    EXPECT_TRUE(out) << out.error().detail;
    return out ? out->invocation : InvokeId();
  }
  RecordReportIn FileReport(const InstanceId& machine, const InvokeId& task, ReportKind kind, bool success = true,
                            std::int64_t error_code = 0) {
    RecordReportIn in;
    in.machine = machine;
    in.task = task;
    in.report.kind = kind;
    in.report.file = model::FileEnd{success, error_code};
    return in;
  }
  static std::vector<std::string> FilesOf(const FetchTasksOut& list) {
    std::vector<std::string> out;
    for (const FileEntry& file : list.file) out.push_back(file.invocation.str());
    return out;
  }
  DescribeSendFileResultsOut Describe(const DescribeSendFileResultsIn& in = {}) {
    auto out = Read(DescribeSendFileResults, in);
    EXPECT_TRUE(out);
    return out ? std::move(*out) : DescribeSendFileResultsOut{};
  }
  model::TaskProgress ProgressOf(const InvokeId& task, const InstanceId& machine) {
    return TaskOf(task, machine).progress;
  }
  using Ids = std::vector<std::string>;

  InstanceId ours_;
  InstanceId stock_;
};

TEST_F(SendFileTest, AFileGoesOutOnceWithItsTermsAndEndsByItsReport) {
  SendFileIn in = FileFor({ours_, stock_, ours_}, "with space.txt");
  in.content = Secret<std::string>("aGVsbG8gZmlsZQo=");
  in.file.content_type = model::FileContentType::kBase64;
  in.file.owner = "demo";
  in.file.mode = "01755";
  in.file.overwrite = true;
  in.timeout = std::chrono::seconds(3);
  in.description = "text";
  in.tags = {{"k", "v"}};
  const auto sent = Change(SendFile, in);
  ASSERT_TRUE(sent) << sent.error().detail;
  EXPECT_TRUE(sent->invocation.str().starts_with("f-"));
  EXPECT_EQ(sent->invocation.str().size(), 34U);
  EXPECT_EQ(waker_.woken, (Ids{"mi-ours", "mi-stock"}));

  const FetchTasksOut list = Fetch(ours_, 0, true, 5);
  EXPECT_TRUE(list.run.empty());
  ASSERT_EQ(FilesOf(list), (Ids{sent->invocation.str()}));
  const FileEntry& entry = list.file.front();
  EXPECT_EQ(entry.delivery, 1);
  EXPECT_EQ(entry.file, in.file);
  EXPECT_EQ(entry.content.Reveal(), "hello file\n");
  EXPECT_EQ(entry.timeout, std::chrono::seconds(10));  // the least
  // It may have missed the list: until it has accepted it gets it again, with the same number.
  EXPECT_EQ(Fetch(ours_, 0).file.front().delivery, 1);
  EXPECT_EQ(StateOf(sent->invocation, ours_), TaskState::kPending);
  Report(FileReport(ours_, sent->invocation, ReportKind::kRunning));
  EXPECT_EQ(ProgressOf(sent->invocation, ours_).delivery, model::Delivery::kAccepted);
  EXPECT_TRUE(Fetch(ours_, 1).file.empty());
  Report(FileReport(ours_, sent->invocation, ReportKind::kFinish));
  EXPECT_EQ(StateOf(sent->invocation, ours_), TaskState::kSuccess);

  const auto rows = Describe();
  ASSERT_EQ(rows.items.size(), 1U);
  EXPECT_EQ(rows.items[0].content.Reveal(), "aGVsbG8gZmlsZQo=");
  EXPECT_EQ(rows.items[0].invocation.file, in.file);
  EXPECT_EQ(rows.items[0].invocation.description, "text");
  ASSERT_EQ(rows.items[0].tasks.size(), 2U);
  EXPECT_EQ(rows.items[0].tasks[0].instance, ours_);
  EXPECT_EQ(rows.items[0].tasks[1].task.progress.state, TaskState::kPending);
}

TEST_F(SendFileTest, TheFetchOfAStockAgentIsTheStartAndItNeverGetsTheFileAgain) {
  const InvokeId task = Send({stock_});
  EXPECT_EQ(FilesOf(Fetch(stock_, std::nullopt, true, 5)), (Ids{task.str()}));
  EXPECT_EQ(StateOf(task, stock_), TaskState::kRunning);
  EXPECT_TRUE(Fetch(stock_).file.empty());
  EXPECT_TRUE(Fetch(stock_, std::nullopt, true, 5).file.empty());  // the same fetch again
  EXPECT_EQ(StateOf(task, stock_), TaskState::kRunning);
  // A new process cannot say what the former one did.
  EXPECT_TRUE(Fetch(stock_, std::nullopt, true, 6).file.empty());
  EXPECT_EQ(ProgressOf(task, stock_).outcome, model::Outcome::kUnknown);
  Report(FileReport(stock_, task, ReportKind::kFinish));
  EXPECT_EQ(StateOf(task, stock_), TaskState::kSuccess);

  const InvokeId twice = Send({stock_}, true);
  EXPECT_EQ(FilesOf(Fetch(stock_)), (Ids{twice.str()}));
  EXPECT_EQ(FilesOf(Fetch(stock_, std::nullopt, true, 7)), (Ids{twice.str()}));
}

TEST_F(SendFileTest, FilesDoNotWaitForTheCommandsThatLieWithAStockAgent) {
  settings_.limits.stock_unfinished = 1;
  const InvokeId running = Start({stock_});
  const InvokeId file = Send({stock_});
  const InvokeId waiting = Start({stock_});
  const InvokeId other = Send({stock_});
  FetchTasksOut list = Fetch(stock_);
  EXPECT_EQ(RunsOf(list), (Ids{running.str()}));
  EXPECT_EQ(FilesOf(list), (Ids{file.str(), other.str()}));
  Report(ReportOf(stock_, running, ReportKind::kFinish));
  EXPECT_EQ(RunsOf(Fetch(stock_)), (Ids{waiting.str()}));
}

TEST_F(SendFileTest, OneListHoldsAsManyAndAsMuchAsItMay) {
  settings_.limits.fetch_entries = 2;
  for (int i = 0; i < 3; ++i) Send({ours_});
  const FetchTasksOut list = Fetch(ours_);
  EXPECT_EQ(list.file.size(), 2U);
  EXPECT_TRUE(list.more);
  settings_.limits.fetch_entries = 50;
  settings_.limits.fetch_bytes = 15;
  EXPECT_EQ(Fetch(ours_).file.size(), 1U);
  Start({ours_}, "echo 123");
  settings_.limits.fetch_bytes = 1;
  const FetchTasksOut small = Fetch(ours_);
  EXPECT_EQ(small.file.size() + small.run.size(), 1U);
}

TEST_F(SendFileTest, AnAgentOf2018KnowsNoFilesThoseOf2020Do) {
  const InvokeId old = Send({stock_});
  FetchTasksIn fetch;
  fetch.machine = stock_;
  fetch.cpp = true;
  for (const auto which : {FetchTasksIn::Which::kStops, FetchTasksIn::Which::kSchedules}) {
    fetch.which = which;
    ASSERT_TRUE(Change(FetchTasks, fetch));
    EXPECT_EQ(StateOf(old, stock_), TaskState::kPending);
  }
  fetch.which = FetchTasksIn::Which::kRuns;
  EXPECT_TRUE(Change(FetchTasks, fetch)->file.empty());
  EXPECT_EQ(StateOf(old, stock_), TaskState::kAborted);
  EXPECT_EQ(ProgressOf(old, stock_).error_code, model::ErrorCode::kClientNeedUpgrade);

  const InvokeId known = Send({stock_});
  fetch.which = FetchTasksIn::Which::kAll;
  EXPECT_EQ(FilesOf(*Change(FetchTasks, fetch)), (Ids{known.str()}));
  EXPECT_TRUE(Change(FetchTasks, fetch)->file.empty());
}

TEST_F(SendFileTest, AReportCountsForWhatItIsAboutAndNothingElse) {
  using Answer = RecordReportOut::Answer;
  const InvokeId file = Send({stock_});
  const InvokeId command = Start({stock_});
  Fetch(stock_);
  // A file is not ended by a command's report, nor a command by a file's, nor either by another machine's.
  EXPECT_EQ(Report(ReportOf(stock_, file, ReportKind::kFinish, "output", 0)).answer, Answer::kGone);
  EXPECT_EQ(Report(FileReport(stock_, command, ReportKind::kFinish)).answer, Answer::kGone);
  EXPECT_EQ(Report(FileReport(ours_, file, ReportKind::kFinish)).answer, Answer::kGone);
  EXPECT_EQ(StateOf(file, stock_), TaskState::kRunning);
  EXPECT_EQ(StateOf(command, stock_), TaskState::kPending);

  RecordReportIn refused = FileReport(stock_, file, ReportKind::kInvalid);
  refused.report.param = "FileExist";
  refused.report.value = "a.txt";
  refused.output = Secret<std::string>("no output of a file is kept");
  EXPECT_EQ(Report(refused).answer, Answer::kRecorded);
  const model::TaskProgress progress = ProgressOf(file, stock_);
  EXPECT_EQ(progress.state, TaskState::kInvalid);
  EXPECT_EQ(progress.error_code, model::ErrorCode::kFileAlreadyExists);
  EXPECT_EQ(OutputOf(file, stock_), "");
  // Late or again: recorded, and nothing changes.
  for (const auto kind : {ReportKind::kFinish, ReportKind::kInvalid, ReportKind::kRunning, ReportKind::kError,
                          ReportKind::kStopped, ReportKind::kTimeout}) {
    EXPECT_EQ(Report(FileReport(stock_, file, kind)).answer, Answer::kRecorded);
    EXPECT_EQ(ProgressOf(file, stock_), progress);
  }
}

TEST_F(SendFileTest, WhatOurAgentCannotTellIsUnknown) {
  const InvokeId task = Send({ours_});
  Fetch(ours_);
  RecordReportIn lost = FileReport(ours_, task, ReportKind::kError, false);
  lost.report.err_code = std::string(model::kErrCodeUnknown);
  Report(lost);
  EXPECT_EQ(StateOf(task, ours_), TaskState::kError);
  EXPECT_EQ(ProgressOf(task, ours_).outcome, model::Outcome::kUnknownReported);
  // Nobody stops a file.
  const InvokeId other = Send({ours_});
  Fetch(ours_);
  Report(FileReport(ours_, other, ReportKind::kStopped));
  EXPECT_EQ(StateOf(other, ours_), TaskState::kPending);
}

TEST_F(SendFileTest, WhatTimeAndLeavingDoToCommandsTheyDoToFiles) {
  SendFileIn in = FileFor({ours_});
  in.delivery_timeout = std::chrono::seconds(60);
  const InvokeId late = Change(SendFile, in)->invocation;
  in.instances = {stock_};
  const InvokeId silent = Change(SendFile, in)->invocation;
  Fetch(stock_);
  clock_.Advance(std::chrono::seconds(61));
  for (ExpireDeliveriesIn next;;) {
    const auto out = Change(ExpireDeliveries, next);
    if (!out->more) break;
    next = out->next;
  }
  EXPECT_EQ(StateOf(late, ours_), TaskState::kAborted);
  EXPECT_EQ(ProgressOf(late, ours_).outcome, model::Outcome::kPresumed);
  EXPECT_EQ(StateOf(silent, stock_), TaskState::kRunning);
  clock_.Advance(std::chrono::seconds(300));
  EXPECT_TRUE(Change(CloseSilentTasks, CloseSilentTasksIn{}));
  EXPECT_EQ(StateOf(silent, stock_), TaskState::kError);
  EXPECT_EQ(ProgressOf(silent, stock_).error_code, model::ErrorCode::kExecutionInterrupted);

  const InvokeId waiting = Send({ours_});
  const InvokeId given = Send({stock_});
  Fetch(stock_);
  for (const InstanceId& id : {ours_, stock_}) {
    EXPECT_TRUE(Change(DeregisterMachine, DeregisterMachineIn{id}));
  }
  EXPECT_EQ(ProgressOf(waiting, ours_).error_code, model::ErrorCode::kInstanceReleased);
  EXPECT_EQ(ProgressOf(given, stock_).outcome, model::Outcome::kUnknown);
}

TEST_F(SendFileTest, CommandsAndFilesAreNeverTakenForEachOther) {
  const InvokeId file = Send({ours_});
  const InvokeId command = Start({ours_});
  DescribeInvocationsIn invocations;
  EXPECT_EQ(Read(DescribeInvocations, invocations)->total, 1);
  invocations.invocation = file;
  EXPECT_EQ(Read(DescribeInvocations, invocations)->total, 0);
  DescribeInvocationResultsIn results;
  EXPECT_EQ(Read(DescribeInvocationResults, results)->items.size(), 1U);
  EXPECT_EQ(Read(DescribeInvocationResults, results)->total, 1);
  results.instance = ours_;
  EXPECT_EQ(Read(DescribeInvocationResults, results)->total, 1);
  results.invocation = file;
  EXPECT_EQ(Read(DescribeInvocationResults, results)->total, 0);
  EXPECT_EQ(ReasonOf(Change(StopInvocation, StopInvocationIn{file, {}})), "InvalidInvokeId.NotFound");
  EXPECT_EQ(ReasonOf(Change(StopInvocation, StopInvocationIn{file, {ours_}})), "InvalidInvokeId.NotFound");
  ModifyInvocationIn change;
  change.invocation = file;
  change.frequency = "rate(10m)";
  EXPECT_EQ(ReasonOf(Change(ModifyInvocation, change)), "InvalidInvokeId.NotFound");
  EXPECT_EQ(StateOf(file, ours_), TaskState::kPending);

  DescribeSendFileResultsIn files;
  files.invocation = command;
  EXPECT_EQ(Describe(files).total, 0);
  EXPECT_EQ(Describe().total, 1);
}

TEST_F(SendFileTest, FilesAreFoundByEveryFilter) {
  const InvokeId one = Send({ours_});
  SendFileIn in = FileFor({ours_, stock_}, "b.txt");
  in.tags = {{"k", "v"}};
  const InvokeId two = Change(SendFile, in)->invocation;
  Fetch(ours_);
  Report(FileReport(ours_, one, ReportKind::kFinish));
  const auto find = [&](const DescribeSendFileResultsIn& filter) {
    Ids ids;
    for (const InvocationView& view : Describe(filter).items) ids.push_back(view.invocation.id.str());
    return ids;
  };
  EXPECT_EQ(find({}), (Ids{two.str(), one.str()}));
  DescribeSendFileResultsIn filter;
  filter.name = "b.txt";
  EXPECT_EQ(find(filter), (Ids{two.str()}));
  filter = {};
  filter.instance = stock_;
  EXPECT_EQ(find(filter), (Ids{two.str()}));
  EXPECT_EQ(Describe(filter).items[0].tasks.size(), 1U);
  EXPECT_EQ(Describe(filter).items[0].tasks[0].instance, stock_);
  filter.instance = InstanceId("mi-nobody");
  EXPECT_EQ(find(filter), Ids{});
  filter = {};
  filter.status = model::InvocationStatus::kSuccess;
  EXPECT_EQ(find(filter), (Ids{one.str()}));
  filter = {};
  filter.tags = {{"k", std::nullopt}};
  EXPECT_EQ(find(filter), (Ids{two.str()}));
  filter = {};
  filter.page.size = 1;
  filter.page.by_position = true;
  const auto first = Describe(filter);
  ASSERT_TRUE(first.next);
  filter.page.after = first.next;
  EXPECT_EQ(find(filter), (Ids{one.str()}));
}

TEST_F(SendFileTest, APageOfManyInstancesIsCutAndAskedForAloneItIsWhole) {
  settings_.limits.file_targets = 6'000;
  std::vector<InstanceId> many;
  Edit([&](store::Tx& tx) {
    for (int i = 0; i < 1'999; ++i) {
      model::Machine machine;
      machine.id = InstanceId("mi-" + std::to_string(i));
      machine.registered = clock_.Now();
      tx.InsertMachine(machine);
      many.push_back(machine.id);
    }
  });
  for (int i = 0; i < 4; ++i) Send(many);
  const auto page = Describe();
  ASSERT_EQ(page.items.size(), 4U);
  EXPECT_FALSE(page.items[2].tasks_cut);
  EXPECT_TRUE(page.items[3].tasks_cut);
  EXPECT_EQ(page.items[3].tasks.size(), 3U);
  DescribeSendFileResultsIn alone;
  alone.invocation = page.items[3].invocation.id;
  EXPECT_EQ(Describe(alone).items[0].tasks.size(), many.size());
}

TEST_F(SendFileTest, RefusesWhatItMustAndThenNothingIsKept) {
  settings_.limits = model::Limits::Compat();
  EXPECT_EQ(ReasonOf(Change(SendFile, FileFor({}))), "MissingParam.InstanceId");
  EXPECT_EQ(ReasonOf(Change(SendFile, FileFor({ours_, InstanceId("mi-nobody")}))), "InvalidInstance.NotFound");
  std::vector<InstanceId> many;
  for (int i = 0; i < 51; ++i) many.emplace_back("mi-" + std::to_string(i));
  EXPECT_EQ(ReasonOf(Change(SendFile, FileFor(many))), "InstanceIds.ExceedLimit");
  SendFileIn in = FileFor({ours_});
  in.timeout = std::chrono::seconds(86'401);
  EXPECT_EQ(ReasonOf(Change(SendFile, in)), "InvalidTimeout.ExceedLimit");
  in = FileFor({ours_});
  in.bytes = Secret<std::string>(std::string(24'577, 'x'));
  EXPECT_EQ(ReasonOf(Change(SendFile, in)), "FileSize.ExceedLimit");
  in.bytes = Secret<std::string>(std::string(24'576, 'x'));
  EXPECT_TRUE(Change(SendFile, in));
  settings_.limits.files = 1;
  EXPECT_EQ(ReasonOf(Change(SendFile, FileFor({ours_}))), "Operation.Forbidden");
  Look([](store::ReadTx& tx) { EXPECT_EQ(tx.CountFiles(), 1); });
}

TEST_F(SendFileTest, AClientTokenGetsTheFirstAnswerAgain) {
  SendFileIn in = FileFor({ours_});
  in.client_token = {"token", std::string(32, 'a'), "me"};
  const auto first = Change(SendFile, in);
  ASSERT_TRUE(first);
  EXPECT_EQ(Change(SendFile, in)->invocation, first->invocation);
  Look([](store::ReadTx& tx) { EXPECT_EQ(tx.CountFiles(), 1); });
  in.client_token.params_hash = std::string(32, 'b');
  EXPECT_EQ(ReasonOf(Change(SendFile, in)), "IdempotentParameterMismatch");
}

TEST_F(SendFileTest, FilesAreRememberedForTheirOwnTimeAndNumber) {
  settings_.limits = model::Limits::Compat();
  const InvokeId command = Start({ours_});
  const InvokeId done = Send({ours_});
  Fetch(ours_);
  Report(ReportOf(ours_, command, ReportKind::kFinish));
  Report(FileReport(ours_, done, ReportKind::kFinish));
  const InvokeId open = Send({ours_});
  const auto forget = [this] {
    while (Change(ForgetOld, ForgetOldIn{})->more) {
    }
  };
  forget();
  EXPECT_EQ(Describe().total, 2);
  clock_.Advance(std::chrono::hours(25));
  forget();
  const auto left = Describe();
  ASSERT_EQ(left.total, 1);
  EXPECT_EQ(left.items[0].invocation.id, open);
  Look([](store::ReadTx& tx) { EXPECT_EQ(tx.CountInvocations(), 1); });

  // By number.
  settings_.limits.files = 1;
  Fetch(ours_);
  Report(FileReport(ours_, open, ReportKind::kFinish));
  settings_.limits.files = 10;
  const InvokeId fresh = Send({ours_});
  settings_.limits.files = 1;
  forget();
  const auto newest = Describe();
  ASSERT_EQ(newest.total, 1);
  EXPECT_EQ(newest.items[0].invocation.id, fresh);
}

}  // namespace
}  // namespace assist::server::control

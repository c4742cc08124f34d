#include "server/model/file.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/model/agent_errors.h"
#include "server/model/status.h"
#include "server/model/task_progress.h"

namespace assist::server::model {
namespace {

using std::chrono::seconds;

constexpr SystemTime kNow = FromUnixMillis(1'700'000'000'000);
const TaskTerms kTerms{.timeout = seconds(60), .silence_margin = seconds(300), .repeatable = false};

Report Finish(bool success, std::int64_t error_code = 0) {
  Report report;
  report.kind = ReportKind::kFinish;
  report.file = FileEnd{success, error_code};
  return report;
}
Report Invalid(std::string param, std::string value = "") {
  Report report;
  report.kind = ReportKind::kInvalid;
  report.file = FileEnd{};
  report.param = std::move(param);
  report.value = std::move(value);
  return report;
}
Report Accepted() {
  Report report;
  report.kind = ReportKind::kRunning;
  report.file = FileEnd{};
  return report;
}

TaskProgress After(const std::vector<TaskEvent>& events, const TaskTerms& terms = kTerms) {
  TaskProgress progress;
  for (const TaskEvent& event : events) {
    if (auto next = Apply(progress, event, terms, kNow)) progress = *next;
  }
  return progress;
}

TEST(FileTest, ModesAreOfThreeOrFourOctalDigitsWithAZeroBeforeThem) {
  for (const char* mode : {"644", "0644", "7777", "00755", "07777", "000"}) EXPECT_TRUE(IsFileMode(mode)) << mode;
  for (const char* mode : {"", "64", "06", "648", "0o644", "10755", "000644", "rw-", "-644", "64 "}) {
    EXPECT_FALSE(IsFileMode(mode)) << mode;
  }
  EXPECT_EQ(ModeOfAgents("644"), "644");
  EXPECT_EQ(ModeOfAgents("1755"), "1755");
  EXPECT_EQ(ModeOfAgents("01755"), "1755");
}

TEST(FileTest, AFolderIsAnAbsolutePathOfEitherKindOfSystem) {
  for (const char* path : {"/", "/home/with space", "C:\\Users", "d:/x", "\\\\host\\share", "/数据"}) {
    EXPECT_TRUE(IsTargetDir(path)) << path;
  }
  for (const char* path : {"", "home", "./x", "~/x", "C:", "C:x", "1:\\x", "/a\nb", "/a\x7f"}) {
    EXPECT_FALSE(IsTargetDir(path)) << path;
  }
}

TEST(FileTest, NamesAreTakenAsLongAsAMachineCouldHaveThem) {
  for (const char* name : {"a.txt", "with space", "50%&x=1#y+z", "../up", "line\nend", "文件"}) {
    EXPECT_TRUE(IsFileName(name)) << name;
  }
  EXPECT_FALSE(IsFileName(std::string("a\0b", 3)));
  for (const char* name : {"root", "www-data", "DOMAIN\\user", "user@domain"}) EXPECT_TRUE(IsAccountName(name)) << name;
  for (const char* name : {"a:b", "a/b", "a\nb", "a\x7f"}) EXPECT_FALSE(IsAccountName(name)) << name;
}

TEST(FileTest, ContentTypesHaveTheNamesOfTheApi) {
  for (const auto type : {FileContentType::kPlainText, FileContentType::kBase64}) {
    EXPECT_EQ(ParseFileContentType(Name(type)), type);
  }
  EXPECT_EQ(ParseFileContentType("base64"), std::nullopt);
}

TEST(FileTest, WithOurAgentAFileIsPendingUntilItIsWritten) {
  const TaskProgress accepted = After({Offered{1, 7}, Accepted()});
  EXPECT_EQ(accepted.state, TaskState::kPending);
  EXPECT_EQ(accepted.delivery, Delivery::kAccepted);
  const TaskProgress written = After({Offered{1, 7}, Accepted(), Finish(true)});
  EXPECT_EQ(written.state, TaskState::kSuccess);
  EXPECT_EQ(written.outcome, Outcome::kFinal);
  EXPECT_EQ(written.start, kNow);
  EXPECT_EQ(written.finish, kNow);
  EXPECT_FALSE(written.exit_code);
}

TEST(FileTest, AStockAgentBeginsWhenItGetsItAndNeverGetsItAgain) {
  const TaskProgress begun = After({Offered{1, 7, true}});
  EXPECT_EQ(begun.state, TaskState::kRunning);
  EXPECT_EQ(begun.delivery, Delivery::kDelivered);
  EXPECT_EQ(begun.start, kNow);
  EXPECT_EQ(begun.silent_after, kNow + seconds(360));
  EXPECT_FALSE(Apply(begun, Offered{1, 7, true}, kTerms, kNow));
  // It is not late to be delivered any more; silence is another matter.
  EXPECT_FALSE(Apply(begun, DeliveryExpired{false}, kTerms, kNow));
  EXPECT_FALSE(Apply(begun, FellSilent{false}, kTerms, kNow + seconds(359)));
  const auto silent = Apply(begun, FellSilent{false}, kTerms, kNow + seconds(360));
  ASSERT_TRUE(silent);
  EXPECT_EQ(silent->state, TaskState::kError);
  EXPECT_EQ(silent->outcome, Outcome::kPresumed);
  const auto late = Apply(*silent, Finish(true), kTerms, kNow + seconds(400));
  ASSERT_TRUE(late);
  EXPECT_EQ(late->state, TaskState::kSuccess);
  EXPECT_EQ(late->start, kNow);

  // A new process of the agent cannot say whether the former one wrote it.
  const TaskProgress lost = After({Offered{1, 7, true}, TraceLost{}});
  EXPECT_EQ(lost.state, TaskState::kError);
  EXPECT_EQ(lost.outcome, Outcome::kUnknown);
}

TEST(FileTest, WhatMayGoOutTwiceIsOfferedAnewAndThenAFileThatIsThereProvesNothing) {
  TaskTerms terms = kTerms;
  terms.repeatable = true;
  const TaskProgress again = After({Offered{1, 7, true}, TraceLost{}}, terms);
  EXPECT_EQ(again.state, TaskState::kPending);
  EXPECT_EQ(again.delivery, Delivery::kNotDelivered);
  EXPECT_FALSE(again.start);
  EXPECT_FALSE(again.silent_after);
  const TaskProgress there =
      After({Offered{1, 7, true}, TraceLost{}, Offered{1, 8, true}, Invalid("FileExist", "a.txt")}, terms);
  EXPECT_EQ(there.state, TaskState::kError);
  EXPECT_EQ(there.outcome, Outcome::kUnknownReported);
  EXPECT_EQ(there.error_code, ErrorCode::kExecutionInterrupted);
  EXPECT_EQ(After({Offered{1, 7, true}, Invalid("FileExist", "a.txt")}, terms).error_code,
            ErrorCode::kFileAlreadyExists);
}

struct Shown {
  std::string_view word;
  std::string_view code;
  std::string_view info;
};

TEST(FileTest, EveryRefusalAndFailureOfAnAgentIsShownAsTheApiSays) {
  const std::vector<Shown> params = {
      {"", "FileCreateFail", "the file creation is failed due to unknown error"},
      {"FileNameInvalid", "FileNameInvalid", "File name is invalid"},
      {"EmptyFile", "FileContentInvalid", "the content of file is invalid"},
      {"FileExist", "FileAlreadyExists", "File already exists"},
      {"InvalidFileContent", "FileContentInvalid", "the content of file is invalid"},
      {"InvalidSignature", "FileContentInvalid", "the content of file is invalid"},
      {"InvalidFileMode", "FileAuthorityInvalid", "the authority of file is invalid"},
      {"FileGroupNotExist", "UserGroupNotExists", "Group not exists"},
      {"FileOwnerNotExist", "AccountNotExists", "the specified account does not exists"},
  };
  ASSERT_EQ(InvalidFileParams().size(), params.size());
  for (const Shown& shown : params) {
    const TaskProgress task = After({Offered{1, 7, true}, Invalid(std::string(shown.word), "what it was")});
    EXPECT_EQ(task.state, TaskState::kInvalid) << shown.word;
    EXPECT_EQ(Name(task.error_code), shown.code) << shown.word;
    EXPECT_EQ(ErrorInfo(task.error_code), shown.info) << shown.word;
    EXPECT_EQ(task.error_detail, "what it was");
  }
  EXPECT_EQ(Name(After({Invalid("OfTomorrow")}).error_code), "FileCreateFail");

  const std::vector<Shown> failures = {{"", "FileCreateFail", ""},
                                       {"1", "FileCreateFail", ""},
                                       {"2", "FileAuthorityInvalid", ""},
                                       {"3", "FileAuthorityInvalid", ""},
                                       {"4", "FilePathInvalid", "File path is invalid"}};
  ASSERT_EQ(FileErrorCodes().size(), failures.size());
  for (const Shown& shown : failures) {
    const std::int64_t code = shown.word.empty() ? 99 : shown.word[0] - '0';
    const TaskProgress task = After({Offered{1, 7, true}, Finish(false, code)});
    EXPECT_EQ(task.state, TaskState::kFailed) << shown.word;
    EXPECT_EQ(Name(task.error_code), shown.code) << shown.word;
    EXPECT_EQ(task.error_detail, "errorcode " + std::to_string(code));
  }
  Report told = Finish(false, 4);
  told.err_desc = "cannot make /srv";
  EXPECT_EQ(After({told}).error_detail, "cannot make /srv");
}

TEST(FileTest, AfterItsEndNothingChangesAFile) {
  const std::vector<Report> ends = {Finish(true), Finish(false, 4), Invalid("FileExist")};
  for (const Report& end : ends) {
    const TaskProgress task = After({Offered{1, 7, true}, end});
    for (const Report& other : ends) EXPECT_FALSE(Apply(task, other, kTerms, kNow + seconds(9)));
    EXPECT_FALSE(Apply(task, Accepted(), kTerms, kNow + seconds(9)));
    EXPECT_FALSE(Apply(task, TraceLost{}, kTerms, kNow + seconds(9)));
  }
}

/// openapi.md, 11.12, word by word.
InvocationStatus ByTheTextOf1112(const StateCounts& counts) {
  if (counts.of(TaskState::kPending) > 0) return InvocationStatus::kPending;
  if (counts.of(TaskState::kRunning) > 0) return InvocationStatus::kRunning;
  if (counts.of(TaskState::kSuccess) == counts.total()) return InvocationStatus::kSuccess;
  if (counts.of(TaskState::kSuccess) == 0) return InvocationStatus::kFailed;
  return InvocationStatus::kPartialFailed;
}

TEST(FileTest, TheWholeOfAFileFollowsItsOwnRuleThoughItIsCountedLikeACommand) {
  const std::vector<TaskState> states = {TaskState::kPending, TaskState::kRunning, TaskState::kSuccess,
                                         TaskState::kFailed,  TaskState::kTimeout, TaskState::kError,
                                         TaskState::kInvalid, TaskState::kAborted};
  for (std::size_t mix = 1; mix < std::size_t{1} << states.size(); ++mix) {
    StateCounts counts;
    for (std::size_t i = 0; i < states.size(); ++i) counts.Set(states[i], (mix >> i & 1) != 0 ? std::int64_t{2} : 0);
    EXPECT_EQ(WholeStatus(counts), ByTheTextOf1112(counts)) << mix;
  }
}

}  // namespace
}  // namespace assist::server::model

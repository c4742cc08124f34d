// What chapter 8 of the reference and promise 5 (design.md) say about the states of one task, written down here once
// more and held against every state that a task can reach at all: each event in each state that another event led to.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>
#include <tuple>

#include "server/model/agent_errors.h"
#include "server/model/open_questions.h"
#include "server/model/status.h"
#include "server/model/task_progress.h"

namespace assist::server::model {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr SystemTime kNow = FromUnixMillis(1'700'000'000'000);

/// 8.4: which status goes with which code. Of files the reference says nothing; a file that could not be written is
/// Failed, and one that the machine refuses Invalid.
const std::map<std::string_view, std::set<std::string_view>>& GoesWith() {
  static const std::map<std::string_view, std::set<std::string_view>> kTable = {
      {"InstanceNotExists", {"Aborted"}},
      {"InstanceReleased", {"Aborted"}},
      {"InstanceNotRunning", {"Aborted"}},
      {"ClientNotRunning", {"Aborted"}},
      {"ClientNotResponse", {"Aborted"}},
      {"ClientIsUpgrading", {"Aborted"}},
      {"ClientNeedUpgrade", {"Aborted"}},
      {"DeliveryTimeout", {"Aborted"}},
      {"SecurityGroupRuleDenied", {"Aborted"}},
      {"TaskConcurrencyLimit", {"Aborted"}},
      {"CommandNotApplicable", {"Invalid"}},
      {"AccountNotExists", {"Invalid"}},
      {"DirectoryNotExists", {"Invalid"}},
      {"BadCronExpression", {"Invalid"}},
      {"ExecutionTimeout", {"Timeout"}},
      {"ExecutionException", {"Error"}},
      {"ExecutionInterrupted", {"Error"}},
      {"ExitCodeNonzero", {"Failed"}},
      {"BudgetExceeded", {"Failed"}},  // ours
      {"FileCreateFail", {"Failed", "Invalid"}},
      {"FileAlreadyExists", {"Failed", "Invalid"}},
      {"FileContentInvalid", {"Failed", "Invalid"}},
      {"FileNameInvalid", {"Failed", "Invalid"}},
      {"FilePathInvalid", {"Failed", "Invalid"}},
      {"FileAuthorityInvalid", {"Failed", "Invalid"}},
      {"UserGroupNotExists", {"Failed", "Invalid"}},
      {"", {"Pending", "Scheduled", "Running", "Stopping", "Success", "Cancelled", "Terminated"}},
  };
  return kTable;
}

/// 8.3, for one instance.
const std::map<std::string_view, std::string_view>& Older() {
  static const std::map<std::string_view, std::string_view> kTable = {
      {"Pending", "Running"},  {"Scheduled", "Running"}, {"Running", "Running"},   {"Stopping", "Stopping"},
      {"Success", "Finished"}, {"Failed", "Finished"},   {"Timeout", "Failed"},    {"Error", "Failed"},
      {"Invalid", "Failed"},   {"Aborted", "Failed"},    {"Cancelled", "Stopped"}, {"Terminated", "Stopped"}};
  return kTable;
}

Report Of(ReportKind kind, bool started) {
  Report report;
  report.kind = kind;
  if (started) {
    report.start = kNow;
    report.end = kNow + seconds(5);
  }
  return report;
}

/// Every event that can come to a task: of a command, or of a file.
std::vector<TaskEvent> EveryEvent(bool file) {
  std::vector<TaskEvent> events = {
      Offered{1, 1, false}, Offered{1, 1, true}, StopAsked{}, DeliveryExpired{true}, DeliveryExpired{false},
      FellSilent{true},     FellSilent{false},   TraceLost{}, MachineReleased{},     AgentTooOld{}};
  const auto add = [&](Report report) {
    if (file) report.file = report.file.value_or(FileEnd{true, 0});
    events.emplace_back(std::move(report));
  };
  for (const bool started : {false, true}) {
    for (const ReportKind kind : {ReportKind::kRunning, ReportKind::kTimeout, ReportKind::kStopped,
                                  ReportKind::kVerified, ReportKind::kMissed, ReportKind::kFinish}) {
      add(Of(kind, started));
    }
    for (const std::int64_t exit_code : {-1, 0, 1, 255}) {
      Report report = Of(ReportKind::kFinish, started);
      report.exit_code = exit_code;
      add(report);
      report.err_code = kErrCodeBudget;
      if (!file) add(std::move(report));
    }
    for (const AgentError& error : ErrorCodes()) {
      Report report = Of(ReportKind::kError, started);
      report.err_code = error.word;
      add(std::move(report));
    }
    for (const AgentError& error : file ? InvalidFileParams() : InvalidParams()) {
      Report report = Of(ReportKind::kInvalid, started);
      report.param = error.word;
      add(std::move(report));
    }
    for (std::int64_t code = -20; code <= 20 && file; ++code) {
      Report report = Of(ReportKind::kFinish, started);
      report.file = FileEnd{false, code};
      add(std::move(report));
    }
  }
  return events;
}

/// What of a task decides how it goes on.
auto Key(const TaskProgress& task) {
  return std::tuple(task.state, task.outcome, task.delivery, task.error_code, task.exit_code, task.start.has_value(),
                    task.finish.has_value(), task.stop_asked.has_value(), task.silent_after.has_value(),
                    std::min(task.offers, 2));
}

/// The words of the API for it: InvocationStatus, Outcome, ErrorCode.
using Shown = std::tuple<std::string_view, std::string_view, std::string_view>;

class Reached {
 public:
  Reached(bool file, bool repeatable) : events_(EveryEvent(file)), terms_{seconds(60), seconds(300), repeatable} {
    Visit({});
    while (!open_.empty()) {
      const TaskProgress task = open_.front();
      open_.pop_front();
      for (const TaskEvent& event : events_) {
        const bool silence = std::holds_alternative<FellSilent>(event);  // comes when its time has passed
        const auto next = Apply(task, event, terms_, kNow + hours(silence ? 48 : 24));
        if (!next) continue;
        CheckStep(task, event, *next);
        Visit(*next);
      }
    }
  }
  [[nodiscard]] const std::set<Shown>& shown() const noexcept { return shown_; }
  [[nodiscard]] std::size_t states() const noexcept { return seen_.size(); }

 private:
  void Visit(const TaskProgress& task) {
    if (!seen_.insert(Key(task)).second) return;
    open_.push_back(task);
    shown_.emplace(Name(task.state), Name(task.outcome), Name(task.error_code));
    CheckState(task);
  }

  static void CheckState(const TaskProgress& task) {
    const std::string_view state = Name(task.state);
    const std::string_view code = Name(task.error_code);
    SCOPED_TRACE(std::string(state) + ' ' + std::string(Name(task.outcome)) + ' ' + std::string(code));
    ASSERT_TRUE(GoesWith().contains(code));
    EXPECT_TRUE(GoesWith().at(code).contains(state));
    EXPECT_EQ(Name(RecordStatus(task.state)), Older().at(state));
    // Promise 5: what is not known is called unknown, what the server only concludes is marked so.
    const bool open = state == "Pending" || state == "Running" || state == "Stopping";
    EXPECT_EQ(open, task.outcome == Outcome::kNone);
    if (Name(task.outcome) == "Unknown") {
      EXPECT_EQ(state, "Error");
      EXPECT_EQ(code, "ExecutionInterrupted");
    }
    if (task.outcome == Outcome::kPresumed) {
      EXPECT_TRUE(state == "Aborted" || state == "Error");
    }
    // 8.1 and 8.5.
    if (state == "Running") {
      EXPECT_TRUE(task.start);
    }
    if (state == "Stopping") {
      EXPECT_TRUE(task.stop_asked);
    }
    if (state == "Terminated") {
      EXPECT_TRUE(task.start);
    }
    EXPECT_EQ(task.finish.has_value(), !open);
    // An exit code is there when there was one, and says what the state says.
    if (open || state == "Aborted" || state == "Cancelled" || state == "Invalid") {
      EXPECT_FALSE(task.exit_code);
    }
    if (task.exit_code && state == "Success") {
      EXPECT_EQ(*task.exit_code, 0);
    }
    if (code == "ExitCodeNonzero") {
      ASSERT_TRUE(task.exit_code);
      EXPECT_NE(*task.exit_code, 0);
    }
    // The whole of an invocation of this one task.
    StateCounts counts;
    counts.Set(task.state, 1);
    const std::map<std::string_view, std::string_view> whole = {{"Pending", "Pending"},   {"Running", "Running"},
                                                                {"Stopping", "Stopping"}, {"Success", "Success"},
                                                                {"Cancelled", "Stopped"}, {"Terminated", "Stopped"}};
    EXPECT_EQ(Name(WholeStatus(counts)), whole.contains(state) ? whole.at(state) : "Failed");
    EXPECT_EQ(Name(WholeInvokeStatus(counts)), Older().at(state));
  }

  /// Which change is an arrow of 8.1, or allowed by promise 5.
  static void CheckStep(const TaskProgress& from, const TaskEvent& event, const TaskProgress& to) {
    const bool report = std::holds_alternative<Report>(event);
    SCOPED_TRACE(std::string(Name(from.state)) + ' ' + std::string(Name(from.outcome)) + " -> " +
                 std::string(Name(to.state)) + " by event " + std::to_string(event.index()));
    EXPECT_FALSE(IsClosed(from)) << "what an agent reported is final";
    if (IsFinal(from.state)) {
      EXPECT_TRUE(report) << "only an agent replaces what was concluded";
    }
    if (from.state == TaskState::kStopping && !IsFinal(to.state)) {
      EXPECT_EQ(to.state, TaskState::kStopping);
    }
    if (to.outcome == Outcome::kPresumed || to.outcome == Outcome::kUnknown) {
      EXPECT_FALSE(report);
    }
    if (std::holds_alternative<StopAsked>(event)) {
      const bool waits = from.state == TaskState::kPending && from.delivery == Delivery::kNotDelivered;
      EXPECT_EQ(to.state, waits ? TaskState::kCancelled : TaskState::kStopping);
    }
    if (report) {
      EXPECT_EQ(to.delivery, Delivery::kAccepted);
    }
    if (from.delivery == Delivery::kAccepted) {
      EXPECT_EQ(to.delivery, Delivery::kAccepted) << "offered again";
    }
  }

  const std::vector<TaskEvent> events_;
  const TaskTerms terms_;
  std::set<decltype(Key({}))> seen_;
  std::deque<TaskProgress> open_;
  std::set<Shown> shown_;
};

const std::set<Shown> kOfBoth = {
    {"Pending", "", ""},
    {"Running", "", ""},
    {"Stopping", "", ""},
    {"Success", "Final", ""},
    {"Timeout", "Final", "ExecutionTimeout"},
    {"Error", "Final", "ExecutionException"},
    {"Error", "Presumed", "ExecutionInterrupted"},
    {"Error", "Unknown", "ExecutionInterrupted"},
    {"Aborted", "Presumed", "ClientNotRunning"},
    {"Aborted", "Presumed", "DeliveryTimeout"},
    {"Aborted", "Presumed", "ClientNotResponse"},
    {"Aborted", "Final", "ClientNeedUpgrade"},
    {"Aborted", "Final", "InstanceReleased"},
    {"Cancelled", "Final", ""},
    {"Terminated", "Final", ""},
};

void ExpectShown(const Reached& reached, std::set<Shown> expected) {
  expected.insert(kOfBoth.begin(), kOfBoth.end());
  const auto text = [](const std::set<Shown>& rows) {
    std::string out;
    for (const auto& [state, outcome, code] : rows) (((((out += state) += ' ') += outcome) += ' ') += code) += '\n';
    return out;
  };
  EXPECT_EQ(text(reached.shown()), text(expected));
}

class ReachedStatesTest : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(RepeatableOrNot, ReachedStatesTest, testing::Bool());

TEST_P(ReachedStatesTest, ATaskOfACommandShowsTheseAndNoOthers) {
  const Reached reached(false, GetParam());
  EXPECT_GT(reached.states(), 50u);
  ExpectShown(reached, {{"Failed", "Final", "BudgetExceeded"},
                        {"Failed", "Final", "ExitCodeNonzero"},
                        {"Invalid", "Final", "CommandNotApplicable"},
                        {"Invalid", "Final", "AccountNotExists"},
                        {"Invalid", "Final", "DirectoryNotExists"},
                        {"Invalid", "Final", "BadCronExpression"}});
}

TEST_P(ReachedStatesTest, ATaskOfAFileShowsTheseAndNoOthers) {
  const Reached reached(true, GetParam());
  EXPECT_GT(reached.states(), 50u);
  ExpectShown(reached, {{"Failed", "Final", "FileCreateFail"},
                        {"Failed", "Final", "FilePathInvalid"},
                        {"Failed", "Final", "FileAuthorityInvalid"},
                        {"Invalid", "Final", "FileCreateFail"},
                        {"Invalid", "Final", "FileAlreadyExists"},
                        {"Invalid", "Final", "FileContentInvalid"},
                        {"Invalid", "Final", "FileNameInvalid"},
                        {"Invalid", "Final", "FileAuthorityInvalid"},
                        {"Invalid", "Final", "UserGroupNotExists"},
                        {"Invalid", "Final", "AccountNotExists"}});
}

TEST(StatusTableTest, AFilterTakesWhatItsWordSaysInEitherLanguage) {
  const std::set<std::string_view> words = {"Running", "Finished", "Success", "Failed",   "PartialFailed",
                                            "Stopped", "Stopping", "Pending", "Scheduled"};
  for (const std::string_view word : words) {
    StatusFilter filter;
    ASSERT_TRUE(StatusFilter::Parse(word, &filter)) << word;
    for (const TaskState state : kAllTaskStates) {
      EXPECT_EQ(filter.Matches(state), Name(state) == word || Older().at(Name(state)) == word) << word << Name(state);
    }
    for (std::uint8_t newer = 1; newer <= 8; ++newer) {
      for (std::uint8_t older = 1; older <= 6; ++older) {
        const auto a = static_cast<InvocationStatus>(newer);
        const auto b = static_cast<InvokeStatus>(older);
        EXPECT_EQ(filter.Matches(a, b), Name(a) == word || Name(b) == word);
      }
    }
  }
  for (const std::string_view other : {"", "success", "Aborted", "Invalid", "Timeout", "Error", "Cancelled", "x"}) {
    StatusFilter filter;
    EXPECT_FALSE(StatusFilter::Parse(other, &filter)) << other;
  }
}

}  // namespace
}  // namespace assist::server::model

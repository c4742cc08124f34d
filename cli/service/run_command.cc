#include "cli/service/run_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/ecs/arguments.h"
#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kIdsInACall = 50;      // of DescribeManagedInstances
constexpr std::size_t kNamedInSummary = 50;  // machines that did not succeed
constexpr std::size_t kNamedAway = 5;
constexpr std::size_t kWidestName = 32;

/// Said already; the caller only has to leave.
tl::unexpected<Error> Over() { return Fail(Errc::kInternal, "over"); }

}  // namespace

RunSession::RunSession(RunOptions options, std::string script, const Settings& settings, ApiClient& client,
                       Clock& clock, Random& random, Console& console, const Timing& timing)
    : options_(std::move(options)),
      script_(std::move(script)),
      settings_(settings),
      client_(client),
      clock_(clock),
      random_(random),
      console_(console),
      timing_(timing),
      started_(clock.Steady()) {
  client_.OnTrouble([this](const Error& error) {
    if (trouble_ || !follower_) return;
    trouble_ = true;
    console_.Err(fmt::format("assist: no answer from the server ({}); trying again, the run goes on\n",
                             EscapeLine(error.detail)));
  });
}

asio::awaitable<ExitCode> RunSession::Run() {
  Status status = co_await ListAll();
  if (status) status = co_await Start();
  if (status) status = co_await Follow();
  console_.Status("");
  if (!status) co_return exit_;
  exit_ = ExitCodeOf(follower_->machines());
  if (options_.quiet) co_return exit_;
  if (exit_ != ExitCode::kSuccess) co_await LearnNames();
  console_.Err("assist: " + SummaryLines(follower_->machines(), names_, kNamedInSummary));
  co_return exit_;
}

std::string RunSession::FarewellLines(std::string_view why) const {
  if (!invoke_id_.empty()) return GoesOnLines(invoke_id_, why);
  if (!asked_to_run_) return fmt::format("assist: {}; nothing was started\n", why);
  return fmt::format(
      "assist: {} before the server answered; the run may have started, see:\n"
      "  assist ecs DescribeInvocations --PageSize 1\n",
      why);
}

Status RunSession::End(ExitCode code, const std::string& line) {
  exit_ = code;
  console_.Err(fmt::format("assist: {}\n", line));
  if (!invoke_id_.empty()) console_.Err(GoesOnLines(invoke_id_, "not watching any more"));
  return Over();
}

asio::awaitable<Result<std::string>> RunSession::Ask(Call call) {
  const CallContext context{call.action, settings_.endpoint, settings_.access_key_id};
  AddDefaults(call.action, settings_.region_id, random_.Uuid(), call.parameters);
  Result<ApiAnswer> answer = co_await client_.Call(call.action, std::move(call.parameters), call.patience);
  trouble_ = false;
  if (answer && answer->ok()) co_return std::move(answer->body);
  if (call.silent) co_return Over();
  if (!answer) {
    Status end = End(ExitCode::kUnreachable, DescribeTransportError(answer.error(), context));
    co_return Forward(end);
  }
  Status end = End(ExitCode::kRefused, DescribeRefusal(answer->http_status, ParseEnvelope(answer->body), context));
  co_return Forward(end);
}

asio::awaitable<Status> RunSession::ListMachines(encoding::FormFields filter, bool silent) {
  std::string token;
  for (;;) {
    Call call{"DescribeManagedInstances", filter, seconds(0), silent};
    call.parameters.emplace_back("MaxResults", std::to_string(kIdsInACall));
    if (!token.empty()) call.parameters.emplace_back("NextToken", token);
    Result<std::string> body = co_await Ask(std::move(call));
    if (!body) co_return Forward(body);
    auto page = ParseMachinePage(*body);
    if (!page) {
      if (silent) co_return Over();
      co_return End(ExitCode::kRefused,
                    "the answer to DescribeManagedInstances is not understood: " + EscapeLine(page.error().detail));
    }
    known_.insert(known_.end(), page->machines.begin(), page->machines.end());
    if (page->next_token.empty() || page->next_token == token) co_return Status();
    token = page->next_token;
  }
}

asio::awaitable<Status> RunSession::ListAll() {
  if (!options_.all) co_return Status();
  encoding::FormFields no_filter;
  Status listed = co_await ListMachines(std::move(no_filter), false);
  if (!listed) co_return listed;
  if (known_.empty()) co_return End(ExitCode::kRefused, "no machine is registered; see assist-agent register --help");
  names_learnt_ = true;
  names_ = NameBook(known_);
  co_return Status();
}

asio::awaitable<Status> RunSession::Start() {
  std::vector<std::string> instances = options_.instances;
  for (const NamedMachine& machine : known_) instances.push_back(machine.id);
  Call call{"RunCommand", RunParameters(options_, script_, instances), seconds(0), false};
  asked_to_run_ = true;
  Result<std::string> body = co_await Ask(std::move(call));
  if (!body) co_return Forward(body);
  const auto object = json::ParseObject(*body);
  if (object) {
    json::Reader in(*object);
    invoke_id_ = std::string(in.String("InvokeId"));
  }
  if (invoke_id_.empty()) co_return End(ExitCode::kRefused, "the answer to RunCommand names no InvokeId");
  follower_.emplace(invoke_id_, Follower::Options{});
  co_return Status();
}

asio::awaitable<void> RunSession::LearnNames() {
  if (names_learnt_) co_return;
  names_learnt_ = true;
  encoding::FormFields filter;
  std::size_t number = 0;
  for (const auto& [key, value] : options_.tags) {
    ++number;
    filter.emplace_back(fmt::format("Tag.{}.Key", number), key);
    filter.emplace_back(fmt::format("Tag.{}.Value", number), value);
  }
  if (!filter.empty()) static_cast<void>(co_await ListMachines(filter, true));
  for (std::size_t i = 0; i < options_.instances.size(); i += kIdsInACall) {
    encoding::FormFields some;
    const std::size_t end = std::min(i + kIdsInACall, options_.instances.size());
    for (std::size_t j = i; j < end; ++j) {
      some.emplace_back(fmt::format("InstanceId.{}", j - i + 1), options_.instances[j]);
    }
    Status listed = co_await ListMachines(std::move(some), true);
    if (!listed) break;
  }
  names_ = NameBook(known_);
}

asio::awaitable<void> RunSession::MakeMux() {
  const bool several = follower_->total() > 1;
  OutputMux::Options options;
  options.prefix =
      options_.prefix == RunOptions::Prefix::kAlways || (options_.prefix == RunOptions::Prefix::kAuto && several);
  options.whole_lines = several || options.prefix;
  options.escape = console_.out_is_terminal() && !options_.raw;
  if (options.prefix) co_await LearnNames();
  if (console_.out_is_terminal()) options.name_width = names_.Width(kWidestName);
  mux_.emplace(options);
}

Status RunSession::Show(const std::vector<OutputPiece>& pieces) {
  const auto& machines = follower_->machines();
  for (; named_ < machines.size(); ++named_) mux_->SetName(named_, names_.Shown(machines[named_].id));
  std::string out;
  for (const OutputPiece& piece : pieces) {
    if (piece.lost > 0) {
      console_.Err(fmt::format("assist: {} bytes of the output of {} are not there: more than the server keeps\n",
                               piece.lost, names_.Shown(machines[piece.machine].id)));
    }
    mux_->Append(piece.machine, piece.bytes, out);
    if (piece.last) mux_->Finish(piece.machine, out);
  }
  if (console_.Out(out)) return {};
  exit_ = ExitCode::kOutputClosed;
  if (!follower_->done()) console_.Err(GoesOnLines(invoke_id_, "nobody reads the output any more"));
  return Over();
}

void RunSession::ShowProgress() {
  constexpr milliseconds kRedraw(100);
  if (options_.quiet || !console_.err_is_terminal()) return;
  const microseconds now = Elapsed();
  if (progress_shown_ >= microseconds(0) && now - progress_shown_ < kRedraw) return;
  progress_shown_ = now;
  console_.Status(ProgressLine(follower_->machines(), duration_cast<seconds>(now)));
}

bool RunSession::WaitedEnough() const { return options_.wait && Elapsed() >= seconds(*options_.wait); }

asio::awaitable<Status> RunSession::Tour() {
  while (const auto query = follower_->Next()) {
    Call call{"DescribeInvocationResults", follower_->Parameters(*query), timing_.patience, false};
    Result<std::string> body = co_await Ask(std::move(call));
    if (!body) co_return Forward(body);
    auto page = ParseResultPage(*body);
    if (!page) {
      co_return End(ExitCode::kRefused,
                    "the answer to DescribeInvocationResults is not understood: " + EscapeLine(page.error().detail));
    }
    std::vector<OutputPiece> pieces;
    Status taken = follower_->Take(*query, std::move(*page), pieces);
    if (!taken) co_return End(ExitCode::kRefused, EscapeLine(taken.error().detail));
    if (!mux_) co_await MakeMux();
    if (Status shown = Show(pieces); !shown) co_return shown;
    ShowProgress();
    if (WaitedEnough()) break;
  }
  co_return Status();
}

asio::awaitable<Status> RunSession::Follow() {
  PollPace pace;
  for (;;) {
    const SteadyTime begin = clock_.Steady();
    Status tour = co_await Tour();
    if (!tour) co_return tour;
    if (follower_->done()) co_return Status();
    if (WaitedEnough()) {
      exit_ = ExitCode::kSomeFailed;
      console_.Err(GoesOnLines(invoke_id_, CountsLine(follower_->machines())));
      co_return Over();
    }
    if (!told_away_ && Elapsed() >= timing_.tell_away) co_await TellAway();
    const auto took = duration_cast<milliseconds>(clock_.Steady() - begin);
    microseconds pause = pace.After(follower_->changed(), follower_->more(), took);
    if (options_.wait) pause = std::min<microseconds>(pause, seconds(*options_.wait) - Elapsed());
    if (pause > microseconds(0)) co_await clock_.SleepFor(pause);
  }
}

/// Once, when some machines are still waiting: which of them are away.
asio::awaitable<void> RunSession::TellAway() {
  told_away_ = true;
  if (options_.quiet) co_return;
  std::vector<std::string> waiting;
  for (const Machine& machine : follower_->machines()) {
    if (machine.state == MachineState::kWaiting) waiting.push_back(machine.id);
  }
  if (waiting.empty()) co_return;
  co_await LearnNames();
  std::string list;
  std::size_t away = 0;
  for (const NamedMachine& machine : known_) {
    if (machine.connected || std::find(waiting.begin(), waiting.end(), machine.id) == waiting.end()) continue;
    if (++away <= kNamedAway) list += fmt::format("{}{}", away == 1 ? "" : ", ", names_.Shown(machine.id));
  }
  if (away == 0) co_return;
  if (away > kNamedAway) list += fmt::format(" and {} more", away - kNamedAway);
  console_.Err(fmt::format("assist: not connected, will run it when back: {}\n", list));
}

}  // namespace assist::cli

#include "cli/service/run_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/verb/parse.h"
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
constexpr std::size_t kNear = 3;  // machines that were perhaps meant

/// Said already; the caller only has to leave.
tl::unexpected<Error> Over() { return Fail(Errc::kInternal, "over"); }

bool IsId(std::string_view word) { return word.starts_with("mi-") || word.starts_with("i-"); }

}  // namespace

RunSession::RunSession(RunOptions options, std::string script, const Settings& settings, ApiClient& client,
                       Clock& clock, Random& random, const Program& program, const Timing& timing)
    : options_(std::move(options)),
      script_(std::move(script)),
      clock_(clock),
      program_(program),
      text_(program.text),
      console_(program.console),
      caller_(program, settings, client, random),
      timing_(timing),
      started_(clock.Steady()) {
  client.OnTrouble([this](const Error& error) {
    if (trouble_ || !follower_) return;
    trouble_ = true;
    program_.Say(text_(msg::kTryingAgain, EscapeLine(error.detail)));
  });
}

void RunSession::Watch(std::string invoke_id, std::vector<NamedMachine> machines, std::vector<std::string> only) {
  invoke_id_ = std::move(invoke_id);
  known_ = std::move(machines);
  names_ = NameBook(known_);
  names_learnt_ = true;
  only_.insert(only.begin(), only.end());
  follower_.emplace(invoke_id_, Follower::Options{});
}

bool RunSession::Done() const {
  if (follower_->done()) return true;
  if (only_.empty() || !follower_->known()) return false;
  const auto& machines = follower_->machines();
  return std::all_of(machines.begin(), machines.end(),
                     [this](const Machine& machine) { return machine.done || !Shows(machine.id); });
}

std::vector<Machine> RunSession::ShownMachines() const {
  std::vector<Machine> shown;
  for (const Machine& machine : follower_->machines()) {
    if (Shows(machine.id)) shown.push_back(machine);
  }
  return shown;
}

asio::awaitable<ExitCode> RunSession::Run() {
  Status status;
  if (!follower_) {
    status = co_await ListAll();
    if (status) status = co_await FindNamed();
    if (status) status = co_await Start();
  }
  if (status && options_.detach) co_return exit_;
  if (status) status = co_await Follow();
  console_.Status("");
  EndDocument();
  if (!status) co_return exit_;
  exit_ = ExitCodeOf(ShownMachines());
  if (options_.quiet) co_return exit_;
  if (exit_ != ExitCode::kSuccess) co_await LearnNames();
  console_.Err("assist: " + SummaryLines(ShownMachines(), names_, kNamedInSummary, text_, program_.err));
  co_return exit_;
}

bool RunSession::Reassure() {
  if (reassured_ || invoke_id_.empty() || !console_.err_is_terminal()) return false;
  reassured_ = true;
  console_.Err("\n" + text_(msg::kCtrlC, invoke_id_));
  return true;
}

void RunSession::Leave() {
  console_.Status("");
  EndDocument();
  if (console_.err_is_terminal()) console_.Err("\n");
  if (!invoke_id_.empty()) {
    if (!reassured_) console_.Err(GoesOnLines(invoke_id_, text_(msg::kInterrupted), text_));
  } else if (asked_to_run_) {
    console_.Err(text_(msg::kInterruptedEarly));
  } else {
    program_.Say(text_(msg::kNothingStarted));
  }
}

void RunSession::EndDocument() {
  if (!report_ || ended_ || exit_ == ExitCode::kOutputClosed) return;
  ended_ = true;
  std::string out;
  report_->Finish(follower_->machines(), out);
  console_.Out(out);
}

Status RunSession::Ended() {
  exit_ = caller_.exit();
  if (!invoke_id_.empty()) console_.Err(GoesOnLines(invoke_id_, text_(msg::kNotWatching), text_));
  return Over();
}

Status RunSession::End(ExitCode code, const std::string& line) {
  exit_ = code;
  program_.Say(line);
  if (!invoke_id_.empty()) console_.Err(GoesOnLines(invoke_id_, text_(msg::kNotWatching), text_));
  return Over();
}

asio::awaitable<Status> RunSession::ListMachines(encoding::FormFields filter, bool silent) {
  std::string token;
  for (;;) {
    encoding::FormFields parameters = filter;
    parameters.emplace_back("MaxResults", std::to_string(kIdsInACall));
    if (!token.empty()) parameters.emplace_back("NextToken", token);
    Caller::Manner manner;
    manner.silent = silent;
    Result<std::string> body = co_await caller_.Ask("DescribeManagedInstances", std::move(parameters), manner);
    if (!body) {
      if (silent) co_return Over();
      co_return Ended();
    }
    auto page = ParseMachinePage(*body);
    if (!page) {
      if (silent) co_return Over();
      exit_ = caller_.NotUnderstood("DescribeManagedInstances", page.error());
      co_return Over();
    }
    known_.insert(known_.end(), page->machines.begin(), page->machines.end());
    if (page->next_token.empty() || page->next_token == token) co_return Status();
    token = page->next_token;
  }
}

encoding::FormFields RunSession::TagFilter() const {
  encoding::FormFields filter;
  std::size_t number = 0;
  for (const auto& [key, value] : options_.tags) {
    ++number;
    filter.emplace_back(fmt::format("Tag.{}.Key", number), key);
    filter.emplace_back(fmt::format("Tag.{}.Value", number), value);
  }
  return filter;
}

asio::awaitable<Status> RunSession::ListAll() {
  if (!options_.all) co_return Status();
  encoding::FormFields no_filter;
  Status listed = co_await ListMachines(std::move(no_filter), false);
  if (!listed) co_return listed;
  if (known_.empty()) co_return End(ExitCode::kRefused, text_(msg::kNoMachineRegistered));
  for (const NamedMachine& machine : known_) instances_.push_back(machine.id);
  names_learnt_ = true;
  names_ = NameBook(known_);
  co_return Status();
}

void RunSession::SayUnknownMachine(const std::string& word) const {
  std::vector<std::string_view> words;
  std::unordered_map<std::string_view, const NamedMachine*> machines;
  for (const NamedMachine& machine : known_) {
    for (const std::string& each : {std::cref(machine.id), std::cref(machine.name)}) {
      if (each.empty()) continue;
      words.push_back(each);
      machines.emplace(each, &machine);
    }
  }
  std::string near;
  std::unordered_set<const NamedMachine*> told;
  for (const std::string_view each : NearestWords(word, words, kNear)) {
    const NamedMachine& machine = *machines.at(each);
    if (!told.insert(&machine).second) continue;
    near += near.empty() ? "" : text_(msg::kListComma);
    near += EscapeLine(machine.id);
    if (!machine.name.empty()) near += fmt::format(" ({})", EscapeLine(machine.name));
  }
  program_.Say(near.empty() ? text_(msg::kNoSuchMachine, EscapeLine(word))
                            : text_(msg::kNoSuchMachineNear, EscapeLine(word), near));
}

/// Names among the words of -i become ids.
asio::awaitable<Status> RunSession::FindNamed() {
  const auto add = [this](const std::string& id) {
    if (std::find(instances_.begin(), instances_.end(), id) == instances_.end()) instances_.push_back(id);
  };
  for (const std::string& word : options_.instances) {
    if (IsId(word)) {
      add(word);
      continue;
    }
    const std::size_t before = known_.size();
    encoding::FormFields filter = {{"InstanceName", word}};
    Status listed = co_await ListMachines(std::move(filter), false);
    if (!listed) co_return listed;
    std::string found;
    for (std::size_t i = before; i < known_.size(); ++i) {
      if (known_[i].name != word) continue;
      if (!found.empty())
        co_return End(ExitCode::kRefused, text_(msg::kNameTwice, EscapeLine(word), found, known_[i].id));
      found = known_[i].id;
    }
    if (found.empty()) {
      encoding::FormFields no_filter;
      static_cast<void>(co_await ListMachines(std::move(no_filter), true));
      exit_ = ExitCode::kRefused;
      SayUnknownMachine(word);
      co_return Over();
    }
    add(found);
  }
  co_return Status();
}

asio::awaitable<void> RunSession::ExplainRefusal() {
  known_.clear();
  if (!options_.tags.empty()) {
    Status listed = co_await ListMachines(TagFilter(), true);
    if (!listed || !known_.empty()) co_return;
    std::string tags;
    for (const auto& [key, value] : options_.tags) {
      tags += fmt::format("{}{}={}", tags.empty() ? "" : " ", EscapeLine(key), EscapeLine(value));
    }
    program_.Say(text_(msg::kNoMachineHasTags, tags));
    co_return;
  }
  encoding::FormFields no_filter;
  Status listed = co_await ListMachines(std::move(no_filter), true);
  if (!listed) co_return;
  if (known_.empty()) {
    program_.Say(text_(msg::kNoMachineRegistered));
    co_return;
  }
  for (const std::string& id : instances_) {
    const bool there = std::any_of(known_.begin(), known_.end(), [&id](const NamedMachine& m) { return m.id == id; });
    if (!there) SayUnknownMachine(id);
  }
}

asio::awaitable<Status> RunSession::Start() {
  asked_to_run_ = true;
  const bool stored = !options_.stored.empty();
  encoding::FormFields parameters = stored ? options_.stored : RunParameters(options_, script_, instances_);
  if (stored) {
    for (auto& field : TargetParameters(options_, instances_)) parameters.push_back(std::move(field));
  }
  const std::string action = stored ? options_.stored_action : "RunCommand";
  Result<std::string> body = co_await caller_.Ask(action, std::move(parameters));
  if (!body) {
    const std::string code = body.error().detail;
    if (code.starts_with("InvalidInstance") || code.find("ResourceTag") != std::string::npos) {
      co_await ExplainRefusal();
      exit_ = ExitCode::kRefused;
      co_return Over();
    }
    co_return Ended();
  }
  const auto object = json::ParseObject(*body);
  if (object) {
    json::Reader in(*object);
    invoke_id_ = std::string(in.StringOr("InvokeId", ""));
    command_id_ = std::string(in.StringOr("CommandId", ""));
    const std::string_view warning = in.StringOr("Warning", "");
    if (!warning.empty()) program_.Say(text_(msg::kOrderWarning, EscapeLine(warning)));
  }
  if (invoke_id_.empty()) co_return End(ExitCode::kRefused, text_(msg::kNoInvokeId, action));
  if (options_.detach) {
    json::Object answer;
    answer["InvokeId"] = invoke_id_;
    if (!command_id_.empty()) answer["CommandId"] = command_id_;
    exit_ = json() ? program_.PrintJson(json::Write(answer)) : program_.Print(invoke_id_ + "\n");
    co_return Status();
  }
  follower_.emplace(invoke_id_, Follower::Options{});
  if (json()) report_.emplace(invoke_id_, command_id_, JsonReport::Options{});
  co_return Status();
}

asio::awaitable<void> RunSession::LearnNames() {
  if (names_learnt_) co_return;
  names_learnt_ = true;
  known_.clear();
  encoding::FormFields filter = TagFilter();
  if (!filter.empty()) static_cast<void>(co_await ListMachines(std::move(filter), true));
  for (std::size_t i = 0; i < instances_.size(); i += kIdsInACall) {
    encoding::FormFields some;
    const std::size_t end = std::min(i + kIdsInACall, instances_.size());
    for (std::size_t j = i; j < end; ++j) {
      some.emplace_back(fmt::format("InstanceId.{}", j - i + 1), instances_[j]);
    }
    Status listed = co_await ListMachines(std::move(some), true);
    if (!listed) break;
  }
  names_ = NameBook(known_);
}

asio::awaitable<void> RunSession::Prepare() {
  const bool several = only_.empty() ? follower_->total() > 1 : only_.size() > 1;
  OutputMux::Options options;
  options.prefix =
      options_.prefix == RunOptions::Prefix::kAlways || (options_.prefix == RunOptions::Prefix::kAuto && several);
  options.whole_lines = several || options.prefix;
  options.escape = console_.out_is_terminal() && !options_.raw;
  if (options.prefix || json()) co_await LearnNames();
  if (console_.out_is_terminal()) options.name_width = names_.Width(kWidestName);
  mux_.emplace(options);
}

Status RunSession::Show(const std::vector<OutputPiece>& pieces) {
  const auto& machines = follower_->machines();
  for (; named_ < machines.size(); ++named_) mux_->SetName(named_, names_.Shown(machines[named_].id));
  std::string out;
  for (const OutputPiece& piece : pieces) {
    const Machine& machine = machines[piece.machine];
    if (!Shows(machine.id)) continue;
    if (report_) {
      report_->Take(piece, machine, names_.NameOf(machine.id), out);
      continue;
    }
    if (piece.lost > 0) program_.Say(text_(msg::kOutputLost, piece.lost, names_.Shown(machine.id)));
    mux_->Append(piece.machine, piece.bytes, out);
    if (piece.last) mux_->Finish(piece.machine, out);
  }
  if (console_.Out(out)) return {};
  exit_ = ExitCode::kOutputClosed;
  if (!follower_->done()) console_.Err(GoesOnLines(invoke_id_, text_(msg::kNobodyReads), text_));
  return Over();
}

void RunSession::ShowProgress() {
  constexpr milliseconds kRedraw(100);
  if (options_.quiet || !console_.err_is_terminal()) return;
  const microseconds now = Elapsed();
  if (progress_shown_ >= microseconds(0) && now - progress_shown_ < kRedraw) return;
  progress_shown_ = now;
  console_.Status(
      ProgressLine(follower_->machines(), follower_->total(), duration_cast<seconds>(now), text_, program_.err));
}

bool RunSession::WaitedEnough() const { return options_.wait && Elapsed() >= seconds(*options_.wait); }

asio::awaitable<Status> RunSession::Tour() {
  while (const auto query = follower_->Next()) {
    encoding::FormFields parameters = follower_->Parameters(*query);
    Caller::Manner manner;
    manner.patience = timing_.patience;
    Result<std::string> body = co_await caller_.Ask("DescribeInvocationResults", std::move(parameters), manner);
    if (!body) co_return Ended();
    trouble_ = false;
    auto page = ParseResultPage(*body);
    if (!page) {
      const std::string why = EscapeLine(page.error().detail);
      co_return End(ExitCode::kRefused, text_(msg::kNotUnderstood, "DescribeInvocationResults", why));
    }
    std::vector<OutputPiece> pieces;
    Status taken = follower_->Take(*query, std::move(*page), pieces);
    if (!taken) co_return End(ExitCode::kRefused, EscapeLine(taken.error().detail));
    if (!mux_) co_await Prepare();
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
    if (Done()) co_return Status();
    if (WaitedEnough()) {
      exit_ = ExitCode::kSomeFailed;
      console_.Err(GoesOnLines(invoke_id_, CountsLine(follower_->machines(), text_), text_));
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
  std::unordered_set<std::string> waiting;
  for (const Machine& machine : follower_->machines()) {
    if (machine.state == MachineState::kWaiting) waiting.insert(machine.id);
  }
  if (waiting.empty()) co_return;
  co_await LearnNames();
  std::string list;
  std::size_t away = 0;
  for (const NamedMachine& machine : known_) {
    if (machine.connected || waiting.count(machine.id) == 0) continue;
    if (++away <= kNamedAway) list += (away == 1 ? "" : text_(msg::kListComma)) + names_.Shown(machine.id);
  }
  if (away == 0) co_return;
  if (away > kNamedAway) list += text_(msg::kAndOthers, away - kNamedAway);
  const bool nobody = static_cast<std::int64_t>(away) == follower_->total();
  program_.Say(nobody ? text_(msg::kNobodyOnline, list) : text_(msg::kNotConnected, list));
}

}  // namespace assist::cli

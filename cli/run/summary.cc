#include "cli/run/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "cli/answer/escape.h"
#include "cli/answer/refusal_text.h"

namespace assist::cli {
namespace {

struct StateInfo {
  MachineState state;
  Message<0> word;
  std::string_view name;
  Tone tone;
};

constexpr std::array<StateInfo, 11> kStates = {{
    {MachineState::kWaiting, msg::kStateWaiting, "waiting", Tone::kFaint},
    {MachineState::kRunning, msg::kStateRunning, "running", Tone::kMoving},
    {MachineState::kSucceeded, msg::kStateSucceeded, "succeeded", Tone::kGood},
    {MachineState::kFailed, msg::kStateFailed, "failed", Tone::kBad},
    {MachineState::kTimedOut, msg::kStateTimedOut, "timed-out", Tone::kBad},
    {MachineState::kNotStarted, msg::kStateNotStarted, "not-started", Tone::kCareful},
    {MachineState::kStopped, msg::kStateStopped, "stopped", Tone::kCareful},
    {MachineState::kRefused, msg::kStateRefused, "refused", Tone::kBad},
    {MachineState::kNotDelivered, msg::kStateNotDelivered, "not-delivered", Tone::kCareful},
    {MachineState::kError, msg::kStateError, "broken-off", Tone::kBad},
    {MachineState::kUnknown, msg::kStateUnknown, "unknown", Tone::kCareful},
}};

const StateInfo& InfoOf(MachineState state) {
  const auto found =
      std::find_if(kStates.begin(), kStates.end(), [state](const StateInfo& info) { return info.state == state; });
  return found == kStates.end() ? kStates.back() : *found;
}

std::int64_t Count(const std::vector<Machine>& machines, MachineState state) {
  return std::count_if(machines.begin(), machines.end(),
                       [state](const Machine& machine) { return machine.state == state; });
}

/// `: the specified account does not exists (AccountNotExists)`, as far as the server told.
std::string Reason(const Machine& machine) {
  if (machine.error_info.empty() && machine.error_code.empty()) return {};
  if (machine.error_info.empty()) return ": " + EscapeLine(machine.error_code);
  if (machine.error_code.empty()) return ": " + EscapeLine(machine.error_info);
  return fmt::format(": {} ({})", EscapeLine(machine.error_info), EscapeLine(machine.error_code));
}

/// Which budget, its limit, and what was used: behind the server's general words.
std::string Excess(const Machine& machine) {
  const std::size_t colon = machine.error_info.find(": ");
  return EscapeLine(colon == std::string::npos ? machine.error_info : machine.error_info.substr(colon + 2));
}

std::string Clock(std::chrono::seconds elapsed) {
  const auto seconds = elapsed.count();
  if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace

std::string StateWord(MachineState state, const Text& text) { return text(InfoOf(state).word); }
std::string_view StateName(MachineState state) noexcept { return InfoOf(state).name; }
Tone ToneOf(MachineState state) noexcept { return InfoOf(state).tone; }

std::string CountsLine(const std::vector<Machine>& machines, const Text& text) {
  std::string counts;
  for (const StateInfo& info : kStates) {
    const auto count = Count(machines, info.state);
    if (count == 0) continue;
    if (!counts.empty()) counts += text(msg::kListComma);
    counts += text(msg::kCountOfState, count, text(info.word));
  }
  return text(msg::kMachinesCounts, machines.size(), counts);
}

std::string ProgressLine(const std::vector<Machine>& machines, std::int64_t total, std::chrono::seconds elapsed,
                         const Text& text, const Style& style) {
  const auto seen = static_cast<std::int64_t>(machines.size());
  std::int64_t done = 0;
  std::string counts;
  for (const StateInfo& info : kStates) {
    auto count = Count(machines, info.state);
    if (IsFinal(info.state)) done += count;
    if (info.state == MachineState::kWaiting) count += std::max<std::int64_t>(total - seen, 0);
    if (count == 0) continue;
    if (!counts.empty()) counts += text(msg::kListComma);
    counts += style(info.tone, text(msg::kCountOfState, count, text(info.word)));
  }
  return text(msg::kProgress, done, std::max(total, seen), counts, Clock(elapsed));
}

std::string Verdict(const Machine& machine, const Text& text) {
  switch (machine.state) {
    case MachineState::kWaiting:
      return text(msg::kVerdictWaiting);
    case MachineState::kRunning:
      return text(msg::kVerdictRunning);
    case MachineState::kSucceeded:
      return text(msg::kStateSucceeded);
    case MachineState::kFailed:
      if (machine.refusal) {
        const package::Refusal word = machine.refusal->refusal;
        return text(msg::kVerdictOrderRefused, package::Name(word), RefusalMeaning(word, text),
                    EscapeLine(machine.refusal->text));
      }
      if (machine.error_code == "BudgetExceeded") return text(msg::kVerdictBudget, Excess(machine));
      return machine.exit_code ? text(msg::kVerdictExitCode, *machine.exit_code)
                               : text(msg::kStateFailed) + Reason(machine);
    case MachineState::kTimedOut:
      return text(msg::kVerdictTimedOut);
    case MachineState::kNotStarted:
      return text(msg::kVerdictNotStarted);
    case MachineState::kStopped:
      return text(msg::kStateStopped);
    case MachineState::kRefused:
      return text(msg::kVerdictRefused) + Reason(machine);
    case MachineState::kNotDelivered:
      return text(msg::kStateNotDelivered) + Reason(machine);
    case MachineState::kError:
      return text(msg::kStateError) + Reason(machine);
    case MachineState::kUnknown:
      break;
  }
  return text(msg::kVerdictUnknown) + Reason(machine);
}

std::string SummaryLines(const std::vector<Machine>& machines, const NameBook& names, std::size_t max_named,
                         const Text& text, const Style& style) {
  std::string out = CountsLine(machines, text) + "\n";
  std::size_t named = 0;
  std::size_t left_out = 0;
  for (const Machine& machine : machines) {
    if (machine.state == MachineState::kSucceeded) continue;
    if (named == max_named) {
      ++left_out;
      continue;
    }
    ++named;
    const std::string name = names.Shown(machine.id);
    const std::string id = EscapeLine(machine.id);
    const bool told = name.find(id) != std::string::npos;
    out += fmt::format("  {}{}: {}\n", name, told ? "" : fmt::format(" ({})", id),
                       style(ToneOf(machine.state), Verdict(machine, text)));
  }
  if (left_out > 0) out += text(msg::kAndMore, left_out);
  std::set<package::Refusal> words;
  for (const Machine& machine : machines) {
    if (machine.refusal) words.insert(machine.refusal->refusal);
  }
  for (const package::Refusal word : words) {
    out += text(msg::kRefusalWay, package::Name(word), RefusalWayOut(word, text));
  }
  return out;
}

ExitCode ExitCodeOf(const std::vector<Machine>& machines) {
  const bool all = !machines.empty() && std::all_of(machines.begin(), machines.end(), [](const Machine& machine) {
    return machine.state == MachineState::kSucceeded;
  });
  return all ? ExitCode::kSuccess : ExitCode::kSomeFailed;
}

std::string GoesOnLines(std::string_view invoke_id, std::string_view why, const Text& text) {
  return text(msg::kGoesOn, why, invoke_id);
}

std::chrono::milliseconds PollPace::After(bool changed, bool more, std::chrono::milliseconds tour) {
  using std::chrono::milliseconds;
  if (changed || more) silence_ = milliseconds(50);
  if (more) return milliseconds(0);
  const milliseconds wait = silence_;
  if (!changed) silence_ = std::min(silence_ * 3 / 2, milliseconds(500));
  return std::max(wait, tour);
}

}  // namespace assist::cli

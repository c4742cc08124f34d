#include "cli/run/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/answer/escape.h"

namespace assist::cli {
namespace {

struct StateName {
  MachineState state;
  std::string_view name;
};

constexpr std::array<StateName, 10> kNames = {{
    {MachineState::kWaiting, "waiting"},
    {MachineState::kRunning, "running"},
    {MachineState::kSucceeded, "succeeded"},
    {MachineState::kFailed, "failed"},
    {MachineState::kTimedOut, "timed out"},
    {MachineState::kStopped, "stopped"},
    {MachineState::kRefused, "refused"},
    {MachineState::kNotDelivered, "not delivered"},
    {MachineState::kError, "broken off"},
    {MachineState::kUnknown, "unknown"},
}};

/// `: the specified account does not exists (AccountNotExists)`, as far as the server told.
std::string Reason(const Machine& machine) {
  if (machine.error_info.empty() && machine.error_code.empty()) return {};
  if (machine.error_info.empty()) return ": " + EscapeLine(machine.error_code);
  if (machine.error_code.empty()) return ": " + EscapeLine(machine.error_info);
  return fmt::format(": {} ({})", EscapeLine(machine.error_info), EscapeLine(machine.error_code));
}

}  // namespace

std::string CountsLine(const std::vector<Machine>& machines) {
  std::string line = fmt::format("{} machine{}", machines.size(), machines.size() == 1 ? "" : "s");
  std::string_view separator = ": ";
  for (const StateName& entry : kNames) {
    const auto count = std::count_if(machines.begin(), machines.end(),
                                     [&entry](const Machine& machine) { return machine.state == entry.state; });
    if (count == 0) continue;
    line += fmt::format("{}{} {}", separator, count, entry.name);
    separator = ", ";
  }
  return line;
}

std::string ProgressLine(const std::vector<Machine>& machines, std::chrono::seconds elapsed) {
  const auto seconds = elapsed.count();
  const std::string time = seconds < 3600
                               ? fmt::format("{}:{:02}", seconds / 60, seconds % 60)
                               : fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return fmt::format("{} ({})", CountsLine(machines), time);
}

std::string Verdict(const Machine& machine) {
  switch (machine.state) {
    case MachineState::kWaiting:
      return "still waiting to start";
    case MachineState::kRunning:
      return "still running";
    case MachineState::kSucceeded:
      return "succeeded";
    case MachineState::kFailed:
      return machine.exit_code ? fmt::format("failed with exit code {}", *machine.exit_code)
                               : "failed" + Reason(machine);
    case MachineState::kTimedOut:
      return "timed out; it was ended, its output so far is above";
    case MachineState::kStopped:
      return "stopped";
    case MachineState::kRefused:
      return "refused by the agent" + Reason(machine);
    case MachineState::kNotDelivered:
      return "not delivered" + Reason(machine);
    case MachineState::kError:
      return "broken off" + Reason(machine);
    case MachineState::kUnknown:
      return "unknown: it may have run, and nobody can say how it ended" + Reason(machine);
  }
  return "unknown";
}

std::string SummaryLines(const std::vector<Machine>& machines, const NameBook& names, std::size_t max_named) {
  std::string out = CountsLine(machines) + "\n";
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
    out += fmt::format("  {}{}: {}\n", name, told ? "" : fmt::format(" ({})", id), Verdict(machine));
  }
  if (left_out > 0) out += fmt::format("  and {} more\n", left_out);
  return out;
}

ExitCode ExitCodeOf(const std::vector<Machine>& machines) {
  const bool all = !machines.empty() && std::all_of(machines.begin(), machines.end(), [](const Machine& machine) {
    return machine.state == MachineState::kSucceeded;
  });
  return all ? ExitCode::kSuccess : ExitCode::kSomeFailed;
}

std::string GoesOnLines(std::string_view invoke_id, std::string_view why) {
  return fmt::format(
      "assist: {}; the run {} goes on. To look at it, and to stop it:\n"
      "  assist ecs DescribeInvocationResults --InvokeId {}\n"
      "  assist ecs StopInvocation --InvokeId {}\n",
      why, invoke_id, invoke_id, invoke_id);
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

#include <algorithm>
#include <set>

#include "sim/checker/checkers.h"

namespace assist::sim::checker {
namespace {

/// What the world knows of a task.
struct Truth {
  std::string wrote;
  std::optional<int> exited;
  int starts = 0;
  bool called = false;
  bool excused = false;  ///< Something may have made it unknown.
  bool disk_trouble = false;
  bool output_trouble = false;
  bool stop = false;
  bool may_expire = false;
  bool may_halt = false;
  bool released = false;
  bool restored = false;  ///< The server's store, since it was called for or before.
  bool machine_restored = false;
  bool pushed_out = false;  ///< Its machine had more tasks than the agent remembers.
  bool cloned = false;      ///< Its machine: one of the two may speak of what the other has.
};
using Truths = std::map<Nonce, Truth>;
/// From a power cut to the first word of the agent that the server hears: a pause, and some tries over a bad link.
constexpr std::chrono::seconds kBootTakes{60};

/// What remains of `whole` when some of its bytes are left out.
bool IsLeftOver(std::string_view rest, std::string_view whole) {
  for (const char c : whole) {
    if (!rest.empty() && rest.front() == c) rest.remove_prefix(1);
  }
  return rest.empty();
}

/// Empty, or what is wrong with the output that is shown at its end.
std::string JudgeOutput(const Truth& truth, const Shown& shown) {
  // A power cut may take output that was not reported yet, a disk may not take it: then it is told how much.
  const bool told = (truth.excused || truth.output_trouble) && shown.dropped > 0 &&
                    IsLeftOver(shown.output, truth.wrote) &&
                    shown.output.size() + static_cast<std::size_t>(shown.dropped) == truth.wrote.size();
  if (told || (shown.output == truth.wrote && shown.dropped == 0)) return {};
  return "output of " + std::to_string(shown.output.size()) + " bytes is shown with " + std::to_string(shown.dropped) +
         " lost, it wrote " + std::to_string(truth.wrote.size()) +
         (shown.output != truth.wrote && shown.output.size() == truth.wrote.size() ? " others" : std::string());
}

std::string JudgeFinal(const Truth& truth, const Shown& shown) {
  const std::string& state = shown.state;
  if (truth.starts > 1) return {};  // CheckStarts says what that is
  if (state == "Success" || state == "Failed") {
    if (!truth.exited) return "the API shows " + state + ", but its script did not exit";
    if (shown.exit_code != *truth.exited) {
      return "exit code " + std::to_string(shown.exit_code.value_or(-1)) + " is shown, " +
             std::to_string(*truth.exited) + " was it";
    }
    if ((state == "Success") != (*truth.exited == 0)) return state + " does not fit the exit code";
    return JudgeOutput(truth, shown);
  }
  // Of what one of two agents with one identity has, the other may say that it is stopped (or, below, not started).
  if (state == "Terminated" && truth.stop && truth.cloned) return {};
  if (state == "Terminated" && truth.stop && truth.starts > 0) return JudgeOutput(truth, shown);
  if (state == "Cancelled" && (truth.stop || truth.may_halt) && truth.starts == 0) return {};
  if (state == "Cancelled" && truth.stop && truth.cloned) return {};
  // Nobody is left who knows that it ran.
  const bool forgotten = truth.machine_restored || truth.pushed_out;
  if (state == "Cancelled" && truth.stop && truth.restored && forgotten) return {};
  if (state == "Aborted" && truth.released && truth.starts == 0) return {};
  if (state == "Error" && truth.disk_trouble && (truth.starts == 0 || truth.cloned)) {
    return shown.reason.empty() ? "it could not be started, without a reason" : std::string();
  }
  return "it ended as " + state + " (Final; " + shown.reason + ")";
}

std::string Judge(const Truth& truth, const Shown* shown, bool may_be_undone) {
  if (shown == nullptr) return "the API was never asked about it";
  if (shown->missing) return may_be_undone ? std::string() : "the API does not know it";
  if (!shown->final_state) return "it never ended; the API shows " + shown->state;
  if (shown->outcome == "Final") return JudgeFinal(truth, *shown);
  if (shown->outcome == "Unknown") return shown->reason.empty() ? "it is unknown without a reason" : std::string();
  // Given up before it went out. What had started, the agent will have told, unless it is one of before.
  const bool forgotten = truth.restored || truth.machine_restored;
  if (shown->state == "Aborted" && truth.may_expire && (truth.starts == 0 || forgotten)) return {};
  return "it ended as " + shown->state + " (" + shown->outcome + "; " + shown->reason + ")";
}

/// Goes through a history and finds what explains what.
class Reader {
 public:
  explicit Reader(Breaches& breaches) : breaches_(breaches) {}

  void At(SteadyTime now) noexcept { now_ = now; }
  void operator()(const CallMade& call) {
    Truth& truth = truths_[call.task];
    truth.called = true;
    truth.may_expire = call.may_expire || clock_set_;
    truth.may_halt = call.may_halt;
    truth.restored = restored_;
    truth.released = released_.contains(std::string(MachineOf(call.task)));
    // The server may hear of the release later than of the call.
    truth.excused = truth.restored || truth.released;
    // What goes out to a machine before its first word after a boot may be lost with the boot.
    const auto booted = booted_.find(std::string(MachineOf(call.task)));
    if (booted != booted_.end() && now_ < booted->second + kBootTakes) truth.excused = true;
  }
  void operator()(const StopCalled& stop) { truths_[stop.task].stop = true; }
  void operator()(const ReleaseCalled& release) {
    released_.insert(release.machine);
    OfMachine(release.machine, [](Truth& truth) { truth.released = truth.excused = true; });
  }
  void operator()(const AgentCrash& crash) {
    if (!crash.task.empty()) {
      if (truths_[crash.task].called) truths_[crash.task].excused = true;
      return;
    }
    OfMachine(crash.machine, [](Truth& truth) { truth.excused = true; });
    booted_[crash.machine] = now_;
  }
  void operator()(const AgentRestored& restored) {
    OfMachine(restored.machine, [](Truth& truth) { truth.machine_restored = truth.excused = true; });
  }
  /// From then on: what either of the two says of a task may be unknown.
  void operator()(const CloneStarted& clone) {
    cloned_.push_back(clone);
    OfMachine(clone.machine, [](Truth& truth) { truth.excused = true; });
  }
  void operator()(const AgentDiskTrouble& trouble) {
    const auto clone = std::find_if(cloned_.begin(), cloned_.end(),
                                    [&trouble](const CloneStarted& one) { return one.clone == trouble.machine; });
    // A clone speaks for its machine.
    OfMachine(clone == cloned_.end() ? trouble.machine : clone->machine, [&trouble](Truth& truth) {
      truth.disk_trouble = true;
      truth.output_trouble = truth.output_trouble || trouble.output;
    });
  }
  void operator()(const AgentsRemember& remember) { remember_ = remember.ids; }
  void operator()(const ServerRestored&) {
    restored_ = true;
    for (auto& [task, truth] : truths_) truth.restored = truth.excused = true;
  }
  void operator()(const ServerClockSet&) {
    clock_set_ = true;
    for (auto& [task, truth] : truths_) truth.may_expire = true;
  }
  void operator()(const ScriptStarted& start) { ++truths_[start.task].starts; }
  void operator()(const ScriptWrote& wrote) { truths_[wrote.task].wrote += wrote.bytes; }
  void operator()(const ScriptExited& exited) { truths_[exited.task].exited = exited.code; }
  void operator()(const Shown& shown) {
    // A stop of what was not there is remembered like a task: asked again, an agent whose process ended before it told
    // the stop cannot say which of the two it was.
    const Truth& truth = truths_[shown.task];
    const bool stopped = truth.stop && truth.starts == 0;
    if (shown.outcome == "Unknown" && !stopped && !Excused(shown.task)) {
      breaches_.push_back(shown.task + ": it is unknown, and nothing explains that");
    }
  }
  template <class Other>
  void operator()(const Other&) {}

  /// With what its machine's clones made of it, when they alone had it. Empty: both had it.
  [[nodiscard]] std::optional<Truth> Of(const Nonce& task) {
    Truth truth = truths_[task];
    const auto others = std::count_if(truths_.begin(), truths_.end(), [&task](const auto& entry) {
      return entry.first != task && entry.second.called && MachineOf(entry.first) == MachineOf(task);
    });
    truth.pushed_out = remember_ && static_cast<std::size_t>(others) >= *remember_;
    for (const CloneStarted& clone : cloned_) {
      if (clone.machine != MachineOf(task)) continue;
      truth.cloned = true;
      const auto there = truths_.find(TaskOf(CallOf(task), clone.clone));
      if (there == truths_.end() || there->second.starts == 0) continue;
      if (truth.starts > 0) return std::nullopt;
      truth.wrote = there->second.wrote;
      truth.exited = there->second.exited;
      truth.starts = there->second.starts;
    }
    return truth;
  }

 private:
  template <class Change>
  void OfMachine(const Machine& machine, Change change) {
    for (auto& [task, truth] : truths_) {
      if (truth.called && MachineOf(task) == machine) change(truth);
    }
  }
  [[nodiscard]] bool Excused(const Nonce& task) {
    const bool cloned = std::any_of(cloned_.begin(), cloned_.end(),
                                    [&task](const CloneStarted& clone) { return clone.machine == MachineOf(task); });
    return cloned || truths_[task].excused;
  }

  Breaches& breaches_;
  Truths truths_;
  std::vector<CloneStarted> cloned_;
  std::map<std::string, SteadyTime> booted_;
  std::set<Machine> released_;
  std::optional<std::size_t> remember_;
  SteadyTime now_{};
  bool restored_ = false;
  bool clock_set_ = false;
};

}  // namespace

Breaches CheckResults(const History& history) {
  Breaches breaches;
  const Restores restores(history);
  Reader reader(breaches);
  std::map<Nonce, const Shown*> last;
  for (const Fact& fact : history) {
    reader.At(fact.at);
    std::visit(reader, fact.what);
    if (const auto* shown = std::get_if<Shown>(&fact.what)) last[shown->task] = shown;
  }
  for (const Fact& fact : history) {
    const auto* call = std::get_if<CallAnswered>(&fact.what);
    if (call == nullptr) continue;
    const std::optional<Truth> truth = reader.Of(call->task);
    if (!truth) continue;
    const auto shown = last.find(call->task);
    const bool may_be_undone = restores.MayUndo(call->asked, fact.at, history.back().at);
    const std::string wrong = Judge(*truth, shown == last.end() ? nullptr : shown->second, may_be_undone);
    if (!wrong.empty()) breaches.push_back(call->task + ": " + wrong);
  }
  return breaches;
}

}  // namespace assist::sim::checker

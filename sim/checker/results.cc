#include "sim/checker/checkers.h"

namespace assist::sim::checker {
namespace {

/// What the world knows of a task.
struct Truth {
  std::string wrote;
  std::optional<int> exited;
  int starts = 0;
  bool excused = false;
  bool disk_trouble = false;
  bool output_trouble = false;
};

/// What remains of `whole` when some of its bytes are left out.
bool IsLeftOver(std::string_view rest, std::string_view whole) {
  for (const char c : whole) {
    if (!rest.empty() && rest.front() == c) rest.remove_prefix(1);
  }
  return rest.empty();
}

std::string Judge(const Truth& truth, const Shown* shown) {
  if (shown == nullptr) return "the API was never asked about it";
  if (shown->missing) return "the API does not know it";
  if (!shown->final_state) return "it never ended; the API shows " + shown->state;
  if (shown->outcome == "Final" && (shown->state == "Success" || shown->state == "Failed")) {
    if (!truth.exited) return "the API shows " + shown->state + ", but its script did not exit";
    if (shown->exit_code != *truth.exited) {
      return "exit code " + std::to_string(shown->exit_code.value_or(-1)) + " is shown, " +
             std::to_string(*truth.exited) + " was it";
    }
    if ((shown->state == "Success") != (*truth.exited == 0)) return shown->state + " does not fit the exit code";
    // A power cut may take output that was not reported yet, a disk may not take it: then it is told how much.
    const bool told = (truth.excused || truth.output_trouble) && shown->dropped > 0 &&
                      IsLeftOver(shown->output, truth.wrote) &&
                      shown->output.size() + static_cast<std::size_t>(shown->dropped) == truth.wrote.size();
    if (!told && (shown->output != truth.wrote || shown->dropped != 0)) {
      return "output of " + std::to_string(shown->output.size()) + " bytes is shown, it wrote " +
             std::to_string(truth.wrote.size()) +
             (shown->output.size() == truth.wrote.size() ? " others" : std::string());
    }
    return {};
  }
  if (shown->outcome == "Unknown") {
    if (shown->reason.empty()) return "it is unknown without a reason";
    return {};
  }
  if (shown->outcome == "Final" && shown->state == "Error" && truth.disk_trouble && truth.starts == 0) {
    return shown->reason.empty() ? "it could not be started, without a reason" : std::string();
  }
  return "it ended as " + shown->state + " (" + shown->outcome + "; " + shown->reason + ")";
}

}  // namespace

Breaches CheckResults(const History& history) {
  std::map<Nonce, Truth> truths;
  std::map<Nonce, const Shown*> last;
  for (const auto* started : All<ScriptStarted>(history)) ++truths[started->task].starts;
  for (const auto* wrote : All<ScriptWrote>(history)) truths[wrote->task].wrote += wrote->bytes;
  for (const auto* exited : All<ScriptExited>(history)) truths[exited->task].exited = exited->code;
  // A crash explains what happens to the tasks that were called for before it, from then on.
  std::map<Nonce, bool> called;
  Breaches breaches;
  for (const Fact& fact : history) {
    if (const auto* call = std::get_if<CallMade>(&fact.what)) called[call->task] = true;
    if (const auto* trouble = std::get_if<AgentDiskTrouble>(&fact.what)) {
      for (const auto& [task, made] : called) {
        truths[task].disk_trouble = true;
        truths[task].output_trouble = truths[task].output_trouble || trouble->output;
      }
    }
    if (const auto* shown = std::get_if<Shown>(&fact.what); shown != nullptr && shown->outcome == "Unknown") {
      if (!truths[shown->task].excused) breaches.push_back(shown->task + ": it is unknown, and nothing explains that");
    }
    const auto* crash = std::get_if<AgentCrash>(&fact.what);
    if (crash == nullptr) continue;
    for (const auto& [task, made] : called) {
      if (crash->task.empty() || crash->task == task) truths[task].excused = true;
    }
  }
  for (const auto* shown : All<Shown>(history)) last[shown->task] = shown;
  for (const auto* call : All<CallAnswered>(history)) {
    const auto shown = last.find(call->task);
    const std::string wrong = Judge(truths[call->task], shown == last.end() ? nullptr : shown->second);
    if (!wrong.empty()) breaches.push_back(call->task + ": " + wrong);
  }
  return breaches;
}

}  // namespace assist::sim::checker

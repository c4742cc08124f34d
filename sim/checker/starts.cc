#include <set>

#include "sim/checker/checkers.h"

namespace assist::sim::checker {
namespace {

/// A list of another's, a script of another's.
void CheckOwners(const History& history, Breaches& breaches) {
  std::set<Nonce> called;
  std::map<std::string, std::string, std::less<>> clone_of;
  std::set<std::string, std::less<>> calls;
  const auto original = [&clone_of](std::string_view machine) -> std::string {
    const auto found = clone_of.find(machine);
    return found == clone_of.end() ? std::string(machine) : found->second;
  };
  for (const Fact& fact : history) {
    if (const auto* call = std::get_if<CallMade>(&fact.what)) {
      called.insert(call->task);
      calls.insert(std::string(CallOf(call->task)));
    }
    if (const auto* clone = std::get_if<CloneStarted>(&fact.what)) clone_of[clone->clone] = original(clone->machine);
    if (const auto* got = std::get_if<TaskGot>(&fact.what)) {
      const auto call = CallOf(got->task);
      if (calls.contains(call) && !called.contains(TaskOf(call, original(MachineOf(got->task))))) {
        breaches.push_back(got->task + ": a machine got a task that was not meant for it");
      }
    }
    if (const auto* start = std::get_if<ScriptStarted>(&fact.what)) {
      const auto call = CallOf(start->task);
      if (calls.contains(call) && start->says != call) {
        breaches.push_back(start->task + ": the script of " + start->says + " was started for it");
      }
    }
  }
}

/// Two machines with one identity: once the server has shown it, neither gets what is called for from then on.
void CheckClones(const History& history, Breaches& breaches) {
  std::map<std::string, std::string> clone_of;
  std::map<std::string, SteadyTime> shown;
  std::map<Nonce, SteadyTime> called;
  std::map<Nonce, std::set<Machine>> started;
  for (const Fact& fact : history) {
    if (const auto* clone = std::get_if<CloneStarted>(&fact.what)) clone_of[clone->clone] = clone->machine;
    if (const auto* duplicate = std::get_if<DuplicateShown>(&fact.what)) shown.emplace(duplicate->machine, fact.at);
    if (const auto* call = std::get_if<CallMade>(&fact.what)) called.emplace(call->task, fact.at);
    const auto* start = std::get_if<ScriptStarted>(&fact.what);
    if (start == nullptr) continue;
    const std::string machine(MachineOf(start->task));
    const auto found = clone_of.find(machine);
    const Nonce task = TaskOf(CallOf(start->task), found == clone_of.end() ? machine : found->second);
    started[task].insert(machine);
  }
  for (const auto* served : All<DuplicateServed>(history)) {
    breaches.push_back(served->machine + ": one of two agents with its identity got a task");
  }
  for (const auto& [task, machines] : started) {
    const auto warned = shown.find(std::string(MachineOf(task)));
    const auto call = called.find(task);
    if (machines.size() < 2 || warned == shown.end() || call == called.end() || call->second < warned->second) continue;
    breaches.push_back(task + ": it was started on a machine and on its clone");
  }
}

}  // namespace

Breaches CheckStarts(const History& history) {
  // When the server's files and those of a machine were both put back, nobody is left who knows what started there.
  struct Starts {
    int count = 0;
    SteadyTime last{};
  };
  std::map<Nonce, Starts> starts;
  std::map<Nonce, SteadyTime> got;
  std::set<std::string, std::less<>> restored;
  bool server_restored = false;
  for (const Fact& fact : history) {
    if (const auto* task = std::get_if<TaskGot>(&fact.what)) got.emplace(task->task, fact.at);
    if (const auto* start = std::get_if<ScriptStarted>(&fact.what)) {
      Starts& of = starts[start->task];
      ++of.count;
      of.last = fact.at;
    }
    if (std::holds_alternative<ServerRestored>(fact.what)) server_restored = true;
    if (const auto* agent = std::get_if<AgentRestored>(&fact.what)) {
      restored.insert(agent->machine);
      // What waited for its turn in the image begins when that has come, also when it began after the image was made.
      std::erase_if(starts, [&](const auto& entry) {
        const auto had = got.find(entry.first);
        return MachineOf(entry.first) == agent->machine && had != got.end() && had->second <= agent->copied &&
               entry.second.last > agent->copied;
      });
    }
    const bool again =
        std::holds_alternative<ServerRestored>(fact.what) || std::holds_alternative<AgentRestored>(fact.what);
    if (!again || !server_restored) continue;
    std::erase_if(starts, [&restored](const auto& entry) { return restored.contains(MachineOf(entry.first)); });
  }
  Breaches breaches;
  for (const auto& [task, of] : starts) {
    if (of.count > 1) breaches.push_back(task + ": its script was started " + std::to_string(of.count) + " times");
  }
  CheckOwners(history, breaches);
  CheckClones(history, breaches);
  return breaches;
}

Breaches CheckBounds(const History& history) {
  Breaches breaches;
  for (const auto* measured : All<Measured>(history)) {
    if (measured->value <= measured->bound) continue;
    breaches.push_back(measured->what + ": " + std::to_string(measured->value) + ", its bound is " +
                       std::to_string(measured->bound));
  }
  return breaches;
}

Breaches CheckAll(const History& history) {
  Breaches all = CheckStarts(history);
  for (const auto check : {CheckResults, CheckFinalWords, CheckTold, CheckBounds}) {
    Breaches more = check(history);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace assist::sim::checker

#include "sim/run/recorder.h"

#include "agent/journal/schedules.h"

namespace assist::sim::run {
namespace {

constexpr std::string_view kMark = "# task ";

std::string_view LastOf(std::string_view folder) { return folder.substr(folder.rfind('/') + 1); }

}  // namespace

checker::History Recorder::History() const {
  checker::History history = history_;
  for (checker::Fact& fact : history) {
    std::visit(
        [this](auto& what) {
          if constexpr (requires { what.task; }) {
            const auto found = names_.find(std::string(checker::CallOf(what.task)));
            if (found != names_.end()) what.task = checker::TaskOf(found->second, checker::MachineOf(what.task));
          }
        },
        fact.what);
  }
  return history;
}

std::string Recorder::CallIn(std::string_view script) {
  if (!script.starts_with(kMark)) return "a script without a name";
  script.remove_prefix(kMark.size());
  return std::string(script.substr(0, script.find('\n')));
}

checker::Machine Recorder::MachineOf(const std::string& instance) const {
  const auto found = machines_.find(instance);
  return found == machines_.end() ? "nobody" : found->second;
}

checker::Nonce Watcher::TaskIn(std::string_view folder) const { return checker::TaskOf(LastOf(folder), machine_); }

void Watcher::Started(std::string_view folder, std::string_view text) {
  recorder_.CountStart();
  const auto run = agent::journal::ParseRunId(LastOf(folder));
  if (run) recorder_.Add(checker::RunStarted{run->schedule, run->number});
  recorder_.Add(checker::ScriptStarted{TaskIn(folder), Recorder::CallIn(text)});
}

void Watcher::Wrote(std::string_view folder, std::string_view bytes) {
  recorder_.Add(checker::ScriptWrote{TaskIn(folder), std::string(bytes)});
}

void Watcher::Exited(std::string_view folder, int code) { recorder_.Add(checker::ScriptExited{TaskIn(folder), code}); }

void Watcher::Killed(std::string_view folder) {
  recorder_.Add(checker::ScriptKilled{TaskIn(folder)});
  recorder_.Say("the script of " + std::string(folder) + " on " + machine_ + " is killed");
}

void Watcher::LostSupervisor(std::string_view folder) {
  // Also before it started the script: its start mark may stand.
  recorder_.Add(checker::AgentCrash{machine_, TaskIn(folder), "its supervisor was killed"});
  recorder_.Say("the supervisor of " + std::string(folder) + " on " + machine_ + " is killed");
}

}  // namespace assist::sim::run

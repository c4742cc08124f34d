#include "sim/run/recorder.h"

#include "agent/journal/schedules.h"

namespace assist::sim::run {
namespace {
constexpr std::string_view kMark = "# task ";
}  // namespace

checker::History Recorder::History() const {
  checker::History history = history_;
  for (checker::Fact& fact : history) {
    std::visit(
        [this](auto& what) {
          if constexpr (requires { what.task; }) {
            if (const auto found = names_.find(what.task); found != names_.end()) what.task = found->second;
          }
        },
        fact.what);
  }
  return history;
}

checker::Nonce Recorder::NonceIn(std::string_view script) {
  if (!script.starts_with(kMark)) return "a script without a name";
  script.remove_prefix(kMark.size());
  return checker::Nonce(script.substr(0, script.find('\n')));
}

void Recorder::StartedIn(std::string_view folder) {
  const auto run = agent::journal::ParseRunId(folder.substr(folder.rfind('/') + 1));
  if (run) Add(checker::RunStarted{run->schedule, run->number});
}

void Recorder::Started(std::string_view text) {
  ++starts_;
  Add(checker::ScriptStarted{NonceIn(text)});
}

void Recorder::Wrote(std::string_view text, std::string_view bytes) {
  Add(checker::ScriptWrote{NonceIn(text), std::string(bytes)});
}

void Recorder::Exited(std::string_view text, int code) { Add(checker::ScriptExited{NonceIn(text), code}); }

void Recorder::Killed(std::string_view text) { world_.Say(nullptr, "the script of " + NonceIn(text) + " is killed"); }

void Recorder::LostSupervisor(std::string_view folder, std::string_view) {
  // Also before it started the script: its start mark may stand.
  Add(checker::AgentCrash{std::string(folder.substr(folder.rfind('/') + 1)), "its supervisor was killed"});
  world_.Say(nullptr, "the supervisor of " + std::string(folder) + " is killed");
}

}  // namespace assist::sim::run

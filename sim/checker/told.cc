#include "sim/checker/checkers.h"

namespace assist::sim::checker {
namespace {

/// Calls and reports: what the server said it has.
void CheckServer(const History& history, Breaches& breaches) {
  const Restores restores(history);
  struct Word {
    SteadyTime asked{};
    SteadyTime at{};
  };
  std::map<Nonce, Word> answered;
  std::map<Nonce, Word> ended;
  const auto binds = [&restores](const std::map<Nonce, Word>& told, const Shown& shown, SteadyTime now) {
    const auto found = told.find(shown.task);
    return found != told.end() && found->second.at < shown.asked &&
           !restores.MayUndo(found->second.asked, found->second.at, now);
  };
  for (const Fact& fact : history) {
    if (const auto* call = std::get_if<CallAnswered>(&fact.what)) {
      answered.emplace(call->task, Word{call->asked, fact.at});
    }
    if (const auto* taken = std::get_if<ReportTaken>(&fact.what); taken != nullptr && taken->final_report) {
      ended[taken->task] = Word{fact.at, fact.at};
    }
    const auto* shown = std::get_if<Shown>(&fact.what);
    if (shown == nullptr) continue;
    if (shown->missing && binds(answered, *shown, fact.at)) {
      breaches.push_back(shown->task + ": the call was answered, and the API does not know it");
    }
    if (!shown->missing && !shown->final_state && binds(ended, *shown, fact.at)) {
      breaches.push_back(shown->task + ": its last report was taken, and the API shows " + shown->state);
    }
  }
}

/// What an agent said: numbers never fall, an end is told once and the same, a byte has one value. One whose files were
/// put back begins anew.
class Agents {
 public:
  explicit Agents(Breaches& breaches) : breaches_(breaches) {}

  void operator()(const FetchSent& fetch) {
    std::int64_t& highest = highest_[fetch.machine];
    if (fetch.highest < highest) {
      breaches_.push_back("the agent had delivery " + std::to_string(highest) + " and now says " +
                          std::to_string(fetch.highest));
    }
    highest = std::max(highest, fetch.highest);
  }
  void operator()(const AgentRestored& restored) {
    highest_.erase(restored.machine);
    const auto forget = [&restored](auto& map) {
      std::erase_if(map, [&restored](const auto& entry) { return MachineOf(entry.first) == restored.machine; });
    };
    forget(ends_);
    forget(streams_);
  }
  void operator()(const ScriptStarted& start) {
    const auto end = ends_.find(start.task);
    if (end == ends_.end()) return;
    breaches_.push_back(start.task + ": its script was started after the agent told its end as " + end->second->kind);
  }
  void operator()(const ReportSent& sent) {
    TakeOutput(sent);
    if (!sent.final_report) return;
    const ReportSent*& end = ends_[sent.task];
    // Asked again about what it has forgotten, it says that it does not know, or stopped what is not there: the server
    // has taken the end that was told.
    if (end != nullptr && (sent.kind == "stopped" || sent.error == "ExecutionInterrupted")) return;
    if (end != nullptr && (end->kind != sent.kind || end->exit_code != sent.exit_code || end->error != sent.error)) {
      breaches_.push_back(sent.task + ": the agent told its end as " + end->kind + " and then as " + sent.kind);
    }
    end = &sent;
  }
  template <class Other>
  void operator()(const Other&) {}

 private:
  void TakeOutput(const ReportSent& sent) {
    if (!sent.offset) return;
    std::string& stream = streams_[sent.task];
    // Among the bytes that were kept: what is dropped is known, and counted, only at the end.
    const auto at = static_cast<std::size_t>(*sent.offset - std::min(*sent.offset, sent.dropped));
    const std::size_t common = at >= stream.size() ? 0 : std::min(stream.size() - at, sent.body.size());
    if (stream.compare(std::min(at, stream.size()), common, sent.body, 0, common) != 0) {
      breaches_.push_back(sent.task + ": the agent sent other bytes for the same place");
    }
    if (at <= stream.size() && at + sent.body.size() > stream.size()) stream += sent.body.substr(stream.size() - at);
  }

  Breaches& breaches_;
  std::map<Machine, std::int64_t> highest_;
  std::map<Nonce, const ReportSent*> ends_;
  std::map<Nonce, std::string> streams_;
};

/// Nobody says that something was lost where nothing was.
void CheckNotes(const History& history, Breaches& breaches) {
  bool store_older = false;
  bool agent_older = false;
  bool clock_set = false;
  for (const Fact& fact : history) {
    clock_set = clock_set || std::holds_alternative<ServerClockSet>(fact.what);
    store_older = store_older || std::holds_alternative<ServerRestored>(fact.what);
    agent_older = agent_older || std::holds_alternative<AgentRestored>(fact.what) ||
                  std::holds_alternative<CloneStarted>(fact.what);
    const auto* noted = std::get_if<LossNoted>(&fact.what);
    if (noted == nullptr) continue;
    if (noted->event == "store.older_than_agent" && store_older) continue;
    if (noted->event == "agent.lost_its_journal" && (agent_older || store_older)) continue;
    if (noted->event == "task.silent" && clock_set) continue;
    breaches.push_back("the server notes " + noted->event);
  }
}

}  // namespace

Breaches CheckTold(const History& history) {
  Breaches breaches;
  CheckServer(history, breaches);
  Agents agents(breaches);
  for (const Fact& fact : history) std::visit(agents, fact.what);
  CheckNotes(history, breaches);
  return breaches;
}

}  // namespace assist::sim::checker

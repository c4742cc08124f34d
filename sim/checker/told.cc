#include "sim/checker/checkers.h"

namespace assist::sim::checker {
namespace {

/// Calls and reports: what the server said it has.
void CheckServer(const History& history, Breaches& breaches) {
  std::map<Nonce, SteadyTime> answered;
  std::map<Nonce, SteadyTime> ended;
  const auto before = [](const std::map<Nonce, SteadyTime>& told, const Shown& shown) {
    const auto found = told.find(shown.task);
    return found != told.end() && found->second < shown.asked;
  };
  for (const Fact& fact : history) {
    if (const auto* call = std::get_if<CallAnswered>(&fact.what)) answered.emplace(call->task, fact.at);
    if (const auto* taken = std::get_if<ReportTaken>(&fact.what); taken != nullptr && taken->final_report) {
      ended.emplace(taken->task, fact.at);
    }
    if (const auto* shown = std::get_if<Shown>(&fact.what)) {
      if (shown->missing && before(answered, *shown)) {
        breaches.push_back(shown->task + ": the call was answered, and the API does not know it");
      }
      if (!shown->final_state && before(ended, *shown)) {
        breaches.push_back(shown->task + ": its last report was taken, and the API shows " + shown->state);
      }
    }
  }
}

/// What the agent said: numbers never fall, an end is told once and the same, a byte has one value.
void CheckAgent(const History& history, Breaches& breaches) {
  std::int64_t highest = 0;
  std::map<Nonce, const ReportSent*> ends;
  std::map<Nonce, std::string> streams;
  for (const Fact& fact : history) {
    if (const auto* fetch = std::get_if<FetchSent>(&fact.what)) {
      if (fetch->highest < highest) {
        breaches.push_back("the agent had delivery " + std::to_string(highest) + " and now says " +
                           std::to_string(fetch->highest));
      }
      highest = std::max(highest, fetch->highest);
    }
    if (const auto* start = std::get_if<ScriptStarted>(&fact.what); start != nullptr && ends[start->task] != nullptr) {
      breaches.push_back(start->task + ": its script was started after the agent told its end as " +
                         ends[start->task]->kind);
    }
    const auto* sent = std::get_if<ReportSent>(&fact.what);
    if (sent == nullptr) continue;
    if (sent->offset) {
      std::string& stream = streams[sent->task];
      // Among the bytes that were kept: what is dropped is known, and counted, only at the end.
      const auto at = static_cast<std::size_t>(*sent->offset - std::min(*sent->offset, sent->dropped));
      const std::size_t common = at >= stream.size() ? 0 : std::min(stream.size() - at, sent->body.size());
      if (stream.compare(std::min(at, stream.size()), common, sent->body, 0, common) != 0) {
        breaches.push_back(sent->task + ": the agent sent other bytes for the same place");
      }
      if (at <= stream.size() && at + sent->body.size() > stream.size())
        stream += sent->body.substr(stream.size() - at);
    }
    if (!sent->final_report) continue;
    const ReportSent*& end = ends[sent->task];
    if (end != nullptr && (end->kind != sent->kind || end->exit_code != sent->exit_code || end->error != sent->error)) {
      breaches.push_back(sent->task + ": the agent told its end as " + end->kind + " and then as " + sent->kind);
    }
    end = sent;
  }
}

}  // namespace

Breaches CheckTold(const History& history) {
  Breaches breaches;
  CheckServer(history, breaches);
  CheckAgent(history, breaches);
  for (const auto* noted : All<LossNoted>(history)) breaches.push_back("the server notes " + noted->event);
  return breaches;
}

}  // namespace assist::sim::checker

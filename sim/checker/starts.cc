#include "sim/checker/checkers.h"

namespace assist::sim::checker {

Breaches CheckStarts(const History& history) {
  std::map<Nonce, int> starts;
  for (const auto* start : All<ScriptStarted>(history)) ++starts[start->task];
  Breaches breaches;
  for (const auto& [task, count] : starts) {
    if (count > 1) breaches.push_back(task + ": its script was started " + std::to_string(count) + " times");
  }
  return breaches;
}

Breaches CheckAll(const History& history) {
  Breaches all = CheckStarts(history);
  for (const auto check : {CheckResults, CheckFinalWords, CheckTold}) {
    Breaches more = check(history);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace assist::sim::checker

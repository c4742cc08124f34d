#include "sim/checker/checkers.h"

namespace assist::sim::checker {

Breaches CheckFinalWords(const History& history) {
  std::map<Nonce, const Shown*> before;
  Breaches breaches;
  for (const auto* shown : All<Shown>(history)) {
    const Shown*& last = before[shown->task];
    if (last != nullptr && !last->missing && !shown->missing) {
      const auto breach = [&](const std::string& what) { breaches.push_back(shown->task + ": " + what); };
      if (last->outcome == "Final") {
        if (shown->state != last->state || shown->outcome != "Final" || shown->exit_code != last->exit_code) {
          breach("the final " + last->state + " became " + shown->state + " (" + shown->outcome + ")");
        } else if (shown->output != last->output) {
          breach("its output changed after its end");
        }
      }
      if (!shown->output.starts_with(last->output)) breach("output that was shown is gone");
    }
    last = shown;
  }
  return breaches;
}

}  // namespace assist::sim::checker

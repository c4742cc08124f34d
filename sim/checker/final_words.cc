#include "sim/checker/checkers.h"

namespace assist::sim::checker {

Breaches CheckFinalWords(const History& history) {
  const Restores restores(history);
  struct Word {
    const Shown* shown = nullptr;
    SteadyTime at{};
  };
  std::map<Nonce, Word> before;
  bool restored = false;
  Breaches breaches;
  for (const Fact& fact : history) {
    restored = restored || std::holds_alternative<ServerRestored>(fact.what);
    const auto* shown = std::get_if<Shown>(&fact.what);
    if (shown == nullptr) continue;
    Word& last = before[shown->task];
    // What a restored store took for not delivered, and cancelled, gives way to what its agent tells.
    const bool gives_way = last.shown != nullptr && restored && last.shown->state == "Cancelled";
    const bool binds = last.shown != nullptr && !gives_way && !restores.MayUndo(last.shown->asked, last.at, fact.at);
    if (binds && !last.shown->missing && !shown->missing) {
      const auto breach = [&](const std::string& what) { breaches.push_back(shown->task + ": " + what); };
      if (last.shown->outcome == "Final") {
        if (shown->state != last.shown->state || shown->outcome != "Final" ||
            shown->exit_code != last.shown->exit_code) {
          breach("the final " + last.shown->state + " became " + shown->state + " (" + shown->outcome + ")");
        } else if (shown->output != last.shown->output) {
          breach("its output changed after its end");
        }
      }
      if (!shown->output.starts_with(last.shown->output)) breach("output that was shown is gone");
    }
    last = {shown, fact.at};
  }
  return breaches;
}

}  // namespace assist::sim::checker

// The promises (design.md, section 1) as functions of a history; one file each. Pure. docs/reliability.md says which
// promise each of them stands for, and what a restore or a clone excuses.
#pragma once

#include "sim/checker/history.h"

namespace assist::sim::checker {

/// Promise 1: no script was started twice on a machine. Promise 7: no machine got a task of another. Of two machines
/// with one identity, once that is shown: nothing starts on both.
[[nodiscard]] Breaches CheckStarts(const History& history);
/// Promises 2 and 3, at the end of a run in which everything was given time to heal: every task that the API took ended
/// with the exit code and exactly the bytes of its script, or was stopped, or is unknown with a reason after something
/// that explains it. Nor is a task shown as unknown at any time before such a thing.
[[nodiscard]] Breaches CheckResults(const History& history);
/// Promise 5: a final word that was not presumed is never taken back (what was presumed or unknown gives way to what
/// the agent says); output that was shown stays. A store restored from an older copy may know less.
[[nodiscard]] Breaches CheckFinalWords(const History& history);
/// Promise 4: what was told is never undone: a call that was answered, a report that was taken, a delivery number that
/// was had, an end that the agent told. And nobody says that journal or store lost something in a world where nothing
/// was restored or cloned.
[[nodiscard]] Breaches CheckTold(const History& history);
/// Promise 6: what was measured is within its bounds.
[[nodiscard]] Breaches CheckBounds(const History& history);

/// Schedules, at the end of a run in which everything was given time to heal and every schedule was stopped: no run was
/// started twice; the numbers told are 1, 2, … without a gap, each with one meaning; the due times told are all that
/// there were, each once (but for the one that a run makes up for); what is told as missed never ran.
[[nodiscard]] Breaches CheckOccurrences(const History& history);

/// All of them but the last.
[[nodiscard]] Breaches CheckAll(const History& history);

}  // namespace assist::sim::checker

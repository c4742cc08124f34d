// Waves: an invocation that is on few machines at a time, and that ends early when too many of them fail. A machine
// holds a *turn* from the moment its task is given out until that task has ended; the server gives out no more tasks
// than there are turns. What is left when too many have failed is cancelled and says why. Pure; the reactions are
// control's (control/waves.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/model/status.h"
#include "server/model/task_progress.h"

namespace assist::server::model {

/// "10" or "10%": of the targets.
struct Share {
  std::int64_t number = 0;
  bool percent = false;
  friend bool operator==(const Share&, const Share&) = default;
};
/// Digits, perhaps with a % behind (then at most 100); empty for anything else, and above 1,000,000.
[[nodiscard]] std::optional<Share> ParseShare(std::string_view text) noexcept;
/// So many of `targets`; a share in percent is rounded down.
[[nodiscard]] std::int64_t ShareOf(const Share& share, std::int64_t targets) noexcept;

struct WaveTerms {
  std::string concurrency;                 ///< As the caller gave it; empty: no limit.
  std::string errors;                      ///< As the caller gave it; empty: no limit.
  std::int64_t turns = 0;                  ///< Machines that may be at it at a time; 0: all.
  std::optional<std::int64_t> max_errors;  ///< When more than so many have failed, the rest is not started.

  friend bool operator==(const WaveTerms&, const WaveTerms&) = default;
};
/// What changes of a wave.
struct WaveMarks {
  std::int64_t taken = 0;      ///< Turns that are held.
  bool halted = false;         ///< Too many have failed.
  bool waiting = false;        ///< Some task may wait for a turn.
  std::int64_t looked_at = 0;  ///< Tasks with a key from here on were looked at for the next turn; 0: none.

  friend bool operator==(const WaveMarks&, const WaveMarks&) = default;
};
struct Wave {
  WaveTerms terms;
  WaveMarks marks;

  [[nodiscard]] bool full() const noexcept { return terms.turns > 0 && marks.taken >= terms.turns; }
};

/// The task is with its machine: given out, and not at its end.
[[nodiscard]] bool HoldsTurn(const TaskProgress& progress) noexcept;
/// This state counts against max_errors.
[[nodiscard]] bool IsError(TaskState state) noexcept;
/// Machines that count against max_errors: failed, timed out, could not start, or unknown. Not those that were away
/// until their time was over, nor those that were stopped: nothing failed there.
[[nodiscard]] std::int64_t Errors(const StateCounts& counts) noexcept;

}  // namespace assist::server::model

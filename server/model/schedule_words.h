// The enumerations of schedules. Written to the store: never renumber. Their words are the API's. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace assist::server::model {

/// What an agent does about times that passed while it could not start the run.
enum class MissedPolicy : std::uint8_t { kSkip = 0, kRunOnce = 1 };
/// What it does about a time that comes while the run before goes on.
enum class OverlapPolicy : std::uint8_t { kSkip = 0, kQueue = 1 };
/// Why an occurrence did not run.
enum class MissedReason : std::uint8_t {
  kOverlap = 1,    ///< The run before had not ended.
  kAgentDown = 2,  ///< The agent did not run.
  kAsleep = 3,     ///< The machine slept, or its clock was set over the time.
  kLate = 4,       ///< The agent could not start it before the next time had come.
  kReplaced = 5,   ///< It waited behind a run when the schedule was changed or stopped.
  /// The agent's journal was damaged: whether they ran is not known, and there may be fewer. Its numbers are the
  /// agent's word for "whatever you have not heard of", so what is recorded between them stays.
  kJournalDamaged = 6,
};
enum class OccurrenceKind : std::uint8_t { kRun = 1, kMissed = 2 };

[[nodiscard]] std::string_view Name(MissedPolicy policy) noexcept;   ///< Skip, RunOnce
[[nodiscard]] std::string_view Name(OverlapPolicy policy) noexcept;  ///< Skip, Queue
[[nodiscard]] std::string_view Name(OccurrenceKind kind) noexcept;   ///< Run, Missed
/// Overlap, AgentDown, Asleep, Late, Replaced, JournalDamaged
[[nodiscard]] std::string_view Name(MissedReason reason) noexcept;
[[nodiscard]] std::optional<MissedPolicy> ParseMissedPolicy(std::string_view word) noexcept;
[[nodiscard]] std::optional<OverlapPolicy> ParseOverlapPolicy(std::string_view word) noexcept;

}  // namespace assist::server::model

// Rollouts: a release of the agent is brought to many machines in waves, and goes on only while they fare well
// (docs/agent-releases.md). What is decided here follows from its arguments alone; control/rollout_step.h loads, asks
// and saves. Pure; any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.h"
#include "common/base/time.h"
#include "server/model/keys.h"
#include "server/model/task_state.h"

namespace assist::server::model {

using RolloutId = TextId<struct RolloutTag>;  ///< ro-…
using RolloutKey = RowId<struct RolloutRow>;

/// Written to the store: never renumber.
enum class RolloutState : std::uint8_t {
  kPreparing = 1,    ///< The machines are being noted.
  kRunning = 2,      ///< Waves go out.
  kTrailing = 3,     ///< All have passed; machines that were away get the order when they come.
  kPaused = 4,       ///< Nothing is ordered but what goes back.
  kRollingBack = 5,  ///< What was updated goes back.
  kRolledBack = 6,
  kFinished = 7,
  kEnded = 8,  ///< By an operator, or another rollout took its place.
};
inline constexpr std::uint8_t kLastRolloutState = 8;
[[nodiscard]] std::string_view Name(RolloutState state) noexcept;
[[nodiscard]] std::optional<RolloutState> ParseRolloutState(std::string_view word) noexcept;
[[nodiscard]] constexpr bool IsLive(RolloutState state) noexcept { return state <= RolloutState::kRollingBack; }

/// Written to the store: never renumber.
enum class RolloutReason : std::uint8_t { kNone = 0, kOperator = 1, kGate = 2, kSuperseded = 3 };
[[nodiscard]] std::string_view Name(RolloutReason reason) noexcept;  ///< Empty for kNone.

/// For what a rollout waits. Written to the store: never renumber.
enum class RolloutWait : std::uint8_t {
  kNothing = 0,
  kMachines = 1,  ///< None that waits is connected.
  kResults = 2,
  kWait = 3,  ///< Between results and gate.
  kWindow = 4,
  kDisabled = 5,
};
[[nodiscard]] std::string_view Name(RolloutWait wait) noexcept;  ///< Empty for kNothing.

/// Written to the store: never renumber.
enum class MachineRollout : std::uint8_t {
  kWaiting = 1,
  kOrdered = 2,
  kUpdated = 3,
  kFailed = 4,
  kRollingBack = 5,  ///< Without an invocation: the order waits until it is connected.
  kRolledBack = 6,
  kRollbackFailed = 7,
  kSkipped = 8,
};
inline constexpr std::size_t kMachineRolloutCount = 8;
[[nodiscard]] std::string_view Name(MachineRollout state) noexcept;
[[nodiscard]] std::optional<MachineRollout> ParseMachineRollout(std::string_view word) noexcept;

/// Why a machine is in its state: words of the API, besides those of a refusal (protocol/package/refusal.h).
namespace rollout_reason {
inline constexpr std::string_view kNotReached = "NotReached";
inline constexpr std::string_view kTimedOut = "TimedOut";
inline constexpr std::string_view kUnknown = "Unknown";
inline constexpr std::string_view kStopped = "Stopped";
inline constexpr std::string_view kNotStarted = "NotStarted";
inline constexpr std::string_view kNotSupported = "NotSupported";
inline constexpr std::string_view kExitCode = "ExitCode";
inline constexpr std::string_view kNotSeen = "NotSeen";
inline constexpr std::string_view kAlreadyThere = "AlreadyThere";
inline constexpr std::string_view kStockAgent = "StockAgent";
inline constexpr std::string_view kNoPackage = "NoPackage";
inline constexpr std::string_view kDeregistered = "Deregistered";
inline constexpr std::string_view kEnded = "Ended";
}  // namespace rollout_reason

struct RolloutTerms {
  std::vector<int> waves{1, 10, 50, 100};  ///< Percent of the machines, rising; the last is 100.
  std::chrono::seconds wait{600};          ///< Between the results of a wave and its gate.
  int min_healthy = 95;                    ///< Percent of a wave.
  std::int64_t max_restarts = 2;           ///< Of an agent since it was updated.
  int max_memory = 150;                    ///< Percent of what it used before; 0: is not looked at.
  std::chrono::seconds timeout{1800};      ///< Of the task on a machine.
  std::chrono::seconds trail{-1};          ///< How long machines may come after the last wave; −1 s: no such time.
  bool auto_rollback = false;
  bool follow = false;  ///< Machines that register later are taken in.
  friend bool operator==(const RolloutTerms&, const RolloutTerms&) = default;
};
inline constexpr std::size_t kMostWaves = 20;
/// `1,10,50,100`, each perhaps with a % behind; empty when it is not of that form.
[[nodiscard]] std::optional<std::vector<int>> ParseWaves(std::string_view text);
[[nodiscard]] std::string FormatWaves(const std::vector<int>& waves);

/// Whose agents get the release.
enum class RolloutTargets : std::uint8_t { kAll = 1, kTags = 2, kNamed = 3 };

struct Rollout {
  RolloutKey key;
  RolloutId id;
  std::string name;
  std::string version;
  std::string channel;  ///< That named the version; empty: none.
  std::string region;   ///< Whose AgentUpgradeConfig counts.
  RolloutTargets targets = RolloutTargets::kAll;
  std::string tags;  ///< With kTags: JSON, control's own form.
  RolloutTerms terms;
  RolloutState state = RolloutState::kPreparing;
  RolloutReason reason = RolloutReason::kNone;
  std::string reason_text;
  RolloutWait waiting_for = RolloutWait::kNothing;
  int wave = 1;             ///< The one that is open. Behind the last when it is trailing: those who come then.
  MachineKey scanned;       ///< Machines up to this key were looked at.
  int rollback_wave = 0;    ///< Updated machines of this wave go back; 0: of none, kAllWaves: of all; kGoBackNoMore.
  bool wave_ended = false;  ///< An operator goes on over its gate: the next one opens.
  std::optional<SystemTime> wait_until;
  std::optional<SystemTime> trailing_since;
  std::optional<SystemTime> ended;
  SystemTime created{};

  static constexpr int kAllWaves = -1;
  static constexpr int kGoBackNoMore = -2;  ///< It was ended: those that have no order to go back yet stay.
  [[nodiscard]] bool last_wave() const noexcept { return wave >= static_cast<int>(terms.waves.size()); }
};

struct RolloutMachine {
  RolloutKey rollout;
  MachineKey machine;
  std::int64_t turn = 0;  ///< Its place in the order: RolloutTurn().
  MachineRollout state = MachineRollout::kWaiting;
  std::string reason;
  std::string reason_text;   ///< At most kMaxRolloutText bytes.
  int wave = 0;              ///< In which it was ordered; 0: not yet.
  int attempts = 0;          ///< Orders that it was given.
  InvocationKey invocation;  ///< Of the last order; none: not yet, or the way back waits for its order.
  InvokeId invoke_id;        ///< Of it.
  SystemTime changed{};
  std::int64_t restarts = 0;       ///< Of its agent, since it was updated.
  std::int64_t memory_before = 0;  ///< Bytes of its agent when it was ordered; 0: not told.
};
inline constexpr std::size_t kMaxRolloutText = 512;

/// The place of a machine: a hash, stable in a rollout and another one in the next. From 1 on.
[[nodiscard]] std::int64_t RolloutTurn(const RolloutId& rollout, const InstanceId& machine) noexcept;

/// Machines by their states.
struct RolloutCounts {
  std::array<std::int64_t, kMachineRolloutCount + 1> by_state{};
  [[nodiscard]] std::int64_t of(MachineRollout state) const noexcept {
    return by_state[static_cast<std::size_t>(state)];
  }
  [[nodiscard]] std::int64_t& of(MachineRollout state) noexcept { return by_state[static_cast<std::size_t>(state)]; }
  [[nodiscard]] std::int64_t total() const noexcept;
};

/// What AgentUpgradeConfig says now.
enum class UpgradeWindow : std::uint8_t { kOpen, kClosed, kDisabled };
struct UpgradePolicy {
  bool disabled = false;
  bool windowed = false;             ///< `Enabled`
  std::vector<std::string> windows;  ///< `HH:mm-HH:mm`; one that is not of that form is nobody's.
};
/// `minute`: of the local day, 0 to 1439. The first minute of a window belongs to it, the last does not; one that ends
/// where it begins is the whole day.
[[nodiscard]] UpgradeWindow WindowAt(const UpgradePolicy& policy, int minute);

struct RolloutFacts {
  SystemTime now{};
  UpgradeWindow window = UpgradeWindow::kOpen;
  RolloutCounts all;
  RolloutCounts wave;  ///< Machines that were ordered in the open wave.
  bool ready = false;  ///< A machine that waits is connected.
};
struct RolloutStep {
  enum class Kind : std::uint8_t {
    kNone,
    kOrder,      ///< At most `room` machines.
    kBeginWait,  ///< The gate is judged after `wait`.
    kJudge,      ///< The wait is over: PassesGate() decides.
    kNextWave,   ///< Nothing is left to judge.
    kTrail,
    kSkipWaiting,  ///< The time of the late ones is over.
    kFinish,       ///< kRolledBack when it is rolling back, else kFinished.
    kPause,        ///< The gate cannot be passed any more.
  };
  Kind kind = Kind::kNone;
  RolloutWait waiting_for = RolloutWait::kNothing;
  std::int64_t room = 0;
  friend bool operator==(const RolloutStep&, const RolloutStep&) = default;
};
[[nodiscard]] RolloutStep NextStep(const Rollout& rollout, const RolloutFacts& facts);

/// Machines that have or had an order when wave number `wave` is full. `eligible`: all but the skipped ones.
[[nodiscard]] std::int64_t WaveGoal(const RolloutTerms& terms, int wave, std::int64_t eligible) noexcept;
/// `members` of the wave, of which so many are healthy. A wave without members passes.
[[nodiscard]] bool PassesGate(const RolloutTerms& terms, std::int64_t healthy, std::int64_t members) noexcept;

struct MachineHealth {
  bool updated = false;
  bool there = false;  ///< Connected, or heard of lately.
  std::int64_t restarts = 0;
  std::int64_t memory_before = 0;
  std::int64_t memory_after = 0;
};
/// Empty: it is healthy. Else why not, for people.
[[nodiscard]] std::string_view WhyUnhealthy(const RolloutTerms& terms, const MachineHealth& health) noexcept;

/// What became of an order, by its task and by what the machine shows.
struct OrderFacts {
  TaskState state = TaskState::kPending;
  Outcome outcome = Outcome::kNone;
  Delivery delivery = Delivery::kNotDelivered;
  ErrorCode error = ErrorCode::kNone;
  std::string_view refusal;  ///< The word of its exit code; empty: none.
  bool shows = false;        ///< It is connected, with the version that it should have.
  SystemTime closed{};       ///< When the task became final, by the server's clock.
  SystemTime now{};
};
struct OrderOutcome {
  enum class Kind : std::uint8_t {
    kOpen,        ///< Nothing is known yet.
    kDone,        ///< It succeeded, and the machine shows it.
    kFailed,      ///< `reason`
    kNotReached,  ///< It surely never went out: it may be given again.
  };
  Kind kind = Kind::kOpen;
  std::string_view reason = {};
  friend bool operator==(const OrderOutcome&, const OrderOutcome&) = default;
};
/// How long after its task a machine may take to show its version.
inline constexpr std::chrono::minutes kShowsWithin{5};
[[nodiscard]] OrderOutcome JudgeOrder(const OrderFacts& facts);
/// A failure that what comes later may still prove wrong.
[[nodiscard]] bool MayHeal(std::string_view reason) noexcept;

}  // namespace assist::server::model

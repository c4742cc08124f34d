#include "server/model/rollout.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

namespace assist::server::model {
namespace {

constexpr std::pair<RolloutState, std::string_view> kStates[] = {
    {RolloutState::kPreparing, "Preparing"},     {RolloutState::kRunning, "Running"},
    {RolloutState::kTrailing, "Trailing"},       {RolloutState::kPaused, "Paused"},
    {RolloutState::kRollingBack, "RollingBack"}, {RolloutState::kRolledBack, "RolledBack"},
    {RolloutState::kFinished, "Finished"},       {RolloutState::kEnded, "Ended"},
};
constexpr std::pair<MachineRollout, std::string_view> kMachineStates[] = {
    {MachineRollout::kWaiting, "Waiting"},
    {MachineRollout::kOrdered, "Ordered"},
    {MachineRollout::kUpdated, "Updated"},
    {MachineRollout::kFailed, "Failed"},
    {MachineRollout::kRollingBack, "RollingBack"},
    {MachineRollout::kRolledBack, "RolledBack"},
    {MachineRollout::kRollbackFailed, "RollbackFailed"},
    {MachineRollout::kSkipped, "Skipped"},
};

template <class Table, class Value>
std::string_view NameIn(const Table& table, Value value) noexcept {
  for (const auto& [known, name] : table) {
    if (known == value) return name;
  }
  return "";
}
template <class Value, std::size_t kSize>
std::optional<Value> ParseIn(const std::pair<Value, std::string_view> (&table)[kSize], std::string_view word) noexcept {
  for (const auto& [value, name] : table) {
    if (name == word) return value;
  }
  return std::nullopt;
}

/// Two digits and two digits, as minutes of a day; 24:00 is its end.
std::optional<int> ReadMinute(std::string_view text) noexcept {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const std::size_t i : {0U, 1U, 3U, 4U}) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
  }
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (minute > 59 || hour > 24 || (hour == 24 && minute > 0)) return std::nullopt;
  return hour * 60 + minute;
}

bool IsInside(std::string_view window, int minute) noexcept {
  if (window.size() != 11 || window[5] != '-') return false;
  const std::optional<int> begin = ReadMinute(window.substr(0, 5));
  const std::optional<int> end = ReadMinute(window.substr(6));
  if (!begin || !end) return false;
  if (*begin == *end) return true;
  if (*begin < *end) return minute >= *begin && minute < *end;
  return minute >= *begin || minute < *end;
}

using Kind = RolloutStep::Kind;

constexpr std::int64_t kTrailFailures = 3;

RolloutStep Order(const RolloutFacts& facts, std::int64_t room) {
  switch (facts.window) {
    case UpgradeWindow::kDisabled:
      return {Kind::kNone, RolloutWait::kDisabled};
    case UpgradeWindow::kClosed:
      return {Kind::kNone, RolloutWait::kWindow};
    case UpgradeWindow::kOpen:
      break;
  }
  if (facts.ready) return {Kind::kOrder, RolloutWait::kResults, room};
  return {Kind::kNone, RolloutWait::kMachines};
}

RolloutStep NextOfRunning(const Rollout& rollout, const RolloutFacts& facts) {
  const RolloutTerms& terms = rollout.terms;
  const std::int64_t waiting = facts.all.of(MachineRollout::kWaiting);
  const std::int64_t eligible = facts.all.total() - facts.all.of(MachineRollout::kSkipped);
  const std::int64_t room = std::min(WaveGoal(terms, rollout.wave, eligible) - (eligible - waiting), waiting);
  const std::int64_t members = facts.wave.total();
  const std::int64_t open = facts.wave.of(MachineRollout::kOrdered);
  const RolloutStep on{rollout.last_wave() ? (waiting > 0 || terms.follow ? Kind::kTrail : Kind::kFinish)
                                           : Kind::kNextWave};
  if (rollout.wave_ended) return on;
  if (rollout.wait_until) {
    if (facts.now < *rollout.wait_until) return {Kind::kNone, RolloutWait::kWait};
    return {Kind::kJudge, RolloutWait::kWait};
  }
  // Lost already: what is still to come cannot make it good.
  const std::int64_t size = members + std::max<std::int64_t>(room, 0);
  const std::int64_t good = facts.wave.of(MachineRollout::kUpdated) + open + std::max<std::int64_t>(room, 0);
  if (members > 0 && !PassesGate(terms, good, size)) return {Kind::kPause};
  if (room > 0) {
    const RolloutStep order = Order(facts, room);
    // Nobody is there to fill the wave: it is as full as it can be. One that is closed may be filled later.
    const bool full = order.waiting_for == RolloutWait::kMachines && (members > 0 || rollout.last_wave());
    if (!full) {
      const bool results = open > 0 && order.waiting_for == RolloutWait::kMachines;
      return results ? RolloutStep{Kind::kNone, RolloutWait::kResults} : order;
    }
  }
  if (members == 0) return on;
  if (open > 0) return {Kind::kNone, RolloutWait::kResults};
  return {Kind::kBeginWait, RolloutWait::kWait};
}

RolloutStep NextOfTrailing(const Rollout& rollout, const RolloutFacts& facts) {
  const std::int64_t waiting = facts.all.of(MachineRollout::kWaiting);
  const bool open = facts.all.of(MachineRollout::kOrdered) > 0;
  // Those that come after the waves are a wave of their own. Three, so that one odd machine does not stop it.
  const std::int64_t failed = facts.wave.of(MachineRollout::kFailed);
  const std::int64_t settled = facts.wave.total() - facts.wave.of(MachineRollout::kOrdered);
  if (failed >= kTrailFailures && !PassesGate(rollout.terms, facts.wave.of(MachineRollout::kUpdated), settled)) {
    return {Kind::kPause};
  }
  const std::chrono::seconds trail = rollout.terms.trail;
  const bool over =
      trail >= std::chrono::seconds(0) && rollout.trailing_since && facts.now >= *rollout.trailing_since + trail;
  if (over && waiting > 0) return {Kind::kSkipWaiting};
  if (waiting == 0 && !open && (over || !rollout.terms.follow)) return {Kind::kFinish};
  if (waiting == 0) return {Kind::kNone, open ? RolloutWait::kResults : RolloutWait::kMachines};
  return Order(facts, waiting);
}

}  // namespace

std::string_view Name(RolloutState state) noexcept { return NameIn(kStates, state); }
std::optional<RolloutState> ParseRolloutState(std::string_view word) noexcept { return ParseIn(kStates, word); }
std::string_view Name(MachineRollout state) noexcept { return NameIn(kMachineStates, state); }
std::optional<MachineRollout> ParseMachineRollout(std::string_view word) noexcept {
  return ParseIn(kMachineStates, word);
}

std::string_view Name(RolloutReason reason) noexcept {
  switch (reason) {
    case RolloutReason::kNone:
      return "";
    case RolloutReason::kOperator:
      return "Operator";
    case RolloutReason::kGate:
      return "Gate";
    case RolloutReason::kSuperseded:
      return "Superseded";
  }
  return "";
}

std::string_view Name(RolloutWait wait) noexcept {
  switch (wait) {
    case RolloutWait::kNothing:
      return "";
    case RolloutWait::kMachines:
      return "Machines";
    case RolloutWait::kResults:
      return "Results";
    case RolloutWait::kWait:
      return "Wait";
    case RolloutWait::kWindow:
      return "Window";
    case RolloutWait::kDisabled:
      return "Disabled";
  }
  return "";
}

std::optional<std::vector<int>> ParseWaves(std::string_view text) {
  std::vector<int> waves;
  while (waves.size() < kMostWaves) {
    const std::size_t comma = text.find(',');
    std::string_view item = text.substr(0, comma);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (item.ends_with('%')) item.remove_suffix(1);
    int percent = 0;
    const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), percent);
    if (error != std::errc() || end != item.data() + item.size()) return std::nullopt;
    if (percent <= (waves.empty() ? 0 : waves.back()) || percent > 100) return std::nullopt;
    waves.push_back(percent);
    if (comma == std::string_view::npos) return percent == 100 ? std::optional(std::move(waves)) : std::nullopt;
    text.remove_prefix(comma + 1);
  }
  return std::nullopt;
}

std::string FormatWaves(const std::vector<int>& waves) {
  std::string out;
  for (const int percent : waves) out += (out.empty() ? "" : ",") + std::to_string(percent);
  return out;
}

std::int64_t RolloutTurn(const RolloutId& rollout, const InstanceId& machine) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a, then the last step of splitmix64 to spread it
  const auto add = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    hash = (hash ^ 0xffU) * 0x100000001b3ULL;
  };
  add(rollout.str());
  add(machine.str());
  hash = (hash ^ (hash >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  hash = (hash ^ (hash >> 27U)) * 0x94d049bb133111ebULL;
  hash ^= hash >> 31U;
  return static_cast<std::int64_t>(hash >> 2U) + 1;
}

std::int64_t RolloutCounts::total() const noexcept {
  return std::accumulate(by_state.begin(), by_state.end(), std::int64_t{0});
}

UpgradeWindow WindowAt(const UpgradePolicy& policy, int minute) {
  if (policy.disabled) return UpgradeWindow::kDisabled;
  if (!policy.windowed) return UpgradeWindow::kOpen;
  const bool inside = std::any_of(policy.windows.begin(), policy.windows.end(),
                                  [minute](const std::string& window) { return IsInside(window, minute); });
  return inside ? UpgradeWindow::kOpen : UpgradeWindow::kClosed;
}

std::int64_t WaveGoal(const RolloutTerms& terms, int wave, std::int64_t eligible) noexcept {
  if (eligible <= 0) return 0;
  const auto index = static_cast<std::size_t>(std::max(wave, 1) - 1);
  const std::int64_t percent = index < terms.waves.size() ? terms.waves[index] : 100;
  return std::max<std::int64_t>((eligible * percent + 99) / 100, 1);
}

bool PassesGate(const RolloutTerms& terms, std::int64_t healthy, std::int64_t members) noexcept {
  return members <= 0 || healthy * 100 >= members * terms.min_healthy;
}

RolloutStep NextStep(const Rollout& rollout, const RolloutFacts& facts) {
  switch (rollout.state) {
    case RolloutState::kRunning:
      return NextOfRunning(rollout, facts);
    case RolloutState::kTrailing:
      return NextOfTrailing(rollout, facts);
    case RolloutState::kRollingBack: {
      const auto some = [&facts](MachineRollout state) { return facts.all.of(state) > 0; };
      if (some(MachineRollout::kOrdered)) return {Kind::kNone, RolloutWait::kResults};
      if (!some(MachineRollout::kUpdated) && !some(MachineRollout::kRollingBack)) return {Kind::kFinish};
      return {Kind::kNone, RolloutWait::kMachines};
    }
    case RolloutState::kPreparing:
    case RolloutState::kPaused:
    case RolloutState::kRolledBack:
    case RolloutState::kFinished:
    case RolloutState::kEnded:
      return {};
  }
  return {};
}

std::string_view WhyUnhealthy(const RolloutTerms& terms, const MachineHealth& health) noexcept {
  if (!health.updated) return "was not updated";
  if (!health.there) return "is not there";
  if (health.restarts > terms.max_restarts) return "its agent started too often";
  if (terms.max_memory > 0 && health.memory_before > 0 && health.memory_after > 0 &&
      health.memory_after * 100 > health.memory_before * terms.max_memory) {
    return "its agent uses too much memory";
  }
  return {};
}

OrderOutcome JudgeOrder(const OrderFacts& facts) {
  using Fate = OrderOutcome::Kind;
  if (!IsFinal(facts.state)) return {};
  const bool went_out = facts.delivery != Delivery::kNotDelivered;
  if (facts.error == ErrorCode::kClientNeedUpgrade) return {Fate::kFailed, rollout_reason::kNotSupported};
  switch (facts.state) {
    case TaskState::kSuccess:
      if (facts.shows) return {Fate::kDone};
      if (facts.now < facts.closed + kShowsWithin) return {};
      return {Fate::kFailed, rollout_reason::kNotSeen};
    case TaskState::kFailed:
      return {Fate::kFailed, facts.refusal.empty() ? rollout_reason::kExitCode : facts.refusal};
    case TaskState::kTimeout:
      return {Fate::kFailed, rollout_reason::kTimedOut};
    case TaskState::kAborted:
      return went_out ? OrderOutcome{Fate::kFailed, rollout_reason::kUnknown} : OrderOutcome{Fate::kNotReached};
    case TaskState::kCancelled:
    case TaskState::kTerminated:
      return {Fate::kFailed, rollout_reason::kStopped};
    case TaskState::kInvalid:
    case TaskState::kError:
      break;
    case TaskState::kPending:
    case TaskState::kScheduled:
    case TaskState::kRunning:
    case TaskState::kStopping:
      return {};
  }
  return {Fate::kFailed, facts.outcome == Outcome::kFinal ? rollout_reason::kNotStarted : rollout_reason::kUnknown};
}

bool MayHeal(std::string_view reason) noexcept {
  return reason == rollout_reason::kUnknown || reason == rollout_reason::kNotSeen;
}

}  // namespace assist::server::model

#include <algorithm>
#include <utility>

#include "sim/checker/checkers.h"

namespace assist::sim::checker {
namespace {

struct Occurrences {
  const ScheduleMade* made = nullptr;
  std::map<std::int64_t, int> starts;
  std::map<std::int64_t, OccurrenceTold> told;  ///< By their first number; what is known.
  std::vector<OccurrenceTold> unknown;
};

/// Of a run whose record was damaged.
constexpr SystemTime kNoDue{};

std::string At(SystemTime time) { return FormatIso8601Millis(time); }

class Walk {
 public:
  Walk(const std::string& id, const Occurrences& all, bool damaged, Breaches& breaches)
      : id_(id), all_(all), damaged_(damaged), breaches_(breaches), expected_(all.made->base + all.made->period) {}

  void Go() {
    CheckStartedOnce();
    for (auto at = all_.told.begin(); at != all_.told.end();) {
      const auto& [number, told] = *at;
      if (number == next_) {
        if (!TakeTold(told)) return;
        ++at;
      } else if (number < next_ || !TakeUnknown(number)) {
        return Breach("number " + std::to_string(next_) + " is missing or has two meanings");
      }
    }
    while (TakeUnknown(next_ + 1)) {
    }
    CheckStartedAreTold();
  }

 private:
  void Breach(const std::string& what) { breaches_.push_back(id_ + ": " + what); }

  void CheckStartedOnce() {
    for (const auto& [number, count] : all_.starts) {
      if (count > 1) Breach("run " + std::to_string(number) + " was started " + std::to_string(count) + " times");
    }
  }

  bool TakeTold(const OccurrenceTold& told) {
    const auto period = all_.made->period;
    next_ = told.number + told.count;
    if (told.due == kNoDue && damaged_) {
      one_hidden_ = true;
      return true;
    }
    if (std::exchange(one_hidden_, false) && told.due == expected_ + period) expected_ = told.due;
    const bool made_up = !told.missed && all_.made->makes_up && told.due + period == expected_;
    if (made_up) return true;
    const bool within = unknown_until_ && told.due >= expected_ && told.due <= *unknown_until_ &&
                        (told.due - expected_) % period == std::chrono::microseconds(0);
    if (told.due != expected_ && !within) {
      Breach("after " + At(expected_ - period) + " came " + At(told.due) + ", number " + std::to_string(told.number));
      return false;
    }
    if (told.last_due != told.due + period * (told.count - 1)) {
      Breach("a range of " + std::to_string(told.count) + " from " + At(told.due) + " to " + At(told.last_due));
      return false;
    }
    expected_ = told.last_due + period;
    return true;
  }

  /// Number next_ is one of those of which nothing is known; goes on behind them, or at `number`, which is told.
  bool TakeUnknown(std::int64_t number) {
    const OccurrenceTold* widest = nullptr;
    for (const OccurrenceTold& range : all_.unknown) {
      const bool holds = range.number <= next_ && next_ < range.number + range.count;
      if (holds && (widest == nullptr || range.last_due > widest->last_due)) widest = &range;
    }
    if (widest == nullptr) return false;
    const std::int64_t end = widest->number + widest->count;
    if (number < end && all_.told.contains(number)) {
      next_ = number;
      unknown_until_ = widest->last_due;
      return true;
    }
    next_ = end;
    unknown_until_.reset();
    // It ends at a time that may not be a due time: when none is known to have passed.
    const auto passed = (widest->last_due - all_.made->base) / all_.made->period;
    expected_ = std::max(expected_, all_.made->base + all_.made->period * (passed + 1));
    return true;
  }

  void CheckStartedAreTold() {
    for (const auto& [number, count] : all_.starts) {
      if (number >= next_) Breach("run " + std::to_string(number) + " was never told");
      const auto behind = all_.told.upper_bound(number);
      if (behind == all_.told.begin()) continue;
      const OccurrenceTold& range = std::prev(behind)->second;
      if (range.missed && number < range.number + range.count) {
        Breach("run " + std::to_string(number) + " is told as missed");
      }
    }
    for (const auto& [number, told] : all_.told) {
      if (told.ran && !all_.starts.contains(number)) Breach("run " + std::to_string(number) + " never was");
    }
  }

  const std::string& id_;
  const Occurrences& all_;
  const bool damaged_;  ///< The journal was, at some time.
  Breaches& breaches_;
  std::int64_t next_ = 1;
  SystemTime expected_;
  /// Up to here due times may have passed of which nothing is known.
  std::optional<SystemTime> unknown_until_;
  bool one_hidden_ = false;  ///< The one before may have taken a due time.
};

/// Damage needs a fault of the disk, and a crash after it: else nothing may be given up. True: there may have been
/// some.
bool CheckGivenUp(const History& history, Breaches& breaches) {
  bool trouble = false;
  bool damaged = false;
  for (const Fact& fact : history) {
    if (std::holds_alternative<AgentDiskTrouble>(fact.what)) trouble = true;
    if (std::holds_alternative<AgentCrash>(fact.what)) damaged = damaged || trouble;
    const auto* told = std::get_if<OccurrenceTold>(&fact.what);
    if (told != nullptr && told->unknown && !damaged) {
      breaches.push_back(told->schedule + ": number " + std::to_string(told->number) + " is given up without a cause");
    }
  }
  return damaged;
}

}  // namespace

Breaches CheckOccurrences(const History& history) {
  Breaches breaches;
  std::map<std::string, Occurrences> schedules;
  for (const auto* made : All<ScheduleMade>(history)) schedules[made->schedule].made = made;
  for (const auto* start : All<RunStarted>(history)) ++schedules[start->schedule].starts[start->number];
  for (const auto* told : All<OccurrenceTold>(history)) {
    if (told->unknown) {
      schedules[told->schedule].unknown.push_back(*told);
      continue;
    }
    const auto [known, fresh] = schedules[told->schedule].told.try_emplace(told->number, *told);
    OccurrenceTold& first = known->second;
    if (first.due == kNoDue) {
      first.due = told->due;
      first.last_due = told->last_due;
    }
    // A range may have grown while its beginning was on its way.
    if (first.missed && told->missed && first.due == told->due && told->count > first.count) first = *told;
    const bool same_due = told->due == kNoDue || first.due == told->due;
    if (!fresh && (first.count < told->count || !same_due || first.missed != told->missed)) {
      breaches.push_back(told->schedule + ": number " + std::to_string(told->number) + " is told in two ways");
    }
    first.ran = first.ran || told->ran;
  }
  const bool damaged = CheckGivenUp(history, breaches);
  for (const auto& [id, all] : schedules) {
    if (all.made == nullptr) {
      breaches.push_back(id + ": nobody made it");
    } else if (all.starts.empty() || !all.told.empty() || !all.unknown.empty()) {
      Walk(id, all, damaged, breaches).Go();
    } else {
      breaches.push_back(id + ": it ran, and nothing of it was told");
    }
  }
  return breaches;
}

}  // namespace assist::sim::checker

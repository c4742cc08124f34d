#include <algorithm>

#include "sim/checker/checkers.h"

namespace assist::sim::checker {
namespace {

struct Occurrences {
  const ScheduleMade* made = nullptr;
  std::map<std::int64_t, int> starts;
  std::map<std::int64_t, OccurrenceTold> told;  ///< By their first number.
};

std::string At(SystemTime time) { return FormatIso8601Millis(time); }

void CheckOne(const std::string& id, const Occurrences& all, Breaches& breaches) {
  const auto breach = [&](const std::string& what) { breaches.push_back(id + ": " + what); };
  for (const auto& [number, count] : all.starts) {
    if (count > 1) breach("run " + std::to_string(number) + " was started " + std::to_string(count) + " times");
  }
  std::int64_t next = 1;
  SystemTime expected = all.made->base + all.made->period;
  for (const auto& [number, told] : all.told) {
    if (number != next) return breach("number " + std::to_string(next) + " is missing or has two meanings");
    next = number + told.count;
    const bool made_up = !told.missed && all.made->makes_up && told.due + all.made->period == expected;
    if (made_up) continue;
    if (told.due != expected) {
      return breach("after " + At(expected - all.made->period) + " came " + At(told.due) + ", number " +
                    std::to_string(number));
    }
    if (told.last_due != told.due + all.made->period * (told.count - 1)) {
      return breach("a range of " + std::to_string(told.count) + " from " + At(told.due) + " to " + At(told.last_due));
    }
    expected = told.last_due + all.made->period;
  }
  for (const auto& [number, count] : all.starts) {
    if (number >= next) breach("run " + std::to_string(number) + " was never told");
    const auto range = std::prev(all.told.upper_bound(number));
    if (range->second.missed) breach("run " + std::to_string(number) + " is told as missed");
  }
  for (const auto& [number, told] : all.told) {
    if (told.ran && !all.starts.contains(number)) breach("run " + std::to_string(number) + " never was");
  }
}

}  // namespace

Breaches CheckOccurrences(const History& history) {
  Breaches breaches;
  std::map<std::string, Occurrences> schedules;
  for (const auto* made : All<ScheduleMade>(history)) schedules[made->schedule].made = made;
  for (const auto* start : All<RunStarted>(history)) ++schedules[start->schedule].starts[start->number];
  for (const auto* told : All<OccurrenceTold>(history)) {
    const auto [known, fresh] = schedules[told->schedule].told.try_emplace(told->number, *told);
    OccurrenceTold& first = known->second;
    if (!fresh && (first.count != told->count || first.due != told->due || first.missed != told->missed)) {
      breaches.push_back(told->schedule + ": number " + std::to_string(told->number) + " is told in two ways");
    }
    first.ran = first.ran || told->ran;
  }
  for (const auto& [id, all] : schedules) {
    if (all.made == nullptr) {
      breaches.push_back(id + ": nobody made it");
    } else if (all.starts.empty() || !all.told.empty()) {
      CheckOne(id, all, breaches);
    } else {
      breaches.push_back(id + ": it ran, and nothing of it was told");
    }
  }
  return breaches;
}

}  // namespace assist::sim::checker

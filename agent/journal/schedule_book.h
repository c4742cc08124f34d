// The schedules that the journal's records tell of, in memory, and where their entries lie in the file. Inside of
// journal. Pure; one executor.
//
// An entry stands twice in the file, so that one damaged place does not take a schedule away; it stays for as long as
// a live run needs it, also when its schedule has another version by now or is forgotten.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/journal/records.h"
#include "agent/journal/schedules.h"

namespace assist::agent::journal {

/// Where a kSchedule record lies, twice; offset 0: it does not.
struct Definition {
  std::int64_t version = 0;
  std::uint64_t offset = 0;
  std::uint64_t copy = 0;
  std::uint64_t size = 0;  ///< Of one of them.
  std::uint32_t runs = 0;  ///< Live ones that need it.
  bool lost = false;       ///< It could not be copied from an older file.

  [[nodiscard]] std::uint64_t bytes() const noexcept { return (offset > 0 ? size : 0) + (copy > 0 ? size : 0); }
};

class ScheduleBook {
 public:
  struct Scheduled {
    StandingSchedule standing;
    bool stands = false;  ///< Else only definitions for live runs are left.
    std::vector<Definition> definitions;
    std::vector<MissedRange> gaps;  ///< Only while loading: numbers that no record has told of.
  };
  using Map = std::map<std::string, Scheduled, std::less<>>;

  /// kSchedule, kOccurrence, kMissed, kStanding or kTold.
  void Apply(const Record& record, std::uint64_t offset, std::uint64_t size);
  /// A live run was added, or has gone.
  void AddRun(const std::string& schedule, std::int64_t version);
  void DropRun(const std::string& schedule, std::int64_t version);
  /// The server has its end. False: no such schedule stands.
  bool Forget(const std::string& id);
  /// After reading a file: definitions that no run needs go. `damaged`: what is left is uncertain, and numbers that
  /// were passed over are missed ones (kLostByDamage).
  void FinishLoading(bool damaged);

  [[nodiscard]] const StandingSchedule* Find(std::string_view id) const;
  [[nodiscard]] const Definition* FindDefinition(const std::string& id, std::int64_t version) const;
  [[nodiscard]] const Map& map() const noexcept { return map_; }
  [[nodiscard]] std::size_t standing() const noexcept { return standing_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  /// After everything was written anew: where it lies now, in the order of map().
  void Replace(Map map);

 private:
  void TakeSchedule(const Record& record, std::uint64_t offset, std::uint64_t size);
  void NoteGap(Scheduled& scheduled, std::int64_t from, std::int64_t to, SystemTime last_due) const;
  /// Definitions that nobody needs go, and the whole when nothing is left.
  void Tidy(Map::iterator at);

  Map map_;
  std::size_t standing_ = 0;
  std::uint64_t bytes_ = 0;  ///< Of the file, for all definitions.
  bool loading_ = true;
};

}  // namespace assist::agent::journal

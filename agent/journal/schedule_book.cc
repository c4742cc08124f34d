#include "agent/journal/schedule_book.h"

#include <algorithm>
#include <utility>

namespace assist::agent::journal {
namespace {

constexpr char kRunMark = '@';

/// More are not kept apart: what the last ones tell becomes one.
constexpr std::size_t kMaxMissed = 1000;

void AddMissed(std::vector<MissedRange>& missed, const MissedRange& range, bool merge) {
  if (!missed.empty() && missed.back().number < range.number) {
    MissedRange& last = missed.back();
    const bool follows = last.number + last.count == range.number && last.reason == range.reason;
    if ((merge && follows) || missed.size() > kMaxMissed) {
      last.count = range.number + range.count - last.number;
      last.last_due = std::max(last.last_due, range.last_due);
      return;
    }
  }
  // One that was queued has a number below those of others.
  const auto behind =
      std::find_if(missed.begin(), missed.end(), [&](const MissedRange& other) { return other.number > range.number; });
  if (behind != missed.begin() && std::prev(behind)->number == range.number) return;  // a copy
  missed.insert(behind, range);
}

/// [from, to) is told of after all.
void FillGaps(std::vector<MissedRange>& gaps, std::int64_t from, std::int64_t to) {
  std::vector<MissedRange> left;
  for (const MissedRange& gap : gaps) {
    const std::int64_t end = gap.number + gap.count;
    MissedRange before = gap;
    before.count = std::min(end, from) - gap.number;
    if (before.count > 0) left.push_back(before);
    MissedRange behind = gap;
    behind.number = std::max(gap.number, to);
    behind.count = end - behind.number;
    if (behind.count > 0) left.push_back(behind);
  }
  gaps = std::move(left);
}

}  // namespace

std::string RunId(std::string_view schedule, std::int64_t number) {
  return std::string(schedule) + kRunMark + std::to_string(number);
}

std::optional<RunName> ParseRunId(std::string_view id) {
  const std::size_t mark = id.rfind(kRunMark);
  if (mark == std::string_view::npos || mark == 0 || id.size() - mark > 19 || id.size() - mark < 2) return std::nullopt;
  RunName name;
  name.schedule = id.substr(0, mark);
  for (const char c : id.substr(mark + 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    name.number = name.number * 10 + (c - '0');
  }
  return name;
}

void ScheduleBook::TakeSchedule(const Record& record, std::uint64_t offset, std::uint64_t size) {
  Scheduled& scheduled = map_[record.id];
  StandingSchedule& standing = scheduled.standing;
  standing.id = record.id;
  auto known = std::find_if(scheduled.definitions.begin(), scheduled.definitions.end(),
                            [&](const Definition& definition) { return definition.version == record.version; });
  if (known != scheduled.definitions.end()) {
    // Its copy: it says the same.
    if (known->copy == 0 && known->size == size) {
      known->copy = offset;
      bytes_ += size;
    }
  } else {
    Definition definition;
    definition.version = record.version;
    definition.offset = offset;
    definition.size = size;
    definition.lost = record.entry_lost;
    bytes_ += definition.bytes();
    scheduled.definitions.push_back(definition);
  }
  if (record.definition_only || (scheduled.stands && record.version <= standing.version)) return;
  const bool fresh = !scheduled.stands;
  const std::int64_t next = fresh ? 1 : standing.state.next_number;
  const SystemTime accounted = fresh ? SystemTime{} : standing.state.accounted;
  standing.version = record.version;
  standing.delivery = record.delivery;
  standing.told = false;
  standing.state = record.state;
  standing.state.next_number = std::max(next, record.state.next_number);
  standing.state.accounted = std::max(accounted, standing.state.accounted);
  if (!std::exchange(scheduled.stands, true)) ++standing_;
  Tidy(map_.find(record.id));
}

void ScheduleBook::NoteGap(Scheduled& scheduled, std::int64_t from, std::int64_t to, SystemTime last_due) const {
  if (!loading_ || from >= to) return;
  MissedRange gap;
  gap.number = from;
  gap.count = to - from;
  gap.due = scheduled.standing.state.last_due;
  gap.last_due = std::max(gap.due, last_due);
  gap.reason = kLostByDamage;
  scheduled.gaps.push_back(gap);
}

void ScheduleBook::Apply(const Record& record, std::uint64_t offset, std::uint64_t size) {
  if (record.type == RecordType::kSchedule) return TakeSchedule(record, offset, size);
  const auto found = map_.find(record.id);
  if (found == map_.end() || !found->second.stands) return;
  Scheduled& scheduled = found->second;
  StandingSchedule& standing = scheduled.standing;
  ScheduleState& state = standing.state;
  constexpr std::chrono::microseconds kBefore{1};
  const auto account = [&](std::int64_t number, std::int64_t count, SystemTime last_due) {
    NoteGap(scheduled, state.next_number, number, record.range.due - kBefore);
    if (number == state.queued) {
      state.queued = 0;
      state.queued_due = {};
    }
    if (number < state.next_number) {  // the queued one, or said again by a snapshot
      if (loading_) FillGaps(scheduled.gaps, number, number + count);
      return;
    }
    state.next_number = number + count;
    state.last_due = last_due;
    state.accounted = std::max(state.accounted, last_due);
  };
  switch (record.type) {
    case RecordType::kOccurrence:
      account(record.range.number, 1, record.range.due);
      if (!record.seen_boot.empty()) state.boot_id = record.seen_boot;
      return;
    case RecordType::kMissed:
      account(record.range.number, record.range.count, record.range.last_due);
      if (record.owed) AddMissed(standing.missed, record.range, record.merge);
      return;
    case RecordType::kStanding: {
      const std::int64_t queued = record.state.queued;
      const bool takes_one = queued >= state.next_number;
      if (takes_one) {
        NoteGap(scheduled, state.next_number, queued, record.state.queued_due - kBefore);
        NoteGap(scheduled, queued + 1, record.state.next_number, record.state.last_due);
      } else {
        NoteGap(scheduled, state.next_number, record.state.next_number, record.state.last_due);
      }
      state = record.state;
      return;
    }
    case RecordType::kTold: {
      if (record.version == standing.version) standing.told = true;
      const std::int64_t end = record.range.number + record.range.count;
      std::erase_if(standing.missed, [&](const MissedRange& range) {
        return range.number >= record.range.number && range.number + range.count <= end;
      });
      if (standing.missed.empty()) standing.missed.shrink_to_fit();
      return;
    }
    default:
      return;
  }
}

void ScheduleBook::AddRun(const std::string& schedule, std::int64_t version) {
  const auto found = map_.find(schedule);
  if (found == map_.end()) return;
  for (Definition& definition : found->second.definitions) {
    if (definition.version == version) ++definition.runs;
  }
}

void ScheduleBook::DropRun(const std::string& schedule, std::int64_t version) {
  const auto found = map_.find(schedule);
  if (found == map_.end()) return;
  for (Definition& definition : found->second.definitions) {
    if (definition.version == version && definition.runs > 0) --definition.runs;
  }
  Tidy(found);
}

bool ScheduleBook::Forget(const std::string& id) {
  const auto found = map_.find(id);
  if (found == map_.end() || !std::exchange(found->second.stands, false)) return false;
  --standing_;
  found->second.standing.missed.clear();
  Tidy(found);
  return true;
}

void ScheduleBook::Tidy(Map::iterator at) {
  if (loading_) return;  // runs that need them may follow
  Scheduled& scheduled = at->second;
  const std::int64_t current = scheduled.stands ? scheduled.standing.version : -1;
  std::erase_if(scheduled.definitions, [&](const Definition& definition) {
    const bool needed = (scheduled.stands && definition.version == current) || definition.runs > 0;
    if (!needed) bytes_ -= definition.bytes();
    return !needed;
  });
  if (!scheduled.stands && scheduled.definitions.empty()) map_.erase(at);
}

void ScheduleBook::FinishLoading(bool damaged) {
  loading_ = false;
  for (auto at = map_.begin(); at != map_.end();) {
    Scheduled& scheduled = at->second;
    if (damaged) {
      scheduled.standing.state.uncertain = true;
      for (const MissedRange& gap : scheduled.gaps) AddMissed(scheduled.standing.missed, gap, false);
    }
    scheduled.gaps = {};
    Tidy(at++);
  }
}

const StandingSchedule* ScheduleBook::Find(std::string_view id) const {
  const auto found = map_.find(id);
  return found == map_.end() || !found->second.stands ? nullptr : &found->second.standing;
}

const Definition* ScheduleBook::FindDefinition(const std::string& id, std::int64_t version) const {
  const auto found = map_.find(id);
  if (found == map_.end()) return nullptr;
  for (const Definition& definition : found->second.definitions) {
    if (definition.version == version) return &definition;
  }
  return nullptr;
}

void ScheduleBook::Replace(Map map) {
  map_ = std::move(map);
  bytes_ = 0;
  for (const auto& [id, scheduled] : map_) {
    for (const Definition& definition : scheduled.definitions) bytes_ += definition.bytes();
  }
}

}  // namespace assist::agent::journal

#include "server/control/describe_schedule_calendar.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "server/control/schedule_clock.h"
#include "server/store/read_tx.h"

namespace assist::server::control {
namespace {

constexpr std::int64_t kSlice = 2'000;
/// Schedules (one in one zone) that one call looks at.
constexpr std::size_t kMostGroups = 100'000;
constexpr std::int64_t kMachinesShown = 10;
constexpr std::chrono::microseconds kTick{1};

/// All schedules that are due at the same times.
struct Alike {
  store::ScheduleGroup example;
  std::size_t index = 0;  ///< Among all of them.
  std::int64_t machines = 0;
  std::int64_t occurrences = 0;  ///< Due times in the window.
  std::vector<SystemTime> next;
  std::vector<bool> due_in;  ///< Of each bucket, whether one of them lies in it.
};

class Calendar {
 public:
  Calendar(store::ReadTx& tx, const ReadContext& context, const DescribeScheduleCalendarIn& in)
      : tx_(tx), context_(context), in_(in) {}

  Result<DescribeScheduleCalendarOut> Run() {
    if (Status window = SetWindow(); !window) return Forward(window);
    store::ScheduleFilter filter;
    if (!SetFilter(filter)) return std::move(out_);
    Gather(filter);
    for (auto& [key, alike] : alike_) Evaluate(alike);
    CountSchedules();
    ShowRows();
    return std::move(out_);
  }

 private:
  Status SetWindow() {
    out_.from = in_.from.value_or(context_.now);
    out_.to = in_.to.value_or(out_.from + std::chrono::hours(24));
    out_.bucket = in_.bucket.value_or(std::chrono::seconds(3'600));
    if (out_.from < SystemTime{}) return Fail(Errc::kInvalid, "From is before 1970", "InvalidParam.From");
    if (out_.to <= out_.from || out_.to - out_.from > kLongestCalendar) {
      return Fail(Errc::kInvalid, "To is after From, by at most " + std::to_string(kLongestCalendar.count()) + " hours",
                  "InvalidParam.To");
    }
    const auto window = std::chrono::duration_cast<std::chrono::microseconds>(out_.to - out_.from);
    const std::chrono::microseconds width = out_.bucket;
    if (width < std::chrono::seconds(1) || width > kLongestCalendar ||
        (window + width - kTick) / width > kMostBuckets) {
      return Fail(Errc::kInvalid,
                  "Bucket is at least a second, and there are at most " + std::to_string(kMostBuckets) + " of them",
                  "InvalidParam.Bucket");
    }
    for (SystemTime begin = out_.from; begin < out_.to; begin += width) out_.buckets.push_back({begin, 0, 0});
    return {};
  }

  /// False: nothing can match.
  bool SetFilter(store::ScheduleFilter& filter) {
    filter.live = true;
    if (!in_.invocation.empty()) {
      const std::optional<model::Invocation> invocation = tx_.FindInvocation(in_.invocation);
      if (!invocation) return false;
      filter.invocation = invocation->key;
    }
    if (!in_.instance.empty()) {
      const std::optional<model::Machine> machine = tx_.FindMachine(in_.instance);
      if (!machine) return false;
      filter.machine = machine->key;
    }
    return true;
  }

  void Gather(const store::ScheduleFilter& filter) {
    store::ScheduleGroup after;
    for (;;) {
      std::vector<store::ScheduleGroup> slice = tx_.ScheduleGroups(filter, after, kSlice);
      for (store::ScheduleGroup& group : slice) {
        after = group;
        if (group.repeat_mode != model::RepeatMode::kPeriod) continue;
        if (!Add(std::move(group))) {
          out_.cut = true;
          return;
        }
      }
      if (slice.size() < static_cast<std::size_t>(kSlice)) return;
    }
  }

  /// False: there are too many.
  bool Add(store::ScheduleGroup group) {
    std::string told = group.zone;
    const std::optional<std::string>& own = OwnZone(group.cron);
    if (own) group.zone = *own;  // wherever the agents are
    if (own && !groups_.empty() && groups_.back().group.invocation == group.invocation) {
      Group& same = groups_.back();
      same.group.machines += group.machines;
      same.alike->machines += group.machines;
      same.told.push_back(std::move(told));
      return true;
    }
    if (groups_.size() == kMostGroups) return false;
    // Rates count from their creation, and nothing runs before it.
    const bool own_beat = group.cron.starts_with("rate(") || group.created >= out_.from;
    Key key{group.cron, group.zone, own_beat ? ToUnixMicros(group.created) : 0};
    const auto [at, fresh] = alike_.try_emplace(std::move(key));
    Alike& alike = at->second;
    if (fresh) {
      alike.example = group;
      alike.index = alike_.size() - 1;
      alike.due_in.resize(out_.buckets.size());
    }
    alike.machines += group.machines;
    groups_.push_back({std::move(group), std::vector<std::string>(1, std::move(told)), &alike});
    return true;
  }

  /// The zone that an expression names; empty text when it needs none (`rate`, `at`), nothing when it is evaluated
  /// where it runs.
  const std::optional<std::string>& OwnZone(const std::string& cron) {
    const auto [at, fresh] = own_zones_.try_emplace(cron);
    if (fresh) {
      const auto schedule = ScheduleOf(model::RepeatMode::kPeriod, cron, context_.now, "", context_);
      if (schedule && schedule->kind() != Schedule::Kind::kCron) at->second = "";
      if (schedule && schedule->names_zone()) at->second = schedule->zone()->name();
    }
    return at->second;
  }

  void Evaluate(Alike& alike) {
    const store::ScheduleGroup& group = alike.example;
    const auto schedule = ScheduleOf(group.repeat_mode, group.cron, group.created, group.zone, context_);
    if (!schedule) return;
    const SystemTime begin = std::max(out_.from - kTick, group.created);
    if (schedule->kind() == Schedule::Kind::kRate) return EvaluateRate(alike, *schedule, begin);
    SystemTime after = begin;
    for (auto due = schedule->Next(after); due && *due < out_.to; due = schedule->Next(after)) {
      if (++steps_ > context_.limits().calendar_steps) {
        out_.cut = true;
        return;
      }
      after = *due;
      if (alike.next.size() < kTimesShown) alike.next.push_back(after);
      ++alike.occurrences;
      const auto bucket = static_cast<std::size_t>((after - out_.from) / out_.bucket);
      out_.buckets[bucket].occurrences += alike.machines;
      alike.due_in[bucket] = true;
    }
  }

  /// Counted by arithmetic.
  void EvaluateRate(Alike& alike, const Schedule& schedule, SystemTime begin) {
    constexpr auto kAll = static_cast<std::uint64_t>(kLongestCalendar / std::chrono::seconds(1)) + 1;
    for (std::size_t i = 0; i < out_.buckets.size(); ++i) {
      CalendarBucket& bucket = out_.buckets[i];
      const SystemTime from = std::max(begin, bucket.begin - kTick);
      const SystemTime to = std::min(bucket.begin + out_.bucket, out_.to) - kTick;
      const auto count = from < to ? static_cast<std::int64_t>(schedule.CountBetween(from, to, kAll)) : 0;
      alike.occurrences += count;
      bucket.occurrences += count * alike.machines;
      alike.due_in[i] = count > 0;
    }
    alike.next = schedule.NextLimit(begin, kTimesShown);
    std::erase_if(alike.next, [this](SystemTime due) { return due >= out_.to; });
  }

  /// Each invocation counts once in a bucket, in however many zones it is due there.
  void CountSchedules() {
    std::vector<const Alike*> alikes(alike_.size());
    for (const auto& [key, alike] : alike_) alikes[alike.index] = &alike;
    std::map<std::vector<std::size_t>, std::int64_t> kinds;  // of invocations: what they are alike, and how many
    for (std::size_t i = 0; i < groups_.size();) {
      std::vector<std::size_t> kind;
      const model::InvocationKey invocation = groups_[i].group.invocation;
      for (; i < groups_.size() && groups_[i].group.invocation == invocation; ++i) {
        kind.push_back(groups_[i].alike->index);
      }
      std::sort(kind.begin(), kind.end());
      ++kinds[std::move(kind)];
    }
    for (const auto& [kind, invocations] : kinds) {
      for (std::size_t bucket = 0; bucket < out_.buckets.size(); ++bucket) {
        const auto due = [&](std::size_t index) { return alikes[index]->due_in[bucket]; };
        if (std::any_of(kind.begin(), kind.end(), due)) out_.buckets[bucket].schedules += invocations;
      }
    }
  }

  /// Soonest first, then oldest schedule first.
  void ShowRows() {
    std::erase_if(groups_, [](const Group& group) { return group.alike->next.empty(); });
    out_.rows.total = static_cast<std::int64_t>(groups_.size());
    const std::int64_t size = std::max<std::int64_t>(in_.page.size, 1);
    const std::int64_t skip = (std::clamp<std::int64_t>(in_.page.number, 1, 1'000'000) - 1) * size;
    if (skip >= out_.rows.total) return;
    const auto end = groups_.begin() + std::min(skip + size, out_.rows.total);
    const auto sooner = [](const Group& a, const Group& b) {
      return std::tie(a.alike->next.front(), a.group.invocation, a.group.zone) <
             std::tie(b.alike->next.front(), b.group.invocation, b.group.zone);
    };
    std::partial_sort(groups_.begin(), end, groups_.end(), sooner);
    for (auto at = groups_.begin() + skip; at != end; ++at) {
      const std::optional<model::Invocation> invocation = tx_.LoadInvocation(at->group.invocation);
      if (!invocation) continue;
      CalendarRow row;
      row.invocation = invocation->id;
      row.command_name = invocation->command_name;
      row.frequency = invocation->frequency;
      row.zone = at->group.zone;
      row.machines = at->group.machines;
      row.occurrences = at->alike->occurrences;
      row.next = at->alike->next;
      row.instances = in_.instance.empty() ? MachinesOf(*at) : std::vector{in_.instance};
      out_.rows.items.push_back(std::move(row));
    }
  }

  using Key = std::tuple<std::string, std::string, std::int64_t>;
  struct Group {
    store::ScheduleGroup group;     ///< With the zone in which it is evaluated.
    std::vector<std::string> told;  ///< Zones of its agents.
    Alike* alike;
  };

  [[nodiscard]] std::vector<InstanceId> MachinesOf(const Group& group) {
    std::vector<InstanceId> machines;
    store::ScheduleGroup part = group.group;
    for (const std::string& zone : group.told) {
      const std::int64_t room = kMachinesShown - static_cast<std::int64_t>(machines.size());
      if (room == 0) break;
      part.zone = zone;
      for (InstanceId& id : tx_.MachinesOf(part, room)) machines.push_back(std::move(id));
    }
    return machines;
  }

  store::ReadTx& tx_;
  const ReadContext& context_;
  const DescribeScheduleCalendarIn& in_;
  DescribeScheduleCalendarOut out_;
  std::map<std::string, std::optional<std::string>> own_zones_;  ///< By expression.
  std::map<Key, Alike> alike_;
  std::vector<Group> groups_;
  std::int64_t steps_ = 0;
};

}  // namespace

Result<DescribeScheduleCalendarOut> DescribeScheduleCalendar(store::ReadTx& tx, const ReadContext& context,
                                                             const DescribeScheduleCalendarIn& in) {
  return Calendar(tx, context, in).Run();
}

}  // namespace assist::server::control

#include <algorithm>
#include <unordered_map>

#include "server/store/sqlite/machine_roster.h"
#include "server/store/sqlite/sqlite_tx.h"
#include "server/store/sqlite/where.h"

namespace assist::server::store::sqlite {
namespace {

constexpr std::string_view kLive = "m.deregistered IS NULL";

/// Takes the keys of all rows of a list in its order, keeps those of a page and counts.
class PageOfKeys {
 public:
  explicit PageOfKeys(const model::PageRequest& page) : page_(page), skip_(SkippedBy(page)) {}

  void Take(std::int64_t key) {
    const bool behind = page_.by_position ? !page_.after || key < page_.after->key : total_ >= skip_;
    ++total_;
    if (!behind) return;
    if (static_cast<std::int64_t>(keys_.size()) < page_.size) {
      keys_.push_back(key);
    } else {
      more_ = true;
    }
  }
  [[nodiscard]] const std::vector<std::int64_t>& keys() const noexcept { return keys_; }
  [[nodiscard]] std::int64_t total() const noexcept { return total_; }
  [[nodiscard]] std::optional<model::Position> next() const {
    if (!page_.by_position || !more_ || keys_.empty()) return std::nullopt;
    return model::Position{keys_.back()};
  }

 private:
  const model::PageRequest& page_;
  const std::int64_t skip_;
  std::vector<std::int64_t> keys_;
  std::int64_t total_ = 0;
  bool more_ = false;
};

/// What the columns of a machine must be; tags apart.
void MatchColumns(Where& where, const MachineFilter& filter) {
  if (!filter.keys.empty()) {
    std::string any = "m.id IN (";
    std::vector<Where::Value> values;
    for (const auto key : filter.keys) {
      any += values.empty() ? "?" : ",?";
      values.emplace_back(key.value);
    }
    where.Add(any + ")", std::move(values));
  }
  if (!filter.activation.empty()) where.Add("m.activation=?", {filter.activation.str()});
  where.AddPattern("m.name", filter.name);
  if (!filter.ip.empty()) where.Add("(m.intranet_ip=? OR m.internet_ip=?)", {filter.ip, filter.ip});
  if (!filter.machine_id.empty()) where.Add("m.machine_id=?", {filter.machine_id});
  if (filter.os_type) where.Add("m.os_type=?", {static_cast<std::int64_t>(*filter.os_type)});
}

}  // namespace

std::vector<ReadTx::Target> SqliteTx::MachinesWithTags(const std::vector<TagMatch>& tags, std::int64_t limit) {
  Where where;
  where.Add("deregistered IS NULL");
  MatchTags(where, TagKind::kMachine, "id", tags);
  Query query(db_, "SELECT id,os_type FROM machines" + where.sql() + " ORDER BY id LIMIT ?");
  const int bound = where.BindTo(query);
  query.Bind(bound + 1, limit);
  std::vector<Target> out;
  while (query.Step()) out.push_back({{query.Int(0)}, query.Enum<model::OsType>(1)});
  return out;
}

model::Page<model::Machine> SqliteTx::ListMachines(const MachineFilter& filter, const model::PageRequest& page,
                                                   const KeepMachine& keep) {
  Where columns;
  MatchColumns(columns, filter);
  if (keep) return ListKept(filter, page, keep);
  if (columns.sql().empty() && !filter.tags.empty()) return ListTagged(filter.tags, page);
  if (!filter.name.empty()) return ListNamed(filter, page);
  Where where;
  where.Add(kLive);
  const bool all = columns.sql().empty();
  MatchColumns(where, filter);
  MatchTags(where, TagKind::kMachine, "m.id", filter.tags);
  model::Page<model::Machine> out;
  out.total = all ? CountMachines() : CountRows(db_, "FROM machines m", where);
  const auto keys = ReadKeys(db_, "FROM machines m", where, "m.id", page, out.total);
  out.next = keys.next;
  LoadMachines(keys.items, out.items);
  return out;
}

model::Page<model::Machine> SqliteTx::ListNamed(const MachineFilter& filter, const model::PageRequest& page) {
  Where where;
  where.Add(kLive);
  const std::size_t live = where.sql().size();
  MachineFilter besides = filter;
  besides.name.clear();
  MatchColumns(where, besides);
  MatchTags(where, TagKind::kMachine, "m.id", filter.tags);
  const Pattern pattern(filter.name);
  PageOfKeys chosen(page);
  if (where.sql().size() == live) {
    MachineRoster once;
    const MachineRoster& roster = Roster(once);
    for (std::size_t place = 0; place < roster.size(); ++place) {
      if (pattern.Matches(roster.name(place))) chosen.Take(roster.key(place));
    }
  } else {
    Query query(db_, "SELECT m.id,m.name FROM machines m" + where.sql() + " ORDER BY m.id DESC");
    where.BindTo(query);
    while (query.Step()) {
      if (pattern.Matches(query.View(1))) chosen.Take(query.Int(0));
    }
  }
  model::Page<model::Machine> out;
  out.total = chosen.total();
  out.next = chosen.next();
  LoadMachines(chosen.keys(), out.items);
  return out;
}

const MachineRoster& SqliteTx::Roster(MachineRoster& once) {
  MachineRoster& roster = roster_ != nullptr ? *roster_ : once;
  roster.Refresh(db_);
  return roster;
}

model::Page<model::Machine> SqliteTx::ListTagged(const std::vector<TagMatch>& tags, const model::PageRequest& page) {
  Where where = RowsOfTags(TagKind::kMachine, tags);
  model::Page<model::Machine> out;
  out.total = CountRows(db_, "FROM tags t", where);
  // Those that are not registered any more are few, and counted and looked up in a list.
  Where gone = where;
  gone.Add("t.owner IN (SELECT id FROM machines WHERE deregistered IS NOT NULL)");
  if (Query any(db_, "SELECT 1 FROM machines WHERE deregistered IS NOT NULL LIMIT 1"); any.Step()) {
    out.total -= CountRows(db_, "FROM tags t", gone);
    where.Add("t.owner NOT IN (SELECT id FROM machines WHERE deregistered IS NOT NULL)");
  }
  const auto keys = ReadKeys(db_, "FROM tags t", where, "t.owner", page, out.total);
  out.next = keys.next;
  LoadMachines(keys.items, out.items);
  return out;
}

model::Page<model::Machine> SqliteTx::ListKept(const MachineFilter& filter, const model::PageRequest& page,
                                               const KeepMachine& keep) {
  Where where;
  where.Add(kLive);
  const std::size_t live = where.sql().size();
  MatchColumns(where, filter);
  MatchTags(where, TagKind::kMachine, "m.id", filter.tags);
  std::unordered_map<std::int64_t, SystemTime> seen;  // only looked up
  {
    Query query(db_, "SELECT machine,last_seen FROM machine_marks WHERE last_seen>?", keep.seen_after);
    while (query.Step()) seen.emplace(query.Int(0), query.Time(1));
  }
  PageOfKeys chosen(page);
  const auto take = [&](std::int64_t key, std::string_view id) {
    const auto at = seen.find(key);
    const auto last_seen = at == seen.end() ? std::nullopt : std::optional<SystemTime>(at->second);
    if (keep.wanted(InstanceId(std::string(id)), last_seen)) chosen.Take(key);
  };
  if (where.sql().size() == live) {
    MachineRoster once;
    const MachineRoster& roster = Roster(once);
    for (std::size_t place = 0; place < roster.size(); ++place) take(roster.key(place), roster.instance(place));
  } else {
    Query query(db_, "SELECT m.id,m.instance_id FROM machines m" + where.sql() + " ORDER BY m.id DESC");
    where.BindTo(query);
    while (query.Step()) take(query.Int(0), query.View(1));
  }
  model::Page<model::Machine> out;
  out.total = chosen.total();
  out.next = chosen.next();
  LoadMachines(chosen.keys(), out.items);
  return out;
}

void SqliteTx::LoadMachines(const std::vector<std::int64_t>& keys, std::vector<model::Machine>& out) {
  out.reserve(keys.size());
  for (const std::int64_t key : keys) {
    if (auto row = LoadMachine(model::MachineKey{key})) out.push_back(std::move(*row));
  }
}

}  // namespace assist::server::store::sqlite

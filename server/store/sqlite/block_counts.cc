#include "server/store/sqlite/block_counts.h"

#include <set>

#include "server/store/sqlite/task_keys.h"

namespace assist::server::store::sqlite {
namespace {

/// The invocations of block b are [b << bits, (b + 1) << bits): in the schema, never changed. Those with a facet are
/// fewer, and there are many facets.
constexpr int BlockBits(std::int64_t facet) noexcept { return facet == 0 ? 9 : 12; }

/// Takes the blocks of a query with the columns block and number of rows, highest first.
void TakeBlocks(PagePlan& plan, Query& blocks, int bits) {
  while (blocks.Step()) {
    const std::int64_t block = blocks.Int(0);
    plan.Take(block << bits, (block + 1) << bits, blocks.Int(1));
  }
}

/// The same of one invocation and its tasks, as keys of tasks.
void TakeInvocation(PagePlan& plan, const Query& row) {
  const model::InvocationKey invocation{row.Int(0)};
  plan.Take(FirstTask(invocation), FirstTask({invocation.value + 1}), row.Int(1));
}

}  // namespace

void CountChanges::Add(const CountedInvocation& row, int sign) {
  AddTo(0, row, sign);
  for (const std::int64_t facet : row.facets) AddTo(facet, row, sign);
}

void CountChanges::AddTo(std::int64_t facet, const CountedInvocation& row, int sign) {
  const bool schedule = row.repeat_mode != static_cast<std::int64_t>(model::RepeatMode::kOnce);
  Numbers& numbers = rows_[{facet, row.kind, row.key.value >> BlockBits(facet), row.type, row.repeat_mode,
                            static_cast<std::int64_t>(row.status), static_cast<std::int64_t>(row.older),
                            schedule && !row.finished ? 1 : 0}];
  numbers[0] += sign;
  for (const model::TaskState state : model::kAllTaskStates) {
    numbers[static_cast<std::size_t>(state)] += sign * row.tasks.of(state);
  }
}

void CountChanges::Add(const CountChanges& more) {
  for (const auto& [key, by] : more.rows_) {
    Numbers& numbers = rows_[key];
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] += by[i];
  }
}

void CountChanges::Write(Database& db) {
  std::map<std::array<std::int64_t, 3>, std::int64_t> blocks;
  std::set<std::int64_t> left;  // facets that may have no invocation any more
  for (const auto& [key, by] : rows_) {
    blocks[{key[0], key[1], key[2]}] += by[0];
    if (by != Numbers{}) {
      Change(db, key, by);
    } else {
      left.insert(key[0]);
    }
  }
  rows_.clear();
  // Rows with nothing in them stay for those that will be alike, until the block loses an invocation.
  for (const auto& [block, by] : blocks) {
    if (by >= 0) continue;
    db.Run("DELETE FROM block_counts WHERE facet=? AND kind=? AND block=? AND invocations=0", block[0], block[1],
           block[2]);
    if (db.changes() > 0) left.insert(block[0]);
  }
  for (const std::int64_t facet : left) {
    db.Run("DELETE FROM facets WHERE id=?1 AND NOT EXISTS(SELECT 1 FROM block_counts WHERE facet=?1)", facet);
  }
}

void CountChanges::Change(Database& db, const Key& key, const Numbers& by) {
  const auto run = [&](std::string_view sql) {
    Query query(db, sql);
    int place = 0;
    for (const std::int64_t value : key) query.Bind(++place, value);
    for (const std::int64_t value : by) query.Bind(++place, value);
    query.RunAgain();
  };
  run("UPDATE block_counts SET invocations=invocations+?9,n1=n1+?10,n2=n2+?11,n3=n3+?12,n4=n4+?13,n5=n5+?14,n6=n6+?15,"
      "n7=n7+?16,n8=n8+?17,n9=n9+?18,n10=n10+?19,n11=n11+?20,n12=n12+?21 WHERE facet=?1 AND kind=?2 AND block=?3 AND "
      "type=?4 AND repeat_mode=?5 AND status=?6 AND older=?7 AND timed=?8");
  if (db.changes() > 0) return;
  run("INSERT INTO "
      "block_counts(facet,kind,block,type,repeat_mode,status,older,timed,invocations,n1,n2,n3,n4,n5,n6,n7,n8,n9,"
      "n10,n11,n12) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21)");
}

void MatchProgress(Where& where, std::string_view row, const InvocationFilter& filter) {
  const std::string column(row);
  if (filter.type) where.Add(column + "type=?", {static_cast<std::int64_t>(*filter.type)});
  if (filter.status) {
    std::string any = "(0";
    for (int status = 1; status <= 8; ++status) {
      if (Name(static_cast<model::InvocationStatus>(status)) == filter.status->word()) {
        any += " OR " + column + "status=" + std::to_string(status);
      }
    }
    for (int older = 1; older <= 6; ++older) {
      if (Name(static_cast<model::InvokeStatus>(older)) == filter.status->word()) {
        any += " OR " + column + "older=" + std::to_string(older);
      }
    }
    where.Add(any + ")");
  }
  if (filter.whole) where.Add(column + "status=?", {static_cast<std::int64_t>(*filter.whole)});
  if (filter.repeat_mode) where.Add(column + "repeat_mode=?", {static_cast<std::int64_t>(*filter.repeat_mode)});
  if (filter.timed) where.Add(column + "timed=?", {static_cast<std::int64_t>(*filter.timed)});
}

std::string SumOfStates(std::string_view row, const std::optional<model::StatusFilter>& filter) {
  std::string sum = "0";
  for (const model::TaskState state : model::kAllTaskStates) {
    if (filter && !filter->Matches(state)) continue;
    sum += "+" + std::string(row) + "n" + std::to_string(static_cast<int>(state));
  }
  return sum;
}

model::Page<std::int64_t> KeysByBlocks(Database& db, const InvocationFilter& filter, const model::PageRequest& page,
                                       const CountedRows& rows) {
  const std::int64_t kind = filter.files ? kFileKind : kCommandKind;
  PagePlan plan(SkippedBy(page), page.size + 1, LastOf(page));
  {
    Where where;
    where.Add("c.facet=? AND c.kind=?", {rows.facet, kind});
    MatchProgress(where, "c.", filter);
    Query blocks(db, "SELECT c.block,sum(c.invocations) FROM block_counts c" + where.sql() +
                         " GROUP BY c.block ORDER BY c.block DESC");
    where.BindTo(blocks);
    TakeBlocks(plan, blocks, BlockBits(rows.facet));
  }
  model::Page<std::int64_t> out;
  out.total = plan.total();
  Where where = rows.where;
  where.Add("p.kind=?", {kind});
  MatchProgress(where, "p.", filter);
  where.Add(rows.key + ">=? AND " + rows.key + "<?");
  const std::string sql =
      "SELECT " + rows.key + " FROM " + rows.from + where.sql() + " ORDER BY " + rows.key + " DESC LIMIT ? OFFSET ?";
  for (const PagePlan::Part& part : plan.parts()) {
    const std::int64_t missing = page.size + 1 - static_cast<std::int64_t>(out.items.size());
    if (missing == 0) break;
    Query keys(db, sql);
    int bound = where.BindTo(keys);
    for (const std::int64_t value : {part.begin, EndOf(part, page), missing, part.skip}) keys.Bind(++bound, value);
    while (keys.Step()) out.items.push_back(keys.Int(0));
  }
  EndPage(out, page, [](std::int64_t key) { return key; });
  return out;
}

TaskParts TasksByBlocks(Database& db, const std::string& sum, bool standing, const model::PageRequest& page,
                        const CountedRows& rows) {
  const std::int64_t need = page.size + 1;
  const std::int64_t last = LastOf(page);
  const std::string schedules = standing ? " AND repeat_mode<>1" : "";
  PagePlan blocks(SkippedBy(page), need, InvocationOf(last).value);
  {
    Query query(db,
                "SELECT block,sum(" + sum + ") FROM block_counts WHERE facet=? AND kind=1" + schedules +
                    " GROUP BY block ORDER BY block DESC",
                rows.facet);
    TakeBlocks(blocks, query, BlockBits(rows.facet));
  }
  PagePlan plan(blocks.parts().empty() ? 0 : blocks.parts().front().skip, need, last);
  Where where = rows.where;
  where.Add(rows.key + ">=? AND " + rows.key + "<? AND p.kind=1" + (standing ? " AND p.repeat_mode<>1" : ""));
  const std::string sql =
      "SELECT " + rows.key + "," + sum + " FROM " + rows.from + where.sql() + " ORDER BY " + rows.key + " DESC";
  for (const PagePlan::Part& block : blocks.parts()) {
    Query query(db, sql);
    const int bound = where.BindTo(query);
    query.Bind(bound + 1, block.begin);
    query.Bind(bound + 2, block.end);
    while (!plan.full() && query.Step()) TakeInvocation(plan, query);
  }
  return {plan.parts(), blocks.total()};
}

TaskParts TasksOfInvocations(Query& invocations, const model::PageRequest& page) {
  PagePlan plan(SkippedBy(page), page.size + 1, LastOf(page));
  while (invocations.Step()) TakeInvocation(plan, invocations);
  return {plan.parts(), plan.total()};
}

}  // namespace assist::server::store::sqlite

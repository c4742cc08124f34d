#include "server/store/sqlite/block_counts.h"

#include "server/store/sqlite/task_keys.h"

namespace assist::server::store::sqlite {
namespace {

/// The invocations of block b are [b << kBlockBits, (b + 1) << kBlockBits): in the schema, never changed.
constexpr int kBlockBits = 9;

/// Takes the blocks of a query with the columns block and number of rows, highest first.
void TakeBlocks(PagePlan& plan, Query& blocks) {
  while (blocks.Step()) {
    const std::int64_t block = blocks.Int(0);
    plan.Take(block << kBlockBits, (block + 1) << kBlockBits, blocks.Int(1));
  }
}

/// The same of one invocation and its tasks, as keys of tasks.
void TakeInvocation(PagePlan& plan, const Query& row) {
  const model::InvocationKey invocation{row.Int(0)};
  plan.Take(FirstTask(invocation), FirstTask({invocation.value + 1}), row.Int(1));
}

}  // namespace

void CountChanges::Add(const CountedInvocation& row, int sign) {
  const bool schedule = row.repeat_mode != static_cast<std::int64_t>(model::RepeatMode::kOnce);
  Numbers& numbers =
      rows_[{row.kind, row.key.value >> kBlockBits, row.type, row.repeat_mode, static_cast<std::int64_t>(row.status),
             static_cast<std::int64_t>(row.older), schedule && !row.finished ? 1 : 0}];
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
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> blocks;
  for (const auto& [key, by] : rows_) {
    blocks[{key[0], key[1]}] += by[0];
    if (by != Numbers{}) Change(db, key, by);
  }
  rows_.clear();
  // Rows with nothing in them stay for those that will be alike, until the block loses an invocation.
  for (const auto& [block, by] : blocks) {
    if (by >= 0) continue;
    db.Run("DELETE FROM block_counts WHERE kind=? AND block=? AND invocations=0", block.first, block.second);
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
  run("UPDATE block_counts SET invocations=invocations+?8,n1=n1+?9,n2=n2+?10,n3=n3+?11,n4=n4+?12,n5=n5+?13,n6=n6+?14,"
      "n7=n7+?15,n8=n8+?16,n9=n9+?17,n10=n10+?18,n11=n11+?19,n12=n12+?20 WHERE kind=?1 AND block=?2 AND type=?3 AND "
      "repeat_mode=?4 AND status=?5 AND older=?6 AND timed=?7");
  if (db.changes() > 0) return;
  run("INSERT INTO block_counts(kind,block,type,repeat_mode,status,older,timed,invocations,n1,n2,n3,n4,n5,n6,n7,n8,n9,"
      "n10,n11,n12) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)");
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

model::Page<std::int64_t> KeysByBlocks(Database& db, const InvocationFilter& filter, const model::PageRequest& page) {
  const std::int64_t kind = filter.files ? kFileKind : kCommandKind;
  PagePlan plan(SkippedBy(page), page.size + 1, LastOf(page));
  {
    Where where;
    where.Add("c.kind=?", {kind});
    MatchProgress(where, "c.", filter);
    Query blocks(db, "SELECT c.block,sum(c.invocations) FROM block_counts c" + where.sql() +
                         " GROUP BY c.block ORDER BY c.block DESC");
    where.BindTo(blocks);
    TakeBlocks(plan, blocks);
  }
  model::Page<std::int64_t> out;
  out.total = plan.total();
  Where where;
  where.Add("p.kind=?", {kind});
  MatchProgress(where, "p.", filter);
  where.Add("p.invocation>=? AND p.invocation<?");
  const std::string sql =
      "SELECT p.invocation FROM progress p" + where.sql() + " ORDER BY p.invocation DESC LIMIT ? OFFSET ?";
  for (const PagePlan::Part& part : plan.parts()) {
    const std::int64_t missing = page.size + 1 - static_cast<std::int64_t>(out.items.size());
    if (missing == 0) break;
    Query rows(db, sql);
    int bound = where.BindTo(rows);
    for (const std::int64_t value : {part.begin, EndOf(part, page), missing, part.skip}) rows.Bind(++bound, value);
    while (rows.Step()) out.items.push_back(rows.Int(0));
  }
  EndPage(out, page, [](std::int64_t key) { return key; });
  return out;
}

TaskParts TasksByBlocks(Database& db, const std::string& sum, bool standing, const model::PageRequest& page) {
  const std::int64_t need = page.size + 1;
  const std::int64_t last = LastOf(page);
  const std::string schedules = standing ? " AND repeat_mode<>1" : "";
  PagePlan blocks(SkippedBy(page), need, InvocationOf(last).value);
  {
    Query query(db, "SELECT block,sum(" + sum + ") FROM block_counts WHERE kind=1" + schedules +
                        " GROUP BY block ORDER BY block DESC");
    TakeBlocks(blocks, query);
  }
  PagePlan plan(blocks.parts().empty() ? 0 : blocks.parts().front().skip, need, last);
  for (const PagePlan::Part& block : blocks.parts()) {
    Query query(db,
                "SELECT invocation," + sum + " FROM progress WHERE invocation>=? AND invocation<? AND kind=1" +
                    schedules + " ORDER BY invocation DESC",
                block.begin, block.end);
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

// What of an invocation follows its tasks, and the only statements that change what block_counts.h counts by.
#include <algorithm>

#include "server/store/sqlite/block_counts.h"
#include "server/store/sqlite/sqlite_tx.h"
#include "server/store/store.h"

namespace assist::server::store::sqlite {
namespace {

constexpr std::string_view kLoad =
    "SELECT kind,type,repeat_mode,finished,creating,status,older,n1,n2,n3,n4,n5,n6,n7,n8,n9,n10,n11,n12,facets FROM "
    "progress WHERE invocation=?";
constexpr std::string_view kSave =
    "UPDATE progress SET status=?,older=?,finished=?,n1=?,n2=?,n3=?,n4=?,n5=?,n6=?,n7=?,n8=?,n9=?,n10=?,n11=?,n12=? "
    "WHERE invocation=?";

}  // namespace

CountedInvocation SqliteTx::LoadProgress(model::InvocationKey invocation) {
  Query query(db_, kLoad, invocation);
  if (!query.Step()) throw Failure("an invocation has no counts", Errc::kInternal);
  CountedInvocation out;
  out.key = invocation;
  out.kind = query.Int(0);
  out.type = query.Int(1);
  out.repeat_mode = query.Int(2);
  out.finished = query.MaybeTime(3);
  out.creating = query.Int(4) != 0;
  out.status = query.Enum<model::InvocationStatus>(5);
  out.older = query.Enum<model::InvokeStatus>(6);
  int column = 7;
  for (const model::TaskState state : model::kAllTaskStates) out.tasks.Set(state, query.Int(column++));
  out.facets = DecodeFacets(query.View(column));
  return out;
}

void SqliteTx::SaveProgress(const CountedInvocation& before, CountedInvocation now) {
  now.status = model::WholeStatus(now.tasks);
  now.older = model::WholeInvokeStatus(now.tasks);
  {
    Query query(db_, kSave);
    query.Bind(1, now.status);
    query.Bind(2, now.older);
    query.Bind(3, now.finished);
    int place = 4;
    for (const model::TaskState state : model::kAllTaskStates) query.Bind(place++, now.tasks.of(state));
    query.Bind(place, now.key);
    query.RunAgain();
  }
  changes_.back().Add(before, -1);
  changes_.back().Add(now, 1);
}

void SqliteTx::InsertProgress(const model::Invocation& row) {
  CountedInvocation now;
  now.key = row.key;
  now.kind = row.file ? kFileKind : kCommandKind;
  now.type = static_cast<std::int64_t>(row.type);
  now.repeat_mode = static_cast<std::int64_t>(row.repeat_mode);
  db_.Run(
      "INSERT INTO progress(invocation,creating,deadline,finished,kind,type,repeat_mode,status,older,n1,n2,n3,n4,n5,n6,"
      "n7,n8,n9,n10,n11,n12) VALUES(?,?,?,NULL,?,?,?,?,?,0,0,0,0,0,0,0,0,0,0,0,0)",
      row.key, row.creating, row.delivery_deadline, now.kind, now.type, now.repeat_mode, now.status, now.older);
  changes_.back().Add(now, 1);
}

void SqliteTx::DeleteProgress(model::InvocationKey invocation) {
  changes_.back().Add(LoadProgress(invocation), -1);
  db_.Run("DELETE FROM progress WHERE invocation=?", invocation);
}

void SqliteTx::AddTasks(model::InvocationKey invocation, const model::StateCounts& more, int sign) {
  const CountedInvocation before = LoadProgress(invocation);
  CountedInvocation now = before;
  for (const model::TaskState state : model::kAllTaskStates) now.tasks.Add(state, sign * more.of(state));
  SaveProgress(before, now);
}

void SqliteTx::MoveTask(model::InvocationKey invocation, model::TaskState from, const model::TaskProgress& to) {
  const CountedInvocation before = LoadProgress(invocation);
  CountedInvocation now = before;
  now.tasks.Add(from, -1);
  now.tasks.Add(to.state, 1);
  if (!now.creating) now.finished = now.tasks.open() == 0 ? std::optional<SystemTime>(to.updated) : std::nullopt;
  SaveProgress(before, now);
}

void SqliteTx::FinishCreating(model::InvocationKey invocation, SystemTime at) {
  db_.Run("UPDATE progress SET creating=0 WHERE invocation=?", invocation);
  const CountedInvocation before = LoadProgress(invocation);
  if (before.tasks.open() > 0) return;  // else its machines have left, or it was stopped
  CountedInvocation now = before;
  now.finished = at;
  SaveProgress(before, now);
}

void SqliteTx::WriteCounts() { changes_.back().Write(db_); }

bool SqliteTx::CountsAreWritten() const noexcept {
  return std::all_of(changes_.begin(), changes_.end(), [](const CountChanges& level) { return level.empty(); });
}

}  // namespace assist::server::store::sqlite

#include <limits>

#include "server/store/sqlite/sqlite_tx.h"

namespace assist::server::store::sqlite {
namespace {

constexpr std::string_view kSelect =
    "SELECT number,time,key_id,key_name,source,action,request_id,content_hash,parameters_hash,resources,code,result,"
    "previous_hash,hash FROM audit";

}  // namespace

std::string SqliteTx::ContentHash(model::ContentKey key) {
  Query query(db_, "SELECT hash FROM contents WHERE id=?", key);
  return query.Step() ? query.Text(0) : std::string();
}

api::AuditHead SqliteTx::AuditStart() {
  Query query(db_, "SELECT number,hash FROM audit_start");
  if (query.Step()) return {query.Int(0), query.Text(1)};
  return {0, api::FirstAuditHash()};
}

api::AuditHead SqliteTx::AuditEnd() {
  {
    Query query(db_, "SELECT number,hash FROM audit ORDER BY number DESC LIMIT 1");
    if (query.Step()) return {query.Int(0), query.Text(1)};
  }
  return AuditStart();
}

std::vector<api::AuditRecord> SqliteTx::ReadAudit(std::int64_t from, bool newest_first, std::int64_t limit) {
  std::vector<api::AuditRecord> out;
  const std::string order =
      newest_first ? " WHERE number<? ORDER BY number DESC LIMIT ?" : " WHERE number>? ORDER BY number LIMIT ?";
  if (newest_first && from == 0) from = std::numeric_limits<std::int64_t>::max();
  Query query(db_, std::string(kSelect) + order, from, limit);
  while (query.Step()) {
    api::AuditRecord row;
    row.number = query.Int(0);
    int column = 1;
    for (const auto& [name, member] : api::kAuditTexts) row.*member = query.Text(column++);
    row.hash = query.Text(column);
    out.push_back(std::move(row));
  }
  return out;
}

void SqliteTx::AppendAudit(const api::AuditRecord& row) {
  db_.Run("INSERT INTO audit VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)", row.number, row.time, row.access_key_id,
          row.access_key_name, row.source, row.action, row.request_id, row.content_hash, row.parameters_hash,
          row.resources, row.code, row.result, row.previous_hash, row.hash);
}

void SqliteTx::ForgetAudit(std::int64_t up_to) {
  db_.Run(
      "INSERT INTO audit_start(id,number,hash) SELECT 1,number,hash FROM audit WHERE number=? "
      "ON CONFLICT(id) DO UPDATE SET number=excluded.number,hash=excluded.hash",
      up_to);
  db_.Run("DELETE FROM audit WHERE number<=?", up_to);
}

}  // namespace assist::server::store::sqlite

#include "server/control/audit.h"

#include <algorithm>
#include <cstdio>

#include "protocol/encoding/hex.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

constexpr std::int64_t kRowsLookedAt = 20'000;
constexpr std::int64_t kChunk = 500;

/// With milliseconds.
std::string TimeText(SystemTime time) {
  std::string text = FormatIso8601(time);  // ends with "Z"
  const std::int64_t millis = ToUnixMicros(time) / 1000 % 1000;
  char digits[8];
  std::snprintf(digits, sizeof(digits), ".%03d", static_cast<int>(millis < 0 ? millis + 1000 : millis));
  text.insert(text.size() - 1, digits);
  return text;
}

void Append(store::Tx& tx, const Context& context, api::AuditRecord record) {
  const api::AuditHead end = tx.AuditEnd();
  record.number = end.number + 1;
  record.time = TimeText(context.now);
  record.previous_hash = end.hash;
  record.hash = api::AuditHash(record);
  tx.AppendAudit(record);
}

std::string CodeOf(const Error& error) {
  if (!error.reason.empty()) return std::string(error.reason);
  if (error.code == Errc::kUnavailable) return "ServiceUnavailable";
  return error.code == Errc::kInternal ? "InternalError" : "Refused";
}

/// Of the filters but the times.
bool Fits(const DescribeAuditIn& in, const api::AuditRecord& row) {
  return (in.access_key.empty() || row.access_key_id == in.access_key) &&
         (in.action.empty() || row.action == in.action) && (in.code.empty() || row.code == in.code);
}

}  // namespace

void WriteAudit(store::Tx& tx, const Context& context, const AuditSlip& slip, const Error* failure,
                const AuditResult& result) {
  api::AuditRecord record = slip.record;
  record.code = failure == nullptr ? "OK" : CodeOf(*failure);
  record.result = result.ids;
  if (record.content_hash.empty() && !result.invocation.empty()) {
    if (const auto invocation = tx.FindInvocation(result.invocation)) {
      record.content_hash = encoding::HexEncode(tx.ContentHash(invocation->content));
    }
  }
  Append(tx, context, std::move(record));
}

Result<NoteRefusalOut> NoteRefusal(store::Tx& tx, Context& context, const NoteRefusalIn& in) {
  api::AuditRecord record = in.record;
  record.code = in.code;
  Append(tx, context, std::move(record));
  return NoteRefusalOut{};
}

Result<DescribeAuditOut> DescribeAudit(store::ReadTx& tx, const ReadContext&, const DescribeAuditIn& in) {
  DescribeAuditOut out;
  out.start = tx.AuditStart();
  out.end = tx.AuditEnd();
  const std::string begin = in.from ? TimeText(*in.from) : std::string();
  const std::string stop = in.to ? TimeText(*in.to) : std::string();
  std::int64_t from = in.after;
  for (std::int64_t looked = 0; looked < kRowsLookedAt;) {
    std::vector<api::AuditRecord> rows = tx.ReadAudit(from, !in.oldest_first, kChunk);
    const bool last = static_cast<std::int64_t>(rows.size()) < kChunk;
    for (api::AuditRecord& row : rows) {
      if (static_cast<std::int64_t>(out.rows.size()) == in.limit) {
        out.next = from;
        return out;
      }
      ++looked;
      from = row.number;
      const bool in_time = row.time >= begin && (stop.empty() || row.time < stop);
      if (in_time && Fits(in, row)) out.rows.push_back(std::move(row));
    }
    if (last) return out;
  }
  out.next = from;
  return out;
}

bool ForgetOldAudit(store::Tx& tx, const Context& context) {
  const api::AuditHead start = tx.AuditStart();
  const api::AuditHead end = tx.AuditEnd();
  const std::int64_t most = context.settings.audit_rows;
  const std::int64_t too_many = end.number - start.number - most;
  std::int64_t cut = start.number;
  // Too many: some room is made at a time, so that not every row that comes is followed by a row about one that goes.
  if (too_many > most / 100) cut = start.number + too_many;
  const std::string horizon = TimeText(context.now - context.settings.audit_age);
  const std::string long_ago = TimeText(context.now - context.settings.audit_age - std::chrono::hours(24));
  const auto first = tx.ReadAudit(start.number, false, 1);
  if (cut == start.number && !first.empty() && first.front().time < long_ago) {
    for (const api::AuditRecord& row : tx.ReadAudit(start.number, false, store::kSliceRows)) {
      if (row.time < horizon) cut = row.number;
    }
  }
  cut = std::min({cut, start.number + store::kSliceRows, end.number - 1});
  if (cut <= start.number) return false;
  const auto gone = tx.ReadAudit(cut - 1, false, 1);
  api::AuditRecord record;
  record.source = "server";
  record.action = "audit.prune";
  record.code = "OK";
  record.resources = "rows " + std::to_string(start.number + 1) + " to " + std::to_string(cut);
  record.result = gone.empty() ? std::string() : api::FormatAuditHead({cut, gone.front().hash});
  tx.ForgetAudit(cut);
  Append(tx, context, std::move(record));
  return true;
}

}  // namespace assist::server::control

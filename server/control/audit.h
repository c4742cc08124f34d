// The audit log: who changed what, or tried to. A row is written in the transaction of its change, so there is no
// change without its row and no row without its change; what is refused before it reaches the store gets a row of its
// own (NoteRefusal). The chain is that of protocol/api/audit.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "protocol/api/audit.h"
#include "server/control/context.h"
#include "server/model/entities.h"

namespace assist::server::control {

/// What is known of a change before it is done. `record` has all but number, time, code, result and hashes.
struct AuditSlip {
  api::AuditRecord record;
  bool written = false;  ///< Its row is committed. Set on the writer's thread, before the change's coroutine goes on.
};

/// What came of a change.
struct AuditResult {
  std::string ids;      ///< That were answered.
  InvokeId invocation;  ///< Its script or file is what ran: the row names its hash when the call itself brought none.
};
/// Of any use case's answer: ids that are members `command`, `invocation`, `instance` or `id`.
template <class Out>
AuditResult ResultOf(const Out& out) {
  AuditResult result;
  const auto add = [&result](const std::string& id) {
    if (!id.empty()) result.ids += (result.ids.empty() ? "" : " ") + id;
  };
  if constexpr (requires { out.command.str(); }) add(out.command.str());
  if constexpr (requires { out.invocation.str(); }) {
    add(out.invocation.str());
    result.invocation = out.invocation;
  }
  if constexpr (requires { out.instance.str(); }) add(out.instance.str());
  if constexpr (requires { out.id.str(); }) {
    add(out.id.str());
  } else if constexpr (requires { out.id.size(); }) {
    add(out.id);
  }
  return result;
}

/// Appends the row. `failure` null: it was done.
void WriteAudit(store::Tx& tx, const Context& context, const AuditSlip& slip, const Error* failure,
                const AuditResult& result);

/// A row of its own for what was refused with `code`.
struct NoteRefusalIn {
  api::AuditRecord record;
  std::string code;
};
struct NoteRefusalOut {};
Result<NoteRefusalOut> NoteRefusal(store::Tx& tx, Context& context, const NoteRefusalIn& in);

/// The audit log, page by page. All filters given must match.
struct DescribeAuditIn {
  std::string access_key;
  std::string action;
  std::string code;
  std::optional<SystemTime> from;
  std::optional<SystemTime> to;  ///< Before this time.
  bool oldest_first = false;
  std::int64_t after = 0;  ///< Go on behind this row; 0: from the beginning (or the end).
  std::int64_t limit = 100;
};
struct DescribeAuditOut {
  std::vector<api::AuditRecord> rows;
  std::int64_t next = 0;  ///< Go on behind this one; 0: there is no more. A page may have few rows and a next one.
  api::AuditHead start;   ///< Where the log begins: the last row that is deleted.
  api::AuditHead end;     ///< Its last row.
};
/// Looks at 20,000 rows at most.
Result<DescribeAuditOut> DescribeAudit(store::ReadTx& tx, const ReadContext& context, const DescribeAuditIn& in);

/// Deletes a slice of rows that are too many or too old, and notes that in the log; true when some may be left.
bool ForgetOldAudit(store::Tx& tx, const Context& context);

}  // namespace assist::server::control

// Answers of DescribeAuditRecords, and rows as text. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/text/text.h"
#include "common/base/result.h"
#include "protocol/api/audit.h"

namespace assist::cli {

struct AuditPage {
  std::vector<api::AuditRecord> rows;
  std::string next_token;  ///< Empty: there is no more.
  api::AuditHead start;    ///< Where the log begins: the last row that is deleted.
  api::AuditHead head;     ///< Its last row.
};
/// kInvalid: the answer is not understood; the detail says where.
[[nodiscard]] Result<AuditPage> ParseAuditPage(std::string_view body);

/// A line a row, under titles: columns in spaces, or with tabs between them for a pipe. Control characters are escaped.
[[nodiscard]] std::string AuditTable(const std::vector<api::AuditRecord>& rows, bool terminal, const Text& text);
/// {"AuditRecords":{"AuditRecord":[…]}} as the API has it.
[[nodiscard]] std::string AuditJson(const std::vector<api::AuditRecord>& rows);

}  // namespace assist::cli

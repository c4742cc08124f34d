// What the audit log is told of a call: hashes in the place of values, and the resources that it named. Pure.
#pragma once

#include <string>
#include <vector>

#include "protocol/api/audit.h"
#include "server/control/access.h"
#include "server/openapi/operation.h"
#include "server/openapi/wire_call.h"

namespace assist::server::openapi {

/// Fills in parameters_hash, and content_hash from the script's or file's own bytes (of a text that cannot be decoded,
/// of that text).
void HashForAudit(const WireCall& wire, const Operation& operation, api::AuditRecord& record);

/// `command/c-1 instance/mi-1 instance/mi-2`, tags as `instance/*?team=web`; each once, printable ASCII, cut at 1,000
/// bytes with the number of those left out.
[[nodiscard]] std::string ResourcesText(const std::vector<control::Need>& needs);

}  // namespace assist::server::openapi

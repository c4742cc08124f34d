// Activation codes as DescribeActivations lists them, and the line that uses one. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/activations/install_line.h"
#include "cli/table/table.h"
#include "cli/text/text.h"
#include "common/base/result.h"
#include "common/base/time.h"
#include "protocol/json/json.h"

namespace assist::cli {

struct ActivationRow {
  std::string id;
  std::string name;
  std::string description;
  std::string created;
  std::string ip_range;
  std::int64_t hours = 0;
  std::int64_t count = 0;
  std::int64_t registered = 0;
  std::int64_t deregistered = 0;
  bool disabled = false;
  json::Object raw;

  /// `2026-03-01T04:10:00Z`; empty when the creation time is not understood.
  [[nodiscard]] std::string expires() const;
};

/// Appends the rows of a page.
[[nodiscard]] Status ReadActivations(const json::Object& page, std::vector<ActivationRow>& into);

/// `active`, `used up`, `expired`, `disabled`.
[[nodiscard]] Cell ActivationStateCell(const ActivationRow& row, const Look& look);

[[nodiscard]] Table ActivationTable(const std::vector<ActivationRow>& rows, const Look& look);
/// {"ActivationList":[…],"TotalCount":n}; each with ExpirationTime.
[[nodiscard]] std::string ActivationsJson(std::vector<ActivationRow> rows);

/// All that a machine needs: lines for those with the agent and for those without.
[[nodiscard]] std::string NewActivationText(const NewActivation& activation, const Look& look);
/// {"ActivationId":…,"ActivationCode":…,"RegisterCommand":…,"InstallCommands":{"Linux":…,"FreeBSD":…,"Windows":…}}; of
/// the last those that the server has packages for.
[[nodiscard]] std::string NewActivationJson(const NewActivation& activation);

}  // namespace assist::cli

// Machines as a table, as JSON, as ids. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "cli/machines/machine_list.h"
#include "cli/table/table.h"

namespace assist::cli {

/// id, name, state, last sign of life, version, system, address, tags, last run, marks.
[[nodiscard]] Table MachineTable(const std::vector<MachineRow>& rows, const Look& look);

/// `online`, `offline`, `deaf`, `duplicate`.
[[nodiscard]] Cell MachineStateCell(const MachineRow& row, const Text& text);

/// {"Instances":[…],"TotalCount":n}, the rows with the members of both operations.
[[nodiscard]] std::string MachinesJson(std::vector<MachineRow> rows);

/// `200 machines: 198 online, 2 offline`.
[[nodiscard]] std::string MachinesLine(const std::vector<MachineRow>& rows, const Text& text);

}  // namespace assist::cli

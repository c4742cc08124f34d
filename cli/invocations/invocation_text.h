// Invocations for people. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/invocations/instance_list.h"
#include "cli/invocations/invocation_list.h"
#include "cli/run/names.h"
#include "cli/table/table.h"

namespace assist::cli {

/// How a status of the API is shown: what went well, what did not, what goes on.
[[nodiscard]] Tone ToneOf(std::string_view status) noexcept;

/// id, command, status, machines, results, begun, schedule.
[[nodiscard]] Table InvocationTable(const std::vector<InvocationRow>& rows, const Look& look);

/// What, who, when, how many of which state; then the script.
[[nodiscard]] std::string InvocationFacts(const InvocationRow& row, const Look& look);

/// The machines of one: name, id, state, exit code, reason, begin, length.
[[nodiscard]] Table InstanceTable(const std::vector<InstanceRow>& rows, const NameBook& names, const Look& look);

/// {"Invocation":{…,"Instances":[…]}}; each instance has InstanceName where it is known.
[[nodiscard]] std::string InvocationJson(InvocationRow row, std::vector<InstanceRow> instances,
                                         const std::vector<NamedMachine>& names);

/// `198 Success, 2 Failed`.
[[nodiscard]] std::string CountsText(const InvocationRow& row);

}  // namespace assist::cli

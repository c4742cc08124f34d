// Between the wire's messages and control's: pure. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "protocol/wire/registration.h"
#include "protocol/wire/report.h"
#include "protocol/wire/task.h"
#include "server/control/fetch_tasks.h"
#include "server/control/record_report.h"
#include "server/control/register_machine.h"

namespace assist::server::gateway {

/// `interval`: how often the agent sends output. Stock agents are asked to tell the start.
[[nodiscard]] wire::TaskList ToWire(const control::FetchTasksOut& out, const InstanceId& agent,
                                    std::chrono::milliseconds interval);
/// An offset counts from our agents only.
[[nodiscard]] control::RecordReportIn FromWire(wire::Report report, const InstanceId& agent, bool ours);
/// kInvalid: a key or an operating system that we cannot take.
[[nodiscard]] Result<control::RegisterMachineIn> FromWire(wire::RegisterRequest request, std::string peer_address);
/// What a person at the machine reads when a registration is refused for this reason of control.
[[nodiscard]] std::string_view RegistrationMessage(std::string_view reason) noexcept;
/// The version in a User-Agent of the form `<os>_<arch>/<version>`; empty for others.
[[nodiscard]] std::string_view AgentVersion(std::string_view user_agent) noexcept;

}  // namespace assist::server::gateway

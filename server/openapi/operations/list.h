// Every operation of this server, one function and one file each.
#pragma once

#include <vector>

#include "server/model/limits.h"
#include "server/openapi/operation.h"

namespace assist::server::openapi {

// Commands.
[[nodiscard]] Operation CreateCommandOperation(const model::Limits& limits);
[[nodiscard]] Operation ModifyCommandOperation(const model::Limits& limits);
[[nodiscard]] Operation DescribeCommandsOperation(const model::Limits& limits);
[[nodiscard]] Operation DeleteCommandOperation(const model::Limits& limits);
// Running.
[[nodiscard]] Operation RunCommandOperation(const model::Limits& limits);
[[nodiscard]] Operation InvokeCommandOperation(const model::Limits& limits);
[[nodiscard]] Operation RerunInvocationOperation(const model::Limits& limits);  // an extension
[[nodiscard]] Operation StopInvocationOperation(const model::Limits& limits);
[[nodiscard]] Operation DescribeInvocationsOperation(const model::Limits& limits);
[[nodiscard]] Operation DescribeInvocationResultsOperation(const model::Limits& limits);
// Files.
[[nodiscard]] Operation SendFileOperation(const model::Limits& limits);
[[nodiscard]] Operation DescribeSendFileResultsOperation(const model::Limits& limits);
// Schedules; the second and third are extensions.
[[nodiscard]] Operation ModifyInvocationAttributeOperation(const model::Limits& limits);
[[nodiscard]] Operation DescribeSchedulesOperation(const model::Limits& limits);
[[nodiscard]] Operation DescribeScheduleCalendarOperation(const model::Limits& limits);
// Machines.
[[nodiscard]] Operation CreateActivationOperation(const model::Limits& limits);
[[nodiscard]] Operation DescribeActivationsOperation(const model::Limits& limits);
[[nodiscard]] Operation DisableActivationOperation(const model::Limits& limits);
[[nodiscard]] Operation DeleteActivationOperation(const model::Limits& limits);
[[nodiscard]] Operation DescribeManagedInstancesOperation(const model::Limits& limits);
[[nodiscard]] Operation ModifyManagedInstanceOperation(const model::Limits& limits);
[[nodiscard]] Operation DeregisterManagedInstanceOperation(const model::Limits& limits);
[[nodiscard]] Operation DescribeCloudAssistantStatusOperation(const model::Limits& limits);
[[nodiscard]] Operation DescribeAssistInventoryOperation(const model::Limits& limits);  // an extension
// The audit log; an extension.
[[nodiscard]] Operation DescribeAuditRecordsOperation(const model::Limits& limits);
[[nodiscard]] Operation InstallCloudAssistantOperation(const model::Limits& limits);
[[nodiscard]] Operation ListPluginStatusOperation(const model::Limits& limits);
// Sessions.
[[nodiscard]] Operation PutArtifactOperation(const model::Limits& limits);
[[nodiscard]] Operation PublishPackageOperation(const model::Limits& limits);
[[nodiscard]] Operation DescribePackagesOperation(const model::Limits& limits);
[[nodiscard]] Operation SetPackageChannelOperation(const model::Limits& limits);
[[nodiscard]] Operation DeprecatePackageOperation(const model::Limits& limits);
[[nodiscard]] Operation RemovePackageOperation(const model::Limits& limits);
[[nodiscard]] Operation ManagePackagesOperation(const model::Limits& limits);
[[nodiscard]] Operation StartTerminalSessionOperation(const model::Limits& limits);
[[nodiscard]] Operation EndTerminalSessionOperation(const model::Limits& limits);
[[nodiscard]] Operation DescribeTerminalSessionsOperation(const model::Limits& limits);
// Releases of the agent; extensions.
[[nodiscard]] Operation StartAgentRolloutOperation(const model::Limits& limits);
[[nodiscard]] Operation DescribeAgentRolloutsOperation(const model::Limits& limits);
[[nodiscard]] Operation PauseAgentRolloutOperation(const model::Limits& limits);
[[nodiscard]] Operation ResumeAgentRolloutOperation(const model::Limits& limits);
[[nodiscard]] Operation RollbackAgentRolloutOperation(const model::Limits& limits);
// Settings.
[[nodiscard]] Operation ModifyCloudAssistantSettingsOperation(const model::Limits& limits);
[[nodiscard]] Operation DescribeCloudAssistantSettingsOperation(const model::Limits& limits);
// Neighbours.
[[nodiscard]] Operation TagResourcesOperation(const model::Limits& limits);
[[nodiscard]] Operation UntagResourcesOperation(const model::Limits& limits);
[[nodiscard]] Operation ListTagResourcesOperation(const model::Limits& limits);
[[nodiscard]] Operation DescribeInstancesOperation(const model::Limits& limits);
[[nodiscard]] Operation DescribeRegionsOperation(const model::Limits& limits);

[[nodiscard]] std::vector<Operation> AllOperations(const model::Limits& limits);

}  // namespace assist::server::openapi

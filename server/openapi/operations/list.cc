#include "server/openapi/operations/list.h"

namespace assist::server::openapi {

std::vector<Operation> AllOperations(const model::Limits& limits) {
  return {CreateCommandOperation(limits),
          ModifyCommandOperation(limits),
          DescribeCommandsOperation(limits),
          DeleteCommandOperation(limits),
          RunCommandOperation(limits),
          InvokeCommandOperation(limits),
          RerunInvocationOperation(limits),
          StopInvocationOperation(limits),
          DescribeInvocationsOperation(limits),
          DescribeInvocationResultsOperation(limits),
          SendFileOperation(limits),
          DescribeSendFileResultsOperation(limits),
          ModifyInvocationAttributeOperation(limits),
          DescribeSchedulesOperation(limits),
          DescribeScheduleCalendarOperation(limits),
          CreateActivationOperation(limits),
          DescribeActivationsOperation(limits),
          DisableActivationOperation(limits),
          DeleteActivationOperation(limits),
          DescribeManagedInstancesOperation(limits),
          ModifyManagedInstanceOperation(limits),
          DeregisterManagedInstanceOperation(limits),
          DescribeCloudAssistantStatusOperation(limits),
          DescribeAssistInventoryOperation(limits),
          DescribeAuditRecordsOperation(limits),
          InstallCloudAssistantOperation(limits),
          ListPluginStatusOperation(limits),
          StartTerminalSessionOperation(limits),
          EndTerminalSessionOperation(limits),
          DescribeTerminalSessionsOperation(limits),
          ModifyCloudAssistantSettingsOperation(limits),
          DescribeCloudAssistantSettingsOperation(limits),
          TagResourcesOperation(limits),
          UntagResourcesOperation(limits),
          ListTagResourcesOperation(limits),
          DescribeRegionsOperation(limits),
          DescribeInstancesOperation(limits)};
}

}  // namespace assist::server::openapi

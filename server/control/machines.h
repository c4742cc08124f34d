// DescribeManagedInstances, DescribeCloudAssistantStatus, ModifyManagedInstance, DeregisterManagedInstance
// (openapi.md, 11.14 and 11.20 to 11.22).
#pragma once

#include "server/control/context.h"
#include "server/control/views.h"
#include "server/model/stock_upgrade.h"

namespace assist::server::control {

struct DescribeManagedInstancesIn {
  std::vector<InstanceId> instances;  ///< Empty: all. Unknown ones are left out.
  ActivationId activation;
  std::string name;
  std::string ip;  ///< Inner or outer address.
  std::string machine_id;
  std::optional<model::OsType> os_type;
  std::optional<bool> connected;
  std::vector<TagFilter> tags;
  model::PageRequest page;
};
using DescribeManagedInstancesOut = model::Page<MachineView>;
/// InstanceIds.ExceedLimit.
Result<DescribeManagedInstancesOut> DescribeManagedInstances(store::ReadTx& tx, const ReadContext& context,
                                                             const DescribeManagedInstancesIn& in);

struct DescribeCloudAssistantStatusIn {
  std::vector<InstanceId> instances;  ///< Given: all of them come back, in this order. Empty: all machines, paged.
  std::optional<model::OsType> os_type;
  model::PageRequest page;
};
struct AgentView : MachineView {
  std::optional<model::StockUpgrade> upgrade;  ///< Of one that was told to update itself, or reported that it failed.
};
using DescribeCloudAssistantStatusOut = model::Page<AgentView>;
/// InvalidInstance.NotFound (any unknown id), InstanceIds.ExceedLimit.
Result<DescribeCloudAssistantStatusOut> DescribeCloudAssistantStatus(store::ReadTx& tx, const ReadContext& context,
                                                                     const DescribeCloudAssistantStatusIn& in);

struct ModifyManagedInstanceIn {
  InstanceId instance;
  std::string name;  ///< Form checked by openapi.
};
/// InvalidInstance.NotFound.
Result<model::Machine> ModifyManagedInstance(store::Tx& tx, Context& context, const ModifyManagedInstanceIn& in);

struct DeregisterManagedInstanceIn {
  InstanceId instance;
  ClientToken client_token;
};
/// The machine as it was. Its open tasks are closed: never delivered → Aborted, InstanceReleased; else unknown.
/// InvalidInstance.NotFound.
Result<model::Machine> DeregisterManagedInstance(store::Tx& tx, Context& context,
                                                 const DeregisterManagedInstanceIn& in);

}  // namespace assist::server::control

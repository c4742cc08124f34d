#include "server/control/rollouts.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/rollout_shape.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  control::RollbackRolloutIn in;
  in.id = model::RolloutId(call.arguments.Text("RolloutId"));
  for (const std::string& id : call.arguments.List("InstanceId")) in.instances.emplace_back(id);
  auto out = co_await call.Change(control::RollbackRollout, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  co_return ShowChanged(*out);
}

}  // namespace

Operation RollbackAgentRolloutOperation(const model::Limits& /*limits*/) {
  Operation operation;
  operation.name = "RollbackAgentRollout";
  operation.changes = true;
  operation.extension = true;
  operation.parameters = {RolloutIdSpec().Mandatory(),
                          Instances(control::kMostNamedMachines)
                              .Says("These alone, and the rollout stays as it is; default: all that it updated.",
                                    "仅这些机器，发布状态不变；默认为其更新的全部机器。")};
  operation.summary = {"Of this server alone: machines that a rollout updated go back to the version before.",
                       "本服务器独有：将发布所更新的机器回退到先前版本。"};
  operation.notes = {{"Also after it is over, while no other rollout of the name is live. Not bound to windows.",
                      "发布结束后也可进行，只要同名发布没有其他进行中的；不受时间窗口限制。"}};
  operation.example = "RollbackAgentRollout --RolloutId ro-1";
  operation.errors = {"InstanceIds.ExceedLimit",        "InvalidAgentRollout.Running", "InvalidAgentRollout.State",
                      "InvalidAgentRolloutId.NotFound", "InvalidInstance.NotFound",    "InvalidInstanceId.NotFound"};
  operation.answer = kChangedRollout;
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

#include "server/control/rollouts.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/rollout_shape.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  control::PauseRolloutIn in;
  in.id = model::RolloutId(call.arguments.Text("RolloutId"));
  in.end = *call.arguments.Flag("End");
  auto out = co_await call.Change(control::PauseRollout, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  co_return ShowChanged(*out);
}

}  // namespace

Operation PauseAgentRolloutOperation(const model::Limits& /*limits*/) {
  Operation operation;
  operation.name = "PauseAgentRollout";
  operation.changes = true;
  operation.extension = true;
  operation.parameters = {
      RolloutIdSpec().Mandatory(),
      Flag("End").Default("false").Says("For good: machines that wait are skipped.", "彻底结束：等待中的机器被跳过。")};
  operation.summary = {"Of this server alone: nothing more of a rollout is ordered.",
                       "本服务器独有：暂停发布，不再下发。"};
  operation.notes = {{"What was ordered goes on; what was updated stays so.", "已下发的继续执行；已更新的保持不变。"}};
  operation.example = "PauseAgentRollout --RolloutId ro-1";
  operation.errors = {"InvalidAgentRollout.State", "InvalidAgentRolloutId.NotFound"};
  operation.answer = kChangedRollout;
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

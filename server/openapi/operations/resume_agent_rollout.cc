#include "server/control/rollouts.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/rollout_shape.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  control::ResumeRolloutIn in;
  in.id = model::RolloutId(call.arguments.Text("RolloutId"));
  in.retry_failed = *call.arguments.Flag("RetryFailed");
  auto out = co_await call.Change(control::ResumeRollout, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  co_return ShowChanged(*out);
}

}  // namespace

Operation ResumeAgentRolloutOperation(const model::Limits& /*limits*/) {
  Operation operation;
  operation.name = "ResumeAgentRollout";
  operation.changes = true;
  operation.extension = true;
  operation.parameters = {RolloutIdSpec().Mandatory(),
                          Flag("RetryFailed")
                              .Default("false")
                              .Says("Machines that failed get another order, 2,000 of them at most.",
                                    "失败的机器再次下发，最多 2,000 台。")};
  operation.summary = {"Of this server alone: a paused rollout goes on.", "本服务器独有：继续已暂停的发布。"};
  operation.notes = {{"After a gate that failed it goes on over that gate, with the next wave.",
                      "若因健康检查失败而暂停，则越过该检查，进入下一批。"}};
  operation.example = "ResumeAgentRollout --RolloutId ro-1";
  operation.errors = {"InvalidAgentRollout.State", "InvalidAgentRolloutId.NotFound"};
  operation.answer = kChangedRollout;
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

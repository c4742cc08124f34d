#include "server/control/rerun_invocation.h"

#include "server/model/wave.h"
#include "server/openapi/operations/invocation_terms.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::RerunInvocationIn in;
  in.invocation = InvokeId(arguments.Text("InvokeId"));
  for (const std::string& id : arguments.List("InstanceId")) in.instances.emplace_back(id);
  in.uncertain = *arguments.Flag("IncludeUnknown");
  in.max_concurrency = arguments.TextIfGiven("MaxConcurrency");
  in.max_errors = arguments.TextIfGiven("MaxErrors");
  if (const auto seconds = arguments.Number("DeliveryTimeout")) {
    if (*seconds == 0) co_return Refuse(InvalidError("DeliveryTimeout"));
    in.delivery_timeout = std::chrono::seconds(*seconds);
  }
  in.client_token = call.client_token;
  auto out = co_await control::RerunWholeInvocation(call.runner, std::move(in), call.TakeOrigin());
  if (!out) co_return call.Refused(out.error());
  json::Object answer;
  answer["CommandId"] = out->command.str();
  answer["InvokeId"] = out->invocation.str();
  answer["RerunOf"] = arguments.Text("InvokeId");
  answer["InstanceCount"] = out->count;
  answer["LeftOut"] = json::Object{{"Succeeded", out->targets.succeeded},
                                   {"NotEnded", out->targets.open},
                                   {"Unknown", out->targets.uncertain},
                                   {"Deregistered", out->targets.gone}};
  co_return answer;
}

}  // namespace

Operation RerunInvocationOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "RerunInvocation";
  operation.changes = true;
  operation.client_token = true;
  operation.extension = true;
  operation.parameters = {
      InvokeIdSpec().Mandatory(),
      Instances(limits.targets).Says("Only these of its machines; default: all.", "仅其中这些机器；默认全部。"),
      Flag("IncludeUnknown")
          .Default("false")
          .Says("true: also where it may have run, that is where its outcome is unknown or presumed.",
                "true：也包括可能已执行的机器，即结局未知或推定的。"),
      MaxConcurrencySpec().Says("As of RunCommand; default: as of the former one.", "同 RunCommand；默认沿用原执行。"),
      MaxErrorsSpec().Says("As of RunCommand; default: as of the former one.", "同 RunCommand；默认沿用原执行。"),
      DeliveryTimeoutSpec().Says("As of RunCommand; default: as of the former one.",
                                 "同 RunCommand；默认沿用原执行。")};
  operation.summary = {
      "Of this server alone: runs an invocation once more on the machines where it did not succeed, as a new one.",
      "本服务器独有：在未成功的机器上重新执行一次，生成新的执行。"};
  operation.notes = {
      {"Script, parameters and all other terms are those of then, also when the command was changed or deleted since.",
       "脚本、参数及其他设置与当时相同，即使命令已被修改或删除。"},
      {"Not again: where it succeeded, where it has not ended, on machines that were deregistered, and, without "
       "IncludeUnknown, where it may have run. LeftOut counts them.",
       "不会重新执行的机器：已成功的、尚未结束的、已注销的，以及（未给出 IncludeUnknown 时）可能已执行的。LeftOut "
       "给出各自数量。"},
      {"DescribeInvocations shows RerunOf. Of a schedule or a file it is refused.",
       "DescribeInvocations 显示 RerunOf。定时任务与文件发送会被拒绝。"}};
  operation.example = "RerunInvocation --InvokeId t-1";
  operation.errors = {"InstanceIds.ExceedLimit",        "InvalidInstanceId.NotFound",
                      "InvalidInvocation.NotSupported", "InvalidInvocation.NothingToRerun",
                      "InvalidInvokeId.NotFound",       "InvalidParameter.MaxConcurrency",
                      "InvalidParameter.MaxErrors",     "Invocation.ExceedQuota"};
  operation.answer = R"(
CommandId: string
InstanceCount: integer
InvokeId: string
LeftOut: {
  Deregistered: integer
  NotEnded: integer
  Succeeded: integer
  Unknown: integer
}
RerunOf: string
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

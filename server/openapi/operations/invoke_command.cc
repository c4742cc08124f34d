#include "server/control/start_invocation.h"
#include "server/openapi/operations/invocation_terms.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  control::StartInvocationIn in;
  in.command = CommandId(call.arguments.Text("CommandId"));
  if (auto terms = ReadInvocationTerms(call, in); !terms) co_return Refuse(std::move(terms.error()));
  auto out = co_await control::StartWholeInvocation(call.runner, std::move(in), call.TakeOrigin());
  if (!out) co_return call.Refused(out.error());

  json::Object answer;
  answer["InvokeId"] = out->invocation.str();
  co_return answer;
}

}  // namespace

Operation InvokeCommandOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "InvokeCommand";
  operation.changes = true;
  operation.client_token = true;
  operation.parameters = {CommandIdSpec().Mandatory(), TimeoutSpec(limits, 10)
                                                           .Says("Seconds, of this invocation; default: the command's.",
                                                                 "本次执行的时限（秒）；默认同命令。")};
  for (auto& spec : InvocationTermSpecs(limits, 10)) {
    if (spec.name == "WorkingDir") spec.if_wrong = "InvalidParameter.WorkingDir";  // one code for all of it here
    operation.parameters.push_back(std::move(spec));
  }
  operation.summary = {"Runs a stored command on machines, once or on a schedule.",
                       "在机器上执行已保存的命令，一次或定时。"};
  operation.notes = {
      {"The invocation copies the command: later changes do not reach it.", "执行时复制命令，之后的修改不影响它。"},
      {"One unknown machine refuses the whole call.", "有一台机器不存在即拒绝整个调用。"}};
  operation.example = "InvokeCommand --CommandId c-1 --InstanceIds mi-1 mi-2 --Timed false";
  operation.errors = {"CmdContent.ExceedLimit",
                      "InstanceIds.ExceedLimit",
                      "InvalidCmdId.NotFound",
                      "InvalidInstance.NotFound",
                      "InvalidInstance.NotMatch",
                      "InvalidParam.Frequency",
                      "InvalidParam.Splay",
                      "InvalidParameter.MaxConcurrency",
                      "InvalidParameter.MaxErrors",
                      "InvalidParameter.Parameters",
                      "InvalidParameterCharset.Parameters",
                      "InvalidResourceGroup.NotFound",
                      "InvalidResourceTag.ConflictWithInstanceIds",
                      "InvalidResourceTag.InstanceNotFound",
                      "Invocation.ExceedQuota",
                      "MissingParam.Frequency",
                      "MissingParam.InstanceId",
                      "Operation.Forbidden",
                      "Parameter.Disabled",
                      "Parameter.NotMatched",
                      "ParameterCount.ExceedLimit",
                      "ParameterKey.Duplicate",
                      "ParameterKey.ExceedLimit",
                      "ParameterStore.NotSupported",
                      "ParameterType.NotSupported",
                      "WindowsPasswordName.Missed"};
  operation.answer = R"(
InvokeId: string
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

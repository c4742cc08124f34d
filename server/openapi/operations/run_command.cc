#include "server/control/start_invocation.h"
#include "server/openapi/operations/invocation_terms.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  auto content = ReadContent(call);
  if (!content) co_return Refuse(std::move(content.error()));

  control::InlineCommand command;
  command.name = arguments.Text("Name");
  command.description = arguments.Text("Description");
  command.type = ReadType(call);
  command.content = Secret<std::string>(std::move(*content));
  command.enable_parameter = *arguments.Flag("EnableParameter");
  command.keep = *arguments.Flag("KeepCommand");
  control::StartInvocationIn in;
  in.command = std::move(command);
  if (auto terms = ReadInvocationTerms(call, in); !terms) co_return Refuse(std::move(terms.error()));
  auto out = co_await control::StartWholeInvocation(call.runner, std::move(in), call.TakeOrigin());
  if (!out) co_return call.Refused(out.error());

  json::Object answer;
  answer["CommandId"] = out->command.str();
  answer["InvokeId"] = out->invocation.str();
  co_return answer;
}

}  // namespace

Operation RunCommandOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "RunCommand";
  operation.changes = true;
  operation.client_token = true;
  operation.parameters = {
      CommandTypes("Type", "InvalidCmdType.NotFound").Mandatory(),
      CommandContentSpec(limits),
      ContentEncoding("PlainText"),
      CommandNameSpec(),
      CommandDescriptionSpec(),
      TimeoutSpec(limits, 1).Default("60"),
      Flag("EnableParameter")
          .Default("false")
          .Says("Whether {{name}} in the script is a parameter.", "脚本中的 {{name}} 是否为参数。"),
      Flag("KeepCommand")
          .Default("false")
          .Says("Whether the command stays, for InvokeCommand.", "是否保留命令以供 InvokeCommand 使用。")};
  for (auto& spec : InvocationTermSpecs(limits, 20)) operation.parameters.push_back(std::move(spec));
  operation.summary = {"Runs a script on machines: CreateCommand and InvokeCommand in one call.",
                       "在机器上执行脚本：一次完成 CreateCommand 与 InvokeCommand。"};
  operation.notes = {
      {"Returns at once; DescribeInvocations and DescribeInvocationResults tell what became of it. Of a dry run both "
       "ids are empty.",
       "立即返回；结果见 DescribeInvocations 与 DescribeInvocationResults。DryRun 的两个编号为空。"}};
  operation.example = "RunCommand --Type RunShellScript --CommandContent 'echo 123' --InstanceIds mi-1 mi-2";
  operation.errors = {"CmdContent.DecodeError",
                      "CmdContent.ExceedLimit",
                      "CmdCount.ExceedQuota",
                      "CmdParam.EmptyKey",
                      "CmdParam.InvalidParamName",
                      "CmdParamCount.ExceedLimit",
                      "CmdParamName.ExceedLimit",
                      "InstanceIds.ExceedLimit",
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
CommandId: string
InvokeId: string
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

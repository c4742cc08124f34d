#include "server/control/modify_invocation.h"

#include "server/openapi/operations/invocation_terms.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"

namespace assist::server::openapi {
namespace {

// This operation has names of its own for what RunCommand calls otherwise.
constexpr ContentCodes kContentCodes{"InvalidCommandContent.DecodeError", "InvalidCommandContent.LengthLimitExceeded"};
constexpr ParameterCodes kParameterCodes{"", "", "InvalidParameters.ValueTypeUnsupported"};

Answer<void> ReadScript(const Call& call, control::ModifyInvocationIn& in) {
  const Arguments& arguments = call.arguments;
  if (arguments.Has("CommandContent")) {
    auto content = ReadContent(call, kContentCodes);
    if (!content) return Refuse(std::move(content.error()));
    in.content = Secret<std::string>(std::move(*content));
  }
  in.enable_parameter = arguments.Flag("EnableParameter");
  const std::string& text = arguments.Text("Parameters");
  if (text.empty()) return {};
  auto parameters = ReadParameters(call, text, kParameterCodes);
  if (!parameters) return Refuse(std::move(parameters.error()));
  in.parameters = Secret<model::Parameters>(std::move(*parameters));
  in.parameters_json = Secret<std::string>(text);
  return {};
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::ModifyInvocationIn in;
  in.invocation = InvokeId(arguments.Text("InvokeId"));
  if (auto script = ReadScript(call, in); !script) co_return Refuse(std::move(script.error()));
  in.frequency = arguments.TextIfGiven("Frequency");
  for (const std::string& id : arguments.List("InstanceId")) in.instances.emplace_back(id);
  const SchedulePolicies policies = ReadSchedulePolicies(arguments);
  in.missed_policy = policies.missed;
  in.overlap_policy = policies.overlap;
  in.splay = policies.splay;
  in.client_token = call.client_token;
  auto out = co_await control::ModifyWholeInvocation(call.runner, std::move(in), call.TakeOrigin());
  if (!out) co_return call.Refused(out.error());

  json::Object answer;
  answer["CommandId"] = out->command.str();
  co_return answer;
}

}  // namespace

Operation ModifyInvocationAttributeOperation(const model::Limits& limits) {
  ParameterSpec content = Text("CommandContent").Bytes(limits.content_base64_bytes).Says("A new script.", "新脚本。");
  content.if_above = kContentCodes.limit;
  ParameterSpec instances = Instances(limits.targets).Says("Machines to add.", "要增加的机器。");
  instances.if_above = "InvalidInstanceId.CountLimitExceeded";
  Operation operation;
  operation.name = "ModifyInvocationAttribute";
  operation.changes = true;
  operation.client_token = true;
  operation.parameters = {
      InvokeIdSpec().Mandatory(),
      content,
      ContentEncoding("PlainText"),
      Flag("EnableParameter").Says("Whether {{name}} in the script is a parameter.", "脚本中的 {{name}} 是否为参数。"),
      Text("Frequency").Says("When it runs from now on; of a Period alone.", "此后何时执行；仅用于 Period。"),
      Text("Parameters")
          .Bytes(0)
          .Says("In the place of the former values, as the text of a JSON object.", "取代原有取值，JSON 对象文本。"),
      instances,
      MissedPolicySpec(),
      OverlapPolicySpec(),
      SplaySpec()};
  operation.summary = {"Changes a schedule while it lives: script, parameters, times; or adds machines.",
                       "修改仍有效的定时任务：脚本、参数、时间，或增加机器。"};
  operation.notes = {
      {"A changed script is a new command: CommandId is its id then.", "脚本改变即为新命令：CommandId 为其编号。"}};
  operation.example = "ModifyInvocationAttribute --InvokeId t-1 --Frequency '0 0 3 * * *'";
  operation.errors = {"CommandLimitExceeded",
                      "InvalidCommandContent.DecodeError",
                      "InvalidCommandContent.LengthLimitExceeded",
                      "InvalidInstanceId.NotFound",
                      "InvalidInstanceId.OSTypeUnsupported",
                      "InvalidInvokeId.NotFound",
                      "InvalidOperation.CloudAssistantVersionUnsupported",
                      "InvalidOperation.InvokeAlreadyFinished",
                      "InvalidOperation.RepeatModeUnsupported",
                      "InvalidParameter.Frequency",
                      "InvalidParameter.Splay",
                      "InvalidParameters.CountLimitExceeded",
                      "InvalidParameters.KeyDuplicate",
                      "InvalidParameters.KeyEmpty",
                      "InvalidParameters.KeyLengthLimitExceeded",
                      "InvalidParameters.KeyMalformed",
                      "InvalidParameters.KeyNotMatch",
                      "InvalidParameters.ValueTypeUnsupported",
                      "ParameterStore.NotSupported"};
  operation.answer = R"(
CommandId: string
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

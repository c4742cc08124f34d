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
  auto out = co_await control::ModifyWholeInvocation(call.runner, std::move(in), std::move(call.nonce));
  if (!out) co_return call.Refused(out.error());

  json::Object answer;
  answer["CommandId"] = out->command.str();
  co_return answer;
}

}  // namespace

Operation ModifyInvocationAttributeOperation(const model::Limits& limits) {
  ParameterSpec content = Text("CommandContent").Bytes(limits.content_base64_bytes);
  content.if_above = kContentCodes.limit;
  ParameterSpec instances = Instances(limits.targets);
  instances.if_above = "InvalidInstanceId.CountLimitExceeded";
  Operation operation;
  operation.name = "ModifyInvocationAttribute";
  operation.permission = Permission::kRun;
  operation.changes = true;
  operation.client_token = true;
  operation.parameters = {
      Text("InvokeId").Mandatory(), content,   ContentEncoding("PlainText"), Flag("EnableParameter"), Text("Frequency"),
      Text("Parameters").Bytes(0),  instances, MissedPolicySpec(),           OverlapPolicySpec(),     SplaySpec()};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

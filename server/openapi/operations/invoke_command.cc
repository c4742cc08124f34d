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
  auto out = co_await control::StartWholeInvocation(call.runner, std::move(in), std::move(call.nonce));
  if (!out) co_return call.Refused(out.error());

  json::Object answer;
  answer["InvokeId"] = out->invocation.str();
  co_return answer;
}

}  // namespace

Operation InvokeCommandOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "InvokeCommand";
  operation.permission = Permission::kRun;
  operation.changes = true;
  operation.client_token = true;
  operation.parameters = {Text("CommandId").Mandatory(), TimeoutSpec(limits, 10)};
  for (auto& spec : InvocationTermSpecs(limits, 10)) {
    if (spec.name == "WorkingDir") spec.if_wrong = "InvalidParameter.WorkingDir";  // one code for all of it here
    operation.parameters.push_back(std::move(spec));
  }
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

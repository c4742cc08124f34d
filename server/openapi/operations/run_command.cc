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
  auto out = co_await control::StartWholeInvocation(call.runner, std::move(in), std::move(call.nonce));
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
  operation.permission = Permission::kRun;
  operation.changes = true;
  operation.client_token = true;
  operation.parameters = {CommandTypes("Type", "InvalidCmdType.NotFound").Mandatory(),
                          CommandContentSpec(limits),
                          ContentEncoding("PlainText"),
                          CommandNameSpec(),
                          CommandDescriptionSpec(),
                          TimeoutSpec(limits, 1).Default("60"),
                          Flag("EnableParameter").Default("false"),
                          Flag("KeepCommand").Default("false")};
  for (auto& spec : InvocationTermSpecs(limits, 20)) operation.parameters.push_back(std::move(spec));
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

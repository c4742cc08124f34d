#include "server/control/create_command.h"

#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  auto content = ReadContent(call);
  if (!content) co_return Refuse(std::move(content.error()));
  if (auto group = RefuseResourceGroup(call); !group) co_return Refuse(std::move(group.error()));

  control::CreateCommandIn in;
  in.name = arguments.Text("Name");
  in.description = arguments.Text("Description");
  in.type = ReadType(call);
  in.content = Secret<std::string>(std::move(*content));
  in.enable_parameter = *arguments.Flag("EnableParameter");
  in.timeout = std::chrono::seconds(*arguments.Number("Timeout"));
  in.working_dir = arguments.Text("WorkingDir");
  in.launcher = arguments.Text("Launcher");
  in.tags = arguments.Tags("Tag");
  in.client_token = call.client_token;
  auto out = co_await call.Change(control::CreateCommand, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));

  json::Object answer;
  answer["CommandId"] = out->id.str();
  co_return answer;
}

}  // namespace

Operation CreateCommandOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "CreateCommand";
  operation.changes = true;
  operation.client_token = true;
  operation.parameters = {CommandTypes("Type", "InvalidCmdType.NotFound").Mandatory(),
                          CommandContentSpec(limits),
                          ContentEncoding("Base64"),
                          CommandNameSpec(),
                          CommandDescriptionSpec(),
                          WorkingDirSpec(),
                          LauncherSpec(),
                          TimeoutSpec(limits, 1).Default("60"),
                          Flag("EnableParameter")
                              .Default("false")
                              .Says("Whether {{name}} in the script is a parameter.", "脚本中的 {{name}} 是否为参数。"),
                          Tags(),
                          ResourceGroup()};
  operation.summary = {"Stores a command and returns its id; nothing runs yet.",
                       "保存一条命令并返回其编号；尚不执行。"};
  operation.notes = {{"With EnableParameter=true the names in {{…}} become ParameterNames.",
                      "EnableParameter=true 时 {{…}} 中的名称成为 ParameterNames。"}};
  operation.example = "CreateCommand --Name test --Type RunShellScript --CommandContent ZWNobyAxMjM=";
  operation.errors = {"CmdContent.DecodeError",        "CmdCount.ExceedQuota",       "CmdParam.EmptyKey",
                      "CmdParam.InvalidParamName",     "CmdParamCount.ExceedLimit",  "CmdParamName.ExceedLimit",
                      "InvalidResourceGroup.NotFound", "ParameterStore.NotSupported"};
  operation.answer = R"(
CommandId: string
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

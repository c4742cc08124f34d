#include "server/control/modify_command.h"

#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"

namespace assist::server::openapi {
namespace {

/// An empty text empties the field.
std::optional<std::string> TextThatStands(const Arguments& arguments, std::string_view name) {
  if (!arguments.Stands(name)) return std::nullopt;
  return arguments.Text(name);
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::ModifyCommandIn in;
  in.id = CommandId(arguments.Text("CommandId"));
  in.name = arguments.TextIfGiven("Name");
  in.description = TextThatStands(arguments, "Description");
  in.working_dir = TextThatStands(arguments, "WorkingDir");
  in.launcher = TextThatStands(arguments, "Launcher");
  if (const auto timeout = arguments.Number("Timeout")) in.timeout = std::chrono::seconds(*timeout);
  auto out = co_await call.Change(control::ModifyCommand, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Object answer;
  co_return answer;
}

}  // namespace

Operation ModifyCommandOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "ModifyCommand";
  operation.changes = true;
  operation.summary = {"Changes name, description, working directory, timeout or launcher of a stored command.",
                       "修改已保存命令的名称、描述、工作目录、超时时间或解释器。"};
  operation.notes = {
      {"Only what is given changes; an empty Description, WorkingDir or Launcher empties it.",
       "只修改给出的项；Description、WorkingDir、Launcher 为空文本时清空该项。"},
      {"Invocations that exist keep what they copied when they were made.", "已有的执行保留其创建时复制的内容。"}};
  operation.parameters = {
      CommandIdSpec().Mandatory(),
      CommandNameSpec(),
      CommandDescriptionSpec(),
      WorkingDirSpec(),
      LauncherSpec(),
      TimeoutSpec(limits, 1),
      Text("CommandContent")
          .Bytes(0)
          .Says("Taken and passed over: the script of a command never changes.", "接受但忽略：命令的脚本不会改变。")};
  operation.example = "ModifyCommand --CommandId c-1 --Timeout 600";
  operation.errors = {"InvalidCmdId.NotFound"};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

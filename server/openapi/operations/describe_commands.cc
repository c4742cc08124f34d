#include "server/control/describe_commands.h"

#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

json::Object Show(const control::CommandView& view, std::string_view content_encoding) {
  const model::Command& command = view.command;
  json::Array names;
  for (const std::string& name : command.parameter_names) names.emplace_back(name);
  json::Object out;
  out["CommandId"] = command.id.str();
  out["Name"] = command.name;
  out["Description"] = command.description;
  out["Type"] = model::Name(command.type);
  out["CommandContent"] = ShowBytes(view.content.Reveal(), content_encoding);
  if (view.content_cut) out["ContentCut"] = true;
  out["CreationTime"] = FormatIso8601(command.created);
  out["EnableParameter"] = command.enable_parameter;
  out["InvokeTimes"] = ShowInt32(command.invoke_times);
  out["Launcher"] = command.launcher;
  out["ParameterDefinitions"] = Wrap("ParameterDefinition", {});
  out["ParameterNames"] = Wrap("ParameterName", std::move(names));
  out["ResourceGroupId"] = "";
  out["Tags"] = ShowTags(command.tags);
  out["Timeout"] = static_cast<std::int64_t>(command.timeout.count());
  out["WorkingDir"] = command.working_dir;
  return out;
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::DescribeCommandsOut page;
  // There are no public commands and no resource groups: nothing matches their names.
  if (!arguments.Has("Provider") && !arguments.Has("ResourceGroupId")) {
    control::DescribeCommandsIn in;
    in.id = CommandId(arguments.Text("CommandId"));
    in.name = arguments.Text("Name");
    in.description = arguments.Text("Description");
    in.type = model::ParseCommandType(arguments.Text("Type"));
    in.tags = AsFilter(arguments.Tags("Tag"));
    in.page = call.page;
    auto out = co_await call.Read(control::DescribeCommands, std::move(in));
    if (!out) co_return Refuse(std::move(out.error()));
    page = std::move(*out);
  }
  json::Array rows;
  for (const auto& view : page.items) rows.push_back(Show(view, arguments.Text("ContentEncoding")));
  json::Object answer;
  answer["Commands"] = Wrap("Command", std::move(rows));
  AddPaging(call, page, answer);
  co_return answer;
}

}  // namespace

Operation DescribeCommandsOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "DescribeCommands";
  operation.max_page = limits.page_size;
  operation.parameters = {
      CommandIdSpec(),
      ContentEncoding("Base64"),
      Text("Description").AtMost(512, "InvalidDescription.LengthLimitExceeded").Says("As Name.", "同 Name。"),
      Flag("Latest").Default("false").Says("Of public commands, of which there are none.",
                                           "用于公共命令，本服务器没有。"),
      Text("Name")
          .AtMost(128, "InvalidName.LengthLimitExceeded")
          .Says("The whole name, or with * at the beginning, the end or both.", "完整名称，或在开头、结尾使用 *。"),
      Text("Provider")
          .Says("Of public commands: there are none, so nothing matches.",
                "公共命令的提供者：本服务器没有，不匹配任何命令。"),
      ResourceGroup(),
      TagsToMatch(),
      CommandTypes("Type", "InvalidCommandType.NotFound")};
  operation.summary = {"Lists stored commands, newest first.", "列出已保存的命令，新的在前。"};
  operation.notes = {
      {"Commands of RunCommand without KeepCommand are never listed.", "RunCommand 未保留的命令不会列出。"},
      {"ContentCut: the page has too much script; ask for this command alone.",
       "ContentCut：本页脚本过多，请单独查询此命令。"}};
  operation.example = "DescribeCommands --Name 'te*' --PageSize 50";
  operation.answer = R"(
Commands: {
  Command: [{
    CommandContent: string
    CommandId: string
    +ContentCut?: boolean
    CreationTime: string
    Description: string
    EnableParameter: boolean
    InvokeTimes: integer
    Launcher: string
    Name: string
    ParameterDefinitions: {
      ParameterDefinition: [{
      }]
    }
    ParameterNames: {
      ParameterName: [string]
    }
    ResourceGroupId: string
    Tags: {
      Tag: [{
        TagKey: string
        TagValue: string
      }]
    }
    Timeout: integer
    Type: string
    WorkingDir: string
  }]
}
NextToken: string
PageNumber: integer
PageSize: integer
TotalCount: integer
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

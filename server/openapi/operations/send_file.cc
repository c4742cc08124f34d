#include "server/control/send_file.h"

#include "protocol/encoding/base64.h"
#include "server/openapi/operations/invocation_terms.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"

namespace assist::server::openapi {
namespace {

/// What the content stands for: the bytes of the file.
Answer<std::string> ReadBytes(const Call& call, model::FileContentType type) {
  const std::string& text = call.arguments.Text("Content");
  if (type == model::FileContentType::kPlainText) return text;
  auto decoded = encoding::Base64Decode(text);
  if (!decoded || decoded->empty()) return call.Refused("FileContent.DecodeError");
  return std::move(*decoded);
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  if (auto group = RefuseResourceGroup(call); !group) co_return Refuse(std::move(group.error()));
  control::SendFileIn in;
  in.file.name = arguments.Text("Name");
  in.file.target_dir = arguments.Text("TargetDir");
  in.file.content_type = model::ParseFileContentType(arguments.Text("ContentType")).value_or(in.file.content_type);
  in.file.owner = arguments.Text("FileOwner");
  in.file.group = arguments.Text("FileGroup");
  in.file.mode = arguments.Text("FileMode");
  in.file.overwrite = *arguments.Flag("Overwrite");
  auto bytes = ReadBytes(call, in.file.content_type);
  if (!bytes) co_return Refuse(std::move(bytes.error()));
  in.bytes = Secret<std::string>(std::move(*bytes));
  in.content = Secret<std::string>(arguments.Text("Content"));
  in.description = arguments.Text("Description");
  in.timeout = std::chrono::seconds(*arguments.Number("Timeout"));
  if (const auto seconds = arguments.Number("DeliveryTimeout")) {
    if (*seconds == 0) co_return Refuse(InvalidError("DeliveryTimeout"));
    in.delivery_timeout = std::chrono::seconds(*seconds);
  }
  in.repeatable = *arguments.Flag("Repeatable");
  for (const std::string& id : arguments.List("InstanceId")) in.instances.emplace_back(id);
  in.region = call.region;
  in.tags = arguments.Tags("Tag");
  in.client_token = call.client_token;
  auto out = co_await control::SendWholeFile(call.runner, std::move(in), call.TakeOrigin());
  if (!out) co_return call.Refused(out.error());

  json::Object answer;
  answer["InvokeId"] = out->invocation.str();
  co_return answer;
}

}  // namespace

Operation SendFileOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "SendFile";
  operation.changes = true;
  operation.client_token = true;
  ParameterSpec content = Text("Content")
                              .Bytes(limits.file_base64_bytes)
                              .Mandatory()
                              .Says("The file; its size counts in Base64.", "文件内容；大小按 Base64 计。");
  content.if_above = "FileSize.ExceedLimit";
  operation.parameters = {
      Instances(limits.file_targets).Mandatory("MissingParam.InstanceId").AtLeast(1),
      Text("Name")
          .Mandatory()
          .AtMost(255, "FileName.ExceedLimit")
          .Form(model::IsFileName, "", "")
          .Says("The file's name in TargetDir.", "TargetDir 中的文件名。"),
      Text("TargetDir")
          .Mandatory()
          .AtMost(255, "FileTargetDir.Invalid")
          .Form(model::IsTargetDir, "", "FileTargetDir.Invalid")
          .Says("The folder on the machine; made when it is missing.", "机器上的目录；不存在时创建。"),
      std::move(content),
      Word("ContentType", {"PlainText", "Base64"})
          .Default("PlainText")
          .Wrong("FileContentType.Invalid")
          .Says("How Content is written.", "Content 的编码方式。"),
      Text("Description").AtMost(512, "FileDesc.ExceedLimit").Says("What it is for.", "用途说明。"),
      Text("FileOwner")
          .Default("root")
          .AtMost(64, "InvalidParameter.FileOwner")
          .Form(model::IsAccountName, "", "InvalidParameter.FileOwner")
          .Says("Its owner, not on Windows.", "文件所有者，不用于 Windows。"),
      Text("FileGroup")
          .Default("root")
          .AtMost(64, "InvalidParameter.FileGroup")
          .Form(model::IsAccountName, "", "InvalidParameter.FileGroup")
          .Says("Its group, not on Windows.", "文件所属组，不用于 Windows。"),
      Text("FileMode")
          .Default("0644")
          .Form(model::IsFileMode, "^0?[0-7]{3,4}$", "FileMode.Invalid")
          .Says("Its mode, octal, not on Windows.", "文件权限，八进制，不用于 Windows。"),
      Flag("Overwrite")
          .Default("false")
          .Says("Whether a file that is there is replaced; else that machine fails.",
                "是否覆盖已有文件；否则该机器失败。"),
      TimeoutSpec(limits, 1).Default("60"),
      Tags(),
      ResourceGroup(),
      DeliveryTimeoutSpec(),
      RepeatableSpec().Says("true: a file may be written twice, should a stock agent restart meanwhile.",
                            "true：若原版 agent 中途重启，文件可能写两次。")};
  operation.summary = {"Writes a small file on machines.", "在机器上写入小文件。"};
  operation.notes = {{"Returns at once; DescribeSendFileResults tells what became of it.",
                      "立即返回；结果见 DescribeSendFileResults。"}};
  operation.example =
      "SendFile --Name motd --TargetDir /etc --Content aGVsbG8K --ContentType Base64 --InstanceIds mi-1";
  operation.errors = {"FileContent.DecodeError",  "FileSize.ExceedLimit",          "InstanceIds.ExceedLimit",
                      "InvalidInstance.NotFound", "InvalidResourceGroup.NotFound", "InvalidTimeout.ExceedLimit",
                      "Operation.Forbidden"};
  operation.answer = R"(
InvokeId: string
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

#include "server/openapi/operations/script.h"

#include <algorithm>

#include "common/base/check.h"
#include "protocol/encoding/base64.h"

namespace assist::server::openapi {
namespace {

bool HasNoControls(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; });
}

bool IsDescription(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == '\x7f';
  });
}

}  // namespace

ParameterSpec CommandIdSpec() { return Text("CommandId").Says("The command (c-…).", "命令编号（c-…）。"); }
ParameterSpec InvokeIdSpec() {
  return Text("InvokeId").Says("The invocation (t-…, of files f-…).", "执行编号（t-…，文件为 f-…）。");
}
ParameterSpec InstanceIdSpec() { return Text("InstanceId").Says("The machine (mi-…).", "机器编号（mi-…）。"); }
ParameterSpec CommandContentSpec(const model::Limits& limits) {
  ParameterSpec spec = Text("CommandContent")
                           .Bytes(limits.content_base64_bytes)
                           .Mandatory()
                           .Says("The script, written as ContentEncoding says; its size counts in Base64.",
                                 "脚本，编码方式见 ContentEncoding；大小按 Base64 计。");
  spec.if_above = "CmdContent.ExceedLimit";
  return spec;
}
ParameterSpec CommandNameSpec() {
  return Text("Name")
      .AtMost(128, "CmdName.ExceedLimit")
      .Form(HasNoControls, "", "InvalidParameterCharacter.CommandName")
      .Says("A name for people; several may have the same.", "供人识别的名称；可以重复。");
}
ParameterSpec CommandDescriptionSpec() {
  return Text("Description")
      .AtMost(512, "CmdDesc.ExceedLimit")
      .Form(IsDescription, "", "InvalidParameterCharacter.CommandDescription")
      .Says("What it is for.", "用途说明。");
}
ParameterSpec WorkingDirSpec() {
  return Text("WorkingDir")
      .AtMost(200, "InvalidParameter.WorkingDir")
      .Form(HasNoControls, "", "InvalidParameterCharacter.CommandWorkingDir")
      .Says("Folder on the machine in which it runs; default: /root, on Windows the agent's.",
            "在机器上执行的目录；默认 /root，Windows 上为 agent 的目录。");
}
ParameterSpec LauncherSpec() {
  return Text("Launcher")
      .AtMost(1024, "InvalidLauncher.LengthLimitExceeded")
      .Says(
          "How the script is started, such as `python3 -u {{ACS::ScriptFileName}}`; default: its #! line, else "
          "/bin/sh.",
          "脚本的启动方式，例如 `python3 -u {{ACS::ScriptFileName}}`；默认依其 #! 行，否则 /bin/sh。");
}

ParameterSpec TimeoutSpec(const model::Limits& limits, std::int64_t min) {
  return Number("Timeout")
      .AtLeast(min)
      .AtMost(limits.timeout_max.count(), "InvalidTimeout.ExceedLimit")
      .Says("Seconds after which a run is ended; less than 10 counts as 10.",
            "一次执行的时限（秒）；小于 10 按 10 计。");
}

Answer<std::string> ReadContent(const Call& call, const ContentCodes& codes) {
  std::string bytes = call.arguments.Text("CommandContent");
  if (call.arguments.Text("ContentEncoding") == "Base64") {
    auto decoded = encoding::Base64Decode(bytes);
    if (!decoded) return call.Refused(codes.decode);
    bytes = std::move(*decoded);
  }
  if (static_cast<std::int64_t>(encoding::Base64Size(bytes.size())) > call.limits().content_base64_bytes) {
    return call.Refused(codes.limit);
  }
  return bytes;
}

model::CommandType ReadType(const Call& call) {
  const auto type = model::ParseCommandType(call.arguments.Text("Type"));
  ASSIST_CHECK(type.has_value());  // the declaration lists the words
  return *type;
}

Answer<void> RefuseResourceGroup(const Call& call) {
  if (call.arguments.Has("ResourceGroupId")) return call.Refused("InvalidResourceGroup.NotFound");
  return {};
}

}  // namespace assist::server::openapi

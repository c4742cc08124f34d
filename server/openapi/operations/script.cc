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

ParameterSpec CommandContentSpec(const model::Limits& limits) {
  ParameterSpec spec = Text("CommandContent").Bytes(limits.content_base64_bytes).Mandatory();
  spec.if_above = "CmdContent.ExceedLimit";
  return spec;
}
ParameterSpec CommandNameSpec() {
  return Text("Name")
      .AtMost(128, "CmdName.ExceedLimit")
      .Form(HasNoControls, "", "InvalidParameterCharacter.CommandName");
}
ParameterSpec CommandDescriptionSpec() {
  return Text("Description")
      .AtMost(512, "CmdDesc.ExceedLimit")
      .Form(IsDescription, "", "InvalidParameterCharacter.CommandDescription");
}
ParameterSpec WorkingDirSpec() {
  return Text("WorkingDir")
      .AtMost(200, "InvalidParameter.WorkingDir")
      .Form(HasNoControls, "", "InvalidParameterCharacter.CommandWorkingDir");
}
ParameterSpec LauncherSpec() { return Text("Launcher").AtMost(1024, "InvalidLauncher.LengthLimitExceeded"); }

ParameterSpec TimeoutSpec(const model::Limits& limits, std::int64_t min) {
  return Number("Timeout").AtLeast(min).AtMost(limits.timeout_max.count(), "InvalidTimeout.ExceedLimit");
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

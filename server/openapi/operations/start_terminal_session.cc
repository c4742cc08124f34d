#include "server/control/agent_operations.h"
#include "server/openapi/operations/list.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::StartTerminalSessionIn in;
  for (const std::string& id : arguments.List("InstanceId")) in.instances.emplace_back(id);
  const bool port = arguments.Has("PortNumber");
  const bool server = arguments.Has("TargetServer");
  const bool line = arguments.Has("CommandLine");
  if (line && (port || server)) co_return call.Refused("InvalidCommandLine.Conflict");
  if (server && !port) co_return call.Refused("InvalidTargetServer.MissingPortNumber");
  if ((server || line) && in.instances.size() > 1) co_return call.Refused("InvalidInstanceIds.CountLimitExceeded");
  in.forwards_port = port;
  auto out = co_await call.Change(control::StartTerminalSession, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Object answer;
  co_return answer;
}

}  // namespace

Operation StartTerminalSessionOperation(const model::Limits&) {
  Operation operation;
  operation.name = "StartTerminalSession";
  operation.changes = true;
  operation.client_token = true;
  operation.summary = {"Opens a terminal or a forwarded port on a machine; this server refuses it.",
                       "在机器上打开终端或转发端口；本服务器拒绝此操作。"};
  operation.notes = {
      {"Parameters and machines are checked as for a session. Then it is refused: UserBehavior.SessionManagerDisabled "
       "when the settings switch sessions off, PortForwarding.NotSupported for a port, else Operation.Forbidden.",
       "先照常检查参数与机器，然后拒绝：设置关闭会话时为 UserBehavior.SessionManagerDisabled，转发端口为 "
       "PortForwarding.NotSupported，其余为 Operation.Forbidden。"}};
  operation.parameters = {
      Instances(10).Mandatory().AtLeast(1),
      Number("PortNumber")
          .AtLeast(1, "PortNumber.Invalid")
          .AtMost(65'535, "PortNumber.Invalid")
          .Wrong("PortNumber.Invalid")
          .Says("A TCP port to forward instead of a terminal.", "代替终端，转发此 TCP 端口。"),
      Text("TargetServer")
          .AtMost(128, "InvalidTargetServer.LengthLimitExceeded")
          .Says("Forward to this host, as the machine sees it; needs PortNumber.",
                "转发到机器所见的此主机；须同时给出 PortNumber。"),
      Text("CommandLine")
          .AtMost(512, "InvalidCommandLine.LengthLimitExceeded")
          .Says("Run this in the session; not with PortNumber or TargetServer.",
                "在会话中执行此命令；不与 PortNumber、TargetServer 同用。"),
      Word("ConnectionType", {"Internet", "Intranet"})
          .Default("Internet")
          .Wrong("InvalidParameter.ConnectionType")
          .Says("Which address a client would connect to.", "客户端连接的地址类型。"),
      Text("Username").AtMost(255, "Username.ExceedLimit").Says("The account on the machine.", "机器上的账户。"),
      Text("PasswordName")
          .AtMost(255, "InvalidPasswordName.LengthLimitExceeded")
          .Says("Name of a stored password, on Windows.", "Windows 上，已存密码的名称。"),
      Json("EncryptionOptions", {Flag("Enabled").Says("Whether to encrypt.", "是否加密。"),
                                 Text("KMSKeyId").Says("The key, with Kms.", "Kms 方式的密钥。"),
                                 Word("Mode", {"Auto", "Kms"}).Default("Auto").Says("Whose key.", "密钥来源。")})
          .Says("How the stream would be encrypted besides TLS.", "除 TLS 外的数据加密方式。")};
  operation.example = "StartTerminalSession --InstanceIds mi-1";
  operation.errors = {
      "InvalidCommandLine.Conflict",           "InvalidInstance.NotFound", "InvalidInstanceIds.CountLimitExceeded",
      "InvalidTargetServer.MissingPortNumber", "Operation.Forbidden",      "PortForwarding.NotSupported",
      "UserBehavior.SessionManagerDisabled"};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

#include "server/openapi/operations/list.h"

namespace assist::server::openapi {
namespace {

/// There are no sessions, so nothing has this id; nothing is changed that would have to remember the nonce.
asio::awaitable<Answer<json::Object>> Run(Call& call) { co_return call.Refused("InvalidSessionId.NotFound"); }

}  // namespace

Operation EndTerminalSessionOperation(const model::Limits&) {
  Operation operation;
  operation.name = "EndTerminalSession";
  operation.changes = true;
  operation.summary = {"Closes a session for good; this server has none.", "彻底关闭会话；本服务器没有会话。"};
  operation.parameters = {
      Text("SessionId")
          .Mandatory()
          .Says("The session (s-…); every one is unknown here.", "会话编号（s-…）；在此均不存在。")};
  operation.example = "EndTerminalSession --SessionId s-1";
  operation.errors = {"InvalidSessionId.NotFound"};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

#include "server/control/delete_command.h"

#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  control::DeleteCommandIn in{CommandId(call.arguments.Text("CommandId"))};
  auto out = co_await call.Change(control::DeleteCommand, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Object answer;
  co_return answer;
}

}  // namespace

Operation DeleteCommandOperation(const model::Limits&) {
  Operation operation;
  operation.name = "DeleteCommand";
  operation.changes = true;
  operation.parameters = {CommandIdSpec().Mandatory()};
  operation.summary = {"Deletes a command that no unfinished invocation uses.", "删除没有未结束执行的命令。"};
  operation.notes = {{"Invocations of it stay listed.", "其执行历史仍然保留。"}};
  operation.example = "DeleteCommand --CommandId c-1";
  operation.errors = {"InvalidCmdId.NotFound", "InvalidStatus.CmdIdInUse"};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

#include "server/openapi/operations/list.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& /*call*/) {
  json::Object answer;
  answer["NextToken"] = "";
  answer["Sessions"] = Wrap("Session", {});
  co_return answer;
}

}  // namespace

Operation DescribeTerminalSessionsOperation(const model::Limits&) {
  Operation operation;
  operation.name = "DescribeTerminalSessions";
  operation.max_page = 100;
  operation.paging = PagingForm::kTokens;
  operation.summary = {"History of sessions; this server has none.", "会话的历史；本服务器没有会话。"};
  operation.parameters = {Text("InstanceId").Says("Only those on this machine.", "只要此机器上的。"),
                          Text("SessionId").Says("Only this one.", "只要这一个。")};
  operation.example = "DescribeTerminalSessions --InstanceId mi-1";
  operation.answer = R"(
NextToken: string
Sessions: {
  Session: [{
  }]
}
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

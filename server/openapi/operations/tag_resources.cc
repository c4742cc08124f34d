#include "server/control/tags.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/tags.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  control::TagResourcesIn in;
  in.kind = ReadResourceType(call);
  in.ids = call.arguments.List("ResourceId");
  in.tags = call.arguments.Tags("Tag");
  auto out = co_await call.Change(control::TagResources, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Object answer;
  co_return answer;
}

}  // namespace

Operation TagResourcesOperation(const model::Limits&) {
  Operation operation;
  operation.name = "TagResources";
  operation.changes = true;
  DeclareTagOperation(operation);
  operation.summary = {"Puts tags on things; a key that is there gets the new value.",
                       "为资源添加标签；已有的键取新值。"};
  operation.notes = {
      {"All or nothing: one unknown id refuses the call.", "全部成功或全部不做：有一个编号不存在即拒绝。"},
      {"One thing has at most 20 tags.", "一个资源最多有 20 个标签。"}};
  operation.parameters = {ResourceTypeSpec(), ResourceIdsSpec().Mandatory("MissingParameter.ResourceIds").AtLeast(1),
                          ResourceTagSpec()
                              .Mandatory("MissingParameter.Tags")
                              .AtLeast(1)
                              .Says("The tags, up to 20 in one call.", "标签，一次最多 20 个。")};
  operation.example =
      "TagResources --ResourceType managedinstance --ResourceId mi-1 mi-2 --Tag.1.Key web --Tag.1.Value front";
  operation.errors = {"InvalidResourceId.NotFound", "OperationDenied.QuotaExceed"};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

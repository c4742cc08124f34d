#include "server/control/tags.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/tags.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  control::UntagResourcesIn in;
  in.kind = ReadResourceType(call);
  in.ids = call.arguments.List("ResourceId");
  in.keys = call.arguments.List("TagKey");
  in.all = *call.arguments.Flag("All");
  if (in.all && !in.keys.empty()) co_return call.Refused("Param.Conflict");
  auto out = co_await call.Change(control::UntagResources, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Object answer;
  co_return answer;
}

}  // namespace

Operation UntagResourcesOperation(const model::Limits&) {
  Operation operation;
  operation.name = "UntagResources";
  operation.changes = true;
  DeclareTagOperation(operation);
  operation.summary = {"Takes tags off things.", "移除资源的标签。"};
  operation.notes = {{"Keys that are not there are passed over. With neither TagKey nor All nothing changes.",
                      "不存在的键被跳过。既无 TagKey 也无 All 时不作改变。"}};
  operation.parameters = {
      ResourceTypeSpec(), ResourceIdsSpec().Mandatory("MissingParameter.ResourceIds").AtLeast(1),
      Texts("TagKey").AtMost(20, "NumberExceed.Tags").Says("Keys of the tags that go.", "要移除的标签键。"),
      Flag("All").Default("false").Says("Every tag, when no TagKey is given.", "未给出 TagKey 时移除全部标签。")};
  operation.example = "UntagResources --ResourceType managedinstance --ResourceId mi-1 --TagKey web";
  operation.errors = {"InvalidResourceId.NotFound", "Param.Conflict"};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

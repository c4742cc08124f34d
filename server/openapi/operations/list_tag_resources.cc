#include <algorithm>

#include "server/control/tags.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/show.h"
#include "server/openapi/operations/tags.h"

namespace assist::server::openapi {
namespace {

/// As a tag's key: the resource group of a thing.
constexpr std::string_view kGroupKey = "acs:rm:rgId";

ParameterSpec TagFilterSpec() {
  ParameterSpec spec =
      Text("TagFilter")
          .AtMost(5, "InvalidTagFilter.Malformed")
          .Wrong("InvalidTagFilter.Malformed")
          .Says("Tags whose key and one of whose values are like these: env, env*, *env*. Not with Tag.",
                "键与其中一个值相似的标签：env、env*、*env*。不与 Tag 同用。");
  spec.kind = ParameterSpec::Kind::kTagFilters;
  spec.if_value_wrong = "NumberExceed.TagValues";
  return spec;
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::ListTagResourcesIn in;
  in.kind = ReadResourceType(call);
  in.ids = arguments.List("ResourceId");
  const model::Tags& tags = arguments.Tags("Tag");
  const auto& filters = arguments.TagFilters("TagFilter");
  if (!tags.empty() && !filters.empty()) co_return call.Refused("InvalidTags.MalFormed");
  if (in.ids.empty() && tags.empty() && filters.empty()) co_return call.Refused("BothEmpty.TagsAndResources");
  const bool by_group =
      std::any_of(tags.begin(), tags.end(), [](const model::Tag& tag) { return tag.key == kGroupKey; });
  if (by_group && tags.size() > 1) co_return call.Refused("InvalidTag.NotSupported");
  in.tags = AsFilter(tags);
  for (const auto& filter : filters) in.like.push_back({filter.key, filter.values});
  in.page = call.page;

  control::ListTagResourcesOut page;
  if (!by_group) {  // there are no resource groups, so nothing is in one
    auto out = co_await call.Read(control::ListTagResources, std::move(in));
    if (!out) co_return Refuse(std::move(out.error()));
    page = std::move(*out);
  }
  json::Array rows;
  for (const model::TagRow& row : page.items) {
    rows.push_back(json::Object{{"ResourceId", row.id},
                                {"ResourceType", arguments.Text("ResourceType")},
                                {"TagKey", row.tag.key},
                                {"TagValue", row.tag.value}});
  }
  json::Object answer;
  answer["NextToken"] = page.next ? WritePageToken(*page.next, call.filter_hash) : std::string();
  answer["TagResources"] = Wrap("TagResource", std::move(rows));
  co_return answer;
}

}  // namespace

Operation ListTagResourcesOperation(const model::Limits&) {
  Operation operation;
  operation.name = "ListTagResources";
  operation.max_page = 50;
  operation.paging = PagingForm::kNextToken;
  DeclareTagOperation(operation);
  operation.summary = {"Lists tags, a row for each thing and key.", "列出标签：每个资源的每个键一行。"};
  operation.notes = {
      {"One of ResourceId, Tag and TagFilter is needed; where ids and tags are given, both must hold. All tags "
       "of what is chosen are shown, newest thing first.",
       "ResourceId、Tag、TagFilter 至少给出一项；同时给出编号与标签时须都满足。显示所选资源的全部标签，"
       "新的资源在前。"}};
  ParameterSpec tags = ResourceTagSpec().Says(
      "Only things that have all these tags; one without Value matches any value. The key acs:rm:rgId asks for a "
      "resource group: there are none.",
      "只要具有全部这些标签的资源；不带 Value 的匹配任何值。键 acs:rm:rgId 表示资源组：本服务器没有。");
  tags.allowed_key = kGroupKey;
  operation.parameters = {ResourceTypeSpec(), ResourceIdsSpec(), std::move(tags), TagFilterSpec()};
  operation.example = "ListTagResources --ResourceType managedinstance --ResourceId mi-1";
  operation.errors = {"BothEmpty.TagsAndResources", "InvalidResourceId.NotFound", "InvalidTag.NotSupported",
                      "InvalidTags.MalFormed"};
  operation.answer = R"(
NextToken: string
TagResources: {
  TagResource: [{
    ResourceId: string
    ResourceType: string
    TagKey: string
    TagValue: string
  }]
}
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

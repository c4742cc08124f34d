#include "server/openapi/operations/list.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  json::Array rows;
  for (const std::string& region : call.options.regions) {
    json::Object row;
    row["RegionId"] = region;
    row["RegionEndpoint"] = call.options.endpoint.empty() ? call.host : call.options.endpoint;
    row["LocalName"] = region;
    row["Status"] = "available";
    rows.push_back(std::move(row));
  }
  json::Object answer;
  answer["Regions"] = Wrap("Region", std::move(rows));
  co_return answer;
}

}  // namespace

Operation DescribeRegionsOperation(const model::Limits&) {
  Operation operation;
  operation.name = "DescribeRegions";
  operation.permission = Permission::kRead;
  operation.needs_region = false;
  operation.parameters = {
      Word("AcceptLanguage", {"zh-CN", "zh-TW", "en-US", "ja", "fr", "de", "ko"})
          .Default("zh-CN")
          .Wrong("InvalidAcceptLanguage.NotFound"),
      Word("InstanceChargeType", {"PrePaid", "PostPaid", "SpotWithPriceLimit", "SpotAsPriceGo"}).Default("PostPaid"),
      Word("ResourceType", {"instance", "disk", "reservedinstance", "scu"})
          .Default("instance")
          .Wrong("InvalidResourceType.NotFound")};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

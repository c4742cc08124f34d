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
  operation.needs_region = false;
  operation.parameters = {Word("AcceptLanguage", {"zh-CN", "zh-TW", "en-US", "ja", "fr", "de", "ko"})
                              .Default("zh-CN")
                              .Wrong("InvalidAcceptLanguage.NotFound")
                              .Says("Taken; LocalName is the region's id.", "接受；LocalName 即地域编号。"),
                          Word("InstanceChargeType", {"PrePaid", "PostPaid", "SpotWithPriceLimit", "SpotAsPriceGo"})
                              .Default("PostPaid")
                              .Says("Taken; chooses nothing.", "接受；不作筛选。"),
                          Word("ResourceType", {"instance", "disk", "reservedinstance", "scu"})
                              .Default("instance")
                              .Wrong("InvalidResourceType.NotFound")
                              .Says("Taken; chooses nothing.", "接受；不作筛选。")};
  operation.summary = {"Lists the regions of this server.", "列出本服务器的地域。"};
  operation.example = "DescribeRegions";
  operation.answer = R"(
Regions: {
  Region: [{
    LocalName: string
    RegionEndpoint: string
    RegionId: string
    Status: string
  }]
}
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

#include "server/control/inventory.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

json::Object Show(const model::InventoryItem& item, bool whole) {
  json::Object out;
  out["TypeName"] = item.type;
  out["SchemaVersion"] = item.schema_version;
  out["CaptureTime"] = item.captured;
  out["ContentHash"] = item.hash;
  out["ReceivedTime"] = FormatIso8601(item.received);
  out["Size"] = item.size;
  if (whole) out["Content"] = item.content;
  return out;
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  control::DescribeInventoryIn in;
  in.instance = InstanceId(call.arguments.Text("InstanceId"));
  in.type = call.arguments.Text("TypeName");
  const bool whole = !in.type.empty();
  const std::string instance = in.instance.str();
  auto out = co_await call.Read(control::DescribeInventory, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Array rows;
  for (const model::InventoryItem& item : out->items) rows.push_back(Show(item, whole));
  json::Object answer;
  answer["InstanceId"] = instance;
  answer["InventoryItems"] = Wrap("InventoryItem", std::move(rows));
  co_return answer;
}

}  // namespace

Operation DescribeAssistInventoryOperation(const model::Limits&) {
  Operation operation;
  operation.name = "DescribeAssistInventory";
  operation.parameters = {InstanceIdSpec().Mandatory("MissingParam.InstanceId"),
                          Text("TypeName").Says("One kind, with its content.", "某一种类，并显示内容。")};
  operation.extension = true;
  operation.summary = {"Of this server alone: what a stock agent has told of its machine; with TypeName the content.",
                       "本服务器独有：原版 agent 上报的机器信息；给出 TypeName 时含内容。"};
  operation.example = "DescribeAssistInventory --InstanceId mi-1 --TypeName ACS:Application";
  operation.errors = {"InvalidInstance.NotFound"};
  operation.answer = R"(
InstanceId: string
InventoryItems: {
  InventoryItem: [{
    CaptureTime: string
    Content?: string
    ContentHash: string
    ReceivedTime: string
    SchemaVersion: string
    Size: integer
    TypeName: string
  }]
}
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

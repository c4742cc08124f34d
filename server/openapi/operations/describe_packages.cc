#include "server/openapi/operations/list.h"
#include "server/openapi/operations/packages.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

json::Object Show(const control::PackageView& view) {
  const store::PackageRow& row = view.row;
  json::Array channels;
  for (const std::string& channel : view.channels) channels.emplace_back(channel);
  json::Object out;
  out["PackageId"] = row.id;
  out["Kind"] = package::Name(row.kind);
  out["Name"] = row.name;
  out["PackageVersion"] = row.version;
  out["Os"] = row.os;
  out["Arch"] = row.arch;
  out["Sequence"] = row.sequence;
  out["Format"] = package::Name(row.format);
  out["Sha256"] = row.sha256;
  out["Size"] = row.size;
  out["UnpackedSize"] = row.unpacked_size;
  out["Publisher"] = row.publisher;
  out["PublisherKeyId"] = row.publisher_key_id;
  out["Description"] = row.description;
  out["Stock"] = row.stock;
  out["Deprecated"] = row.deprecated;
  out["Channels"] = Wrap("Channel", std::move(channels));
  out["CreationTime"] = FormatIso8601(row.created);
  out["Expires"] = ShowTime(row.expires);
  return out;
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::DescribePackagesIn in;
  in.filter.kind = package::ParseKind(arguments.Text("Kind"));
  in.filter.name = arguments.Text("Name");
  in.filter.version = arguments.Text("PackageVersion");
  in.filter.os = arguments.Text("Os");
  in.filter.arch = arguments.Text("Arch");
  in.filter.channel = arguments.Text("Channel");
  in.page = call.page;
  auto page = co_await call.Read(control::DescribePackages, std::move(in));
  if (!page) co_return Refuse(std::move(page.error()));
  json::Array rows;
  for (const control::PackageView& view : page->items) rows.push_back(Show(view));
  json::Object answer;
  answer["Packages"] = Wrap("Package", std::move(rows));
  AddPaging(call, *page, answer);
  co_return answer;
}

}  // namespace

Operation DescribePackagesOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "DescribePackages";
  operation.max_page = limits.page_size;
  operation.extension = true;
  operation.parameters = {Text("Name").AtMost(66).Says("Name; with * at its beginning or end also a part of it.",
                                                       "名称；首尾可用 * 匹配部分。"),
                          PackageVersionSpec(),
                          PackageOsSpec(),
                          PackageArchSpec(),
                          Word("Kind", {"package", "agent"}).Says("Only of this kind.", "仅此类。"),
                          PackageChannelSpec().Says("Only versions that this channel names.", "仅此频道所指的版本。")};
  operation.summary = {"Of this server alone: lists what was published, newest first.",
                       "本服务器独有：列出已发布的软件包，新的在前。"};
  operation.example = "DescribePackages --Name nginx-conf";
  operation.answer = R"(
NextToken: string
Packages: {
  Package: [{
    Arch: string
    Channels: {
      Channel: [string]
    }
    CreationTime: string
    Deprecated: boolean
    Description: string
    Expires: string
    Format: string
    Kind: string
    Name: string
    Os: string
    PackageId: string
    PackageVersion: string
    Publisher: string
    PublisherKeyId: string
    Sequence: integer
    Sha256: string
    Size: integer
    Stock: boolean
    UnpackedSize: integer
  }]
}
PageNumber: integer
PageSize: integer
TotalCount: integer
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

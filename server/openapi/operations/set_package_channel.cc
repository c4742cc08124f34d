#include "server/openapi/access_table.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/packages.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::SetPackageChannelIn in;
  in.name = ReadPackageName(arguments);
  in.channel = arguments.Text("Channel");
  in.version = arguments.Text("PackageVersion");
  in.for_stock = AccessForStock(call);
  if (call.origin.audit) {
    call.origin.audit->record.resources =
        std::string(package::Name(in.name.kind)) + "/" + in.name.name + "@" + in.version + " channel/" + in.channel;
  }
  auto out = co_await call.Change(control::SetPackageChannel, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Object answer;
  answer["Name"] = arguments.Text("Name");
  answer["Channel"] = arguments.Text("Channel");
  answer["PackageVersion"] = arguments.Text("PackageVersion");
  answer["Former"] = out->former;
  co_return answer;
}

}  // namespace

Operation SetPackageChannelOperation(const model::Limits&) {
  Operation operation;
  operation.name = "SetPackageChannel";
  operation.changes = true;
  operation.extension = true;
  operation.parameters = {
      PackageNameSpec().Mandatory(), PackageChannelSpec().Mandatory(),
      PackageVersionSpec().Says("The version that it shall name; left out: the channel is taken away.",
                                "频道所指的版本；不给出：删除频道。"),
      PackageKindSpec()};
  operation.summary = {"Of this server alone: lets a channel of a package name a version.",
                       "本服务器独有：让软件包的频道指向某版本。"};
  operation.notes = {{"A package for stock agents also needs `ecs:RunCommand` on all machines.",
                      "供官方 Agent 使用的软件包还需要对全部实例的 `ecs:RunCommand` 权限。"}};
  operation.example = "SetPackageChannel --Name nginx-conf --Channel stable --PackageVersion 1.2";
  operation.errors = {"InvalidPackage.Deprecated", "InvalidPackage.NotFound", "InvalidPackage.TooMany"};
  operation.answer = R"(
Channel: string
Former: string
Name: string
PackageVersion: string
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

#include "server/openapi/operations/list.h"
#include "server/openapi/operations/packages.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::RemovePackageIn in;
  in.name = ReadPackageName(arguments);
  in.version = arguments.Text("PackageVersion");
  in.os = arguments.Text("Os");
  in.arch = arguments.Text("Arch");
  if (call.origin.audit) {
    call.origin.audit->record.resources = std::string(package::Name(in.name.kind)) + "/" + in.name.name + "@" +
                                          in.version + "/" + (in.os.empty() ? "*" : in.os) + "/" +
                                          (in.arch.empty() ? "*" : in.arch);
  }
  auto out = co_await call.Change(control::RemovePackage, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Object answer;
  answer["Count"] = out->count;
  co_return answer;
}

}  // namespace

Operation RemovePackageOperation(const model::Limits&) {
  Operation operation;
  operation.name = "RemovePackage";
  operation.changes = true;
  operation.extension = true;
  operation.parameters = {PackageNameSpec().Mandatory(), PackageVersionSpec().Mandatory(), PackageOsSpec(),
                          PackageArchSpec(), PackageKindSpec()};
  operation.summary = {"Of this server alone: takes a published version away.", "本服务器独有：删除已发布的版本。"};
  operation.notes = {{"Refused while a channel names it. Machines that have it keep it. Its archive goes a day later.",
                      "频道指向它时会被拒绝。已安装的机器不受影响。归档一天后删除。"}};
  operation.example = "RemovePackage --Name nginx-conf --PackageVersion 1.2";
  operation.errors = {"InvalidPackage.InUse", "InvalidPackage.NotFound"};
  operation.answer = R"(
Count: integer
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

#include "server/openapi/operations/list.h"
#include "server/openapi/operations/packages.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::DeprecatePackageIn in;
  in.name = ReadPackageName(arguments);
  in.version = arguments.Text("PackageVersion");
  in.deprecated = *arguments.Flag("Deprecated");
  if (call.origin.audit) {
    call.origin.audit->record.resources =
        std::string(package::Name(in.name.kind)) + "/" + in.name.name + "@" + in.version;
  }
  auto out = co_await call.Change(control::DeprecatePackage, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Object answer;
  answer["Count"] = out->count;
  co_return answer;
}

}  // namespace

Operation DeprecatePackageOperation(const model::Limits&) {
  Operation operation;
  operation.name = "DeprecatePackage";
  operation.changes = true;
  operation.extension = true;
  operation.parameters = {PackageNameSpec().Mandatory(), PackageVersionSpec().Mandatory(),
                          Flag("Deprecated").Default("true").Says("false: it is good again.", "false：恢复可用。"),
                          PackageKindSpec()};
  operation.summary = {"Of this server alone: only who names this very version gets it from now on.",
                       "本服务器独有：此后只有明确指定此版本才会得到它。"};
  operation.notes = {{"No channel can name it, and it is never taken as the newest. What has it keeps it.",
                      "频道不能指向它，也不会作为最新版本；已安装的不受影响。"}};
  operation.example = "DeprecatePackage --Name nginx-conf --PackageVersion 1.2";
  operation.errors = {"InvalidPackage.NotFound"};
  operation.answer = R"(
Count: integer
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

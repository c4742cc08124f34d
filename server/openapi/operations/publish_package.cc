#include "protocol/package/envelope.h"
#include "server/artifacts/artifacts.h"
#include "server/openapi/access_table.h"
#include "server/openapi/operations/list.h"
#include "server/openapi/operations/packages.h"

namespace assist::server::openapi {
namespace {

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::PublishPackageIn in;
  in.channels = arguments.List("Channel");
  for (const std::string& channel : in.channels) {
    if (!IsChannel(channel)) co_return Refuse(InvalidError("Channel"));
  }
  auto check = [text = arguments.Text("Envelope")] { return control::CheckPackage(text); };
  Result<control::CheckedPackage> package = co_await call.pool->Run(std::move(check));
  if (!package) co_return call.Refused(package.error());
  in.package = std::move(*package);
  const store::PackageRow row = in.package.row;
  if (call.origin.audit) {
    call.origin.audit->record.resources = control::PackageResource(row) + " key/" + row.publisher_key_id;
  }
  // Whoever may not publish is not told what lies here.
  control::JudgeIn judge{call.access};
  auto allowed = co_await call.Read(control::Judge, std::move(judge));
  if (!allowed) co_return Refuse(std::move(allowed.error()));
  auto found = co_await call.artifacts->Find(row.sha256);
  if (!found) co_return call.Refused(found.error());
  in.archive_size = *found;
  in.for_stock = AccessForStock(call);
  auto out = co_await call.Change(control::PublishPackage, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));
  json::Object answer;
  answer["PackageId"] = out->id;
  answer["Kind"] = package::Name(row.kind);
  answer["Name"] = row.name;
  answer["PackageVersion"] = row.version;
  answer["Os"] = row.os;
  answer["Arch"] = row.arch;
  answer["Sequence"] = row.sequence;
  answer["Replaced"] = out->replaced;
  co_return answer;
}

}  // namespace

Operation PublishPackageOperation(const model::Limits&) {
  constexpr std::int64_t kMostAtOnce = 10;
  Operation operation;
  operation.name = "PublishPackage";
  operation.changes = true;
  operation.extension = true;
  operation.parameters = {
      Text("Envelope")
          .Mandatory()
          .Bytes(static_cast<std::int64_t>(package::kMaxEnvelopeBytes))
          .Says("Manifest, signature and public key, as `assist pkg` makes them (JSON).",
                "清单、签名与公钥（JSON），由 `assist pkg` 生成。"),
      Texts("Channel").AtMost(kMostAtOnce).Says("Channels that shall name this version.", "指向此版本的频道。")};
  operation.summary = {"Of this server alone: publishes a package whose archive was sent with PutArtifact.",
                       "本服务器独有：发布软件包，其归档须已用 PutArtifact 上传。"};
  operation.notes = {
      {"The signature must be right; whether its key is trusted is decided on each machine.",
       "签名须正确；是否信任其公钥由每台机器决定。"},
      {"Of one name, version and system only a manifest with a higher Sequence takes the place of the former.",
       "同名同版本同系统的清单，仅 Sequence 更高者可替换。"},
      {"A name belongs to the key that published it first, until all of it is removed.",
       "名称归首个发布它的公钥所有，直到全部删除。"},
      {"A package for stock agents also needs `ecs:RunCommand` on all machines.",
       "供官方 Agent 使用的软件包还需要对全部实例的 `ecs:RunCommand` 权限。"}};
  operation.example = "PublishPackage --Envelope '{...}' --Channel.1 stable";
  operation.errors = {
      "InvalidPackage.ArtifactIncomplete", "InvalidPackage.BadManifest",     "InvalidPackage.BadSignature",
      "InvalidPackage.Deprecated",         "InvalidPackage.Expired",         "InvalidPackage.OldManifest",
      "InvalidPackage.OtherPublisher",     "InvalidPackage.SequenceTooHigh", "InvalidPackage.TooMany",
      "InvalidPackage.WrongSize"};
  operation.answer = R"(
Arch: string
Kind: string
Name: string
Os: string
PackageId: string
PackageVersion: string
Replaced: boolean
Sequence: integer
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

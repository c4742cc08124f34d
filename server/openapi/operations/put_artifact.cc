#include "protocol/encoding/base64.h"
#include "server/artifacts/artifacts.h"
#include "server/openapi/operations/list.h"

namespace assist::server::openapi {
namespace {

constexpr std::int64_t kMostBytes = std::int64_t{1} << 20;  // of a piece
constexpr std::int64_t kMostBase64 = (kMostBytes + 2) / 3 * 4;
constexpr std::int64_t kMostWhole = std::int64_t{2} << 30;  // as a manifest may name

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  artifacts::ArtifactFolder::Piece piece;
  piece.sha256 = arguments.Text("Sha256");
  piece.size = *arguments.Number("Size");
  piece.offset = *arguments.Number("Offset");
  auto bytes = encoding::Base64Decode(arguments.Text("Content"));
  if (!bytes) co_return Refuse(InvalidError("Content"));
  piece.bytes = std::move(*bytes);
  // It is judged before a byte is written.
  control::JudgeIn judge{call.access};
  auto allowed = co_await call.Read(control::Judge, std::move(judge));
  if (!allowed) co_return Refuse(std::move(allowed.error()));
  auto progress = co_await call.artifacts->Put(std::move(piece));
  if (!progress) co_return call.Refused(progress.error());
  json::Object answer;
  answer["Received"] = progress->received;
  answer["Complete"] = progress->complete;
  co_return answer;
}

}  // namespace

Operation PutArtifactOperation(const model::Limits&) {
  Operation operation;
  operation.name = "PutArtifact";
  operation.extension = true;
  operation.parameters = {
      Text("Sha256")
          .Mandatory()
          .AtMost(64)
          .Form(artifacts::IsSha256, "", "")
          .Says("SHA-256 of the whole archive: 64 lower-case hex digits.", "整个归档的 SHA-256：64 位小写十六进制。"),
      Number("Size").Mandatory().AtLeast(1).AtMost(kMostWhole).Says("Its bytes.", "归档字节数。"),
      Number("Offset")
          .Default("0")
          .AtLeast(0)
          .AtMost(kMostWhole)
          .Says("Where the piece begins; must be what Received said.", "此段的起点；须等于 Received。"),
      Text("Content")
          .Bytes(kMostBase64)
          .Says("The piece in Base64, at most 1 MiB of bytes; empty: only asks how far the upload is.",
                "Base64 编码的一段，最多 1 MiB；为空：仅查询进度。")};
  operation.summary = {"Of this server alone: sends a package's archive in pieces; an upload goes on where it was.",
                       "本服务器独有：分段上传软件包归档，可续传。"};
  operation.notes = {
      {"Received is what lies safely on the server's disk. Complete: all is there, and has that SHA-256.",
       "Received 为已安全落盘的字节数。Complete：已完整且 SHA-256 相符。"},
      {"What no published package names is removed after a day.", "未被任何已发布软件包引用的归档一天后删除。"},
      {"The audit log has no row of it: publishing has.", "审计日志不记录此操作，记录的是发布。"}};
  operation.example = "PutArtifact --Sha256 b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9 --Size 11";
  operation.errors = {"InvalidArtifact.NoSpace",   "InvalidArtifact.TooLarge",  "InvalidArtifact.TooMany",
                      "InvalidArtifact.WrongHash", "InvalidArtifact.WrongSize", "InvalidOffset.Mismatch"};
  operation.answer = R"(
Complete: boolean
Received: integer
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

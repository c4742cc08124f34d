#include "cli/service/package_upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/packages/package_list.h"
#include "cli/service/package_files.h"
#include "common/archive/folder/folder.h"
#include "protocol/encoding/base64.h"
#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

constexpr std::int64_t kPiece = std::int64_t{1} << 20;  // bytes in a PutArtifact; the most that it takes
constexpr int kTurns = 5;                               // answers in a row after which nothing more was there

struct Received {
  std::int64_t bytes = 0;
  bool complete = false;
};

encoding::FormFields PieceFields(const package::Archive& archive, std::int64_t offset, const std::string& bytes) {
  return {{"Sha256", archive.sha256},
          {"Size", std::to_string(archive.size)},
          {"Offset", std::to_string(offset)},
          {"Content", encoding::Base64Encode(bytes)}};
}

asio::awaitable<Result<Received>> Put(Inquiry& ask, encoding::FormFields fields, bool silent) {
  Result<json::Object> answer = co_await ask.Ask("PutArtifact", std::move(fields), silent);
  if (!answer) co_return Forward(answer);
  json::Reader in(*answer);
  Received received;
  received.bytes = in.Int("Received", 0);
  received.complete = in.BoolOr("Complete", false);
  if (in.status()) co_return received;
  Status refused = ask.NotUnderstood("PutArtifact", in.status().error());
  co_return Forward(refused);
}

/// A piece that was refused because of its place is no failure: the server is asked how far it is.
asio::awaitable<Result<Received>> PutPiece(Inquiry& ask, const package::Archive& archive, std::int64_t offset,
                                           const std::string& bytes) {
  encoding::FormFields fields = PieceFields(archive, offset, bytes);
  Result<Received> put = co_await Put(ask, fields, true);
  if (put) co_return put;
  if (put.error().detail.find("InvalidOffset") == std::string::npos) {
    ask.TellFailure();
    co_return put;
  }
  encoding::FormFields how_far = PieceFields(archive, 0, {});
  Result<Received> received = co_await Put(ask, std::move(how_far), false);
  co_return received;
}

}  // namespace

asio::awaitable<Status> UploadArchive(Inquiry& ask, std::string path, package::Archive archive) {
  auto source = archive::OpenArchive(path);
  if (!source) {
    const Error error = ArchiveError(path, source.error(), ask.text());
    co_return ask.Refuse(ExitCode::kUsage, "Usage", error.detail);
  }
  encoding::FormFields fields = PieceFields(archive, 0, {});
  Result<Received> received = co_await Put(ask, std::move(fields), false);
  if (!received) co_return Forward(received);
  if (received->complete) {
    ask.Say(ask.text()(msg::kPkgThereAlready));
    co_return Status();
  }
  if (received->bytes > 0) {
    ask.Say(ask.text()(msg::kPkgResumed, SizeText(received->bytes), SizeText(archive.size)));
  }
  std::string piece;
  for (int turns = 0; !received->complete;) {
    const std::int64_t offset = received->bytes;
    const std::string progress =
        ask.text()(msg::kPkgUploading, EscapeLine(path), SizeText(offset), SizeText(archive.size),
                   offset * 100 / std::max<std::int64_t>(1, archive.size));
    ask.program().console.Status(progress);
    const std::int64_t left = std::max<std::int64_t>(0, archive.size - offset);
    piece.resize(static_cast<std::size_t>(std::min(kPiece, left)));
    const auto got = (*source)->ReadAt(static_cast<std::uint64_t>(offset), piece.data(), piece.size());
    if (!got || *got != piece.size() || piece.empty()) {
      ask.program().console.Status("");
      co_return ask.Refuse(ExitCode::kUsage, "Usage", ask.text()(msg::kPkgChanged, EscapeLine(path)));
    }
    received = co_await PutPiece(ask, archive, offset, piece);
    if (!received) {
      ask.program().console.Status("");
      if (received.error().detail.find("WrongHash") != std::string::npos) {
        ask.Say(ask.text()(msg::kPkgChanged, EscapeLine(path)));
      }
      co_return Forward(received);
    }
    turns = received->bytes > offset ? 0 : turns + 1;
    if (turns < kTurns || received->complete) continue;
    ask.program().console.Status("");
    co_return ask.NotUnderstood("PutArtifact", Error{Errc::kInvalid, "Received: does not rise", {}});
  }
  ask.program().console.Status("");
  co_return Status();
}

asio::awaitable<ExitCode> PublishEnvelope(Inquiry& ask, std::string envelope, std::vector<std::string> channels) {
  encoding::FormFields fields = {{"Envelope", std::move(envelope)}};
  for (std::size_t i = 0; i < channels.size(); ++i) {
    fields.emplace_back(fmt::format("Channel.{}", i + 1), channels[i]);
  }
  Result<json::Object> answer = co_await ask.Ask("PublishPackage", std::move(fields));
  if (!answer) co_return ask.exit();
  if (ask.kind() == OutputKind::kJson) co_return ask.PrintJson(json::Write(*answer));
  json::Reader in(*answer);
  const std::string id(in.StringOr("PackageId", ""));
  const Text& text = ask.text();
  ask.Say(text(msg::kPkgPublished, EscapeLine(in.StringOr("Name", "")), EscapeLine(in.StringOr("PackageVersion", "")),
               EscapeLine(SystemText(in.StringOr("Os", "all"), in.StringOr("Arch", "all"))), EscapeLine(id)));
  if (in.BoolOr("Replaced", false)) ask.Say(text(msg::kPkgReplaced));
  if (!channels.empty()) {
    std::string names;
    for (const std::string& channel : channels) names += (names.empty() ? "" : ", ") + EscapeLine(channel);
    ask.Say(text(msg::kPkgInChannels, names));
  }
  co_return ExitCode::kSuccess;
}

}  // namespace assist::cli

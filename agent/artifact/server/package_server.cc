#include "agent/artifact/server/package_server.h"

#include <charconv>
#include <utility>

#include "agent/artifact/refuse.h"
#include "agent/identity/registration.h"
#include "protocol/json/json.h"
#include "protocol/json/reader.h"
#include "protocol/wire/names.h"

namespace assist::agent::artifact {
namespace {

using package::Refusal;

constexpr std::string_view kPackagePath = "/luban/api/v1/assist/package";
constexpr std::string_view kArtifactPath = "/luban/api/v1/assist/artifact/";
constexpr std::size_t kMaxEnvelopes = 65;  // the wanted one and its dependencies
constexpr std::size_t kSlack = std::size_t{64} << 10;

/// A refusal as the server writes it: `errCode` may be one of our words, `errMsg` is for people.
struct Words {
  std::string code, message;
};
Words WordsOf(const HttpResponse& response) {
  const auto object = json::ParseObject(response.body);
  if (!object) return {"", response.body.substr(0, response.body.find('\n'))};
  json::Reader in(*object);
  return {std::string(in.StringOr("errCode", "")), std::string(in.StringOr("errMsg", ""))};
}

/// Of every answer that is not what was asked for.
tl::unexpected<Error> Judge(const HttpResponse& response) {
  const Words words = WordsOf(response);
  std::string text = "the server answered " + std::to_string(response.status);
  if (!words.message.empty()) text += ": " + words.message.substr(0, 300);
  for (char& c : text) c = static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  if (response.status >= 500 || response.status == 429 || response.status == 408) {
    return Fail(Errc::kUnavailable, std::move(text));
  }
  for (int code = ExitCode(Refusal::kUntrustedPublisher); code < 128; ++code) {
    const auto refusal = package::RefusalOfExitCode(code);
    if (refusal && words.code == package::Name(*refusal)) return Refuse(*refusal, std::move(text));
  }
  return Refuse(response.status == 404 ? Refusal::kNotFound : Refusal::kUnreachable, std::move(text));
}

/// `bytes 0-9/100`: 100.
std::optional<std::uint64_t> TotalOf(const HttpResponse& response, std::uint64_t offset) {
  std::string_view range = response.headers.Get("Content-Range");
  constexpr std::string_view kUnit = "bytes ";
  if (!range.starts_with(kUnit)) return std::nullopt;
  range.remove_prefix(kUnit.size());
  std::uint64_t from = 0;
  const auto begin = std::from_chars(range.data(), range.data() + range.size(), from);
  const std::size_t slash = range.find('/');
  if (begin.ec != std::errc() || from != offset || slash == std::string_view::npos) return std::nullopt;
  std::uint64_t total = 0;
  const char* const end = range.data() + range.size();
  const auto rest = std::from_chars(range.data() + slash + 1, end, total);
  if (rest.ec != std::errc() || rest.ptr != end) return std::nullopt;
  return total;
}

Result<std::vector<package::Envelope>> ParseEnvelopes(std::string_view body) {
  auto object = json::ParseObject(body);
  if (!object) return Refuse(Refusal::kBadManifest, "the server's answer is no JSON object");
  const json::Value* list = object->if_contains("Envelopes");
  if (list == nullptr || !list->is_array() || list->get_array().empty()) {
    return Refuse(Refusal::kNotFound, "the server's answer has no Envelopes");
  }
  if (list->get_array().size() > kMaxEnvelopes) {
    return Refuse(Refusal::kTooLarge, "the server's answer has more than 65 Envelopes");
  }
  std::vector<package::Envelope> envelopes;
  for (const json::Value& item : list->get_array()) {
    if (!item.is_object()) return Refuse(Refusal::kBadManifest, "an Envelope of the server's answer is no object");
    auto envelope = package::ParseEnvelope(json::Write(item.get_object()));
    if (!envelope) return Refuse(Refusal::kBadManifest, envelope.error().detail);
    envelopes.push_back(std::move(*envelope));
  }
  return envelopes;
}

}  // namespace

asio::awaitable<Status> PackageServer::Connect(SteadyTime deadline) {
  auto trust = identity::MakeTrust(identity_);
  if (!trust) co_return Forward(trust);
  trust_ = std::move(*trust);
  identity::SignedConnection::Options options;
  options.http.proxy = options_.proxy;
  options.user_agent = options_.user_agent;
  auto connection =
      co_await identity::SignedConnection::Connect(identity_, trust_.get(), clock_, random_, skew_, options, deadline);
  if (!connection) {
    std::string why = identity::ExplainConnect(connection.error(), identity_.server, true);
    const Errc code = connection.error().code;
    if (code == Errc::kUnavailable || code == Errc::kExpired) co_return Fail(code, std::move(why));
    co_return Refuse(Refusal::kUnreachable, std::move(why));
  }
  connection_ = std::move(*connection);
  co_return Status();
}

asio::awaitable<Result<HttpResponse>> PackageServer::Send(HttpRequest request) {
  const SteadyTime deadline = clock_.Steady() + options_.patience;
  for (bool fresh = false;; fresh = true) {
    if (connection_ == nullptr || !connection_->usable()) {
      connection_.reset();
      fresh = true;
      Status connected = co_await Connect(deadline);
      if (!connected) co_return Forward(connected);
    }
    HttpRequest copy = request;
    auto response = co_await connection_->Send(std::move(copy), deadline);
    if (response) co_return response;
    connection_.reset();
    // Kept alive and closed in the very moment: all requests here may be repeated.
    if (response.error().reason == kNetClosed && !fresh) continue;
    const Errc code = response.error().code;
    if (code == Errc::kUnavailable || code == Errc::kExpired) {
      co_return Fail(code, "no answer from " + identity_.server + ": " + response.error().detail);
    }
    co_return Refuse(Refusal::kUnreachable, identity_.server + ": " + response.error().detail);
  }
}

asio::awaitable<Result<std::vector<package::Envelope>>> PackageServer::LookUp(Query query) {
  if (!identity_.ours()) {
    co_return Refuse(Refusal::kNotSupported,
                     "the server speaks the stock protocol, and has no packages for this agent");
  }
  json::Object body;
  body["Name"] = query.name;
  body["Version"] = query.version;
  body["Channel"] = query.channel;
  body["Os"] = query.os;
  body["Arch"] = query.arch;
  body["Kind"] = package::Name(query.kind);
  HttpRequest request;
  request.method = "POST";
  request.target = std::string(kPackagePath);
  request.headers.Set("Content-Type", "application/json; charset=utf-8");
  request.body = json::Write(body);
  auto response = co_await Send(std::move(request));
  if (!response) co_return Forward(response);
  if (response->status != 200) co_return Judge(*response);
  co_return ParseEnvelopes(response->body);
}

asio::awaitable<Result<ArtifactSource::Piece>> PackageServer::Read(std::string sha256, std::uint64_t offset,
                                                                   std::size_t size) {
  HttpRequest request;
  request.target = std::string(kArtifactPath) + sha256;
  request.headers.Set("Range", "bytes=" + std::to_string(offset) + "-" + std::to_string(offset + size - 1));
  auto response = co_await Send(std::move(request));
  if (!response) co_return Forward(response);
  Piece piece;
  if (response->status == 206) {
    const auto total = TotalOf(*response, offset);
    if (!total || response->body.size() > size) {
      co_return Refuse(Refusal::kUnreachable, "the server answered with another range than was asked for");
    }
    piece.total = *total;
  } else if (response->status == 200 && offset == 0) {
    piece.total = response->body.size();  // all of it, which may be no longer than what was asked for
    if (piece.total > size + kSlack) {
      co_return Refuse(Refusal::kUnreachable, "the server sends more than the range that was asked for");
    }
  } else if (response->status == 416) {
    co_return Refuse(Refusal::kTruncated, "the archive ends before byte " + std::to_string(offset) + " at the server");
  } else {
    co_return Judge(*response);
  }
  piece.bytes = std::move(response->body);
  co_return piece;
}

asio::awaitable<Status> PackageServer::Tell(std::vector<StatusWord> words) {
  json::Array list;
  for (const StatusWord& word : words) {
    json::Object item;
    item["name"] = word.name;
    item["status"] = word.removed ? "REMOVED" : "ONCE_INSTALLED";
    item["version"] = word.version;
    list.push_back(std::move(item));
  }
  json::Object body;
  body["plugin"] = std::move(list);
  HttpRequest request;
  request.method = "POST";
  request.target = std::string(wire::path::kPluginStatus);
  request.headers.Set("Content-Type", "application/json; charset=utf-8");
  request.body = json::Write(body);
  auto response = co_await Send(std::move(request));
  if (!response) co_return Forward(response);
  if (response->status != 200) co_return Judge(*response);
  co_return Status();
}

}  // namespace assist::agent::artifact

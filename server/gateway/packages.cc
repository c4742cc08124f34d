// What our agents ask for when they install (docs/packages.md).
#include <algorithm>

#include "protocol/json/json.h"
#include "protocol/package/manifest.h"
#include "protocol/package/version.h"
#include "server/gateway/gateway_impl.h"

namespace assist::server::gateway {
namespace {

/// Words of a manifest for systems, channels.
bool IsWord(std::string_view text) {
  constexpr std::size_t kMost = 32;
  return text.size() <= kMost && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-';
         });
}

std::string TextOf(const json::Object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(json::View(*text));
}

Result<control::LookUpPackageIn> ReadLookUp(const std::string& body) {
  const auto object = json::ParseObject(body);
  if (!object) return Fail(Errc::kInvalid, "The body is no JSON object.");
  control::LookUpPackageIn in;
  in.name.name = TextOf(*object, "Name");
  in.version = TextOf(*object, "Version");
  in.channel = TextOf(*object, "Channel");
  in.os = TextOf(*object, "Os");
  in.arch = TextOf(*object, "Arch");
  const std::string kind = TextOf(*object, "Kind");
  const auto parsed = kind.empty() ? std::optional(package::Kind::kPackage) : package::ParseKind(kind);
  if (!parsed) return Fail(Errc::kInvalid, "Kind is package or agent.");
  in.name.kind = *parsed;
  if (!package::IsName(in.name.name)) return Fail(Errc::kInvalid, "Name is no name of a package.");
  if (!in.version.empty() && !package::IsVersion(in.version)) return Fail(Errc::kInvalid, "Version is none.");
  if (in.os.empty() || !IsWord(in.os)) return Fail(Errc::kInvalid, "Os is linux, windows or freebsd.");
  if (in.arch.empty() || !IsWord(in.arch)) return Fail(Errc::kInvalid, "Arch is amd64, arm64 or 386.");
  if (!IsWord(in.channel)) return Fail(Errc::kInvalid, "Channel is no name of a channel.");
  return in;
}

/// `NotFound` of InvalidPackage.NotFound.
std::string_view LastWord(std::string_view reason) { return reason.substr(reason.rfind('.') + 1); }

}  // namespace

asio::awaitable<HttpResponse> Gateway::Impl::LookUpPackage(Agent agent, const HttpRequest& request) {
  Result<control::LookUpPackageIn> in = ReadLookUp(request.body);
  if (!in) co_return RefusalResponse(400, "BadRequest", in.error().detail);
  const std::shared_ptr<void> place = look_ups_.Take(agent->instance_id);
  if (place == nullptr) co_return LaterResponse();
  Result<control::LookUpPackageOut> out = co_await backend_->LookUpPackage(std::move(*in));
  if (!out) {
    const Error& error = out.error();
    log_.Debug("agent.no_package", {{"instance", agent->instance_id}, {"why", error.detail}});
    if (error.code == Errc::kNotFound) co_return RefusalResponse(404, LastWord(error.reason), error.detail);
    if (error.code == Errc::kConflict) co_return RefusalResponse(409, LastWord(error.reason), error.detail);
    co_return LaterResponse();
  }
  // Each is a JSON object as it was published.
  std::string body = R"({"Envelopes":[)";
  for (std::size_t i = 0; i < out->envelopes.size(); ++i) {
    if (i > 0) body += ',';
    body += out->envelopes[i];
  }
  body += "]}";
  co_return JsonResponse(200, std::move(body));
}

asio::awaitable<HttpResponse> Gateway::Impl::SendArtifact(Agent agent, const HttpRequest& request) {
  std::string sha256(PathOf(request.target).substr(kArtifactPath.size()));
  HttpResponse response = co_await backend_->SendArtifact(request, std::move(sha256), agent->instance_id);
  co_return response;
}

}  // namespace assist::server::gateway

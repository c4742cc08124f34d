#include "agent/identity/registration.h"

#include <utility>

#include "agent/identity/signed_connection.h"
#include "common/crypto/x509.h"
#include "protocol/wire/names.h"

namespace assist::agent::identity {
namespace {

constexpr std::size_t kShownBody = 200;

/// The beginning of a body that is no answer of ours, fit for a terminal.
std::string Shown(std::string_view body) {
  std::string text;
  for (const char c : body.substr(0, kShownBody)) {
    text.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c);
  }
  return text;
}

struct Chosen {
  HttpUrl url;
  Identity identity;  // server, trust, fingerprint, authorities
};

Result<Chosen> ChooseTrust(const Enrolment& enrolment) {
  auto url = ServerUrl(enrolment.server);
  if (!url) return Forward(url);
  Chosen chosen;
  if (!enrolment.ca_fingerprint.empty()) {
    if (auto parsed = ParseFingerprint(enrolment.ca_fingerprint); !parsed) {
      return Fail(Errc::kInvalid, "--ca-fingerprint: " + parsed.error().detail);
    }
    chosen.identity.ca_fingerprint = enrolment.ca_fingerprint;
  }
  if (!url->tls) {
    chosen.identity.trust = Trust::kNone;
  } else if (!enrolment.ca_fingerprint.empty()) {
    chosen.identity.trust = Trust::kFingerprint;
  } else if (!enrolment.ca_pem.empty()) {
    chosen.identity.trust = Trust::kList;
    chosen.identity.ca_pem = enrolment.ca_pem;
  } else {
    chosen.identity.trust = Trust::kSystem;
  }
  chosen.identity.server = (url->tls ? "https://" : "http://") + FormatHostPort(url->server);
  chosen.url = std::move(*url);
  return chosen;
}

wire::RegisterRequest MakeRequest(const Enrolment& enrolment, const PrivateKey& key) {
  wire::RegisterRequest request;
  request.activation_code = enrolment.code;
  request.machine_id = enrolment.machine_id;
  request.region_id = enrolment.region;
  request.instance_name = enrolment.name;
  request.hostname = enrolment.hostname;
  request.intranet_ip = enrolment.intranet_ip;
  request.os_version = enrolment.os_version;
  request.os_type = enrolment.os_type;
  request.agent_version = enrolment.agent_version;
  request.public_key_pem = key.Public().Pem();
  request.activation_id = enrolment.activation.str();
  request.move_code = enrolment.move_code;
  request.tags = enrolment.tags;
  if (!enrolment.stock_server) request.assist_protocol = wire::kAssistProtocol;
  return request;
}

/// Takes the list of authorities that the server tells over a connection which has proved itself.
void TakeAuthorities(const wire::RegisterResponse::Assist& assist, Identity& identity) {
  if (assist.ca_pem.empty()) return;
  auto certificates = SplitPem(assist.ca_pem);
  if (!certificates) return;
  if (identity.trust == Trust::kFingerprint) {
    const auto pinned = ParseFingerprint(identity.ca_fingerprint);
    bool found = false;
    for (const std::string& certificate : *certificates) {
      const auto info = ReadCertificate(certificate);
      if (!info || !pinned) continue;
      const auto fingerprint = ParseFingerprint(info->fingerprint);
      found = found || (fingerprint && *fingerprint == *pinned);
    }
    if (!found) return;  // the pin stays what is trusted
    identity.trust = Trust::kList;
    identity.ca_pem = assist.ca_pem;
  } else if (identity.trust == Trust::kList) {
    identity.ca_pem += identity.ca_pem.ends_with('\n') ? "" : "\n";
    for (const std::string& certificate : *certificates) {
      if (identity.ca_pem.find(certificate) == std::string::npos) identity.ca_pem += certificate;
    }
  }
}

/// What the server gave; kDenied with its words when it gave nothing.
Result<wire::RegisterResponse> Accepted(const HttpResponse& response) {
  auto answer = wire::ParseRegisterResponse(response.body);
  if (!answer) {
    return Fail(Errc::kDenied, "the server answered " + std::to_string(response.status) +
                                   " and nothing that an agent understands: " + Shown(response.body));
  }
  if (response.status != 200 || answer->code != 200 || answer->instance_id.empty()) {
    std::string words = answer->error_message.empty() ? Shown(response.body) : Shown(answer->error_message);
    if (!answer->error_code.empty()) words += " (" + Shown(answer->error_code) + ")";
    return Fail(Errc::kDenied, "the server refuses the registration: " + words);
  }
  return answer;
}

/// An answer to our offer as a server that knows only the stock protocol gives it. Ours takes the offer up, or refuses
/// with a status above 400: then nothing weaker is tried.
bool IsStockAnswer(const HttpResponse& response) {
  const auto answer = wire::ParseRegisterResponse(response.body);
  return answer && response.status <= 400 && !answer->assist;
}

asio::awaitable<Result<HttpResponse>> Ask(const Enrolment& enrolment, const Chosen& chosen, const PrivateKey& key,
                                          Clock& clock, Random& random, SteadyTime deadline) {
  auto trust = MakeTrust(chosen.identity);
  if (!trust) co_return Forward(trust);
  HttpConnection::Options options;
  options.proxy = enrolment.proxy;
  auto connection = co_await HttpConnection::Connect(chosen.url.server, trust->get(), clock, random, options, deadline);
  if (!connection) {
    co_return Fail(connection.error().code, ExplainConnect(connection.error(), chosen.identity.server, false),
                   connection.error().reason);
  }
  HttpRequest request;
  request.method = "POST";
  request.target = std::string(wire::path::kRegister);
  request.headers.Set(wire::header::kUserAgent, enrolment.user_agent);
  request.headers.Set("Content-Type", "application/json; charset=utf-8");
  request.body = wire::RenderRegisterRequest(MakeRequest(enrolment, key));
  auto response = co_await (*connection)->Send(std::move(request), deadline);
  if (!response) {
    co_return Fail(response.error().code, "no answer from " + chosen.identity.server + ": " + response.error().detail,
                   response.error().reason);
  }
  co_return response;
}

/// `answer`: accepted, to a request with `key`.
Identity Settle(const wire::RegisterResponse& answer, const Enrolment& enrolment, PrivateKey key, Identity identity) {
  identity.region = enrolment.region;
  identity.machine_id = enrolment.machine_id;
  identity.instance_id = InstanceId(answer.instance_id);
  identity.key = std::make_shared<const PrivateKey>(std::move(key));
  if (!enrolment.stock_server) {
    identity.assist_protocol = std::min(answer.assist->protocol, wire::kAssistProtocol);
    TakeAuthorities(*answer.assist, identity);
  }
  return identity;
}

/// The second request to a stock server did not do it; the first may have left something there.
Error StockFailed(Error error, const std::string& unused) {
  error.detail = "the server speaks the stock protocol only. " + error.detail;
  if (!unused.empty()) {
    error.detail += "; it has registered the machine as " + unused +
                    ", with a key that is of no use there: remove that, and register again with --stock-server";
  }
  return error;
}

}  // namespace

asio::awaitable<Result<Identity>> Enrol(Enrolment enrolment, Clock& clock, Random& random, SteadyTime deadline,
                                        InstanceId* left_over) {
  auto chosen = ChooseTrust(enrolment);
  if (!chosen) co_return Forward(chosen);
  const bool moves = !enrolment.move_code.Reveal().empty();
  if (moves && enrolment.stock_server) {
    co_return Fail(Errc::kInvalid, "a stock server knows no move: register with an activation");
  }
  if (!moves && (enrolment.activation.empty() || enrolment.code.Reveal().empty())) {
    co_return Fail(Errc::kInvalid, "an activation id and an activation code are needed");
  }
  std::string unused;
  bool fell_back = false;
  if (!enrolment.stock_server) {
    PrivateKey key = PrivateKey::GenerateEd25519(random);
    auto response = co_await Ask(enrolment, *chosen, key, clock, random, deadline);
    if (!response) co_return Forward(response);
    auto answer = Accepted(*response);
    if (!IsStockAnswer(*response)) {
      if (!answer) co_return Forward(answer);
      if (!answer->assist) co_return Fail(Errc::kDenied, "the server's answer contradicts itself");
      co_return Settle(*answer, enrolment, std::move(key), std::move(chosen->identity));
    }
    // It has not looked at the move code; without an activation there is nothing to ask it for.
    if (moves) co_return Fail(Errc::kDenied, "the server does not move machines: it speaks the stock protocol only");
    if (answer) unused = answer->instance_id;
    enrolment.stock_server = true;
    fell_back = true;
  }
  PrivateKey key = PrivateKey::GenerateRsa();
  auto response = co_await Ask(enrolment, *chosen, key, clock, random, deadline);
  Result<wire::RegisterResponse> answer = response ? Accepted(*response) : Forward(response);
  if (!answer && fell_back) co_return tl::make_unexpected(StockFailed(answer.error(), unused));
  if (!answer) co_return Forward(answer);
  if (left_over != nullptr && unused != answer->instance_id) *left_over = InstanceId(unused);
  co_return Settle(*answer, enrolment, std::move(key), std::move(chosen->identity));
}

asio::awaitable<Status> Deregister(Identity identity, std::optional<HttpProxy> proxy, std::string user_agent,
                                   Clock& clock, Random& random, SteadyTime deadline) {
  auto trust = MakeTrust(identity);
  if (!trust) co_return Forward(trust);
  ClockSkew skew;
  SignedConnection::Options options;
  options.http.proxy = std::move(proxy);
  options.user_agent = std::move(user_agent);
  auto connection = co_await SignedConnection::Connect(identity, trust->get(), clock, random, skew, options, deadline);
  if (!connection) {
    co_return Fail(connection.error().code, ExplainConnect(connection.error(), identity.server, true),
                   connection.error().reason);
  }
  HttpRequest request;
  request.method = "POST";
  request.target = std::string(wire::path::kDeregister);
  request.headers.Set("Content-Type", "application/json; charset=utf-8");
  auto response = co_await (*connection)->Send(std::move(request), deadline);
  if (!response) {
    co_return Fail(response.error().code, "no answer from " + identity.server + ": " + response.error().detail,
                   response.error().reason);
  }
  if ((response->status == 200 && wire::IsOk(response->body)) || (response->status == 410 && identity.ours())) {
    co_return Status{};
  }
  co_return Fail(Errc::kDenied, "the server does not end the registration: it answered " +
                                    std::to_string(response->status) + " " + Shown(response->body));
}

std::string ExplainConnect(const Error& error, const std::string& server, bool enrolled) {
  std::string text = "cannot talk to " + server + ": ";
  if (error.reason == kTlsUntrusted) {
    text += "its certificate is signed by nobody that this machine trusts";
    text += enrolled ? "; if the server has a new authority, register again"
                     : "; add --ca-fingerprint sha256:… (CaFingerprint in the server's admin.json) or --ca-file FILE";
  } else if (error.reason == kTlsWrongName) {
    text += "its certificate is for another name; use a name that it carries, or start the server with --advertise";
  } else if (error.reason == kTlsExpired) {
    text += "its certificate has expired or is not valid yet; compare the clocks of both machines";
  } else if (error.reason == kTlsNotTls) {
    text += "the port does not speak TLS";
  } else {
    text += error.detail;
  }
  return text;
}

}  // namespace assist::agent::identity

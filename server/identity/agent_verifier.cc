#include "server/identity/agent_verifier.h"

#include <charconv>
#include <optional>
#include <utility>

#include "common/crypto/hash.h"
#include "protocol/encoding/base64.h"
#include "protocol/encoding/hex.h"
#include "protocol/wire/names.h"
#include "protocol/wire/query.h"
#include "protocol/wire/registration.h"
#include "protocol/wire/signing.h"

namespace assist::server::identity {
namespace {

constexpr std::size_t kLongestId = 128;  // of instance ids, request ids, nonces
constexpr std::size_t kLongestSignature = 2048;

Verdict Refuse(Refusal refusal, std::shared_ptr<const AgentKey> agent = nullptr) {
  Verdict verdict;
  verdict.refusal = refusal;
  verdict.agent = std::move(agent);
  return verdict;
}

/// The headers of either scheme: time, id of the request, signature.
struct SignatureHeaders {
  std::string_view timestamp;
  std::int64_t timestamp_ms = 0;
  std::string_view id;
  std::string signature;  ///< Raw.
};

std::optional<SignatureHeaders> ReadHeaders(const HttpRequest& request, std::string_view time_name,
                                            std::string_view id_name, std::string_view signature_name) {
  SignatureHeaders headers;
  headers.timestamp = request.headers.Get(time_name);
  headers.id = request.headers.Get(id_name);
  const std::string_view text = request.headers.Get(signature_name);
  const auto ms = wire::ParseInt(headers.timestamp);
  if (!ms || *ms < 0 || headers.id.empty() || headers.id.size() > kLongestId || text.empty() ||
      text.size() > kLongestSignature) {
    return std::nullopt;
  }
  auto signature = encoding::Base64Decode(text);
  if (!signature) return std::nullopt;
  headers.timestamp_ms = *ms;
  headers.signature = std::move(*signature);
  return headers;
}

}  // namespace

std::string_view Name(Refusal refusal) noexcept {
  switch (refusal) {
    case Refusal::kNone:
      return "none";
    case Refusal::kUnnamed:
      return "InstanceIdMissing";
    case Refusal::kUnsigned:
      return "SignatureMissing";
    case Refusal::kBadSignature:
      return "SignatureDoesNotMatch";
    case Refusal::kTime:
      return "TimestampOutOfWindow";
    case Refusal::kRepeated:
      return "RequestRepeated";
    case Refusal::kUnknown:
      return "InstanceNotFound";
    case Refusal::kDeregistered:
      return "InstanceDeregistered";
    case Refusal::kOpen:
      return "TlsRequired";
    case Refusal::kBusy:
      return "ServiceUnavailable";
  }
  return "none";
}

HttpResponse RenderRefusal(const Verdict& verdict, SystemTime now) {
  int status = 401;
  std::string_view message;
  switch (verdict.refusal) {
    case Refusal::kNone:
      break;
    case Refusal::kUnnamed:
      message = "The request names no instance, or another one than its connection.";
      break;
    case Refusal::kUnsigned:
      message = "The request is not signed.";
      break;
    case Refusal::kBadSignature:
      message = "The signature does not fit the registered key.";
      break;
    case Refusal::kTime:
      message = "The clocks differ too much.";
      break;
    case Refusal::kRepeated:
      message = "A request with this id was taken before.";
      break;
    case Refusal::kUnknown:
      status = 403;
      message = "No such instance is registered.";
      break;
    case Refusal::kDeregistered:
      status = verdict.agent != nullptr && verdict.agent->ours() ? 410 : 403;
      message = "The instance was deregistered.";
      break;
    case Refusal::kOpen:
      status = 403;
      message = "Plain HTTP is taken from loopback addresses only.";
      break;
    case Refusal::kBusy:
      status = 503;
      message = "Try again.";
      break;
  }
  HttpResponse response = MakeResponse(status, "application/json;charset=UTF-8",
                                       wire::RenderRefusal(status, Name(verdict.refusal), message));
  if (verdict.refusal == Refusal::kTime) {
    response.headers.Set(wire::header::kAssistTime, std::to_string(ToUnixMillis(now)));
  }
  return response;
}

AgentVerifier::AgentVerifier(AgentKeys& keys, Clock& clock, Options options)
    : keys_(keys),
      clock_(clock),
      options_(options),
      memory_(2 * std::max(options.stock_window, options.window), options.max_remembered) {}

asio::awaitable<Verdict> AgentVerifier::Verify(ConnectionInfo& connection, const HttpRequest& request) {
  const std::string_view name = request.headers.Get(wire::header::kInstanceId);
  if (name.size() > kLongestId) co_return Refuse(Refusal::kUnnamed);
  const InstanceId id{std::string(name)};
  const auto* proven = connection.state<ProvenAgent>();
  if (name.empty() && proven == nullptr) co_return co_await VerifyAddress(connection, id);
  if (name.empty()) co_return Refuse(Refusal::kUnnamed);
  if (!connection.secure() && !connection.peer().is_loopback) co_return Refuse(Refusal::kOpen);
  if (proven != nullptr && proven->id != id) co_return Refuse(Refusal::kUnnamed);

  auto agent = co_await keys_.Find(id);
  if (!agent) {
    co_return Refuse(agent.error().code == Errc::kNotFound ? Refusal::kUnknown : Refusal::kBusy);
  }
  if (!(*agent)->key) co_return co_await VerifyAddress(connection, id);
  co_return (*agent)->ours() ? VerifyOurs(connection, request, std::move(*agent))
                             : VerifyStock(connection, request, std::move(*agent));
}

asio::awaitable<Verdict> AgentVerifier::VerifyAddress(const ConnectionInfo& connection, InstanceId named) {
  const Refusal nobody = named.empty() ? Refusal::kUnnamed : Refusal::kUnsigned;
  auto agent = co_await keys_.FindAt(connection.peer().address);
  if (!agent) co_return Refuse(agent.error().code == Errc::kNotFound ? nobody : Refusal::kBusy);
  if ((*agent)->key || (!named.empty() && (*agent)->instance_id != named)) co_return Refuse(nobody);
  if (!connection.secure() && !connection.peer().is_loopback) co_return Refuse(Refusal::kOpen);
  Verdict verdict;
  verdict.agent = std::move(*agent);
  if (verdict.agent->deregistered) verdict.refusal = Refusal::kDeregistered;
  co_return verdict;
}

Verdict AgentVerifier::VerifyStock(const ConnectionInfo& connection, const HttpRequest& request,
                                   std::shared_ptr<const AgentKey> agent) {
  if (!connection.secure() && !connection.peer().is_loopback) return Refuse(Refusal::kOpen);
  const auto headers =
      ReadHeaders(request, wire::header::kTimestamp, wire::header::kRequestId, wire::header::kSignature);
  if (!headers) return Refuse(Refusal::kUnsigned);
  const std::string text =
      wire::StockSigningString(agent->instance_id.str(), agent->machine_id, headers->timestamp, headers->id);
  if (!agent->key->VerifyRsaMd5(text, headers->signature)) return Refuse(Refusal::kBadSignature);
  return Judge(std::move(agent), headers->timestamp_ms, headers->id, false);
}

Verdict AgentVerifier::VerifyOurs(ConnectionInfo& connection, const HttpRequest& request,
                                  std::shared_ptr<const AgentKey> agent) {
  const bool bound = connection.secure();
  // What was proven by a key that the machine has no more is proven no more.
  const auto* state = connection.state<ProvenAgent>();
  const bool proven = state != nullptr && state->key_hash == agent->key_hash;
  if (bound && proven && request.headers.Find(wire::header::kAssistSignature) == nullptr) {
    Verdict verdict;
    verdict.refusal = agent->deregistered ? Refusal::kDeregistered : Refusal::kNone;
    verdict.agent = std::move(agent);
    verdict.run = state->run;
    return verdict;
  }
  const auto headers =
      ReadHeaders(request, wire::header::kAssistTimestamp, wire::header::kAssistNonce, wire::header::kAssistSignature);
  if (!headers) return Refuse(Refusal::kUnsigned);
  std::string exporter;
  if (bound) {
    const auto material = connection.KeyingMaterial(wire::kExporterLabel, wire::kExporterBytes);
    if (!material) return Refuse(Refusal::kBusy);
    exporter = encoding::HexEncode(*material);
  }
  const std::string body_hash = Sha256Hex(request.body);
  wire::AssistSigningInput input;
  input.method = request.method;
  input.target = request.target;
  input.body_sha256_hex = body_hash;
  input.instance_id = agent->instance_id.str();
  input.timestamp_ms = headers->timestamp;
  input.nonce = headers->id;
  input.exporter_hex = exporter;
  if (!agent->key->VerifyEd25519(wire::AssistSigningString(input), headers->signature)) {
    return Refuse(Refusal::kBadSignature);
  }
  Verdict verdict = Judge(std::move(agent), headers->timestamp_ms, headers->id, bound);
  const std::string_view run = request.headers.Get(wire::header::kAssistRun);
  if (run.size() <= kLongestId) verdict.run = std::string(run);
  if (verdict.ok() && bound && !proven) {
    auto proof = std::make_unique<ProvenAgent>();
    proof->id = verdict.agent->instance_id;
    proof->key_hash = verdict.agent->key_hash;
    proof->run = verdict.run;
    connection.set_state(std::move(proof));
  }
  return verdict;
}

Verdict AgentVerifier::Judge(std::shared_ptr<const AgentKey> agent, std::int64_t timestamp_ms, std::string_view id,
                             bool bound) {
  const std::chrono::milliseconds skew(timestamp_ms - ToUnixMillis(clock_.Now()));
  const std::chrono::milliseconds window = agent->ours() ? options_.window : options_.stock_window;
  Verdict verdict;
  verdict.agent = std::move(agent);
  verdict.skew = skew;
  verdict.measured = true;
  if (skew > window || skew < -window) {
    verdict.refusal = Refusal::kTime;
    return verdict;
  }
  if (!bound) {
    const std::lock_guard lock(mutex_);
    const auto answer = memory_.Insert(verdict.agent->instance_id.str(), id, clock_.Steady());
    if (answer == ReplayMemory::Answer::kRepeated) verdict.refusal = Refusal::kRepeated;
    if (answer == ReplayMemory::Answer::kFull) verdict.refusal = Refusal::kBusy;
  }
  if (verdict.ok() && verdict.agent->deregistered) verdict.refusal = Refusal::kDeregistered;
  return verdict;
}

}  // namespace assist::server::identity

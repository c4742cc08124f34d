#include "bench/swarm/requests.h"

#include "common/crypto/hash.h"
#include "protocol/encoding/base64.h"
#include "protocol/wire/names.h"
#include "protocol/wire/signing.h"

namespace assist::bench {
namespace {

constexpr std::string_view kUserAgent = "linux_amd64/2.2.3.578";

void AddLine(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

StockSignature SignStock(const PrivateKey& key, std::string_view instance_id, std::string_view machine_id,
                         std::int64_t now_ms, Random& random) {
  StockSignature made;
  made.timestamp = std::to_string(now_ms);
  made.request_id = random.Uuid();
  const auto raw = key.SignRsaMd5(wire::StockSigningString(instance_id, machine_id, made.timestamp, made.request_id));
  if (raw) made.signature = encoding::Base64Encode(*raw);
  return made;
}

std::string StockIdentity(std::string_view instance_id, const StockSignature& signature) {
  std::string lines;
  lines.reserve(600);
  AddLine(lines, wire::header::kInstanceId, instance_id);
  AddLine(lines, wire::header::kRequestId, signature.request_id);
  AddLine(lines, wire::header::kSignature, signature.signature);
  AddLine(lines, wire::header::kTimestamp, signature.timestamp);
  AddLine(lines, wire::header::kClientIp, "192.0.2.2");
  return lines;
}

std::string OurIdentity(const PrivateKey& key, std::string_view instance_id, const Request& request,
                        std::string_view exporter_hex, std::int64_t now_ms, Random& random) {
  const std::string timestamp = std::to_string(now_ms);
  const std::string nonce = random.Uuid();
  const std::string body_hash = Sha256Hex(request.body);
  wire::AssistSigningInput input;
  input.method = request.method;
  input.target = request.target;
  input.body_sha256_hex = body_hash;
  input.instance_id = instance_id;
  input.timestamp_ms = timestamp;
  input.nonce = nonce;
  input.exporter_hex = exporter_hex;
  const auto signature = key.SignEd25519(wire::AssistSigningString(input));
  std::string lines = ProvenIdentity(instance_id);
  AddLine(lines, wire::header::kAssistTimestamp, timestamp);
  AddLine(lines, wire::header::kAssistNonce, nonce);
  AddLine(lines, wire::header::kAssistSignature, signature ? encoding::Base64Encode(*signature) : "none");
  return lines;
}

std::string ProvenIdentity(std::string_view instance_id) {
  std::string lines;
  AddLine(lines, wire::header::kInstanceId, instance_id);
  return lines;
}

std::string Render(const Request& request, std::string_view host, std::string_view identity) {
  std::string out;
  out.reserve(512 + identity.size() + request.more.size() + request.target.size() + request.body.size());
  out.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
  AddLine(out, "Host", host);
  AddLine(out, "User-Agent", kUserAgent);
  if (request.method == "POST") AddLine(out, "Content-Length", std::to_string(request.body.size()));
  AddLine(out, "Content-Type", request.content_type);
  out.append(identity).append(request.more).append("\r\n").append(request.body);
  return out;
}

Request Upgrade() {
  Request request;
  request.method = "GET";
  request.target = wire::path::kNotify;
  request.content_type = kForm;
  request.more = kUpgradeLines;
  return request;
}

Request Registration(Kind kind, const std::string& activation_id, const std::string& code,
                     const std::string& machine_id, const std::string& public_key_pem, std::uint64_t number,
                     const std::string& address) {
  wire::RegisterRequest in;
  in.activation_id = activation_id;
  in.activation_code = Secret<std::string>(code);
  in.machine_id = machine_id;
  in.region_id = "cn-hangzhou";
  in.instance_name = "swarm-" + std::to_string(number);
  in.hostname = in.instance_name;
  in.intranet_ip = address;
  in.os_version = "Linux_#1 SMP PREEMPT_DYNAMIC @0_x86_64";
  in.os_type = "linux";
  in.agent_version = "2.2.3.578";
  in.public_key_pem = public_key_pem;
  if (kind == Kind::kOurs) in.assist_protocol = wire::kAssistProtocol;
  Request request;
  request.target = wire::path::kRegister;
  request.body = wire::RenderRegisterRequest(in);
  return request;
}

std::string Output(std::size_t size, bool equal, std::string_view instance_id, std::string_view task_id) {
  std::string line = equal ? "the same line on every machine" : std::string(instance_id) + " " + std::string(task_id);
  line.push_back('\n');
  std::string out;
  out.reserve(size + line.size());
  for (std::size_t number = 0; out.size() < size; ++number) out.append(std::to_string(number)).append(" ").append(line);
  out.resize(size);
  return out;
}

}  // namespace assist::bench

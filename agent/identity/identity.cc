#include "agent/identity/identity.h"

#include <array>

#include "common/files/files.h"
#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::agent::identity {
namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 20;
constexpr std::string_view kMainFile = "identity.json";
constexpr std::string_view kKeyFile = "key.pem";
constexpr std::string_view kCaFile = "ca.pem";
constexpr std::string_view kMachineIdFile = "machine-id";
constexpr int kVersion = 1;
constexpr std::array kTrusts = {Trust::kNone, Trust::kList, Trust::kFingerprint, Trust::kSystem};

tl::unexpected<Error> Damaged(const std::string& file, const std::string& why) {
  return Fail(Errc::kInvalid, file + " is damaged (" + why + "); register this machine again");
}

}  // namespace

std::string_view Name(Trust trust) noexcept {
  switch (trust) {
    case Trust::kNone:
      return "none";
    case Trust::kList:
      return "list";
    case Trust::kFingerprint:
      return "fingerprint";
    case Trust::kSystem:
      return "system";
  }
  return "none";
}

Result<HttpUrl> ServerUrl(const std::string& server) {
  auto url = ParseHttpUrl(server);
  if (!url) return Forward(url);
  if (!url->user_info.empty() || url->target != "/") {
    return Fail(Errc::kInvalid, "the server is named as https://HOST[:PORT], without path or user: " + server);
  }
  if (!url->tls && !IsLoopbackHost(url->server.host)) {
    return Fail(Errc::kInvalid, "http:// is taken for loopback addresses only; use https://" +
                                    FormatHostPort(url->server) + ", with --ca-fingerprint or --ca-file if needed");
  }
  return url;
}

Result<std::unique_ptr<TlsClientContext>> MakeTrust(const Identity& identity) {
  switch (identity.trust) {
    case Trust::kNone:
      return std::unique_ptr<TlsClientContext>();
    case Trust::kList:
      return TlsClientContext::TrustPem(identity.ca_pem);
    case Trust::kFingerprint:
      return TlsClientContext::TrustFingerprint(identity.ca_fingerprint);
    case Trust::kSystem:
      return TlsClientContext::TrustSystem();
  }
  return Fail(Errc::kInternal, "unknown trust");
}

IdentityStore::IdentityStore(std::string root) : folder_(std::move(root) + "/identity") {}

std::string IdentityStore::File(std::string_view name) const { return folder_ + "/" + std::string(name); }

bool IdentityStore::registered() const { return Exists(File(kMainFile)); }

Result<Identity> IdentityStore::Load() const {
  const std::string main_file = File(kMainFile);
  auto text = ReadFile(main_file, kMaxFile);
  if (!text) {
    if (text.error().code == Errc::kNotFound) return Fail(Errc::kNotFound, "this machine is not registered");
    return Forward(text);
  }
  auto object = json::ParseObject(*text);
  if (!object) return Damaged(main_file, object.error().detail);
  json::Reader in(*object);
  if (in.Int("version") != kVersion) {
    return Fail(Errc::kInvalid, main_file + " was written by a newer agent; run that one");
  }
  Identity identity;
  identity.instance_id = InstanceId(std::string(in.String("instanceId")));
  identity.server = std::string(in.String("server"));
  const std::string_view trust = in.String("trust");
  identity.ca_fingerprint = std::string(in.StringOr("caFingerprint", ""));
  identity.region = std::string(in.StringOr("regionId", ""));
  identity.machine_id = std::string(in.StringOr("machineId", ""));
  identity.assist_protocol = static_cast<int>(in.IntOr("assistProtocol", 0, 0, 1 << 20));
  if (!in.status()) return Damaged(main_file, in.status().error().detail);
  bool known = false;
  for (const Trust candidate : kTrusts) {
    if (Name(candidate) != trust) continue;
    identity.trust = candidate;
    known = true;
  }
  if (!known || identity.instance_id.empty()) return Damaged(main_file, "no instance id, or unknown trust");
  auto url = ServerUrl(identity.server);
  if (!url) return Damaged(main_file, url.error().detail);
  if (url->tls == (identity.trust == Trust::kNone)) return Damaged(main_file, "trust does not fit the server");

  const std::string key_file = File(kKeyFile);
  auto key_pem = ReadFile(key_file, kMaxFile);
  if (!key_pem) return Damaged(key_file, key_pem.error().detail);
  auto key = PrivateKey::FromPem(Secret<std::string>(std::move(*key_pem)));
  if (!key) return Damaged(key_file, key.error().detail);
  identity.key = std::make_shared<const PrivateKey>(std::move(*key));
  // The way of signing is the key's, settled at registration: no edit of one file turns it into the other.
  if (identity.key->kind() != (identity.ours() ? KeyKind::kEd25519 : KeyKind::kRsa)) {
    return Damaged(main_file, "assistProtocol does not fit the key");
  }
  if (identity.trust == Trust::kList) {
    auto ca = ReadFile(File(kCaFile), kMaxFile);
    if (!ca) return Damaged(File(kCaFile), ca.error().detail);
    identity.ca_pem = std::move(*ca);
  }
  return identity;
}

Status IdentityStore::Save(const Identity& identity) {
  if (auto made = MakeFolders(folder_, 0700); !made) return made;
  if (auto written = WriteFileAtomically(File(kKeyFile), identity.key->Pem().Reveal(), 0600); !written) return written;
  if (identity.trust == Trust::kList) {
    if (auto written = SaveCa(identity.ca_pem); !written) return written;
  }
  json::Object object;
  object["version"] = kVersion;
  object["instanceId"] = identity.instance_id.str();
  object["server"] = identity.server;
  object["trust"] = Name(identity.trust);
  object["caFingerprint"] = identity.ca_fingerprint;
  object["regionId"] = identity.region;
  object["machineId"] = identity.machine_id;
  object["assistProtocol"] = identity.assist_protocol;
  return WriteFileAtomically(File(kMainFile), json::Write(object) + "\n", 0600);
}

Status IdentityStore::SaveCa(const std::string& ca_pem) { return WriteFileAtomically(File(kCaFile), ca_pem, 0600); }

Status IdentityStore::Remove() {
  if (!Exists(folder_)) return {};
  for (const std::string_view name : {kMainFile, kKeyFile, kCaFile}) {
    if (auto removed = RemoveFile(File(name)); !removed) return removed;
    if (auto synced = SyncFolder(folder_); !synced) return synced;
  }
  return {};
}

std::string IdentityStore::MachineIdOverride() const {
  auto text = ReadFile(File(kMachineIdFile), 4096);
  if (!text) return {};
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  return std::move(*text);
}

}  // namespace assist::agent::identity

#include "server/service/data_folder.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>

#include "common/posix/file.h"

namespace assist::server::service {
namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 20;
constexpr std::string_view kRestoring = "restoring";
constexpr auto kCaLife = std::chrono::hours(24 * 365 * 20);
constexpr auto kLeafLife = std::chrono::hours(24 * 398);

std::string HostName() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

/// Text forms of the addresses of all interfaces that are up.
std::vector<std::string> LocalAddresses() {
  std::vector<std::string> out;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return out;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, ::freeifaddrs);
  for (const ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || (at->ifa_flags & IFF_UP) == 0) continue;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (at->ifa_addr->sa_family == AF_INET) {
      sockaddr_in address{};
      std::memcpy(&address, at->ifa_addr, sizeof address);
      ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
    } else if (at->ifa_addr->sa_family == AF_INET6) {
      sockaddr_in6 address{};
      std::memcpy(&address, at->ifa_addr, sizeof address);
      if (address.sin6_scope_id != 0) continue;  // link-local: of no use without its interface
      ::inet_ntop(AF_INET6, &address.sin6_addr, text.data(), text.size());
    } else {
      continue;
    }
    out.emplace_back(text.data());
  }
  return out;
}

Error WithWayOut(Error error, const std::string& path) {
  error.detail += "; choose another folder with --data, or make " + path + " writable for this user";
  return error;
}

Result<CertificateAndKey> ReadPair(const std::string& certificate, const std::string& key) {
  Result<std::string> pem = ReadFile(certificate, kMaxFile);
  if (!pem) return Forward(pem);
  Result<std::string> key_pem = ReadFile(key, kMaxFile);
  if (!key_pem) return Forward(key_pem);
  return CertificateAndKey{std::move(*pem), Secret<std::string>(std::move(*key_pem))};
}

Status WritePair(const CertificateAndKey& pair, const std::string& certificate, const std::string& key) {
  // The key first: a certificate without its key would look finished.
  if (Status written = WriteFileAtomically(key, pair.key_pem.Reveal(), 0600); !written) return written;
  return WriteFileAtomically(certificate, pair.certificate_pem, 0644);
}

}  // namespace

Result<DataFolder> DataFolder::Lock(const std::string& path) {
  if (Status made = MakeFolders(path, 0700); !made) {
    return tl::make_unexpected(WithWayOut(std::move(made.error()), path));
  }
  const std::string lock_path = path + "/lock";
  Result<UniqueFd> lock = OpenFile(lock_path, O_RDWR | O_CREAT, 0600);
  if (!lock) return tl::make_unexpected(WithWayOut(std::move(lock.error()), path));
  if (::flock(lock->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return tl::make_unexpected(ErrnoError(errno, "lock", lock_path));
    return Fail(Errc::kConflict, "another assist-server uses the folder " + path +
                                     "; stop it first, or give this one a folder of its own with --data");
  }
  // Opening a file proves little on a full or read-only disk: write one.
  if (Status probe = WriteFileAtomically(path + "/lock.probe", "ok\n", 0600); !probe) {
    return tl::make_unexpected(WithWayOut(std::move(probe.error()), path));
  }
  if (Status removed = RemoveFile(path + "/lock.probe"); !removed) return Forward(removed);
  return DataFolder(path, std::move(*lock));
}

Result<DataFolder> DataFolder::Open(const std::string& path) {
  Result<DataFolder> folder = Lock(path);
  if (folder && Exists(folder->File(kRestoring))) {
    return Fail(Errc::kConflict, "a restore into " + path + " was broken off: run `assist-server restore` again");
  }
  return folder;
}

Result<DataFolder> DataFolder::OpenToRestore(const std::string& path) {
  Result<DataFolder> folder = Lock(path);
  if (!folder || Exists(folder->File(kRestoring))) return folder;
  std::vector<std::string_view> names(kKeptFiles.begin(), kKeptFiles.end());
  names.emplace_back("store.db");
  for (const std::string_view name : names) {
    if (!Exists(folder->File(name))) continue;
    return Fail(Errc::kConflict, folder->File(name) +
                                     " exists: a restore overwrites nothing; move that folder away, or name a new one "
                                     "with --data");
  }
  return folder;
}

Status DataFolder::BeginRestore() const { return WriteFileAtomically(File(kRestoring), "", 0600); }

Status DataFolder::EndRestore() const {
  if (Status removed = RemoveFile(File(kRestoring)); !removed) return removed;
  return SyncFolder(path_);
}

Result<CertificateAndKey> DataFolder::LoadOrMakeCa(SystemTime now) const {
  const std::string certificate = File("ca.pem");
  const std::string key = File("ca.key");
  if (Exists(certificate)) {
    Result<CertificateAndKey> ca = ReadPair(certificate, key);
    if (!ca) return Forward(ca);
    if (Status fits = CheckKeyMatches(*ca); !fits) {
      return Fail(Errc::kInvalid, key + " does not belong to " + certificate + "; restore both from one backup");
    }
    return ca;
  }
  Result<CertificateAndKey> ca = MakeCa("Assist CA of " + HostName(), now, kCaLife);
  if (!ca) return Forward(ca);
  if (Status written = WritePair(*ca, certificate, key); !written) return Forward(written);
  return ca;
}

bool DataFolder::LeafIsGood(const CertificateAndKey& ca, const std::vector<std::string>& names, SystemTime now) const {
  Result<CertificateAndKey> leaf = ReadPair(File("server.pem"), File("server.key"));
  if (!leaf || !CheckKeyMatches(*leaf) || !CheckSignedBy(leaf->certificate_pem, ca.certificate_pem)) return false;
  Result<CertificateInfo> info = ReadCertificate(leaf->certificate_pem);
  if (!info) return false;
  const auto has = [&](const std::string& name) {
    const auto& list = IsIpAddress(name) ? info->ip_addresses : info->dns_names;
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  if (!std::all_of(names.begin(), names.end(), has)) return false;
  return now >= info->not_before && now < info->not_before + (info->not_after - info->not_before) * 2 / 3;
}

Result<CertificateAndKey> DataFolder::LoadOrMakeLeaf(const CertificateAndKey& ca, const std::vector<std::string>& names,
                                                     SystemTime now) const {
  if (LeafIsGood(ca, names, now)) return ReadPair(File("server.pem"), File("server.key"));
  LeafRequest request;
  request.common_name = HostName();
  if (request.common_name.size() > 64) request.common_name.resize(64);  // X.520's bound
  for (const std::string& name : names) (IsIpAddress(name) ? request.ip_addresses : request.dns_names).push_back(name);
  request.lifetime = kLeafLife;
  Result<CertificateAndKey> leaf = MakeLeaf(ca, request, now);
  if (!leaf) return Forward(leaf);
  if (Status written = WritePair(*leaf, File("server.pem"), File("server.key")); !written) return Forward(written);
  return leaf;
}

Status DataFolder::WriteAdmin(const Admin& admin) const {
  boost::json::object json;
  json["Endpoint"] = admin.endpoint;
  json["AccessKeyId"] = admin.access_key_id;
  json["AccessKeySecret"] = admin.access_key_secret.Reveal();
  json["CaFile"] = admin.ca_file;
  json["CaFingerprint"] = admin.ca_fingerprint;
  return WriteFileAtomically(File("admin.json"), boost::json::serialize(json) + "\n", 0600);
}

Result<DataFolder::Admin> DataFolder::ReadAdmin() const {
  const std::string path = File("admin.json");
  Result<std::string> text = ReadFile(path, kMaxFile);
  if (!text) return Forward(text);
  boost::system::error_code error;
  const boost::json::value json = boost::json::parse(*text, error);
  const boost::json::object* object = error ? nullptr : json.if_object();
  if (object == nullptr) return Fail(Errc::kInvalid, path + " is no JSON object; delete it and make a new access key");
  const auto member = [&](std::string_view name) {
    const boost::json::value* value = object->if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  return Admin{member("Endpoint"), member("AccessKeyId"), Secret<std::string>(member("AccessKeySecret")),
               member("CaFile"), member("CaFingerprint")};
}

bool DataFolder::initialized() const { return Exists(File("initialized")); }
Status DataFolder::SetInitialized() const { return WriteFileAtomically(File("initialized"), "1\n", 0600); }

std::vector<std::string> CertificateNames(const std::vector<HostPort>& advertise) {
  std::set<std::string> names = {"localhost", "127.0.0.1", "::1"};
  if (const std::string host = HostName(); !host.empty()) names.insert(host);
  for (const std::string& address : LocalAddresses()) names.insert(address);
  for (const HostPort& name : advertise) names.insert(name.host);
  return {names.begin(), names.end()};
}

std::string Endpoint(const std::vector<HostPort>& advertise, const HostPort& listen, bool tls) {
  HostPort address = listen;
  if (!advertise.empty()) {
    address.host = advertise.front().host;
    if (advertise.front().port != 0) address.port = advertise.front().port;
  } else if (listen.host == "0.0.0.0" || listen.host == "::" || listen.host == "*") {
    address.host = "127.0.0.1";
    for (const std::string& local : LocalAddresses()) {
      if (!IsLoopbackHost(local)) {
        address.host = local;
        break;
      }
    }
  }
  return (tls ? "https://" : "http://") + FormatHostPort(address);
}

}  // namespace assist::server::service

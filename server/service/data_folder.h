// The server's folder: one server at a time, its certificates, the admin's key. Blocks; used at start and by the
// renewal.
//   DIR/lock  DIR/ca.pem  DIR/ca.key  DIR/server.pem  DIR/server.key  DIR/admin.json  DIR/store.db  DIR/admin.sock
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/time.h"
#include "common/crypto/x509.h"
#include "common/net/address.h"
#include "common/posix/unique_fd.h"

namespace assist::server::service {

/// What a backup holds of the folder, beside the store.
inline constexpr std::array<std::string_view, 7> kKeptFiles{
    "ca.pem", "ca.key", "server.pem", "server.key", "admin.json", "initialized", "assist-server.toml"};

class DataFolder {
 public:
  /// Makes the folder (0700) when it is missing, and takes its lock. kConflict: another server has it; kDenied: not
  /// writable, read-only. Both say what to do. Also kConflict: a restore into it was broken off.
  static Result<DataFolder> Open(const std::string& path);
  /// The same for a restore, which goes on where one was broken off. kConflict: a server's files lie there.
  static Result<DataFolder> OpenToRestore(const std::string& path);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string File(std::string_view name) const { return path_ + "/" + std::string(name); }

  /// The CA: read, or made at the first start (20 years).
  [[nodiscard]] Result<CertificateAndKey> LoadOrMakeCa(SystemTime now) const;
  /// The server's certificate for `names` (host names and addresses): read when it is signed by `ca`, has all names and
  /// is in the first two thirds of its life; else made anew (398 days).
  [[nodiscard]] Result<CertificateAndKey> LoadOrMakeLeaf(const CertificateAndKey& ca,
                                                         const std::vector<std::string>& names, SystemTime now) const;
  /// Whether the leaf on disk is still as LoadOrMakeLeaf() wants it.
  [[nodiscard]] bool LeafIsGood(const CertificateAndKey& ca, const std::vector<std::string>& names,
                                SystemTime now) const;

  /// DIR/admin.json (0600): written with a key, or with the key that is in it when `id` is empty.
  struct Admin {
    std::string endpoint;
    std::string access_key_id;
    Secret<std::string> access_key_secret;
    std::string ca_file;         ///< Empty with plain HTTP.
    std::string ca_fingerprint;  ///< Empty with plain HTTP.
  };
  [[nodiscard]] Status WriteAdmin(const Admin& admin) const;
  /// The file as it is; kNotFound when there is none.
  [[nodiscard]] Result<Admin> ReadAdmin() const;

  /// Until EndRestore() nothing but a restore opens the folder.
  [[nodiscard]] Status BeginRestore() const;
  [[nodiscard]] Status EndRestore() const;

  /// The first start has been finished: an admin key exists in store and file.
  [[nodiscard]] bool initialized() const;
  [[nodiscard]] Status SetInitialized() const;

 private:
  static Result<DataFolder> Lock(const std::string& path);
  DataFolder(std::string path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string path_;
  UniqueFd lock_;
};

/// Host name, localhost, all addresses of this machine, and the advertised hosts: sorted, each once.
[[nodiscard]] std::vector<std::string> CertificateNames(const std::vector<HostPort>& advertise);
/// What a client should be told to use: the first advertised host, else the address of `listen`, else (for any-address)
/// this machine's first address that is not loopback, else 127.0.0.1.
[[nodiscard]] std::string Endpoint(const std::vector<HostPort>& advertise, const HostPort& listen, bool tls);

}  // namespace assist::server::service

// Who this machine is to its server, and the folder that keeps it: `identity/` below the agent's root, 0700, files
// 0600:
//   identity.json  instance id, server, trust, region, machine id …   (written last: it is there = registered)
//   key.pem        the private key, PKCS#8
//   ca.pem         the certificate authorities that this machine trusts for its server, when it has a list
// Each file is replaced atomically. The calls block: not on the agent's executor once tasks run.
#pragma once

#include <memory>
#include <string>

#include "common/base/ids.h"
#include "common/base/result.h"
#include "common/crypto/keys.h"
#include "common/net/address.h"
#include "common/net/tls_context.h"

namespace assist::agent::identity {

/// How the server's certificate is judged. Written to disk as words: never rename.
enum class Trust : std::uint8_t {
  kNone,         ///< `none`: plain HTTP to a loopback address; never anything else.
  kList,         ///< `list`: the authorities of ca.pem.
  kFingerprint,  ///< `fingerprint`: one authority that the server sends, by its SHA-256.
  kSystem,       ///< `system`: the machine's own store.
};
[[nodiscard]] std::string_view Name(Trust trust) noexcept;

struct Identity {
  InstanceId instance_id;
  std::string server;  ///< `https://host:port`, or http:// with a loopback host. The scheme is pinned with it.
  Trust trust = Trust::kNone;
  std::string ca_pem;          ///< With kList; one or more certificates.
  std::string ca_fingerprint;  ///< `sha256:…`; with kFingerprint, else kept for later if one was given.
  std::string region;
  std::string machine_id;                 ///< As registered: part of what the stock scheme signs.
  int assist_protocol = 0;                ///< Version of our additions that the server speaks; 0: a stock server.
  std::shared_ptr<const PrivateKey> key;  ///< Ed25519 for our servers, RSA for stock ones.

  [[nodiscard]] bool ours() const noexcept { return assist_protocol > 0; }
};

/// The address in `server`. kInvalid when it is none, or plain HTTP to another machine.
[[nodiscard]] Result<HttpUrl> ServerUrl(const std::string& server);

/// What a TLS handshake with this server needs; empty for plain HTTP.
[[nodiscard]] Result<std::unique_ptr<TlsClientContext>> MakeTrust(const Identity& identity);

class IdentityStore {
 public:
  /// `root`: the agent's; the folder `identity` is made below it when something is written.
  explicit IdentityStore(std::string root);

  /// kNotFound: not registered. kInvalid: the files are damaged; the detail names the file.
  [[nodiscard]] Result<Identity> Load() const;
  [[nodiscard]] bool registered() const;
  Status Save(const Identity& identity);
  /// A new list of authorities, told over a connection that proved itself.
  Status SaveCa(const std::string& ca_pem);
  /// Forgets the identity: identity.json first, so that a crash leaves no half of it in use. The machine id stays.
  Status Remove();
  /// The content of `identity/machine-id`, which goes before the machine's own; empty when there is none.
  [[nodiscard]] std::string MachineIdOverride() const;

  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }

 private:
  [[nodiscard]] std::string File(std::string_view name) const;
  std::string folder_;
};

}  // namespace assist::agent::identity

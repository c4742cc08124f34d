// Certificates: a small CA of our own and the leaves that it signs (RFC 5280, EC P-256). Serial numbers and keys come
// from OpenSSL's random source; times are arguments. Any thread. Bad input is kInvalid.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/base/time.h"

namespace assist {

struct CertificateAndKey {
  std::string certificate_pem;
  Secret<std::string> key_pem;
};

/// Valid from an hour before `now` (clocks differ) for `lifetime`.
[[nodiscard]] Result<CertificateAndKey> MakeCa(std::string_view common_name, SystemTime now,
                                               std::chrono::seconds lifetime);

struct LeafRequest {
  std::string common_name;
  std::vector<std::string> dns_names;     ///< SANs of kind DNS.
  std::vector<std::string> ip_addresses;  ///< SANs of kind IP, in text form.
  std::chrono::seconds lifetime{};
};
/// A server's certificate (serverAuth), with a fresh key. Never outlives its CA.
[[nodiscard]] Result<CertificateAndKey> MakeLeaf(const CertificateAndKey& ca, const LeafRequest& request,
                                                 SystemTime now);

struct CertificateInfo {
  std::string common_name;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;  ///< In the form of inet_ntop.
  SystemTime not_before;
  SystemTime not_after;
  bool is_ca = false;
  std::string fingerprint;  ///< `sha256:` and 64 lower-case digits, of the DER.
};
/// The first certificate of a PEM text.
[[nodiscard]] Result<CertificateInfo> ReadCertificate(std::string_view pem);
/// Each certificate of a PEM text as a PEM text of its own; at least one.
[[nodiscard]] Result<std::vector<std::string>> SplitPem(std::string_view pem);
/// Whether the CA's key signed the leaf and the names chain (dates are not looked at); kDenied if not.
[[nodiscard]] Status CheckSignedBy(std::string_view leaf_pem, std::string_view ca_pem);
/// Whether the private key belongs to the certificate; kDenied if not.
[[nodiscard]] Status CheckKeyMatches(const CertificateAndKey& pair);

/// The 32 raw bytes of `sha256:<64 hex>` (case and colons between bytes do not matter).
[[nodiscard]] Result<std::string> ParseFingerprint(std::string_view fingerprint);

}  // namespace assist

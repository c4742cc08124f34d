// What a TLS handshake needs: certificates for servers, whom to trust for clients. TLS 1.2 and 1.3, ALPN http/1.1,
// no session tickets, no renegotiation. Any thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"

struct ssl_ctx_st;

namespace assist {

class TlsServerContext {
 public:
  /// `chain_pem`: leaf first, then what signed it (the CA too, so that clients can pin it). kInvalid says which part is
  /// wrong.
  static Result<std::unique_ptr<TlsServerContext>> Make(const std::string& chain_pem,
                                                        const Secret<std::string>& key_pem);
  /// For new connections; on failure nothing changes.
  Status Reload(const std::string& chain_pem, const Secret<std::string>& key_pem);

  /// For TlsStream.
  [[nodiscard]] std::shared_ptr<ssl_ctx_st> context() const;

 private:
  explicit TlsServerContext(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}
  mutable std::mutex mutex_;
  std::shared_ptr<ssl_ctx_st> context_;  // under mutex_
};

/// Whom a client believes. The peer's name (DNS or IP, in the leaf's SANs) is checked in every case.
class TlsClientContext {
 public:
  /// The certificates of a PEM file's text; at least one.
  static Result<std::unique_ptr<TlsClientContext>> TrustPem(const std::string& ca_pem);
  /// The system's authorities (system_trust.h).
  static Result<std::unique_ptr<TlsClientContext>> TrustSystem();
  /// One CA that the server sends in its chain: `sha256:<64 hex>` of its DER. For registration.
  static Result<std::unique_ptr<TlsClientContext>> TrustFingerprint(std::string_view fingerprint);

  [[nodiscard]] const std::shared_ptr<ssl_ctx_st>& context() const noexcept { return context_; }
  /// Raw SHA-256 of the pinned CA; empty for the other kinds.
  [[nodiscard]] const std::string& pinned_sha256() const noexcept { return pinned_; }

 private:
  TlsClientContext(std::shared_ptr<ssl_ctx_st> context, std::string pinned)
      : context_(std::move(context)), pinned_(std::move(pinned)) {}
  const std::shared_ptr<ssl_ctx_st> context_;
  const std::string pinned_;
};

/// Error.reason of failed connects: stable names, so that a program can say what to do about it.
inline constexpr std::string_view kNetResolve = "net.resolve";       ///< No such host.
inline constexpr std::string_view kNetConnect = "net.connect";       ///< Refused, unreachable.
inline constexpr std::string_view kNetProxy = "net.proxy";           ///< The proxy would not connect.
inline constexpr std::string_view kNetClosed = "net.closed";         ///< Closed before a byte of an answer came.
inline constexpr std::string_view kTlsUntrusted = "tls.untrusted";   ///< Signed by nobody we trust.
inline constexpr std::string_view kTlsWrongName = "tls.wrong_name";  ///< The certificate is for another name.
inline constexpr std::string_view kTlsExpired = "tls.expired";       ///< Or not yet valid: look at the clocks.
inline constexpr std::string_view kTlsNotTls = "tls.not_tls";        ///< The port speaks something else.
inline constexpr std::string_view kTlsFailed = "tls.failed";         ///< Any other reason.

}  // namespace assist

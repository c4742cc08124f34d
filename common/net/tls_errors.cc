#include "common/net/tls_errors.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "common/net/tls_context.h"

namespace assist::net_internal {
namespace {

// The peer's first bytes were no TLS record.
bool IsNotTls(unsigned long error) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return false;
  switch (ERR_GET_REASON(error)) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_RECORD_LENGTH_MISMATCH:
    case SSL_R_BAD_RECORD_TYPE:
    case SSL_R_UNEXPECTED_RECORD:
      return true;
    default:
      return false;
  }
}

}  // namespace

Error HandshakeFailure(ssl_st* ssl, int ssl_error, const std::string& io_error, std::string_view host,
                       const PeerCertificate& certificate) {
  const unsigned long first = ERR_peek_error();
  const char* text = ERR_reason_error_string(first);
  ERR_clear_error();
  const std::string whom(host);
  const long verdict = SSL_get_verify_result(ssl);
  if (!host.empty() && verdict != X509_V_OK) {
    switch (verdict) {
      case X509_V_ERR_HOSTNAME_MISMATCH:
      case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return {Errc::kDenied, "the server's certificate is not for " + whom + ", but for " + certificate.names,
                kTlsWrongName};
      case X509_V_ERR_CERT_HAS_EXPIRED:
      case X509_V_ERR_CERT_NOT_YET_VALID:
        return {Errc::kDenied,
                "a certificate of " + whom + " is valid from " + certificate.validity +
                    " only; look at the clocks of both machines, or renew it",
                kTlsExpired};
      case X509_V_ERR_CERT_REJECTED:
        return {Errc::kDenied,
                "a certificate of " + whom +
                    " is disallowed on this machine (on Windows: the store of certificates \"Disallowed\"); "
                    "give the server another one",
                kTlsUntrusted};
      default:
        return {Errc::kDenied,
                "the certificate of " + whom + " is signed by nobody who is trusted here (" +
                    X509_verify_cert_error_string(verdict) + "); name the server's CA",
                kTlsUntrusted};
    }
  }
  if (IsNotTls(first)) {
    return {Errc::kInvalid, host.empty() ? "the peer does not speak TLS" : whom + " does not speak TLS on this port",
            kTlsNotTls};
  }
  if (ssl_error == SSL_ERROR_SYSCALL || ssl_error == SSL_ERROR_ZERO_RETURN ||
      (ERR_GET_LIB(first) == ERR_LIB_SSL && ERR_GET_REASON(first) == SSL_R_UNEXPECTED_EOF_WHILE_READING)) {
    return {Errc::kUnavailable, "the peer ended the TLS handshake" + (io_error.empty() ? "" : ": " + io_error),
            kTlsFailed};
  }
  return {Errc::kInvalid, "the TLS handshake failed: " + std::string(text != nullptr ? text : "no reason given"),
          kTlsFailed};
}

}  // namespace assist::net_internal

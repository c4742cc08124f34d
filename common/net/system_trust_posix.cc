#include <openssl/ssl.h>

#include "common/crypto/openssl_ptr.h"
#include "common/net/system_trust.h"

namespace assist {

Status TrustSystemStore(ssl_ctx_st* context) {
  if (SSL_CTX_set_default_verify_paths(context) == 1) return {};
  return Fail(Errc::kUnavailable,
              "cannot read the system's certificate authorities: " + crypto_internal::TakeOpensslError());
}

}  // namespace assist

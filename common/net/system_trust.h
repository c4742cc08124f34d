// Whom this system trusts, for TlsClientContext::TrustSystem(). Blocks shortly; any thread.
#pragma once

#include "common/base/result.h"

struct ssl_ctx_st;

namespace assist {

/// Makes a client's context believe the system's authorities. Elsewhere than on Windows those of OpenSSL's folders.
/// On Windows the certificate stores as they are now: "ROOT" is believed, "CA" helps to complete chains, and a chain
/// with a certificate of "Disallowed" is refused. kUnavailable: they cannot be read.
Status TrustSystemStore(ssl_ctx_st* context);

}  // namespace assist

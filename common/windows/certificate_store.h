// The certificate stores of Windows: of the machine, of this account, and what group policy gives to both. Blocks
// shortly; any thread.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"

namespace assist {

/// Certificates in DER, each once.
struct CertificateStores {
  /// "ROOT". Those that Windows was told not to use for servers (the purposes in their properties) are left out.
  std::vector<std::string> authorities;
  /// "CA": they may stand between an authority and a leaf, and make nothing trusted by themselves.
  std::vector<std::string> intermediates;
  /// "Disallowed": no chain may hold one of them.
  std::vector<std::string> disallowed;
};

/// A store that is not there is empty; one that cannot be read fails the whole.
Result<CertificateStores> ReadCertificateStores();

}  // namespace assist

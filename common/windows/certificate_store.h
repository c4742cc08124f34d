// The certificate stores of Windows: of the machine, with what group policy gives to it; and those of this account,
// when it is neither an administrator's nor the system's. Blocks shortly; any thread.
#pragma once

#include <cstdint>
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

/// Whether CertEnumCertificatesInStore ended with this error since there are no more; another one hides what comes
/// after.
[[nodiscard]] bool IsEndOfStore(std::uint32_t error) noexcept;

/// A store that is not there is empty; one that cannot be read fails the whole.
Result<CertificateStores> ReadCertificateStores();

}  // namespace assist

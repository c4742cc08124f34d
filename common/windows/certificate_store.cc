#include "common/windows/certificate_store.h"

#include <cstring>
#include <memory>
#include <set>

#include "common/windows/error.h"
#include "common/windows/security.h"
#include "common/windows/system.h"
// Behind system.h.
#include <wincrypt.h>

#include "common/windows/wide.h"

namespace assist {
namespace {

// Logical stores: what group policy, the directory and Microsoft's list bring is in them. That of an account has the
// machine's in it; both are asked all the same, so that nothing rests on it. An administrator and the service have to
// believe the same, so what one person trusts counts for neither.
Result<std::vector<DWORD>> Places() {
  Result<bool> administers = IsAdministrator();
  if (!administers) return Forward(administers);
  std::vector<DWORD> places{CERT_SYSTEM_STORE_LOCAL_MACHINE};
  if (!*administers) places.push_back(CERT_SYSTEM_STORE_CURRENT_USER);
  return places;
}

struct CloseStore {
  void operator()(void* store) const noexcept { ::CertCloseStore(store, 0); }
};

/// What an administrator, or Microsoft's list, has said in the certificate's properties; what it says itself is
/// OpenSSL's to read.
bool MayServe(PCCERT_CONTEXT certificate) {
  DWORD size = 0;
  if (::CertGetEnhancedKeyUsage(certificate, CERT_FIND_PROP_ONLY_ENHKEY_USAGE_FLAG, nullptr, &size) == 0) {
    return ::GetLastError() == static_cast<DWORD>(CRYPT_E_NOT_FOUND);  // nothing was said: good for all
  }
  std::vector<std::uint64_t> memory(size / sizeof(std::uint64_t) + 1);  // aligned for the structure in it
  auto* usage = reinterpret_cast<CERT_ENHKEY_USAGE*>(memory.data());
  if (::CertGetEnhancedKeyUsage(certificate, CERT_FIND_PROP_ONLY_ENHKEY_USAGE_FLAG, usage, &size) == 0) return false;
  // An empty list has two meanings, and the last error tells which: for all, or for nothing.
  if (usage->cUsageIdentifier == 0) return ::GetLastError() == static_cast<DWORD>(CRYPT_E_NOT_FOUND);
  for (DWORD i = 0; i < usage->cUsageIdentifier; ++i) {
    const char* purpose = usage->rgpszUsageIdentifier[i];
    if (std::strcmp(purpose, szOID_PKIX_KP_SERVER_AUTH) == 0 || std::strcmp(purpose, szOID_ANY_ENHANCED_KEY_USAGE) == 0)
      return true;
  }
  return false;
}

Result<std::vector<std::string>> ReadStore(const wchar_t* name, const std::vector<DWORD>& places, bool for_servers) {
  std::set<std::string> found;
  for (const DWORD place : places) {
    constexpr DWORD kHow = CERT_STORE_READONLY_FLAG | CERT_STORE_OPEN_EXISTING_FLAG;
    const std::unique_ptr<void, CloseStore> store(::CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, place | kHow, name));
    if (store == nullptr) {
      const DWORD error = ::GetLastError();
      if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND) continue;
      return tl::unexpected<Error>(WindowsError(error, "open the certificate store", ToUtf8(name)));
    }
    PCCERT_CONTEXT each = nullptr;
    while ((each = ::CertEnumCertificatesInStore(store.get(), each)) != nullptr) {
      if (for_servers && !MayServe(each)) continue;
      found.emplace(reinterpret_cast<const char*>(each->pbCertEncoded), each->cbCertEncoded);
    }
    if (const DWORD error = ::GetLastError(); !IsEndOfStore(error)) {
      return tl::unexpected<Error>(WindowsError(error, "read the certificate store", ToUtf8(name)));
    }
  }
  return std::vector<std::string>(found.begin(), found.end());
}

}  // namespace

bool IsEndOfStore(std::uint32_t error) noexcept {
  return error == static_cast<DWORD>(CRYPT_E_NOT_FOUND) || error == ERROR_NO_MORE_FILES;
}

Result<CertificateStores> ReadCertificateStores() {
  Result<std::vector<DWORD>> places = Places();
  if (!places) return Forward(places);
  CertificateStores stores;
  struct Part {
    const wchar_t* name;
    bool for_servers;
    std::vector<std::string>* into;
  };
  for (const Part& part : {Part{L"ROOT", true, &stores.authorities}, Part{L"CA", true, &stores.intermediates},
                           Part{L"Disallowed", false, &stores.disallowed}}) {
    Result<std::vector<std::string>> read = ReadStore(part.name, *places, part.for_servers);
    if (!read) return Forward(read);
    *part.into = std::move(*read);
  }
  return stores;
}

}  // namespace assist

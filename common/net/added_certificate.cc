#include "common/net/added_certificate.h"

#include "common/base/check.h"
#include "common/windows/security.h"
#include "common/windows/system.h"
// Behind system.h.
#include <wincrypt.h>

#include "common/windows/wide.h"

namespace assist {

AddedCertificate::AddedCertificate(const std::string& store, const std::string& der, const std::string& purpose,
                                   Of whose) {
  const bool of_machine = whose == Of::kWhoIsBelieved && IsAdministrator().value();
  const DWORD place = of_machine ? CERT_SYSTEM_STORE_LOCAL_MACHINE : CERT_SYSTEM_STORE_CURRENT_USER;
  store_ = ::CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, place, ToWide(store).c_str());
  ASSIST_CHECK(store_ != nullptr);
  PCCERT_CONTEXT made = nullptr;
  ASSIST_CHECK(::CertAddEncodedCertificateToStore(store_, X509_ASN_ENCODING, reinterpret_cast<const BYTE*>(der.data()),
                                                  static_cast<DWORD>(der.size()), CERT_STORE_ADD_ALWAYS, &made) != 0);
  certificate_ = made;
  if (!purpose.empty()) {
    std::string text = purpose;
    LPSTR name = text.data();
    CERT_ENHKEY_USAGE usage{1, &name};
    ASSIST_CHECK(::CertSetEnhancedKeyUsage(made, &usage) != 0);
  }
  // Wine keeps changes to itself until it is told, or the store is closed.
  ASSIST_CHECK(::CertControlStore(store_, 0, CERT_STORE_CTRL_COMMIT, nullptr) != 0);
}

AddedCertificate::~AddedCertificate() {
  ASSIST_CHECK(::CertDeleteCertificateFromStore(static_cast<PCCERT_CONTEXT>(certificate_)) != 0);  // frees it too
  ASSIST_CHECK(::CertControlStore(store_, 0, CERT_STORE_CTRL_COMMIT, nullptr) != 0);
  ::CertCloseStore(store_, 0);
}

}  // namespace assist

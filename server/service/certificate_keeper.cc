#include "server/service/certificate_keeper.h"

namespace assist::server::service {

Result<bool> CertificateKeeper::RenewIfNeeded() {
  const std::vector<std::string> names = CertificateNames(advertise_);
  const SystemTime now = clock_.Now();
  if (folder_.LeafIsGood(ca_, names, now)) return false;
  Result<CertificateAndKey> leaf = folder_.LoadOrMakeLeaf(ca_, names, now);
  if (!leaf) return Forward(leaf);
  if (Status loaded = tls_.Reload(leaf->certificate_pem + ca_.certificate_pem, leaf->key_pem); !loaded) {
    return Forward(loaded);
  }
  return true;
}

asio::awaitable<void> CertificateKeeper::Run() {
  for (;;) {
    co_await clock_.SleepFor(std::chrono::hours(1));
    auto look = [this] { return RenewIfNeeded(); };
    Result<bool> renewed = co_await pool_.Run(std::move(look));
    if (!renewed) {
      log_.Error("certificate.not_renewed", {{"why", renewed.error().detail}});
    } else if (*renewed) {
      log_.Info("certificate.renewed");
    }
  }
}

}  // namespace assist::server::service

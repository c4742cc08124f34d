// Renews the server's certificate: looks every hour and on start, makes a new one when two thirds of its life are over
// or the names of this machine have changed, and hands it to the listeners. Owned by Server, one shard.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <vector>

#include "common/async/blocking_pool.h"
#include "common/async/clock.h"
#include "common/log/log.h"
#include "common/net/tls_context.h"
#include "server/service/data_folder.h"

namespace assist::server::service {

namespace asio = boost::asio;

class CertificateKeeper {
 public:
  /// References outlive this.
  CertificateKeeper(const DataFolder& folder, CertificateAndKey ca, std::vector<HostPort> advertise,
                    TlsServerContext& tls, BlockingPool& pool, Clock& clock, Log& log)
      : folder_(folder),
        ca_(std::move(ca)),
        advertise_(std::move(advertise)),
        tls_(tls),
        pool_(pool),
        clock_(clock),
        log_(log) {}

  /// Until cancelled. A failure is logged and tried again an hour later; the old certificate stays in use.
  asio::awaitable<void> Run();
  /// One look; true when a new certificate is in use. Blocks.
  [[nodiscard]] Result<bool> RenewIfNeeded();

 private:
  const DataFolder& folder_;
  const CertificateAndKey ca_;
  const std::vector<HostPort> advertise_;
  TlsServerContext& tls_;
  BlockingPool& pool_;
  Clock& clock_;
  Log& log_;
};

}  // namespace assist::server::service

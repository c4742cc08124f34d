// /download/…: packages for machines that have no internet, and the scripts that install them. Whoever reaches the port
// may read them; nothing secret is among them. Serves what SHA256SUMS of the folder lists, and only files that are what
// it lists; parts of them too (RFC 9110, section 14), so that a broken download goes on.
//   /download/              what there is, a line each
//   /download/install.sh    and install.ps1: see install_script.h
//   /download/SHA256SUMS    and SHA256SUMS.sig as they lie there
//   /download/NAME          a listed file
// Owned by service; any thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/async/blocking_pool.h"
#include "common/async/clock.h"
#include "common/log/log.h"
#include "common/net/http.h"
#include "server/download/catalogue.h"

namespace assist::server::download {

namespace asio = boost::asio;

inline constexpr std::string_view kPath = "/download/";

class Downloads {
 public:
  struct Options {
    std::string folder;                          ///< Need not exist; looked at for every request.
    std::string ca_fingerprint;                  ///< Of the server's CA; empty with plain HTTP.
    std::chrono::milliseconds look_every{1000};  ///< The folder is looked at again after so long.
    int most = 256;                              ///< Files that are being sent at a time; each holds a descriptor.
    int most_of_one = 16;                        ///< The same, to one address. Above: 503.
  };
  /// `pool`: of this alone, and with one thread, since it reads whole files. References outlive this, and this outlives
  /// the pool's work and the answers that were given.
  Downloads(Options options, BlockingPool& pool, Clock& clock, Log& log)
      : options_(std::move(options)),
        pool_(pool),
        clock_(clock),
        log_(log),
        reader_(options_.folder, options_.ca_fingerprint) {}

  /// A request whose path is kPath, begins with it, or is it without its last `/`. `peer`: its address.
  asio::awaitable<HttpResponse> Handle(const HttpRequest& request, std::string peer);

 private:
  asio::awaitable<std::shared_ptr<const Catalogue>> Look();
  asio::awaitable<HttpResponse> ServeFile(const HttpRequest& request, std::string peer,
                                          std::shared_ptr<const Catalogue> catalogue, const Entry& entry);
  /// Held while a file is sent; null: there are too many.
  std::shared_ptr<void> TakePlace(const std::string& peer);

  const Options options_;
  BlockingPool& pool_;
  Clock& clock_;
  Log& log_;
  CatalogueReader reader_;  // in the pool
  std::mutex mutex_;
  std::shared_ptr<const Catalogue> told_;         // under mutex_: the newest, its faults logged
  SteadyTime look_again_{};                       // under mutex_
  std::unordered_map<std::string, int> sending_;  // under mutex_: by address
  int sending_all_ = 0;                           // under mutex_
};

}  // namespace assist::server::download

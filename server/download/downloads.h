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
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "common/async/blocking_pool.h"
#include "common/log/log.h"
#include "common/net/http.h"
#include "server/download/catalogue.h"

namespace assist::server::download {

namespace asio = boost::asio;

inline constexpr std::string_view kPath = "/download/";

class Downloads {
 public:
  struct Options {
    std::string folder;          ///< Need not exist; looked at for every request.
    std::string ca_fingerprint;  ///< Of the server's CA; empty with plain HTTP.
  };
  /// References outlive this, and this outlives the answers that were given.
  Downloads(Options options, BlockingPool& pool, Log& log)
      : pool_(pool), log_(log), reader_(std::move(options.folder), std::move(options.ca_fingerprint)) {}

  /// A request whose path is kPath, begins with it, or is it without its last `/`.
  asio::awaitable<HttpResponse> Handle(const HttpRequest& request);

 private:
  asio::awaitable<std::shared_ptr<const Catalogue>> Look();
  asio::awaitable<HttpResponse> ServeFile(const HttpRequest& request, std::shared_ptr<const Catalogue> catalogue,
                                          const Entry& entry);

  BlockingPool& pool_;
  Log& log_;
  std::mutex mutex_;
  CatalogueReader reader_;                 // under mutex_, in the pool
  std::shared_ptr<const Catalogue> told_;  // under mutex_: the one whose faults were logged
};

/// The bytes that a `Range` asks for; nothing: all. Other units, several ranges and nonsense mean all.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t size = 0;  ///< 0: none of the file's bytes is meant (416).
};
[[nodiscard]] std::optional<ByteRange> ReadRange(std::string_view header, std::uint64_t file_size);

}  // namespace assist::server::download

// The folder of archives behind a pool: uploads of the API, downloads of agents. Owned by service, one per server; any
// thread. Who may have what is decided by the callers (control knows which archives packages name).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/async/blocking_pool.h"
#include "common/async/clock.h"
#include "common/net/http.h"
#include "server/artifacts/artifact_folder.h"

namespace assist::server::artifacts {

namespace asio = boost::asio;

inline constexpr std::string_view kSha256Header = "X-Assist-Sha256";

class Artifacts {
 public:
  struct Limits {
    int most = 64;        ///< Answers that are being sent at a time; each holds a descriptor.
    int most_of_one = 4;  ///< The same, to one receiver. Above: 503 with Retry-After.
    // To those who have no identity: places of their own, so that they take none of the agents'.
    int most_anonymous = 16;
    int most_of_address = 2;  ///< Of an IPv6 address: all of its /64.
  };
  /// References outlive this, and this outlives the pool's work and the answers that were given.
  Artifacts(std::unique_ptr<ArtifactFolder> folder, BlockingPool& pool, const Clock& clock, Limits limits)
      : folder_(std::move(folder)),
        pool_(pool),
        clock_(clock),
        agents_{limits.most, limits.most_of_one},
        anonymous_{limits.most_anonymous, limits.most_of_address} {}

  // As in ArtifactFolder.
  asio::awaitable<Result<ArtifactFolder::Progress>> Put(ArtifactFolder::Piece piece);
  asio::awaitable<Result<std::optional<std::int64_t>>> Find(std::string sha256);
  asio::awaitable<Result<std::vector<std::string>>> Older(SystemTime before);
  asio::awaitable<Status> RemoveOlder(std::string sha256, SystemTime before);
  asio::awaitable<Result<std::int64_t>> RemoveOlderParts(SystemTime before);

  /// GET and HEAD of a whole artifact, or of a part of it (Range, If-Range). `receiver`: whose places it takes. 404
  /// when it is not here.
  asio::awaitable<HttpResponse> Send(const HttpRequest& request, std::string sha256, std::string receiver);

  /// The same to who has no identity; `address`: the peer's.
  asio::awaitable<HttpResponse> SendToAnyone(const HttpRequest& request, std::string sha256, std::string address);

  [[nodiscard]] std::int64_t bytes() const { return folder_->bytes(); }

 private:
  /// Answers that are being sent.
  struct Places {
    const int most;
    const int most_of_one;
    std::unordered_map<std::string, int> taken = {};  // under mutex_: by receiver
    int all = 0;                                      // under mutex_
  };

  std::shared_ptr<void> TakePlace(Places& places, const std::string& receiver);
  asio::awaitable<HttpResponse> SendAt(std::shared_ptr<void> place, const HttpRequest& request, std::string sha256);

  const std::unique_ptr<ArtifactFolder> folder_;
  BlockingPool& pool_;
  const Clock& clock_;
  std::mutex mutex_;
  Places agents_;
  Places anonymous_;
};

}  // namespace assist::server::artifacts

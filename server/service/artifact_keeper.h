// Keeps the folder of archives and the published packages together: says loudly what packages name and is not there
// (after a restore, or when somebody removed it), and removes what nobody names a day after it came. Owned by service;
// one coroutine on one shard.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

#include "common/async/clock.h"
#include "common/log/log.h"
#include "server/artifacts/artifacts.h"
#include "server/control/runner.h"

namespace assist::server::service {

namespace asio = boost::asio;

class ArtifactKeeper {
 public:
  static constexpr std::chrono::hours kSpared{24};  ///< Since it came, or was last looked for by a publisher.

  /// References outlive this.
  ArtifactKeeper(artifacts::Artifacts& artifacts, control::Runner& runner, Clock& clock, Log& log)
      : artifacts_(artifacts), runner_(runner), clock_(clock), log_(log) {}

  /// At once, then every hour; until it is cancelled.
  asio::awaitable<void> Run();

  struct Round {
    std::int64_t missing = 0;  ///< Archives that packages name: not here, or not of their size.
    std::int64_t removed = 0;
  };
  /// kUnavailable: the store could not be asked; then nothing was removed.
  asio::awaitable<Result<Round>> Look();

 private:
  artifacts::Artifacts& artifacts_;
  control::Runner& runner_;
  Clock& clock_;
  Log& log_;
};

}  // namespace assist::server::service

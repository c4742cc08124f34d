// The store of a folder without a server around it: for commands that change it while none runs.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <utility>

#include "common/base/result.h"
#include "common/log/log.h"
#include "common/runtime/shard.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/system_random.h"
#include "server/control/ports.h"
#include "server/service/core.h"
#include "server/service/data_folder.h"
#include "server/service/run_on.h"

namespace assist::server::service {

class OfflineStore {
 public:
  /// Opens DIR/store.db, migrating an older one. `folder` holds its lock and outlives this. Blocks.
  static Result<std::unique_ptr<OfflineStore>> Open(const DataFolder& folder);
  ~OfflineStore() { shard_.Stop(); }
  OfflineStore(const OfflineStore&) = delete;
  OfflineStore& operator=(const OfflineStore&) = delete;

  [[nodiscard]] control::Runner& runner() noexcept { return core_->runner(); }
  /// Blocks until `work` has ended.
  template <class T>
  T Run(asio::awaitable<T> work) {
    return RunOn(shard_.executor(), std::move(work));
  }
  /// Everything into the file itself. The last call. Blocks.
  Status Close() {
    shard_.Stop();
    return core_->Close();
  }

 private:
  /// No gateway stands behind the store here: nobody is there, nobody is woken.
  class Nobody final : public control::Presence, public control::AgentWaker {
   public:
    [[nodiscard]] State Of(const InstanceId& /*instance*/) const override { return {}; }
    void Wake(std::span<const InstanceId> /*agents*/) override {}
  };
  OfflineStore() : shard_("command") {}

  Log log_;
  SystemClock clock_;
  SystemRandom random_;
  Nobody nobody_;
  std::unique_ptr<Core> core_;
  Shard shard_;
};

}  // namespace assist::server::service

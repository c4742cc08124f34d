// The store and the runner of use cases with the threads that they work on: what the server and `access-key` share.
#pragma once

#include <memory>
#include <string>

#include "common/async/clock.h"
#include "common/base/random.h"
#include "common/base/result.h"
#include "common/log/log.h"
#include "common/runtime/thread_blocking_pool.h"
#include "common/zones/zone_files.h"
#include "server/control/runner.h"
#include "server/service/settings.h"
#include "server/store/sqlite/sqlite_store.h"

namespace assist::server::service {

class Core final : private control::OperatorNotes {
 public:
  /// Opens `file`. The references, `settings` apart, outlive this. Blocks.
  static Result<std::unique_ptr<Core>> Open(const ServerSettings& settings, const std::string& file, Clock& clock,
                                            Random& random, const control::Presence& presence,
                                            control::AgentWaker& waker, Log& log);
  /// Work that waits is dropped; nothing of it was told as done.
  ~Core() override;

  [[nodiscard]] control::Runner& runner() noexcept { return *runner_; }
  /// For what blocks besides the store: certificates, large requests.
  [[nodiscard]] ThreadBlockingPool& pool() noexcept { return *general_; }
  /// Writes SQLite's log into its file. Blocks; when nothing uses the runner any more.
  Status Close();

 private:
  Core(const ServerSettings& settings, Log& log);
  void Note(const control::OperatorNote& note) override;

  Log& log_;
  ZoneFiles zones_;
  control::Settings facts_;
  std::unique_ptr<store::sqlite::SqliteStore> store_;
  std::unique_ptr<control::Runner> runner_;
  // Destroyed first: they finish what runs, and that uses what stands above.
  std::unique_ptr<ThreadBlockingPool> writer_;
  std::unique_ptr<ThreadBlockingPool> readers_;
  std::unique_ptr<ThreadBlockingPool> general_;
};

}  // namespace assist::server::service

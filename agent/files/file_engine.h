// Files that the server sends to this machine: accepted once, put in place, told (README.md here).
// Owned by agent/service, one per agent. One executor: every method on it.
//
// Accept() journals and syncs before anything is done; one file after the other is put in place, in the order in which
// they came. That a file may now take its place is journaled and synced before it does, and how it ended before that is
// told, so that no crash makes it be written a second time, or lost. Start() takes up what an earlier run of the agent
// left.
//
// Full: files beyond Options::max_accepted are not accepted; the server offers them again.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "agent/files/target_files.h"
#include "agent/journal/journal.h"
#include "agent/task_engine/report_sink.h"
#include "agent/task_engine/task_engine.h"
#include "common/async/clock.h"
#include "common/base/random.h"
#include "common/log/log.h"
#include "protocol/wire/task.h"

namespace assist::agent::files {

struct Options {
  std::size_t max_accepted = 256;            ///< Accepted and not yet forgotten.
  std::size_t max_content = 6 << 20;         ///< Bytes of content as it travels; what is larger is refused.
  std::chrono::milliseconds retry_min{500};  ///< Between tries of a report or of the journal; doubles up to retry_max.
  std::chrono::milliseconds retry_max{15000};
};

class FileEngine {
 public:
  /// The references outlive this object. The log never gets content.
  FileEngine(Options options, asio::any_io_executor executor, Clock& clock, Random& random, TargetFiles& targets,
             journal::Journal& journal, task_engine::ReportSink& sink, Log& log);
  ~FileEngine();
  FileEngine(const FileEngine&) = delete;
  FileEngine& operator=(const FileEngine&) = delete;

  /// Once, before anything else, with a journal that is open: takes up the files that it holds.
  void Start();
  /// The `file` list of a fetch. Returns when what can be accepted is journaled and synced.
  asio::awaitable<task_engine::Accepted> Accept(std::vector<wire::FileTask> files);
  /// The link to the server is back: reports that wait for their next try are sent now.
  void Nudge();
  /// Ends this object's work; the next run of the agent takes up the rest. Nothing of this runs after it returns.
  asio::awaitable<void> Stop();

  /// Accepted and not yet forgotten.
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace assist::agent::files

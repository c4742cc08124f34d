// The inside of FileEngine. One coroutine puts files in place, one after the other (Work), and one a file tells the
// server (Tell). They meet in Item: Work sets `outcome`, Tell takes it from there. One executor.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/files/file_engine.h"
#include "agent/files/outcome.h"
#include "common/async/event.h"
#include "common/async/scope.h"

namespace assist::agent::files {

/// How far a file had come, as the journal's boot_id of it says. Reaches the disk: never change.
struct Stage {
  enum class Kind : std::uint8_t {
    kAccepted,  ///< Nothing of it can be in its place.
    kPlacing,   ///< The part is whole, and may have taken its place.
    kLost,      ///< The journal was damaged: nobody knows.
  };
  Kind kind = Kind::kAccepted;
  std::string recognised_by;  ///< With kPlacing.
};
[[nodiscard]] Stage ReadStage(const std::string& text);
[[nodiscard]] std::string PlacingStage(const std::string& recognised_by);

struct Item {
  Item(const asio::any_io_executor& executor, std::string id_) : id(std::move(id_)), settled(executor) {}

  const std::string id;  ///< On the wire.
  bool ours = true;      ///< The server speaks our additions.
  Stage stage;
  std::optional<wire::FileTask> entry;  ///< Only of a small fresh one.
  std::optional<Outcome> outcome;       ///< Stands in the journal.
  Event settled;                        ///< `outcome` is there, and nothing is left beside the file's place.
};

class FileEngine::Impl {
 public:
  Impl(Options options, asio::any_io_executor executor, Clock& clock, Random& random, TargetFiles& targets,
       journal::Journal& journal, task_engine::ReportSink& sink, Log& log);

  void Start();
  asio::awaitable<task_engine::Accepted> Accept(std::vector<wire::FileTask> files);
  void Nudge() { nudge_.Pulse(); }
  asio::awaitable<void> Close() { co_await scope_.Close(); }
  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }

 private:
  using Accepted = task_engine::Accepted;
  /// What of `files` from `next` on is new and has room, up to some bytes; the rest is counted in `result`.
  std::vector<wire::FileTask> TakeFresh(std::vector<wire::FileTask>& files, std::size_t& next, Accepted& result);
  void Add(std::unique_ptr<Item> item);
  /// None of them is written: their end is journaled, with the room that is set aside for that, and told. False: not
  /// even that could be written.
  asio::awaitable<bool> RefuseForSpace(std::vector<wire::FileTask> files);
  /// A report that belongs to no file here.
  void Answer(const wire::FileTask& file, const Outcome& outcome);
  asio::awaitable<void> SendAlone(wire::Report report);

  asio::awaitable<void> Work();
  asio::awaitable<void> Settle(Item& item);
  asio::awaitable<Outcome> Carry(Item& item);
  /// Resumed: an earlier run of the agent may have done it already.
  asio::awaitable<Outcome> PutInPlace(Item& item, const wire::FileTask& file, bool resumed);
  /// The journal knows, for as long as it takes.
  asio::awaitable<void> NotePlacing(Item& item, std::string recognised_by);
  asio::awaitable<void> Conclude(Item& item, Outcome outcome);
  asio::awaitable<Status> ReadEntry(Item& item, wire::FileTask& file);
  asio::awaitable<void> RemovePart(Item& item);

  asio::awaitable<void> Tell(Item& item);
  /// False: the server can never take it.
  asio::awaitable<bool> TellAccepted(Item& item);
  asio::awaitable<void> TellEnd(Item& item);
  asio::awaitable<void> Forget(Item& item);
  asio::awaitable<void> BackOff(std::size_t tries);

  // Set once.
  const Options options_;
  const asio::any_io_executor executor_;
  Clock& clock_;
  Random& random_;
  TargetFiles& targets_;
  journal::Journal& journal_;
  task_engine::ReportSink& sink_;
  Log& log_;
  // Files. Tell removes them, at the very end.
  std::map<std::string, std::unique_ptr<Item>> items_;
  std::size_t accepting_ = 0;  ///< Being journaled.
  std::deque<Item*> queue_;    ///< For Work, in order of acceptance.
  Event queued_;
  Event nudge_;
  Scope scope_;
};

}  // namespace assist::agent::files

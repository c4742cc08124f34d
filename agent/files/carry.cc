// Putting files in place. See engine_impl.h.
#include <utility>

#include "agent/files/check.h"
#include "agent/files/engine_impl.h"
#include "agent/journal/file_ids.h"
#include "protocol/wire/task_codec.h"

namespace assist::agent::files {
namespace {

// An entry that could not be read this often, with back-off between, is lost.
constexpr std::size_t kMaxReadTries = 8;

Target TargetOf(const wire::FileTask& file) { return {file.destination, file.name, PartName(file.task_id)}; }

}  // namespace

asio::awaitable<void> FileEngine::Impl::Work() {
  for (;;) {
    while (queue_.empty()) co_await queued_.Wait();
    Item& item = *queue_.front();
    queue_.pop_front();
    co_await Settle(item);
  }
}

asio::awaitable<void> FileEngine::Impl::Settle(Item& item) {
  if (!item.outcome) {
    const SystemTime start = clock_.Now();
    Outcome outcome = co_await Carry(item);
    outcome.start = start;
    outcome.end = clock_.Now();
    co_await Conclude(item, std::move(outcome));
  }
  // Only now: as long as the end was not noted, the part told how far it had come.
  if (!item.outcome->placed()) co_await RemovePart(item);
  item.entry.reset();
  item.settled.Set();
}

asio::awaitable<Outcome> FileEngine::Impl::Carry(Item& item) {
  if (item.stage.kind == Stage::Kind::kLost)
    co_return Interrupted("the agent's journal lost it: whether the file was put in place is not known");
  wire::FileTask file;
  auto read = co_await ReadEntry(item, file);
  if (!read && item.stage.kind == Stage::Kind::kPlacing) {
    co_return Interrupted("the agent cannot read what it was to do: " + read.error().detail);
  }
  if (!read) {
    co_return Failed(wire::FileTrouble::kNotWritten, "the agent cannot read what it was to do: " + read.error().detail);
  }
  if (item.stage.kind == Stage::Kind::kPlacing) co_return co_await PutInPlace(item, file, true);

  auto named = CheckName(file);
  if (!named) co_return std::move(named.error());
  auto folder = co_await targets_.MakeFolder(file.destination);
  if (!folder) co_return FromProblem(folder.error(), file);
  auto content = CheckContent(file);
  if (!content) co_return std::move(content.error());
  NewFile part;
  part.target = TargetOf(file);
  part.bytes = std::move(content->bytes);
  part.owner = file.owner;
  part.group = file.group;
  part.mode = content->mode;
  part.overwrite = file.overwrite;
  auto written = co_await targets_.Write(std::move(part));
  if (!written) co_return FromProblem(written.error(), file);
  co_await NotePlacing(item, std::move(*written));
  co_return co_await PutInPlace(item, file, false);
}

asio::awaitable<void> FileEngine::Impl::NotePlacing(Item& item, std::string recognised_by) {
  const std::string stage = PlacingStage(recognised_by);
  for (std::size_t tries = 0;; ++tries) {
    auto noted = co_await journal_.MayStart(journal::FileId(item.id), stage);
    if (noted) break;
    log_.Warn("file.placing_not_noted", {{"task", item.id}, {"why", noted.error().detail}});
    co_await BackOff(tries);
  }
  item.stage = ReadStage(stage);
}

asio::awaitable<Outcome> FileEngine::Impl::PutInPlace(Item& item, const wire::FileTask& file, bool resumed) {
  Target target = TargetOf(file);
  std::string recognised_by = item.stage.recognised_by;
  const PlaceResult result = co_await targets_.Place(std::move(target), std::move(recognised_by), file.overwrite);
  switch (result.placing) {
    case Placing::kPlaced:
      co_return Outcome();
    case Placing::kExists:
      co_return Refused(wire::file_param::kExists, file.name);
    case Placing::kNotPlaced:
      co_return Failed(wire::FileTrouble::kNotWritten, result.detail);
    case Placing::kGone:
      // Just written: somebody took it away before it could take its place.
      if (!resumed) co_return Failed(wire::FileTrouble::kNotWritten, result.detail);
      co_return Interrupted("the agent was ended while it put the file in place, and since then it has been changed");
    case Placing::kUnsynced:
      break;
  }
  co_return Interrupted("the file is in its place, but the disk did not confirm it: " + result.detail);
}

asio::awaitable<void> FileEngine::Impl::Conclude(Item& item, Outcome outcome) {
  for (std::size_t tries = 0;; ++tries) {
    auto noted = co_await journal_.Conclude(journal::FileId(item.id), EncodeOutcome(outcome));
    // What the journal does not hold is put in place by no run of the agent.
    if (noted || noted.error().code == Errc::kNotFound) break;
    log_.Warn("file.end_not_noted", {{"task", item.id}, {"why", noted.error().detail}});
    co_await BackOff(tries);
  }
  log_.Info("file.ended", {{"task", item.id},
                           {"how", wire::Name(outcome.kind)},
                           {"trouble", static_cast<int>(outcome.trouble)},
                           {"param", outcome.param},
                           {"why", outcome.err_desc}});
  item.outcome = std::move(outcome);
}

asio::awaitable<void> FileEngine::Impl::RemovePart(Item& item) {
  wire::FileTask file;
  auto read = co_await ReadEntry(item, file);
  if (!read || file.name.empty()) co_return;
  const std::string why = co_await targets_.Discard(TargetOf(file));
  if (!why.empty()) log_.Warn("file.part_stays", {{"task", item.id}, {"why", why}});
}

asio::awaitable<Status> FileEngine::Impl::ReadEntry(Item& item, wire::FileTask& file) {
  if (item.entry) {
    file = *item.entry;
    co_return Status();
  }
  for (std::size_t tries = 0;; ++tries) {
    auto bytes = co_await journal_.Entry(journal::FileId(item.id));
    if (bytes) {
      auto list = wire::ParseTaskList(*bytes);
      if (!list || list->file.size() != 1) co_return Fail(Errc::kInternal, "the journal's entry makes no sense");
      file = std::move(list->file.front());
      co_return Status();
    }
    if (bytes.error().code == Errc::kNotFound || tries == kMaxReadTries) co_return Forward(bytes);
    co_await BackOff(tries);
  }
}

}  // namespace assist::agent::files

#include "agent/files/file_engine.h"

#include <algorithm>
#include <utility>

#include "agent/files/engine_impl.h"
#include "agent/journal/file_ids.h"
#include "agent/task_engine/script.h"
#include "protocol/wire/task_codec.h"

namespace assist::agent::files {
namespace {

constexpr std::string_view kPlacing = "placing ";
// A journal write takes this much at a time, so that a long list does not stand twice in memory.
constexpr std::size_t kAcceptBytes = 4 << 20;
// An entry of up to this size stays in memory until its turn; a larger one is read from the journal again.
constexpr std::size_t kSmallEntry = 64 * 1024;

/// The entry as the journal keeps it: a task list with one entry, in the form of the wire.
std::string EntryBytes(const wire::FileTask& file) {
  wire::TaskList list;
  list.file.push_back(file);
  return wire::RenderTaskList(list);
}

}  // namespace

Stage ReadStage(const std::string& text) {
  if (text.empty()) return {};
  if (!text.starts_with(kPlacing)) return {Stage::Kind::kLost, {}};
  return {Stage::Kind::kPlacing, text.substr(kPlacing.size())};
}

std::string PlacingStage(const std::string& recognised_by) { return std::string(kPlacing) + recognised_by; }

FileEngine::Impl::Impl(Options options, asio::any_io_executor executor, Clock& clock, Random& random,
                       TargetFiles& targets, journal::Journal& journal, task_engine::ReportSink& sink, Log& log)
    : options_(options),
      executor_(executor),
      clock_(clock),
      random_(random),
      targets_(targets),
      journal_(journal),
      sink_(sink),
      log_(log),
      queued_(executor),
      nudge_(executor),
      scope_(executor, [&log](std::string_view name, std::string_view what) {
        log.Error("files.escaped", {{"from", name}, {"what", what}});
      }) {}

void FileEngine::Impl::Start() {
  for (auto& known : journal_.live()) {
    if (!journal::IsFileId(known.id)) continue;
    auto item = std::make_unique<Item>(executor_, journal::TaskIdOf(known.id));
    item->stage = ReadStage(known.boot_id);
    item->ours = known.delivery > 0;
    if (!known.conclusion.empty()) item->outcome = DecodeOutcome(known.conclusion);
    Add(std::move(item));
  }
  scope_.Spawn("files.work", Work());
  log_.Info("files.started", {{"files", items_.size()}});
}

void FileEngine::Impl::Add(std::unique_ptr<Item> item) {
  Item& added = *item;
  items_[added.id] = std::move(item);
  queue_.push_back(&added);
  queued_.Pulse();
  scope_.Spawn("file.tell", Tell(added));
}

void FileEngine::Impl::Answer(const wire::FileTask& file, const Outcome& outcome) {
  scope_.Spawn("file.answer", SendAlone(ToReport(outcome, file.task_id, file.assist.has_value())));
}

std::vector<wire::FileTask> FileEngine::Impl::TakeFresh(std::vector<wire::FileTask>& files, std::size_t& next,
                                                        Accepted& result) {
  std::vector<wire::FileTask> fresh;
  std::size_t bytes = 0;
  for (; next < files.size() && bytes < kAcceptBytes; ++next) {
    wire::FileTask& file = files[next];
    const std::int64_t delivery = file.assist ? file.assist->delivery : 0;
    if (!task_engine::IsSafeTaskId(file.task_id)) {
      log_.Warn("file.refused", {{"task", file.task_id}});
      ++result.refused;
      Answer(file, Refused("TaskIdInvalid", "A task id has letters, digits, hyphens and underscores only"));
      continue;
    }
    const std::string id = journal::FileId(file.task_id);
    const auto is_it = [&file](const wire::FileTask& other) { return other.task_id == file.task_id; };
    if (journal_.Had(id, 0) || std::any_of(fresh.begin(), fresh.end(), is_it)) {
      log_.Debug("file.known", {{"task", file.task_id}, {"delivery", delivery}});
      ++result.known;
      continue;
    }
    if (delivery > 0 && journal_.Had({}, delivery)) {
      // It was had, and no more is known of it than that.
      log_.Warn("file.lost", {{"task", file.task_id}, {"delivery", delivery}});
      ++result.known;
      Answer(file, Interrupted("the agent's journal lost it: whether the file was put in place is not known"));
      continue;
    }
    if (file.content.Reveal().size() > options_.max_content) {
      log_.Warn("file.refused", {{"task", file.task_id}, {"bytes", file.content.Reveal().size()}});
      ++result.refused;
      Answer(file, Failed(wire::FileTrouble::kNotWritten, "it is larger than this agent takes"));
      continue;
    }
    if (items_.size() + accepting_ + fresh.size() >= options_.max_accepted) {
      ++result.deferred;
      continue;
    }
    bytes += file.content.Reveal().size();
    fresh.push_back(std::move(file));
  }
  return fresh;
}

asio::awaitable<bool> FileEngine::Impl::RefuseForSpace(std::vector<wire::FileTask> files) {
  const Outcome outcome = Failed(wire::FileTrouble::kNotWritten, "the disk of the agent is full");
  std::vector<journal::Acceptance> group;
  for (auto& file : files) {
    journal::Acceptance acceptance;
    acceptance.id = journal::FileId(file.task_id);
    acceptance.delivery = file.assist ? file.assist->delivery : 0;
    file.content = {};
    acceptance.entry = EntryBytes(file);
    group.push_back(std::move(acceptance));
  }
  std::string conclusion = EncodeOutcome(outcome);
  auto noted = co_await journal_.AcceptConcluded(std::move(group), std::move(conclusion));
  if (!noted) co_return false;
  for (const auto& file : files) {
    auto item = std::make_unique<Item>(executor_, file.task_id);
    item->ours = file.assist.has_value();
    item->outcome = outcome;
    item->settled.Set();
    log_.Info("file.ended", {{"task", item->id}, {"why", outcome.err_desc}});
    Item& added = *item;
    items_[added.id] = std::move(item);
    scope_.Spawn("file.tell", Tell(added));
  }
  co_return true;
}

asio::awaitable<task_engine::Accepted> FileEngine::Impl::Accept(std::vector<wire::FileTask> files) {
  Accepted result;
  for (std::size_t next = 0; next < files.size();) {
    std::vector<wire::FileTask> fresh = TakeFresh(files, next, result);
    if (fresh.empty()) continue;
    std::vector<journal::Acceptance> acceptances;
    for (const auto& file : fresh) {
      journal::Acceptance acceptance;
      acceptance.id = journal::FileId(file.task_id);
      acceptance.delivery = file.assist ? file.assist->delivery : 0;
      acceptance.entry = EntryBytes(file);
      acceptances.push_back(std::move(acceptance));
    }
    accepting_ += fresh.size();
    auto accepted = co_await journal_.Accept(std::move(acceptances));
    accepting_ -= fresh.size();
    if (!accepted) {
      log_.Warn("file.not_accepted", {{"count", fresh.size()}, {"why", accepted.error().detail}});
      const std::size_t count = fresh.size();
      const bool full = accepted.error().code == Errc::kTooLarge;
      const bool refused = full && co_await RefuseForSpace(std::move(fresh));
      (refused ? result.refused : result.deferred) += count;
      continue;
    }
    for (auto& file : fresh) {
      auto item = std::make_unique<Item>(executor_, file.task_id);
      item->ours = file.assist.has_value();
      if (file.content.Reveal().size() <= kSmallEntry) item->entry = std::move(file);
      log_.Info("file.accepted", {{"task", item->id}});
      Add(std::move(item));
      ++result.fresh;
    }
  }
  co_return result;
}

FileEngine::FileEngine(Options options, asio::any_io_executor executor, Clock& clock, Random& random,
                       TargetFiles& targets, journal::Journal& journal, task_engine::ReportSink& sink, Log& log)
    : impl_(std::make_shared<Impl>(options, std::move(executor), clock, random, targets, journal, sink, log)) {}
FileEngine::~FileEngine() = default;

void FileEngine::Start() { impl_->Start(); }
asio::awaitable<task_engine::Accepted> FileEngine::Accept(std::vector<wire::FileTask> files) {
  co_return co_await impl_->Accept(std::move(files));
}
void FileEngine::Nudge() { impl_->Nudge(); }
asio::awaitable<void> FileEngine::Stop() { co_await impl_->Close(); }
std::size_t FileEngine::size() const noexcept { return impl_->size(); }

}  // namespace assist::agent::files

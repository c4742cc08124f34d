// Telling the server. See engine_impl.h.
#include <algorithm>
#include <utility>

#include "agent/files/engine_impl.h"
#include "agent/journal/file_ids.h"

namespace assist::agent::files {

using task_engine::Delivery;
using task_engine::ReportOutcome;

asio::awaitable<void> FileEngine::Impl::Tell(Item& item) {
  const bool wanted = co_await TellAccepted(item);
  co_await item.settled.Wait();
  if (wanted) {
    co_await TellEnd(item);
  } else {
    log_.Warn("file.unwanted", {{"task", item.id}});
  }
  co_await Forget(item);
}

asio::awaitable<bool> FileEngine::Impl::TellAccepted(Item& item) {
  // What has ended needs no greeting; a stock server knows none.
  for (std::size_t tries = 0; item.ours && !item.outcome; ++tries) {
    wire::Report report;
    report.kind = wire::ReportKind::kAccepted;
    report.task_id = item.id;
    report.file.emplace();
    const ReportOutcome answer = co_await sink_.Send(std::move(report));
    if (answer.delivery == Delivery::kGone) co_return false;
    if (answer.delivery == Delivery::kDone) break;
    co_await BackOff(tries);
  }
  co_return true;
}

asio::awaitable<void> FileEngine::Impl::TellEnd(Item& item) {
  for (std::size_t tries = 0;; ++tries) {
    const ReportOutcome answer = co_await sink_.Send(ToReport(*item.outcome, item.id, item.ours));
    if (answer.delivery != Delivery::kLater) co_return;
    co_await BackOff(tries);
  }
}

asio::awaitable<void> FileEngine::Impl::Forget(Item& item) {
  for (std::size_t tries = 0;; ++tries) {
    auto forgotten = co_await journal_.Forget(journal::FileId(item.id));
    if (forgotten) break;
    log_.Warn("file.not_forgotten", {{"task", item.id}, {"why", forgotten.error().detail}});
    co_await BackOff(tries);
  }
  log_.Info("file.forgotten", {{"task", item.id}});
  const std::string id = item.id;
  items_.erase(id);
}

asio::awaitable<void> FileEngine::Impl::SendAlone(wire::Report report) {
  // What belongs to no file here is not worth more than this: the server asks again.
  constexpr std::size_t kTries = 20;
  for (std::size_t tries = 0; tries < kTries; ++tries) {
    wire::Report copy = report;
    const ReportOutcome outcome = co_await sink_.Send(std::move(copy));
    if (outcome.delivery != Delivery::kLater) co_return;
    co_await BackOff(tries);
  }
}

asio::awaitable<void> FileEngine::Impl::BackOff(std::size_t tries) {
  using std::chrono::microseconds;
  const auto longest = std::chrono::duration_cast<microseconds>(options_.retry_max);
  auto wait = std::chrono::duration_cast<microseconds>(options_.retry_min);
  for (std::size_t i = 0; i < tries && wait < longest; ++i) wait *= 2;
  wait = std::min(wait, longest);
  // Between half of it and all of it, so that many agents do not come back together.
  wait = wait / 2 + microseconds(random_.Below(static_cast<std::uint64_t>(wait.count() / 2) + 1));
  co_await nudge_.WaitUntil(clock_, clock_.Steady() + wait);
}

}  // namespace assist::agent::files

// Fetching work: what a kick asks for, what a connect asks for.
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "agent/link/link_impl.h"
#include "protocol/wire/names.h"
#include "protocol/wire/task_codec.h"

namespace assist::agent::link {
namespace {

/// Every word here stands for something that the program of this agent has: budgets, `pkg`, `release`.
constexpr std::array kCan = {wire::can::kBudgets, wire::can::kPackages, wire::can::kReleases};

std::string Abilities() {
  std::string words;
  for (const std::string_view word : kCan) words.append(words.empty() ? "" : ",").append(word);
  return words;
}

constexpr int kTries = 4;       // of one request
constexpr int kAskAgain = 408;  // code in the body

/// How a task is carried out follows from the registration, not from what one answer has or lacks.
void PinEntries(wire::TaskList& list, bool ours) {
  for (std::vector<wire::TaskEntry>* entries : {&list.run, &list.stop, &list.test}) {
    for (wire::TaskEntry& entry : *entries) {
      if (!ours) entry.assist.reset();
      if (ours && !entry.assist) entry.assist.emplace();
    }
  }
  for (wire::FileTask& file : list.file) {
    if (!ours) file.assist.reset();
    if (ours && !file.assist) file.assist.emplace();
  }
}
}  // namespace

void Link::Impl::WantFetch(std::string task_id) {
  // Our server answers any fetch with everything: one serves all kicks that came before it begins.
  if (task_id.empty() || options_.ours || kicks_.size() >= options_.max_kicks) {
    plain_fetch_ = true;
  } else {
    kicks_.push_back(std::move(task_id));
  }
  fetch_wanted_.Pulse();
}

asio::awaitable<void> Link::Impl::KeepFetching() {
  if (!options_.ours) co_await first_beats_.Wait();
  for (;;) {
    while (!reachable_.is_set() || (!plain_fetch_ && kicks_.empty())) {
      if (!reachable_.is_set()) {
        co_await reachable_.Wait();
      } else {
        co_await fetch_wanted_.Wait();
      }
    }
    std::string task_id;
    if (plain_fetch_) {
      plain_fetch_ = false;
    } else {
      task_id = std::move(kicks_.front());
      kicks_.pop_front();
    }
    co_await FetchFor(std::move(task_id), !startup_done_);
  }
}

asio::awaitable<void> Link::Impl::FetchFor(std::string task_id, bool startup) {
  for (int round = 0; round < 2; ++round) {
    const bool as_startup = startup && round == 0;
    auto list = co_await FetchList(task_id, as_startup);
    if (!list) {
      log_.Warn("fetch.failed", {{"why", list.error().detail}});
      if (as_startup) {
        // It must come through, or the server never learns that this is a new run.
        const std::chrono::milliseconds pause = options_.fetch_retry;
        co_await clock_.SleepFor(pause);
        plain_fetch_ = true;
      }
      co_return;
    }
    if (as_startup) {
      startup_done_ = true;
      if (options_.startup_heard) options_.startup_heard();
    }
    const bool empty = list->empty();
    log_.Debug(
        "fetch.done",
        {{"run", list->run.size()}, {"stop", list->stop.size()}, {"file", list->file.size()}, {"startup", as_startup}});
    if (!empty || !list->test.empty()) co_await work_.Take(std::move(*list));
    // A stock server may show a task up to 3 s after its kick; ours shows it before.
    if (!empty || startup || options_.ours) co_return;
    const std::chrono::milliseconds pause = options_.empty_retry;
    co_await clock_.SleepFor(pause);
  }
}

asio::awaitable<Result<wire::TaskList>> Link::Impl::FetchList(std::string task_id, bool startup) {
  const MachineFacts facts = facts_.Facts();
  wire::FetchRequest fetch;
  fetch.reason = startup ? wire::FetchRequest::Reason::kStartup : wire::FetchRequest::Reason::kKickoff;
  if (startup) fetch.cold_start = options_.cold_start;
  if (!startup) fetch.task_id = std::move(task_id);
  // Ours tells old startup fetches from new ones by it: the server's time, as far as learnt, so that a clock that is
  // set between two runs does not turn their order.
  fetch.current_time = clock_.Now() + (options_.ours ? connector_.server_ahead() : std::chrono::milliseconds(0));
  if (startup) {  // however often it is tried, it is one run that asks
    if (!startup_time_) startup_time_ = fetch.current_time;
    fetch.current_time = *startup_time_;
  }
  fetch.offset = facts.utc_offset;
  fetch.time_zone = facts.time_zone;
  const std::string target = wire::FetchTarget(fetch);
  Result<wire::TaskList> list = Fail(Errc::kUnavailable, "not asked");
  for (int attempt = 0; attempt < kTries; ++attempt) {
    if (attempt > 0) {
      const std::chrono::milliseconds pause = options_.fetch_retry;
      co_await clock_.SleepFor(pause);
    }
    list = co_await AskOnce(target);
    if (list && list->code != kAskAgain) break;
  }
  co_return list;
}

asio::awaitable<Result<wire::TaskList>> Link::Impl::AskOnce(const std::string& target) {
  Request request;
  request.method = "POST";
  request.target = target;
  request.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
  if (options_.ours) {
    request.headers.emplace_back(wire::header::kAssistDelivery, std::to_string(work_.highest_delivery()));
    request.headers.emplace_back(wire::header::kAssistCan, Abilities());
  }
  auto response = co_await pool_.Send(std::move(request), options_.list_timeout, true);
  if (!response) co_return Forward(response);
  const int limit = options_.ours ? 200 : 400;  // a stock agent takes 400 for success
  if (response->status > limit) {
    co_return Fail(Errc::kUnavailable, "the server answers a fetch with " + std::to_string(response->status));
  }
  auto list = wire::ParseTaskList(response->body);
  if (!list && !options_.ours) co_return wire::TaskList{};  // as the stock agent: nothing, silently
  if (list) PinEntries(*list, options_.ours);
  co_return list;
}

}  // namespace assist::agent::link

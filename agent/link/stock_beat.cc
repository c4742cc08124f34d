// Heart-beats towards a stock server (agent-protocol reference, section 7): about one a minute, whatever becomes of the
// channel; one that fails has no other effect.
#include <utility>

#include "agent/link/link_impl.h"
#include "protocol/wire/heartbeat.h"

namespace assist::agent::link {
namespace {

constexpr int kTriesAtStart = 3;  // without a pause
constexpr std::chrono::seconds kRepeatAfter{3};
constexpr std::size_t kRepeatsAnHour = 3;
constexpr std::chrono::seconds kTimeout{5};

}  // namespace

asio::awaitable<void> Link::Impl::KeepBeating() {
  co_await tried_.Wait();  // the stock agent opens its WebSocket first
  for (int i = 0; i < kTriesAtStart && beats_answered_ == 0; ++i) co_await BeatStock(false);
  beat_interval_ = wire::kHeartbeatDefault;
  first_beats_.Set();
  for (;;) {
    co_await clock_.SleepFor(beat_interval_);
    co_await BeatStock(true);
  }
}

asio::awaitable<void> Link::Impl::BeatStock(bool repeat) {
  const std::string target = NextHeartbeat();
  Beaten beaten = co_await SendBeat(target);
  if (beaten == Beaten::kUnanswered && repeat && MayRepeatBeat()) {
    co_await clock_.SleepFor(kRepeatAfter);
    beaten = co_await SendBeat(target);
  }
  if (beaten != Beaten::kAnswered) PickBeatInterval();
}

asio::awaitable<Link::Impl::Beaten> Link::Impl::SendBeat(std::string target) {
  Request request;
  request.target = std::move(target);
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  auto response = co_await pool_.Send(std::move(request), kTimeout, true);
  if (!response || response->status >= 500) {
    const std::string why = response ? std::to_string(response->status) : response.error().detail;
    log_.Warn("heart-beat.unanswered", {{"why", why}});
    co_return Beaten::kUnanswered;
  }
  if (response->status > 400) {
    log_.Warn("heart-beat.refused", {{"status", response->status}});
    co_return Beaten::kRefused;
  }
  if (!long_beats_ && wire::AsksForLongHeartbeat(response->body)) {
    long_beats_ = true;
    --beats_sent_;  // as the stock agent counts
    co_return Beaten::kRefused;
  }
  TakeHeartbeatAnswer(*response);
  co_return Beaten::kAnswered;
}

bool Link::Impl::MayRepeatBeat() {
  const SteadyTime now = clock_.Steady();
  while (!beat_repeats_.empty() && now - beat_repeats_.front() >= std::chrono::hours(1)) beat_repeats_.pop_front();
  if (beat_repeats_.size() >= kRepeatsAnHour) return false;
  beat_repeats_.push_back(now);
  return true;
}

}  // namespace assist::agent::link

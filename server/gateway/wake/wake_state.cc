#include "server/gateway/wake/wake_state.h"

#include <algorithm>

namespace assist::server::gateway {

WakeState::Action WakeState::Kick(SteadyTime now) {
  ++unheard_;
  repeat_at_ = now + pause_;
  pause_ = std::min(pause_ * 2, options_.last_repeat);
  return unheard_ > 1 ? Action::kKickAndPing : Action::kKick;
}

WakeState::Action WakeState::OnWake(SteadyTime now) {
  if (wanted_) return Action::kNone;  // the fetch that is awaited brings this too
  wanted_ = true;
  pause_ = options_.first_repeat;
  if (!connected_) return Action::kNone;
  return Kick(now);
}

WakeState::Action WakeState::OnConnected(SteadyTime now) {
  connected_ = true;
  unheard_ = 0;
  repeat_at_.reset();
  pause_ = options_.first_repeat;
  return wanted_ ? Kick(now) : Action::kNone;
}

void WakeState::OnDisconnected() {
  connected_ = false;
  repeat_at_.reset();
}

void WakeState::OnHeard(SteadyTime now) {
  unheard_ = 0;
  if (repeat_at_) repeat_at_ = std::max(*repeat_at_, now + options_.heard_patience);
}

void WakeState::OnFetch() {
  wanted_ = false;
  unheard_ = 0;
  repeat_at_.reset();
}

void WakeState::OnFetchFailed(SteadyTime now) {
  if (wanted_) return;
  wanted_ = true;
  pause_ = options_.first_repeat;
  if (connected_) repeat_at_ = now + pause_;
}

namespace {

bool AnyFresh(const std::vector<std::string>& now, const std::vector<std::string>& before) {
  return std::any_of(now.begin(), now.end(), [&before](const std::string& task) {
    return std::find(before.begin(), before.end(), task) == before.end();
  });
}

void KeepSome(const std::vector<std::string>& from, std::size_t max, std::vector<std::string>& to) {
  to.assign(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(std::min(from.size(), max)));
}

}  // namespace

void WakeState::OnFetchAnswered(const std::vector<std::string>& tasks, const std::vector<std::string>& stops, bool more,
                                SteadyTime now) {
  more_ = more;
  if (!ours_) return;
  const bool fresh = AnyFresh(tasks, unaccepted_) || AnyFresh(stops, unstopped_);
  if (fresh || patience_.count() == 0) patience_ = options_.accept_patience;
  KeepSome(tasks, options_.max_unaccepted, unaccepted_);
  KeepSome(stops, options_.max_unaccepted, unstopped_);
  if (unaccepted_.empty() && unstopped_.empty()) {
    accept_by_.reset();
    patience_ = std::chrono::milliseconds(0);
    return;
  }
  accept_by_ = now + patience_;
}

void WakeState::Heartened(SteadyTime now) {
  patience_ = options_.accept_patience;
  if (unaccepted_.empty() && unstopped_.empty()) {
    accept_by_.reset();
    patience_ = std::chrono::milliseconds(0);
  } else {
    accept_by_ = now + patience_;
  }
}

WakeState::Action WakeState::OnReport(std::string_view task, bool is_final, SteadyTime now) {
  const auto drop = [task](std::vector<std::string>& from) {
    const auto found = std::find(from.begin(), from.end(), task);
    if (found == from.end()) return false;
    from.erase(found);
    return true;
  };
  const bool accepted = drop(unaccepted_);
  const bool stopped = is_final && drop(unstopped_);
  if (accepted || stopped) Heartened(now);
  // Room for the rest: ours has taken the whole list, a stock agent has ended a task.
  const bool room = ours_ ? unaccepted_.empty() : is_final;
  if (!more_ || !room) return Action::kNone;
  more_ = false;
  return OnWake(now);
}

WakeState::Action WakeState::OnTimer(SteadyTime now) {
  if (accept_by_ && *accept_by_ <= now) {
    patience_ = std::min(patience_ * 2, options_.last_repeat);
    accept_by_.reset();  // set again by the fetch that follows
    const Action action = OnWake(now);
    if (action != Action::kNone) return action;
  }
  if (!repeat_at_ || *repeat_at_ > now || !connected_ || !wanted_) return Action::kNone;
  if (unheard_ >= options_.deaf_after) {
    repeat_at_.reset();
    return Action::kClose;
  }
  return Kick(now);
}

std::optional<SteadyTime> WakeState::next() const {
  std::optional<SteadyTime> at;
  if (connected_ && wanted_ && repeat_at_) at = repeat_at_;
  if (accept_by_ && (!at || *accept_by_ < *at)) at = accept_by_;
  return at;
}

}  // namespace assist::server::gateway

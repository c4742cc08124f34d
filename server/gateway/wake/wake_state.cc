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

void WakeState::OnHeard() { unheard_ = 0; }

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

void WakeState::OnFetchAnswered(const std::vector<std::string>& tasks, bool more, SteadyTime now) {
  more_ = more;
  if (!ours_) return;
  const bool fresh = std::any_of(tasks.begin(), tasks.end(), [this](const std::string& task) {
    return std::find(unaccepted_.begin(), unaccepted_.end(), task) == unaccepted_.end();
  });
  if (fresh || patience_.count() == 0) patience_ = options_.accept_patience;
  unaccepted_.assign(tasks.begin(),
                     tasks.begin() + static_cast<std::ptrdiff_t>(std::min(tasks.size(), options_.max_unaccepted)));
  if (unaccepted_.empty()) {
    accept_by_.reset();
    patience_ = std::chrono::milliseconds(0);
    return;
  }
  accept_by_ = now + patience_;
}

WakeState::Action WakeState::OnReport(std::string_view task, bool is_final, SteadyTime now) {
  const auto found = std::find(unaccepted_.begin(), unaccepted_.end(), task);
  const bool accepted = found != unaccepted_.end();
  if (accepted) {
    unaccepted_.erase(found);
    patience_ = options_.accept_patience;
    if (unaccepted_.empty()) {
      accept_by_.reset();
      patience_ = std::chrono::milliseconds(0);
    } else {
      accept_by_ = now + patience_;
    }
  }
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

// One life of the link after the other: connect, heart-beat, channel, and what is heard on it.
#include <utility>

#include "agent/link/link_impl.h"
#include "protocol/wire/names.h"
#include "protocol/wire/ping.h"

namespace assist::agent::link {
namespace {

/// A link that lived so long was good: the next pause is short again.
constexpr std::chrono::seconds kGoodLife{10};

std::string WhyEnded(const Channel& channel, const std::string& detail) {
  if (channel.replaced()) return "another connection took its place; does a second agent use this identity?";
  return "the WebSocket ended: " + detail;
}

}  // namespace

asio::awaitable<void> Link::Impl::KeepLinked() {
  for (;;) {
    const SteadyTime began = clock_.Steady();
    const End why = co_await LinkOnce();
    if (stopping_) co_return;
    const auto state = why.refused           ? LinkStatus::State::kRefused
                       : reachable_.is_set() ? LinkStatus::State::kDeaf
                                             : LinkStatus::State::kConnecting;
    SetState(state, why.detail);
    if (clock_.Steady() - began >= kGoodLife) backoff_.Reset();
    const std::chrono::milliseconds pause = backoff_.Next(random_);
    co_await clock_.SleepFor(pause);
  }
}

asio::awaitable<Link::Impl::End> Link::Impl::LinkOnce() {
  const SteadyTime connected_by = clock_.Steady() + options_.connect_timeout;
  auto connection = co_await connector_.Connect(connected_by);
  if (!connection) {
    reachable_.Reset();
    tried_.Set();
    co_return End{false, connection.error().detail};
  }
  if (options_.ours) {
    auto failed = co_await Beat(**connection);
    if (failed) {
      reachable_.Reset();
      co_return std::move(*failed);
    }
  }
  if (!stopping_) reachable_.Set();
  std::string path(wire::path::kNotify);
  const SteadyTime opened_by = clock_.Steady() + options_.request_timeout;
  auto channel = co_await (*connection)->OpenChannel(std::move(path), opened_by);
  tried_.Set();
  // Asked after the channel is there, or cannot be: what happened before is not told again.
  WantFetch("");
  if (!channel) co_return End{false, "no WebSocket: " + channel.error().detail};
  SetState(LinkStatus::State::kOnline, "");
  channel_ = channel->get();
  End why = co_await Listen(**channel);
  channel_ = nullptr;
  unlinked_.Pulse();
  if (stopping_) co_return why;  // reachable_ stays set, for those who wait
  reachable_.Reset();
  pool_.CloseIdle();
  co_return why;
}

asio::awaitable<Link::Impl::End> Link::Impl::Listen(Channel& channel) {
  std::uint64_t frames_at_ping = 0;
  SteadyTime ping_at = clock_.Steady();  // the first at once, as the stock agent's
  bool pinged = false;
  for (;;) {
    if (clock_.Steady() >= ping_at) {
      if (pinged && channel.frames_received() == frames_at_ping) {
        co_return End{false, "the server does not answer pings"};
      }
      frames_at_ping = channel.frames_received();
      pinged = true;
      std::string text = wire::PingText(options_.ours && options_.memory ? options_.memory() : 0);
      auto sent = co_await channel.Ping(std::move(text));
      if (!sent) co_return End{false, sent.error().detail};
      ping_at = clock_.Steady() + options_.ping_interval;
    }
    auto message = co_await channel.Receive(ping_at);
    if (!message) {
      if (message.error().code == Errc::kExpired && clock_.Steady() >= ping_at) continue;
      co_return End{false, WhyEnded(channel, message.error().detail)};
    }
    auto answered = co_await Answer(channel, std::move(*message));
    if (!answered) co_return End{false, answered.error().detail};
  }
}

std::optional<AgentOrder> Link::Impl::Allowed(const wire::Kick& kick) const {
  if (kick.kind != wire::KickKind::kAgent || !options_.obey) return std::nullopt;
  if (kick.argument == "stop" && options_.may_stop) return AgentOrder::kStop;
  if (kick.argument == "deregister" && options_.may_deregister) return AgentOrder::kDeregister;
  return std::nullopt;
}

asio::awaitable<Status> Link::Impl::Answer(Channel& channel, std::string text) {
  const wire::Kick kick = wire::ParseKick(text);
  wire::KickReply reply = wire::KickReply::kAccept;
  switch (kick.kind) {
    case wire::KickKind::kPlain:
      WantFetch("");
      break;
    case wire::KickKind::kTaskRun:
    case wire::KickKind::kTaskStop:
    case wire::KickKind::kFileCreate:
    case wire::KickKind::kFileStop:
      if (!kick.argument.empty()) WantFetch(kick.argument);
      break;
    case wire::KickKind::kNoop:
    case wire::KickKind::kStatus:
      break;
    case wire::KickKind::kAgent:
      if (!Allowed(kick)) reply = wire::KickReply::kUnknow;
      break;
    // Sessions are no work of this agent.
    case wire::KickKind::kSessionStart:
    case wire::KickKind::kSessionStop:
    case wire::KickKind::kUnknown:
      reply = wire::KickReply::kUnknow;
      break;
  }
  log_.Debug("link.kick", {{"text", text}, {"known", reply == wire::KickReply::kAccept}});
  auto sent = co_await channel.SendText(wire::FormatKickReply(reply, text));
  if (const auto order = Allowed(kick)) {
    log_.Warn("link.ordered", {{"text", text}});
    options_.obey(*order);
  }
  co_return sent;
}

}  // namespace assist::agent::link

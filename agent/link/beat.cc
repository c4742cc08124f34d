// Heart-beats: what each says, and the one of a connect to our server.
#include <algorithm>
#include <utility>

#include "agent/link/link_impl.h"
#include "protocol/wire/heartbeat.h"

namespace assist::agent::link {

std::string Link::Impl::NextHeartbeat() {
  const MachineFacts facts = facts_.Facts();
  wire::Heartbeat heartbeat;
  heartbeat.uptime = facts.uptime;
  heartbeat.timestamp = clock_.Now();
  heartbeat.pid = options_.pid;
  heartbeat.process_uptime = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.Steady() - started_);
  heartbeat.index = beats_answered_;
  heartbeat.sequence = beats_sent_++;
  if (long_beats_) {
    wire::Heartbeat::LongForm all;
    all.os_type = facts.os_type;
    all.os_version = facts.os_version;
    all.app_version = options_.agent_version;
    if (beats_answered_ == 0) all.cold_start = options_.cold_start;
    heartbeat.long_form = std::move(all);
  } else if (beats_answered_ == 0) {
    wire::Heartbeat::First first;
    first.os_version = facts.os_version;
    first.machine_id = facts.machine_id;
    first.cold_start = options_.cold_start;
    heartbeat.first = std::move(first);
  }
  return wire::HeartbeatTarget(heartbeat);
}

void Link::Impl::TakeHeartbeatAnswer(const Response& response) {
  ++beats_answered_;
  PickBeatInterval();
  if (const auto told = wire::ParseHeartbeatInterval(response.body)) beat_interval_ = *told;
}

asio::awaitable<std::optional<Link::Impl::End>> Link::Impl::Beat(Connection& connection) {
  Request request;
  request.target = NextHeartbeat();
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  auto response = co_await connection.Send(std::move(request), clock_.Steady() + options_.request_timeout);
  if (!response) co_return End{false, "heart-beat: " + response.error().detail};
  const int status = response->status;
  if (status == 200) {
    TakeHeartbeatAnswer(*response);
    co_return std::nullopt;
  }
  const bool refused = status == 401 || status == 403 || status == 410;
  std::string detail = "the server answers a heart-beat with " + std::to_string(status) + " " +
                       response->body.substr(0, std::min<std::size_t>(response->body.size(), 200));
  co_return End{refused, std::move(detail)};
}

void Link::Impl::PickBeatInterval() {
  const std::int64_t spread = (wire::kHeartbeatMax - wire::kHeartbeatMin).count();
  const std::uint64_t extra = random_.Below(static_cast<std::uint64_t>(spread) + 1);
  beat_interval_ = wire::kHeartbeatMin + std::chrono::milliseconds(static_cast<std::int64_t>(extra));
}

}  // namespace assist::agent::link

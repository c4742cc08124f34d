#include "server/gateway/presence_table.h"

#include <utility>

namespace assist::server::gateway {

PresenceTable::Row& PresenceTable::RowOf(Stripe& stripe, const InstanceId& agent) {
  const auto found = stripe.rows.find(agent);
  if (found != stripe.rows.end()) return found->second;
  Row row(options_.runs);
  row.no_socket_since = clock_.Steady();
  return stripe.rows.emplace(agent, std::move(row)).first->second;
}

void PresenceTable::Beat(const InstanceId& agent, bool ours, const wire::Heartbeat& heartbeat,
                         std::string_view app_version) {
  const SteadyTime now = clock_.Steady();
  Stripe& stripe = stripes_[IndexOf(agent)];
  const std::lock_guard lock(stripe.mutex);
  Row& row = RowOf(stripe, agent);
  row.ours = ours;
  row.left = false;
  row.last_beat = clock_.Now();
  row.last_beat_steady = now;
  row.process_start = now - heartbeat.process_uptime;
  row.seen = true;
  if (!heartbeat.app_version.empty()) {
    row.agent_version = heartbeat.app_version;
  } else if (!app_version.empty()) {
    row.agent_version = std::string(app_version);
  }
  if (heartbeat.first && !heartbeat.first->os_version.empty()) row.os_version = heartbeat.first->os_version;
  if (!ours && heartbeat.pid != 0) {
    row.stock_run = StockRun(heartbeat.pid, heartbeat.process_uptime, now, row.stock_run);
    row.runs.OnSign(row.stock_run, now);
  }
}

void PresenceTable::Ping(const InstanceId& agent) {
  Stripe& stripe = stripes_[IndexOf(agent)];
  const std::lock_guard lock(stripe.mutex);
  Row& row = RowOf(stripe, agent);
  row.last_beat = clock_.Now();
  row.last_beat_steady = clock_.Steady();
  row.seen = true;
}

void PresenceTable::Run(const InstanceId& agent, std::string_view run) {
  if (run.empty()) return;
  Stripe& stripe = stripes_[IndexOf(agent)];
  const std::lock_guard lock(stripe.mutex);
  RowOf(stripe, agent).runs.OnSign(run, clock_.Steady());
}

void PresenceTable::Memory(const InstanceId& agent, std::int64_t bytes) {
  Stripe& stripe = stripes_[IndexOf(agent)];
  const std::lock_guard lock(stripe.mutex);
  RowOf(stripe, agent).memory = bytes;
}

void PresenceTable::Skew(const InstanceId& agent, std::chrono::milliseconds skew) {
  Stripe& stripe = stripes_[IndexOf(agent)];
  const std::lock_guard lock(stripe.mutex);
  RowOf(stripe, agent).skew_ms = skew.count();
}

void PresenceTable::Woken(const InstanceId& agent) {
  const SystemTime now = clock_.Now();
  Stripe& stripe = stripes_[IndexOf(agent)];
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.rows.find(agent);
  if (found != stripe.rows.end()) found->second.last_wake = now;
}

std::optional<SystemTime> PresenceTable::LastWake(const InstanceId& agent) const {
  const Stripe& stripe = stripes_[IndexOf(agent)];
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.rows.find(agent);
  return found == stripe.rows.end() ? std::nullopt : found->second.last_wake;
}

void PresenceTable::Opened(const InstanceId& agent) {
  Stripe& stripe = stripes_[IndexOf(agent)];
  const std::lock_guard lock(stripe.mutex);
  Row& row = RowOf(stripe, agent);
  ++row.sockets;
  row.left = false;
}

void PresenceTable::Closed(const InstanceId& agent) {
  Stripe& stripe = stripes_[IndexOf(agent)];
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.rows.find(agent);
  if (found == stripe.rows.end() || found->second.sockets == 0) return;
  Row& row = found->second;
  if (--row.sockets > 0) return;
  row.no_socket_since = clock_.Steady();
  row.left = row.ours;
}

void PresenceTable::Forget(const InstanceId& agent) {
  Stripe& stripe = stripes_[IndexOf(agent)];
  const std::lock_guard lock(stripe.mutex);
  stripe.rows.erase(agent);
}

bool PresenceTable::Withhold(const InstanceId& agent) {
  Stripe& stripe = stripes_[IndexOf(agent)];
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.rows.find(agent);
  if (found == stripe.rows.end() || !found->second.runs.duplicate(clock_.Steady())) return false;
  found->second.withheld = true;
  return true;
}

bool PresenceTable::TakeReleased(const InstanceId& agent) {
  Stripe& stripe = stripes_[IndexOf(agent)];
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.rows.find(agent);
  if (found == stripe.rows.end() || !found->second.withheld) return false;
  if (found->second.runs.duplicate(clock_.Steady())) return false;
  found->second.withheld = false;
  return true;
}

control::Presence::State PresenceTable::Of(const InstanceId& instance) const {
  State state;
  const SteadyTime now = clock_.Steady();
  const Stripe& stripe = stripes_[IndexOf(instance)];
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.rows.find(instance);
  if (found == stripe.rows.end()) return state;
  const Row& row = found->second;
  state.connected = row.sockets > 0;
  state.left = row.left;
  state.duplicate = row.runs.duplicate(now);
  state.last_heartbeat = row.last_beat;
  state.clock_skew_ms = row.skew_ms;
  state.memory = row.memory;
  const bool beats = row.last_beat.has_value() && now - row.last_beat_steady < options_.beat_counts;
  state.deaf = beats && !state.connected && !state.left && now - row.no_socket_since >= options_.deaf_after;
  if (state.deaf) {
    std::chrono::microseconds wait = options_.our_reconnect;
    if (!row.ours) {
      const std::chrono::microseconds period = options_.stock_reconnect;
      wait = period - (now - row.process_start) % period;
    }
    state.expected_back = clock_.Now() + wait;
  }
  return state;
}

asio::awaitable<std::vector<control::Seen>> PresenceTable::TakeSeen() {
  std::vector<control::Seen> taken;
  for (Stripe& stripe : stripes_) {
    const std::lock_guard lock(stripe.mutex);
    for (auto& [agent, row] : stripe.rows) {
      if (!row.seen || !row.last_beat) continue;
      row.seen = false;
      control::Seen seen;
      seen.instance = agent;
      seen.at = *row.last_beat;
      seen.agent_version = std::exchange(row.agent_version, {});
      seen.os_version = std::exchange(row.os_version, {});
      taken.push_back(std::move(seen));
    }
  }
  co_return taken;
}

}  // namespace assist::server::gateway

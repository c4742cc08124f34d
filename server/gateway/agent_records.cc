#include "server/gateway/agent_records.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace assist::server::gateway {

AgentRecords::AgentRecords(std::vector<asio::any_io_executor> shards, Clock& clock, Log& log, PresenceTable& presence,
                           const WakeState::Options& options)
    : clock_(clock), log_(log), presence_(presence), options_(options) {
  for (asio::any_io_executor& shard : shards) homes_.push_back(std::make_unique<Home>(std::move(shard)));
}

AgentRecords::Home& AgentRecords::HomeOf(const InstanceId& agent) {
  return *homes_[std::hash<InstanceId>{}(agent) % homes_.size()];
}

template <class Step>
void AgentRecords::OnRecord(const InstanceId& agent, Step step) {
  Home& home = HomeOf(agent);
  asio::post(home.executor, [this, &home, agent, step = std::move(step)]() mutable {
    const auto found = home.records.find(agent);
    if (found != home.records.end()) Act(home, agent, found->second, step(found->second));
  });
}

void AgentRecords::Act(Home& home, const InstanceId& agent, Record& record, WakeState::Action action) {
  switch (action) {
    case WakeState::Action::kNone:
      break;
    case WakeState::Action::kKick:
    case WakeState::Action::kKickAndPing:
      kicks_.fetch_add(1);
      presence_.Woken(agent);
      record.socket->PostKick(action == WakeState::Action::kKickAndPing);
      break;
    case WakeState::Action::kClose:
      log_.Warn("agent.unheard", {{"instance", agent}, {"reaction", "its WebSocket is closed, so that it comes anew"}});
      record.socket->PostClose(WebSocketCloseCode::kGoingAway);
      break;
  }
  const auto next = record.state.next();
  if (!next) {
    record.timer.reset();
    return;
  }
  record.timer = clock_.CallAt(*next, home.executor, [this, &home, agent] {
    const auto found = home.records.find(agent);
    if (found != home.records.end()) Act(home, agent, found->second, found->second.state.OnTimer(clock_.Steady()));
  });
}

void AgentRecords::Connected(std::shared_ptr<AgentSocket> socket) {
  Home& home = HomeOf(socket->agent());
  asio::post(home.executor, [this, &home, socket = std::move(socket)] {
    Record fresh(options_, socket->ours());
    Record& record = home.records.emplace(socket->agent(), std::move(fresh)).first->second;
    if (record.socket != nullptr) record.socket->PostClose(WebSocketCloseCode::kPolicy);
    record.socket = socket;
    Act(home, socket->agent(), record, record.state.OnConnected(clock_.Steady()));
  });
}

void AgentRecords::Disconnected(std::shared_ptr<AgentSocket> socket) {
  Home& home = HomeOf(socket->agent());
  asio::post(home.executor, [&home, socket = std::move(socket)] {
    const auto found = home.records.find(socket->agent());
    if (found != home.records.end() && found->second.socket == socket) home.records.erase(found);
  });
}

void AgentRecords::Heard(const InstanceId& agent) {
  OnRecord(agent, [this](Record& record) {
    record.state.OnHeard(clock_.Steady());
    return WakeState::Action::kNone;
  });
}

void AgentRecords::Wake(std::span<const InstanceId> agents) {
  std::vector<std::vector<InstanceId>> by_home(homes_.size());
  for (const InstanceId& agent : agents) by_home[std::hash<InstanceId>{}(agent) % homes_.size()].push_back(agent);
  for (std::size_t i = 0; i < homes_.size(); ++i) {
    if (by_home[i].empty()) continue;
    Home& home = *homes_[i];
    asio::post(home.executor, [this, &home, agents = std::move(by_home[i])] {
      for (const InstanceId& agent : agents) {
        const auto found = home.records.find(agent);
        if (found == home.records.end()) continue;
        Act(home, agent, found->second, found->second.state.OnWake(clock_.Steady()));
      }
    });
  }
}

void AgentRecords::Fetching(const InstanceId& agent) {
  OnRecord(agent, [](Record& record) {
    record.state.OnFetch();
    return WakeState::Action::kNone;
  });
}

void AgentRecords::FetchFailed(const InstanceId& agent) {
  OnRecord(agent, [this](Record& record) {
    record.state.OnFetchFailed(clock_.Steady());
    return WakeState::Action::kNone;
  });
}

void AgentRecords::FetchAnswered(const InstanceId& agent, std::vector<std::string> tasks,
                                 std::vector<std::string> stops, bool more) {
  OnRecord(agent, [this, tasks = std::move(tasks), stops = std::move(stops), more](Record& record) {
    record.state.OnFetchAnswered(tasks, stops, more, clock_.Steady());
    return WakeState::Action::kNone;
  });
}

void AgentRecords::Reported(const InstanceId& agent, std::string task, bool is_final) {
  OnRecord(agent, [this, task = std::move(task), is_final](Record& record) {
    return record.state.OnReport(task, is_final, clock_.Steady());
  });
}

void AgentRecords::Drop(const InstanceId& agent) {
  Home& home = HomeOf(agent);
  asio::post(home.executor, [&home, agent] {
    const auto found = home.records.find(agent);
    if (found == home.records.end()) return;
    found->second.socket->PostClose(WebSocketCloseCode::kPolicy);
    home.records.erase(found);
  });
}

void AgentRecords::Clear() {
  for (const auto& owned : homes_) {
    asio::post(owned->executor, [home = owned.get()] { home->records.clear(); });
  }
}

}  // namespace assist::server::gateway

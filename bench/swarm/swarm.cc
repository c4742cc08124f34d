// The loop of the swarm: commands, phases, timers.
#include "bench/swarm/swarm.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <sstream>

namespace assist::bench {
namespace {

constexpr std::uint64_t kCommands = ~std::uint64_t{0};

double At(std::vector<double>& sorted, double share) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

double CpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

Swarm::Swarm(SwarmOptions options, Clock& clock, Random& random)
    : options_(std::move(options)),
      clock_(clock),
      random_(random),
      host_(options_.host + ":" + std::to_string(options_.port)),
      target_(AddressOf(options_.host, options_.port)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      ledger_(options_.agents) {
  if (!options_.ca_file.empty()) tls_ = ClientContext(options_.ca_file);
  for (std::size_t i = 0; i < std::min(options_.keys, options_.agents); ++i) {
    keys_.push_back(options_.kind == Kind::kStock ? PrivateKey::GenerateRsa() : PrivateKey::GenerateEd25519(random_));
    public_keys_.push_back(keys_.back().Public().Pem());
  }
  agents_.reserve(options_.agents);
  for (std::size_t i = 0; i < options_.agents; ++i) {
    agents_.push_back(std::make_unique<Agent>());
    agents_.back()->machine_id = random_.Hex(16);
    if (options_.kind == Kind::kOurs) agents_.back()->run = random_.Uuid();
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kCommands;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, STDIN_FILENO, &event) != 0) Die("standard input must be a pipe or a terminal");
}

Swarm::~Swarm() {
  agents_.clear();
  ::close(epoll_);
  if (tls_ != nullptr) SSL_CTX_free(tls_);
}

int Swarm::Run() {
  std::array<epoll_event, 512> events{};
  Emit({{"event", "ready"}, {"agents", options_.agents}});
  while (!quit_) {
    int timeout = 1000;
    if (!timers_.empty()) {
      timeout = static_cast<int>(std::clamp(std::ceil((timers_.top().at - MonotonicSeconds()) * 1000), 0.0, 1000.0));
    }
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout);
    for (int i = 0; i < count && !quit_; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.u64 == kCommands) {
        ReadCommands();
      } else {
        OnEvents(event.data.u64, event.events);
      }
    }
    RunTimers(MonotonicSeconds());
    StartWaiting();
    CheckPhase();
  }
  return exit_code_;
}

void Swarm::ReadCommands() {
  std::array<char, 4096> buffer{};
  const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  if (got <= 0) {
    quit_ = true;
    return;
  }
  commands_.append(buffer.data(), static_cast<std::size_t>(got));
  for (std::size_t end = commands_.find('\n'); end != std::string::npos && !quit_; end = commands_.find('\n')) {
    const std::string line = commands_.substr(0, end);
    commands_.erase(0, end + 1);
    OnCommand(line);
  }
}

void Swarm::OnCommand(const std::string& line) {
  std::istringstream words(line);
  std::string verb;
  words >> verb;
  if (phase_ != Phase::kNone && verb != "stats" && verb != "quit" && verb != "release" && verb != "drop" &&
      verb != "return") {
    return Failed("\"" + verb + "\" while \"" + phase_name_ + "\" runs");
  }
  if (verb == "register") {
    words >> activation_id_ >> activation_code_;
    BeginPhase(Phase::kRegister, "registered");
    for (std::size_t i = 0; i < agents_.size(); ++i) waiting_.push_back(i);
    wanted_ = agents_.size();
  } else if (verb == "sign") {
    std::size_t each = 0;
    words >> each;
    Sign(each);
  } else if (verb == "connect") {
    BeginPhase(Phase::kConnect, "connected");
    for (std::size_t i = 0; i < agents_.size(); ++i) {
      agents_[i]->settled = agents_[i]->upgraded;
      if (!agents_[i]->upgraded) waiting_.push_back(i);
    }
    wanted_ = waiting_.size();
  } else if (verb == "return") {
    for (std::size_t i = 0; i < agents_.size(); ++i) {
      if (agents_[i]->upgraded || !agents_[i]->settled) continue;
      agents_[i]->settled = false;
      waiting_.push_back(i);
    }
    Emit({{"event", "returning"}, {"agents", waiting_.size()}});
  } else if (verb == "tasks") {
    std::size_t low = 0;
    std::size_t high = agents_.size();
    std::size_t count = 0;
    words >> count;
    if (words >> low) words >> high;
    ledger_.Expect(low, std::min(high, agents_.size()));
    BeginPhase(Phase::kTasks, "tasks");
    wanted_ = count;
    Emit({{"event", "expecting"}, {"tasks", count}});
  } else if (verb == "behave") {
    behaviour_ = {};
    for (std::string name; words >> name;) {
      const std::size_t equals = name.find('=');
      const std::string value = equals == std::string::npos ? "" : name.substr(equals + 1);
      name.resize(std::min(equals, name.size()));
      const double number = std::strtod(value.c_str(), nullptr);
      if (name == "run-seconds")
        behaviour_.run_seconds = number;
      else if (name == "output-bytes")
        behaviour_.output_bytes = static_cast<std::size_t>(number);
      else if (name == "equal-output")
        behaviour_.equal_output = number != 0;
      else if (name == "fail-share")
        behaviour_.fail_share = number;
      else if (name == "hold")
        behaviour_.hold = number != 0;
      else
        return Failed("unknown behaviour \"" + name + "\"");
    }
    Emit({{"event", "behaving"}});
  } else if (verb == "release") {
    Release();
  } else if (verb == "drop") {
    double share = 1;
    words >> share;
    Drop(share);
  } else if (verb == "stats") {
    Stats();
  } else if (verb == "quit") {
    quit_ = true;
  } else {
    Failed("unknown command \"" + verb + "\"");
  }
}

void Swarm::BeginPhase(Phase phase, std::string name) {
  phase_ = phase;
  phase_name_ = std::move(name);
  phase_began_ = MonotonicSeconds();
  settled_ = active_ = 0;
  waiting_.clear();
  ends_.clear();
  first_kick_ = first_list_ = last_list_ = 0;
}

void Swarm::StartWaiting() {
  while (!waiting_.empty() && active_ < options_.window && !quit_) {
    const std::size_t agent = waiting_.front();
    waiting_.pop_front();
    ++active_;
    const bool socket = phase_ != Phase::kRegister;
    // A retry may have opened it meanwhile.
    if (!socket || agents_[agent]->socket.state() == Channel::State::kClosed) Open(agent, socket);
  }
}

void Swarm::Settled(std::size_t agent) {
  Agent& a = *agents_[agent];
  if (a.settled) return;
  a.settled = true;
  --active_;
  last_settled_ = MonotonicSeconds();
  if (phase_ == Phase::kTasks) return;  // it has returned
  ++settled_;
  ends_.push_back(last_settled_);
}

void Swarm::CheckPhase() {
  if (phase_ == Phase::kNone || quit_) return;
  const double now = MonotonicSeconds();
  const std::size_t done = phase_ == Phase::kTasks ? ends_.size() : settled_;
  if (done < wanted_) {
    if (now - phase_began_ > options_.patience) {
      Stats();
      Failed("\"" + phase_name_ + "\": " + std::to_string(done) + " of " + std::to_string(wanted_) + " within " +
             std::to_string(options_.patience) + " s; fetched " + std::to_string(ledger_.fetched()) + ", ended " +
             std::to_string(ledger_.finished()));
    }
    return;
  }
  std::sort(ends_.begin(), ends_.end());
  json::Object out{{"event", phase_name_},  {"count", done},          {"began", phase_began_}, {"first", At(ends_, 0)},
                   {"p50", At(ends_, 0.5)}, {"p99", At(ends_, 0.99)}, {"last", At(ends_, 1)},  {"cpu", CpuSeconds()}};
  if (phase_ == Phase::kTasks) {
    out["first_kick"] = first_kick_;
    out["first_list"] = first_list_;
    out["last_list"] = last_list_;
  }
  if (phase_ == Phase::kRegister) {
    json::Array ids;
    for (const auto& agent : agents_) ids.emplace_back(agent->id);
    out["ids"] = std::move(ids);
  }
  phase_ = Phase::kNone;
  Emit(out);
}

void Swarm::Sign(std::size_t each) {
  const double began = MonotonicSeconds();
  if (options_.kind == Kind::kStock) {
    for (std::size_t i = 0; i < agents_.size(); ++i) {
      Agent& agent = *agents_[i];
      agent.signatures.clear();
      for (std::size_t n = 0; n < each; ++n) {
        agent.signatures.push_back(
            SignStock(KeyOf(i), agent.id, agent.machine_id, ToUnixMillis(clock_.Now()), random_));
      }
    }
  }
  Emit({{"event", "signed"}, {"seconds", MonotonicSeconds() - began}, {"each", each}});
}

void Swarm::Drop(double share) {
  const auto count = static_cast<std::size_t>(share * static_cast<double>(agents_.size()));
  for (std::size_t i = 0; i < count; ++i) {
    agents_[i]->socket.Close();
    agents_[i]->line.Close();
    agents_[i]->busy = agents_[i]->upgraded = agents_[i]->proven = false;
  }
  Emit({{"event", "dropped"}, {"agents", count}});
}

void Swarm::Release() {
  Emit({{"event", "released"}, {"at", MonotonicSeconds()}, {"held", held_.size()}});
  const auto held = std::move(held_);
  held_.clear();
  for (const auto& [agent, task] : held) AddReport(agent, task, wire::ReportKind::kFinish);
  for (const auto& [agent, task] : held) Pump(agent);
}

void Swarm::After(double seconds, std::size_t agent, TimerKind kind, TaskNumber task) {
  timers_.push({MonotonicSeconds() + seconds, static_cast<std::uint32_t>(agent), kind, task});
}

void Swarm::RunTimers(double now) {
  while (!timers_.empty() && timers_.top().at <= now && !quit_) {
    const Timer timer = timers_.top();
    timers_.pop();
    Agent& agent = *agents_[timer.agent];
    switch (timer.kind) {
      case TimerKind::kFirstBeat:
      case TimerKind::kBeat:
        if (!agent.upgraded) break;  // begins anew when it is back
        ++counts_.pings;
        {
          std::string frame;
          AppendFrame(frame, kPing, "keepalive", static_cast<std::uint32_t>(random_.Uint64()));
          if (!agent.socket.Send(frame)) {
            OnSocketLost(timer.agent);
            break;
          }
        }
        if (options_.kind == Kind::kStock && !options_.wakes_only) AddBeat(timer.agent);
        After(55 + static_cast<double>(random_.Below(10'000)) / 1000, timer.agent, TimerKind::kBeat);
        Pump(timer.agent);
        break;
      case TimerKind::kTaskEnd:
        EndTask(timer.agent, timer.task);
        Pump(timer.agent);
        break;
      case TimerKind::kRefetch:
        AddFetch(timer.agent, false, {}, false);
        Pump(timer.agent);
        break;
      case TimerKind::kRetry:
        if (phase_ == Phase::kRegister && agent.id.empty()) {
          Open(timer.agent, false);
        } else if (!agent.upgraded && !agent.settled) {
          // The retry of a request and that of the WebSocket may meet: one of them has opened it already.
          if (agent.socket.state() == Channel::State::kClosed) Open(timer.agent, true);
        } else {
          Pump(timer.agent);
        }
        break;
      case TimerKind::kIdleClose:
        if (agent.busy || !agent.jobs.empty() || !agent.line.open()) break;
        if (now - agent.line_used < options_.idle_close * 0.99) {
          After(options_.idle_close - (now - agent.line_used), timer.agent, TimerKind::kIdleClose);
          break;
        }
        agent.line.Close();
        agent.proven = false;
        break;
    }
  }
}

void Swarm::Emit(const json::Object& object) {
  const std::string line = json::Write(object) + "\n";
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

void Swarm::Stats() {
  json::Object refused;
  for (const auto& [status, count] : counts_.refused) refused[std::to_string(status)] = count;
  std::size_t up = 0;
  for (const auto& agent : agents_) up += agent->upgraded ? 1 : 0;
  Emit({{"event", "stats"},
        {"websockets", up},
        {"kicks", counts_.kicks},
        {"fetches", counts_.fetches},
        {"empty_lists", counts_.empty_lists},
        {"reports", counts_.reports},
        {"heart_beats", counts_.beats},
        {"pings", counts_.pings},
        {"retries", counts_.retries},
        {"signed_late", counts_.signed_late},
        {"sockets_lost", counts_.sockets_lost},
        {"lines_lost", counts_.lines_lost},
        {"connects_failed", counts_.connects_failed},
        {"refused", refused},
        {"fetched", ledger_.fetched()},
        {"finished", ledger_.finished()},
        {"held", held_.size()},
        {"last_up", last_settled_},
        {"cpu", CpuSeconds()}});
}

void Swarm::Failed(const std::string& why) {
  if (quit_) return;
  Emit({{"event", "failed"}, {"why", why}});
  exit_code_ = 1;
  quit_ = true;
}

}  // namespace assist::bench

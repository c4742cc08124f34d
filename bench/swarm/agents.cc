// One agent's life: its WebSocket, its requests, its tasks.
#include <sys/epoll.h>

#include <algorithm>

#include "bench/swarm/swarm.h"
#include "protocol/encoding/hex.h"
#include "protocol/wire/heartbeat.h"
#include "protocol/wire/kick.h"
#include "protocol/wire/names.h"
#include "protocol/wire/registration.h"
#include "protocol/wire/report_codec.h"
#include "protocol/wire/signing.h"
#include "protocol/wire/task_codec.h"

namespace assist::bench {
namespace {

constexpr double kRetrySeconds = 2;  // of a stock agent (reference, section 4)

/// 127.1.0.0 to 127.250.255.255, by the agent's number.
std::string AddressNumber(std::uint64_t number) {
  return "127." + std::to_string(1 + (number >> 16U) % 250) + "." + std::to_string((number >> 8U) & 0xFFU) + "." +
         std::to_string(number & 0xFFU);
}

}  // namespace

void Swarm::OnEvents(std::uint64_t tag, std::uint32_t events) {
  const std::size_t agent = tag >> 1U;
  const bool is_socket = (tag & 1U) != 0;
  Agent& a = *agents_[agent];
  Channel& channel = is_socket ? a.socket : a.line;
  if (channel.state() == Channel::State::kClosed) return;  // closed by an event before this one
  const bool was_open = channel.open();
  const bool alive = channel.OnEvents(events);
  if (!was_open && channel.open()) is_socket ? SocketOpen(agent) : LineOpen(agent);
  if (!channel.in().empty()) is_socket ? OnSocketBytes(agent) : OnLineBytes(agent);
  if (!alive && !quit_) is_socket ? OnSocketLost(agent) : OnLineLost(agent);
}

void Swarm::Open(std::size_t agent, bool socket) {
  Agent& a = *agents_[agent];
  Channel& channel = socket ? a.socket : a.line;
  if (!socket) a.proven = false;
  const sockaddr_in source = AddressOf(AddressNumber(options_.first + agent), 0);
  if (!channel.Connect(epoll_, agent << 1U | (socket ? 1U : 0U), source, target_, tls_)) {
    socket ? OnSocketLost(agent) : OnLineLost(agent);
  }
}

std::string Swarm::Identity(std::size_t agent, const Request& request, const Channel& channel, bool proven) {
  Agent& a = *agents_[agent];
  if (options_.kind == Kind::kStock) {
    if (a.signatures.empty()) {
      ++counts_.signed_late;
      a.signatures.push_back(SignStock(KeyOf(agent), a.id, a.machine_id, ToUnixMillis(clock_.Now()), random_));
    }
    const StockSignature signature = std::move(a.signatures.front());
    a.signatures.pop_front();
    return StockIdentity(a.id, signature);
  }
  std::string run(wire::header::kAssistRun);
  run.append(": ").append(a.run).append("\r\n");
  if (proven) return ProvenIdentity(a.id) + run;
  const std::string exporter =
      encoding::HexEncode(channel.KeyingMaterial(wire::kExporterLabel, channel.secure() ? wire::kExporterBytes : 0));
  return OurIdentity(KeyOf(agent), a.id, request, exporter, ToUnixMillis(clock_.Now()), random_) + run;
}

// --- the WebSocket

void Swarm::SocketOpen(std::size_t agent) {
  Agent& a = *agents_[agent];
  const Request upgrade = Upgrade();
  if (!a.socket.Send(Render(upgrade, host_, Identity(agent, upgrade, a.socket, false)))) OnSocketLost(agent);
}

void Swarm::OnSocketBytes(std::size_t agent) {
  Agent& a = *agents_[agent];
  std::size_t used = 0;
  const auto rest = [&] { return std::string_view(a.socket.in()).substr(used); };
  if (!a.upgraded) {
    HttpMessage message;
    const Progress progress = ReadHttp(rest(), message);
    if (progress == Progress::kMore) return;
    if (progress == Progress::kBad || message.status != 101) {
      return Failed("the WebSocket of " + a.id + " was answered with " + a.socket.in().substr(0, 300));
    }
    used = message.bytes();
    a.upgraded = true;
    std::string frame;
    AppendFrame(frame, kPing, "keepalive", static_cast<std::uint32_t>(random_.Uint64()));
    if (!a.socket.Send(frame)) return OnSocketLost(agent);
    After(static_cast<double>(random_.Below(55'000)) / 1000 + 5, agent, TimerKind::kFirstBeat);
    if (!a.started && !options_.wakes_only) {
      if (options_.kind == Kind::kStock) AddBeat(agent);
      AddFetch(agent, true, {}, false);
    } else {
      a.started = true;
      Settled(agent);
    }
    Pump(agent);
  }
  while (!rest().empty() && !quit_) {
    Frame frame;
    const Progress progress = ReadFrame(rest(), frame);
    if (progress == Progress::kMore) break;
    if (progress == Progress::kBad) {
      return Failed(a.id + " got a frame that is none: " + encoding::HexEncode(rest().substr(0, 64)) + " behind " +
                    encoding::HexEncode(a.socket.in().substr(0, std::min<std::size_t>(used, 300))));
    }
    used += frame.bytes;
    OnFrame(agent, frame);
    if (!a.upgraded) return;  // lost meanwhile
  }
  a.socket.in().erase(0, used);
}

void Swarm::OnFrame(std::size_t agent, const Frame& frame) {
  Agent& a = *agents_[agent];
  std::string out;
  const auto mask = static_cast<std::uint32_t>(random_.Uint64());
  if (frame.opcode == kPing) {
    AppendFrame(out, kPong, frame.payload, mask);
  } else if (frame.opcode == kClose) {
    AppendFrame(out, kClose, frame.payload, mask);
  } else if (frame.opcode == kText) {
    ++counts_.kicks;
    if (first_kick_ == 0) first_kick_ = MonotonicSeconds();
    const wire::Kick kick = wire::ParseKick(frame.payload);
    AppendFrame(out, kText, wire::FormatKickReply(wire::KickReply::kAccept, frame.payload), mask);
    const bool fetches = kick.kind == wire::KickKind::kPlain || kick.kind == wire::KickKind::kTaskRun ||
                         kick.kind == wire::KickKind::kTaskStop;
    // Stock agents fetch for each kick, ours once for all that came before the fetch began.
    if (fetches && a.started && !(options_.kind == Kind::kOurs && a.fetch_asked)) {
      AddFetch(agent, false, kick.argument, true);
      Pump(agent);
    }
  }
  if (!out.empty() && !a.socket.Send(out)) OnSocketLost(agent);
}

void Swarm::OnSocketLost(std::size_t agent) {
  Agent& a = *agents_[agent];
  const bool was_up = a.upgraded;
  a.upgraded = false;
  a.socket.Close();
  a.socket.in().clear();
  if (was_up) {
    ++counts_.sockets_lost;
  } else if (!a.settled) {
    ++counts_.connects_failed;
    After(0.25, agent, TimerKind::kRetry);
  }
}

// --- requests

void Swarm::Put(std::size_t agent, Job job) {
  Agent& a = *agents_[agent];
  if (job.purpose == Purpose::kFetch || job.purpose == Purpose::kHeartbeat) {
    a.jobs.push_back(std::move(job));
    return;
  }
  auto at = a.jobs.begin() + (a.busy ? 1 : 0);
  while (at != a.jobs.end() && (at->purpose == Purpose::kReport || at->purpose == Purpose::kLastReport)) ++at;
  a.jobs.insert(at, std::move(job));
}

void Swarm::Pump(std::size_t agent) {
  Agent& a = *agents_[agent];
  if (a.busy || a.jobs.empty() || quit_) return;
  if (a.line.state() == Channel::State::kClosed) {
    if (a.upgraded) Open(agent, false);  // else when it is back
    return;
  }
  if (!a.line.open()) return;
  const Job& job = a.jobs.front();
  const bool bound = options_.kind == Kind::kOurs && a.line.secure();
  const std::string identity = Identity(agent, job.request, a.line, bound && a.proven);
  if (job.purpose == Purpose::kFetch) a.fetch_asked = false;
  a.proven = bound;
  a.busy = true;
  if (!a.line.Send(Render(job.request, host_, identity))) OnLineLost(agent);
}

void Swarm::LineOpen(std::size_t agent) {
  Agent& a = *agents_[agent];
  if (a.id.empty()) {
    const std::size_t key = agent % keys_.size();
    const std::uint64_t number = options_.first + agent;
    a.busy = true;
    a.line.Send(Render(Registration(options_.kind, activation_id_, activation_code_, a.machine_id, public_keys_[key],
                                    number, AddressNumber(number)),
                       host_, {}));
    return;
  }
  Pump(agent);
}

void Swarm::OnLineBytes(std::size_t agent) {
  Agent& a = *agents_[agent];
  while (!a.line.in().empty() && a.busy && !quit_) {
    HttpMessage message;
    const Progress progress = ReadHttp(a.line.in(), message);
    if (progress == Progress::kMore) return;
    if (progress == Progress::kBad) return Failed(a.id + " got an answer that is none: " + a.line.in().substr(0, 300));
    const std::string body = a.line.in().substr(message.head_bytes, message.body_bytes);
    a.line.in().erase(0, message.bytes());
    a.busy = false;
    a.line_used = MonotonicSeconds();
    if (a.id.empty()) {
      OnRegistered(agent, message, body);
      return;
    }
    if (message.close) {
      a.line.Close();
      a.proven = false;
    }
    OnAnswer(agent, message, body);
    Pump(agent);
  }
}

void Swarm::OnLineLost(std::size_t agent) {
  Agent& a = *agents_[agent];
  const bool in_flight = a.busy;
  a.busy = a.proven = false;
  a.line.Close();
  a.line.in().clear();
  if (phase_ == Phase::kRegister && a.id.empty()) {
    // Whether it was registered is not known: it would be there twice.
    if (in_flight) return Failed("the connection of a registration was lost: " + a.line.why());
    ++counts_.connects_failed;
    After(0.25, agent, TimerKind::kRetry);
    return;
  }
  ++counts_.lines_lost;
  if (in_flight || !a.jobs.empty()) {
    ++counts_.retries;
    After(kRetrySeconds, agent, TimerKind::kRetry);
  }
}

void Swarm::OnRegistered(std::size_t agent, const HttpMessage& message, std::string_view body) {
  Agent& a = *agents_[agent];
  a.line.Close();  // registration is another process
  if (message.status == 503) {
    ++counts_.refused[503];
    After(0.25, agent, TimerKind::kRetry);
    return;
  }
  const auto answer = wire::ParseRegisterResponse(body);
  if (message.status != 200 || !answer || answer->code != 200) {
    return Failed("registration: " + std::to_string(message.status) + " " + std::string(body.substr(0, 300)));
  }
  a.id = answer->instance_id;
  Settled(agent);
  a.settled = false;
}

void Swarm::OnAnswer(std::size_t agent, const HttpMessage& message, std::string_view body) {
  Agent& a = *agents_[agent];
  if (message.status == 503) {
    ++counts_.refused[503];
    ++counts_.retries;
    a.busy = false;
    After(kRetrySeconds, agent, TimerKind::kRetry);
    return;
  }
  Job job = std::move(a.jobs.front());
  a.jobs.pop_front();
  if (message.status != 200) {
    return Failed(a.id + ": " + job.request.target.substr(0, 200) + " was answered with " +
                  std::to_string(message.status) + " " + std::string(body.substr(0, 300)));
  }
  switch (job.purpose) {
    case Purpose::kHeartbeat:
      ++counts_.beats;
      ++a.beats_answered;
      break;
    case Purpose::kReport:
      ++counts_.reports;
      break;
    case Purpose::kLastReport: {
      ++counts_.reports;
      if (const auto ended = ledger_.Finished(agent, job.task); !ended) return Failed(ended.error().detail);
      if (phase_ == Phase::kTasks) ends_.push_back(MonotonicSeconds());
      break;
    }
    case Purpose::kFetch:
      ++counts_.fetches;
      OnList(agent, job.after_kick, body);
      if (!a.started) {
        a.started = true;
        Settled(agent);
      }
      break;
  }
  if (options_.kind == Kind::kOurs && a.jobs.empty()) After(options_.idle_close, agent, TimerKind::kIdleClose);
}

void Swarm::OnList(std::size_t agent, bool after_kick, std::string_view body) {
  Agent& a = *agents_[agent];
  const auto list = wire::ParseTaskList(body);
  if (!list) return Failed(a.id + " got a list that stock agents drop: " + list.error().detail);
  if (!list->stop.empty() || !list->file.empty() || !list->session.empty() || !list->test.empty()) {
    return Failed(a.id + " got entries that nobody asked for: " + std::string(body.substr(0, 300)));
  }
  if (list->run.empty()) {
    ++counts_.empty_lists;
    if (after_kick && options_.kind == Kind::kStock) After(options_.refetch, agent, TimerKind::kRefetch);
    return;
  }
  last_list_ = MonotonicSeconds();
  if (first_list_ == 0) first_list_ = last_list_;
  for (const wire::TaskEntry& entry : list->run) {
    const auto task = ledger_.Fetched(agent, a.id, list->instance_id, entry.task_id);
    if (!task) return Failed(task.error().detail);
    if (entry.assist) a.highest_delivery = std::max(a.highest_delivery, entry.assist->delivery);
    if (options_.kind == Kind::kOurs) {
      AddReport(agent, *task, wire::ReportKind::kAccepted);
    } else if (entry.output && entry.output->send_start) {
      AddReport(agent, *task, wire::ReportKind::kRunning);
    }
    if (behaviour_.run_seconds > 0) {
      After(behaviour_.run_seconds, agent, TimerKind::kTaskEnd, *task);
    } else {
      EndTask(agent, *task);
    }
  }
}

void Swarm::EndTask(std::size_t agent, TaskNumber task) {
  if (behaviour_.hold) {
    held_.emplace_back(static_cast<std::uint32_t>(agent), task);
    return;
  }
  AddReport(agent, task, wire::ReportKind::kFinish);
}

void Swarm::AddBeat(std::size_t agent) {
  Agent& a = *agents_[agent];
  wire::Heartbeat beat;
  const auto age = std::chrono::milliseconds(static_cast<std::int64_t>(MonotonicSeconds() * 1000));
  beat.uptime = age;
  beat.timestamp = clock_.Now();
  beat.pid = 1000;
  beat.process_uptime = age;
  beat.index = a.beats_answered;
  beat.sequence = a.beats_sent++;
  if (beat.index == 0) {
    wire::Heartbeat::First first;
    first.os_version = "Linux_#1 SMP PREEMPT_DYNAMIC @0_x86_64";
    first.machine_id = a.machine_id;
    beat.first = std::move(first);
  }
  Job job;
  job.purpose = Purpose::kHeartbeat;
  job.request.method = "GET";
  job.request.target = wire::HeartbeatTarget(beat);
  job.request.content_type = kForm;
  Put(agent, std::move(job));
}

void Swarm::AddFetch(std::size_t agent, bool startup, std::string_view task, bool after_kick) {
  Agent& a = *agents_[agent];
  wire::FetchRequest fetch;
  fetch.reason = startup ? wire::FetchRequest::Reason::kStartup : wire::FetchRequest::Reason::kKickoff;
  if (startup) fetch.cold_start = false;
  fetch.task_id = task;
  fetch.current_time = clock_.Now();
  fetch.time_zone = "Etc/UTC";
  Job job;
  job.after_kick = after_kick;
  job.request.target = wire::FetchTarget(fetch);
  if (options_.kind == Kind::kOurs) {
    job.request.more.append(wire::header::kAssistDelivery)
        .append(": ")
        .append(std::to_string(a.highest_delivery))
        .append("\r\n");
    job.request.more.append(wire::header::kAssistCan).append(": ").append(wire::can::kBudgets).append("\r\n");
  }
  a.fetch_asked = true;
  Put(agent, std::move(job));
}

void Swarm::AddReport(std::size_t agent, TaskNumber task, wire::ReportKind kind) {
  Agent& a = *agents_[agent];
  const bool ours = options_.kind == Kind::kOurs;
  wire::Report report;
  report.kind = kind;
  report.task_id = ledger_.Name(task);
  const SystemTime now = clock_.Now();
  if (kind != wire::ReportKind::kAccepted) report.start = now;
  if (ours) report.times.sent = now;
  Job job;
  job.purpose = Purpose::kReport;
  job.task = task;
  if (wire::IsFinal(kind)) {
    job.purpose = Purpose::kLastReport;
    report.end = now;
    const std::size_t failing = static_cast<std::size_t>(behaviour_.fail_share * 1000);
    report.exit_code = agent * 7919 % 1000 < failing ? 1 : 0;
    job.request.body = Output(behaviour_.output_bytes, behaviour_.equal_output, a.id, report.task_id);
  }
  job.request.target = wire::ReportTarget(report);
  job.request.content_type = kPlainText;
  if (ours && wire::IsFinal(kind)) job.request.more.append(wire::header::kAssistOffset).append(": 0\r\n");
  Put(agent, std::move(job));
}

}  // namespace assist::bench

#include "sim/run/schedule_giver.h"

#include "protocol/encoding/base64.h"
#include "protocol/wire/heartbeat.h"
#include "protocol/wire/names.h"
#include "protocol/wire/report_codec.h"
#include "protocol/wire/task_codec.h"

namespace assist::sim::run {

ScheduleGiver::ScheduleGiver(world::World& world, link::Link& link, Recorder& recorder)
    : world_(world), recorder_(recorder), process_(world.Spawn("giver")) {
  link::Link::Server callbacks;
  callbacks.handle = [this](const link::Request& request, link::Link::Answer answer) { answer(Handle(request)); };
  callbacks.opened = [this](const link::Request&, std::shared_ptr<link::Channel> channel) {
    channels_.push_back(std::move(channel));
  };
  callbacks.closed = [this](const std::shared_ptr<link::Channel>& channel) { std::erase(channels_, channel); };
  callbacks.heard = [](const std::shared_ptr<link::Channel>& channel, const std::string& text) {
    if (text == "ping") channel->Push("pong");
  };
  link.Serve(process_, std::move(callbacks));
}

ScheduleGiver::~ScheduleGiver() {
  world_.Kill(process_, [this] { channels_.clear(); });
}

void ScheduleGiver::Give(const std::string& id, std::chrono::seconds period, SystemTime base, wire::SchedulePart terms,
                         const std::string& script) {
  checker::ScheduleMade made;
  made.schedule = id;
  made.base = base;
  made.period = period;
  made.makes_up = terms.missed == wire::MissedPolicy::kRunOnce;
  recorder_.Add(made);
  wire::TaskEntry entry;
  entry.task_id = id;
  entry.type = "RunShellScript";
  entry.content = Secret<std::string>(encoding::Base64Encode(script));
  entry.repeat = wire::Repeat::kRate;
  entry.cron = "rate(" + std::to_string(period.count()) + "s)";
  entry.creation_time = base;
  // From its first due time on, whatever the agent's clock says when it comes.
  terms.heard_until = base;
  entry.assist.emplace();
  entry.assist->delivery = ++deliveries_;
  entry.assist->schedule = terms;
  given_[id].entry = std::move(entry);
  Wake();
}

void ScheduleGiver::StopAll() {
  stopping_ = true;
  Wake();
}

void ScheduleGiver::Wake() {
  const auto channels = channels_;  // a push may break one
  for (const auto& channel : channels) channel->Push("kick_vm task run any");
}

bool ScheduleGiver::all_over() const {
  for (const auto& [id, given] : given_) {
    if (!given.over) return false;
  }
  return true;
}

std::string ScheduleGiver::List() const {
  wire::TaskList list;
  list.instance_id = "mi-sim";
  for (const auto& [id, given] : given_) {
    if (given.over) continue;
    if (stopping_) {
      list.stop.push_back(given.entry);
    } else if (!given.accepted) {
      list.run.push_back(given.entry);
    }
  }
  return wire::RenderTaskList(list);
}

link::Response ScheduleGiver::Handle(const link::Request& request) {
  const std::size_t mark = request.target.find('?');
  const std::string path = request.target.substr(0, mark);
  if (path == wire::path::kHeartbeat) return {200, wire::RenderHeartbeatAnswer({})};
  if (path == wire::path::kTaskList) return {200, List()};
  if (mark == std::string::npos || !path.starts_with(wire::path::kTaskPrefix)) return {404, {}};
  auto report =
      wire::ParseReport(path.substr(wire::path::kTaskPrefix.size()), request.target.substr(mark + 1), {}, request.body);
  if (!report) return {400, report.error().detail};
  const auto found = given_.find(report->task_id);
  if (found == given_.end()) return {410, {}};
  if (!report->occurrence) {
    if (report->kind == wire::ReportKind::kAccepted) found->second.accepted = true;
    if (report->kind == wire::ReportKind::kStopped) found->second.over = true;
  }
  return {200, wire::RenderReportAnswer("mi-sim", {})};
}

}  // namespace assist::sim::run

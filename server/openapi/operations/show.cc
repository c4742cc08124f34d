#include "server/openapi/operations/show.h"

#include <algorithm>
#include <limits>

#include "protocol/encoding/base64.h"
#include "protocol/encoding/utf8.h"

namespace assist::server::openapi {
namespace {

/// What is the same for a task and a run of a schedule.
void ShowProgress(const model::TaskProgress& progress, json::Object& out) {
  out["InvocationStatus"] = model::Name(progress.state);
  if (progress.exit_code) out["ExitCode"] = *progress.exit_code;
  out["ErrorCode"] = model::Name(progress.error_code);
  std::string info(model::ErrorInfo(progress.error_code));
  // Which one: the code alone does not say.
  if (progress.error_code == model::ErrorCode::kBudgetExceeded) info += ": " + progress.error_detail;
  out["ErrorInfo"] = std::move(info);
  out["StartTime"] = ShowTime(progress.start);
  out["StopTime"] = ShowTime(progress.stop_asked);
  out["Delivery"] = model::Name(progress.delivery);
  out["Outcome"] = model::Name(progress.outcome);
  out["ErrorDetail"] = progress.error_detail;
}

/// For people: why it did not run.
std::string_view Sentence(model::MissedReason reason) noexcept {
  switch (reason) {
    case model::MissedReason::kOverlap:
      return "the run before had not ended";
    case model::MissedReason::kAgentDown:
      return "the agent did not run";
    case model::MissedReason::kAsleep:
      return "the machine slept, or its clock was set over the time";
    case model::MissedReason::kLate:
      return "the agent could not begin before the next time had come";
    case model::MissedReason::kReplaced:
      return "it waited behind a run when the schedule was changed or stopped";
    case model::MissedReason::kJournalDamaged:
      return "the agent's journal was damaged: whether these ran is not known, and there may have been fewer";
  }
  return "";
}

}  // namespace

std::string ShowTime(const std::optional<SystemTime>& time) { return time ? FormatIso8601(*time) : std::string(); }

std::string ShowBytes(const std::string& bytes, std::string_view content_encoding) {
  return content_encoding == "PlainText" ? encoding::ToValidUtf8(bytes) : encoding::Base64Encode(bytes);
}

std::int64_t ShowInt32(std::int64_t number) noexcept {
  return std::min<std::int64_t>(number, std::numeric_limits<std::int32_t>::max());
}

json::Array ShowPlainTags(const model::Tags& tags) {
  json::Array out;
  for (const model::Tag& tag : tags) out.push_back(json::Object{{"TagKey", tag.key}, {"TagValue", tag.value}});
  return out;
}

json::Object ShowTags(const model::Tags& tags) { return Wrap("Tag", ShowPlainTags(tags)); }

json::Object Wrap(std::string_view name, json::Array items) {
  json::Object out;
  out[name] = std::move(items);
  return out;
}

json::Object ShowCounts(const model::StateCounts& counts) {
  json::Object out;
  for (const model::TaskState state : model::kAllTaskStates) {
    if (counts.of(state) > 0) out[model::Name(state)] = counts.of(state);
  }
  return out;
}

json::Object ShowOrder(const model::AgentOrder& order) {
  json::Object out;
  out["Verb"] = model::Name(order.verb);
  out["Name"] = order.name;
  out["Version"] = order.version;
  return out;
}

void ShowMillis(std::string_view name, const std::optional<std::chrono::milliseconds>& millis, json::Object& out) {
  if (millis) out[name] = static_cast<std::int64_t>(millis->count());
}

void ShowOccurrence(const control::TaskView& view, std::string_view content_encoding, json::Object& out) {
  const model::Occurrence& occurrence = *view.occurrence;
  out["InstanceId"] = view.instance.str();
  out["Occurrence"] = occurrence.number;
  out["Kind"] = model::Name(occurrence.kind);
  out["DueTime"] = FormatIso8601(occurrence.due);
  if (occurrence.is_run()) {
    ShowMillis("LatenessMs", occurrence.lateness(), out);
    out["Repeats"] = ShowInt32(occurrence.number);
  } else {
    out["MissedCount"] = occurrence.count;
    out["LastDueTime"] = FormatIso8601(occurrence.last_due);
    if (occurrence.reason) out["MissedReason"] = model::Name(*occurrence.reason);
    out["Repeats"] = 0;
  }
  ShowProgress(view.task.progress, out);
  if (occurrence.reason) out["ErrorDetail"] = Sentence(*occurrence.reason);
  out["Output"] = view.output ? ShowBytes(view.output->data.Reveal(), content_encoding) : std::string();
  out["Dropped"] = ShowInt32(view.output ? view.output->dropped : occurrence.output_dropped);
  out["OutputSize"] = occurrence.output_size;
}

void ShowTask(const control::TaskView& view, std::string_view content_encoding, json::Object& out) {
  const model::TaskProgress& progress = view.task.progress;
  ShowProgress(progress, out);
  out["InstanceId"] = view.instance.str();
  const model::Occurrence* run = view.occurrence ? &*view.occurrence : nullptr;
  out["Output"] = view.output ? ShowBytes(view.output->data.Reveal(), content_encoding) : std::string();
  out["Dropped"] = ShowInt32(view.output ? view.output->dropped : run ? run->output_dropped : view.task.output_dropped);
  out["OutputSize"] = run ? run->output_size : view.task.output_size;
  if (!view.schedule) {
    out["Repeats"] = progress.start ? 1 : 0;
    return;
  }
  out["Repeats"] = ShowInt32(view.schedule->runs);
  out["Missed"] = view.schedule->missed;
  out["NextDueTime"] = ShowTime(view.schedule->next_due);
  out["Overdue"] = view.schedule->overdue;
}

void ShowWaits(const model::Task& task, const model::Invocation& invocation, json::Object& out) {
  const bool waits = invocation.wave && invocation.wave->full() && task.progress.state == model::TaskState::kPending &&
                     task.progress.delivery == model::Delivery::kNotDelivered;
  if (waits) out["WaitsFor"] = "MaxConcurrency";
}

json::Object ShowTimeline(const model::TaskProgress& progress, const std::optional<SystemTime>& created) {
  json::Array events;
  const auto add = [&events](std::string_view event, model::ClockOf clock, const std::optional<SystemTime>& time) {
    if (!time) return;
    json::Object row;
    row["Event"] = event;
    row["Clock"] = model::Name(clock);
    row["Time"] = FormatIso8601Millis(*time);
    events.push_back(std::move(row));
  };
  add("Created", model::ClockOf::kServer, created);
  for (const model::Moment moment : model::kAllMoments) {
    if (moment == model::Moment::kExited) add("StopAsked", model::ClockOf::kServer, progress.stop_asked);
    add(model::Name(moment), model::ClockOfMoment(moment), progress.timeline.at(moment));
  }
  return Wrap("TimelineEvent", std::move(events));
}

ParameterSpec IncludeTimeline() {
  return Flag("IncludeTimeline")
      .Extension()
      .Says("Shows with each machine when what happened, by whose clock.", "给出每台机器上各步骤的时间及其所属时钟。");
}

json::Object ShowActivation(const model::Activation& activation) {
  json::Object out;
  out["ActivationId"] = activation.id.str();
  out["CreationTime"] = FormatIso8601(activation.created);
  out["DeregisteredCount"] = activation.deregistered_count;
  out["Description"] = activation.description;
  out["InstanceCount"] = activation.instance_count;
  out["InstanceName"] = activation.instance_name;
  out["IpAddressRange"] = activation.ip_address_range;
  out["RegisteredCount"] = activation.registered_count;
  out["TimeToLiveInHours"] = static_cast<std::int64_t>(activation.time_to_live.count());
  return out;
}

json::Object ShowMachine(const model::Machine& machine) {
  json::Object out;
  out["ActivationId"] = machine.activation.str();
  out["AgentVersion"] = machine.agent_version;
  out["Hostname"] = machine.hostname;
  out["InstanceId"] = machine.id.str();
  out["InstanceName"] = machine.name;
  out["InternetIp"] = machine.internet_ip;
  out["IntranetIp"] = machine.intranet_ip;
  out["InvocationCount"] = machine.invocations_finished;
  out["LastInvokedTime"] = ShowTime(machine.last_invoked);
  out["MachineId"] = machine.machine_id;
  out["OsType"] = model::Name(machine.os_type);
  out["OsVersion"] = machine.os_version;
  out["RegistrationTime"] = FormatIso8601(machine.registered);
  out["ResourceGroupId"] = "";
  return out;
}

std::vector<control::TagFilter> AsFilter(const model::Tags& tags) {
  std::vector<control::TagFilter> out;
  for (const model::Tag& tag : tags) {
    control::TagFilter filter{tag.key, std::nullopt};
    if (!tag.value.empty()) filter.value = tag.value;
    out.push_back(std::move(filter));
  }
  return out;
}

}  // namespace assist::server::openapi

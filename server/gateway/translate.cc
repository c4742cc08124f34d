#include "server/gateway/translate.h"

#include <utility>

#include "common/crypto/hash.h"
#include "common/crypto/keys.h"
#include "protocol/encoding/base64.h"

namespace assist::server::gateway {
namespace {

constexpr std::size_t kLongestVersion = 64;

wire::Repeat ToWire(model::RepeatMode mode, std::string_view cron) {
  switch (mode) {
    case model::RepeatMode::kOnce:
      return wire::Repeat::kOnce;
    case model::RepeatMode::kNextRebootOnly:
      return wire::Repeat::kNextRebootOnly;
    case model::RepeatMode::kEveryReboot:
      return wire::Repeat::kEveryReboot;
    case model::RepeatMode::kPeriod:
      break;
  }
  if (cron.starts_with("rate(")) return wire::Repeat::kRate;
  if (cron.starts_with("at(")) return wire::Repeat::kAt;
  return wire::Repeat::kPeriod;
}

wire::Termination ToWire(model::TerminationMode mode) {
  return mode == model::TerminationMode::kProcess ? wire::Termination::kProcess : wire::Termination::kProcessTree;
}

wire::SchedulePart ToWire(const control::SchedulePart& schedule) {
  wire::SchedulePart part;
  part.missed =
      schedule.missed == model::MissedPolicy::kRunOnce ? wire::MissedPolicy::kRunOnce : wire::MissedPolicy::kSkip;
  part.overlap =
      schedule.overlap == model::OverlapPolicy::kQueue ? wire::OverlapPolicy::kQueue : wire::OverlapPolicy::kSkip;
  part.splay = schedule.splay;
  part.next_occurrence = schedule.next_occurrence;
  part.heard_until = schedule.heard_until.value_or(SystemTime{});
  return part;
}

wire::TaskEntry ToWire(const control::RunEntry& run, const wire::OutputSettings& output, bool ours) {
  wire::TaskEntry entry;
  entry.task_id = run.invocation.str();
  entry.invoke_version = run.version;
  entry.type = std::string(Name(run.type));
  entry.command_id = run.command.str();
  entry.command_name = run.command_name;
  entry.content = Secret<std::string>(encoding::Base64Encode(run.content.Reveal()));
  entry.timeout = run.timeout;
  entry.working_directory = run.working_dir;
  entry.cron = run.cron;
  entry.username = run.username;
  entry.windows_password_name = run.windows_password_name;
  entry.enable_parameter = run.enable_parameter;
  entry.built_in_parameters = run.builtins;
  entry.creation_time = run.created;
  entry.container_id = run.container_id;
  entry.container_name = run.container_name;
  entry.output = output;
  entry.repeat = ToWire(run.repeat_mode, run.cron);
  if (ours) {
    wire::AssistPart assist;
    assist.delivery = run.delivery;
    assist.termination = ToWire(run.termination_mode);
    assist.launcher = run.launcher;
    assist.asked = run.asked;
    if (run.schedule) assist.schedule = ToWire(*run.schedule);
    const model::Budgets& most = run.budgets;
    if (most.any()) {
      assist.budgets = wire::BudgetPart{most.cpu_seconds, most.memory_mib, most.processes, most.output_kib};
    }
    entry.assist = std::move(assist);
  }
  return entry;
}

wire::FileTask ToWire(const control::FileEntry& from, const wire::OutputSettings& output, bool ours) {
  wire::FileTask task;
  task.task_id = from.invocation.str();
  task.name = from.file.name;
  task.destination = from.file.target_dir;
  task.content = Secret<std::string>(encoding::Base64Encode(from.content.Reveal()));
  task.signature = Md5Hex(task.content.Reveal());
  task.owner = from.file.owner;
  task.group = from.file.group;
  task.mode = std::string(model::ModeOfAgents(from.file.mode));
  task.overwrite = from.file.overwrite;
  task.timeout = from.timeout;
  task.output = output;
  if (ours) task.assist.emplace().delivery = from.delivery;
  return task;
}

model::ReportKind ToModel(wire::ReportKind kind) {
  switch (kind) {
    case wire::ReportKind::kAccepted:
    case wire::ReportKind::kRunning:
      return model::ReportKind::kRunning;
    case wire::ReportKind::kFinish:
      return model::ReportKind::kFinish;
    case wire::ReportKind::kTimeout:
      return model::ReportKind::kTimeout;
    case wire::ReportKind::kError:
      return model::ReportKind::kError;
    case wire::ReportKind::kStopped:
      return model::ReportKind::kStopped;
    case wire::ReportKind::kInvalid:
      return model::ReportKind::kInvalid;
    case wire::ReportKind::kVerified:
      return model::ReportKind::kVerified;
    case wire::ReportKind::kMissed:
      return model::ReportKind::kMissed;
  }
  return model::ReportKind::kRunning;
}

model::MissedReason ToModel(wire::MissedReason reason) {
  switch (reason) {
    case wire::MissedReason::kOverlap:
      return model::MissedReason::kOverlap;
    case wire::MissedReason::kAgentDown:
      return model::MissedReason::kAgentDown;
    case wire::MissedReason::kAsleep:
      return model::MissedReason::kAsleep;
    case wire::MissedReason::kLate:
      return model::MissedReason::kLate;
    case wire::MissedReason::kReplaced:
      return model::MissedReason::kReplaced;
    case wire::MissedReason::kJournalDamaged:
      return model::MissedReason::kJournalDamaged;
  }
  return model::MissedReason::kLate;
}

std::optional<SystemTime> TimeOrNone(SystemTime time) {
  if (time == SystemTime{}) return std::nullopt;
  return time;
}

}  // namespace

wire::TaskList ToWire(const control::FetchTasksOut& out, const InstanceId& agent, std::chrono::milliseconds interval) {
  wire::OutputSettings output;
  output.interval = interval;
  output.log_quota = out.output_bytes;
  output.skip_empty = true;
  output.send_start = true;
  wire::TaskList list;
  list.instance_id = agent.str();
  for (const control::RunEntry& run : out.run) list.run.push_back(ToWire(run, output, out.ours));
  for (const control::FileEntry& file : out.file) list.file.push_back(ToWire(file, output, out.ours));
  for (const control::StopEntry& stop : out.stop) {
    wire::TaskEntry entry;
    entry.task_id = stop.invocation.str();
    entry.invoke_version = stop.version;
    entry.repeat = ToWire(stop.repeat_mode, stop.cron);
    entry.cron = stop.cron;
    if (out.ours) {
      wire::AssistPart assist;
      assist.termination = ToWire(stop.termination_mode);
      entry.assist = std::move(assist);
    }
    list.stop.push_back(std::move(entry));
  }
  return list;
}

control::RecordReportIn FromWire(wire::Report report, const InstanceId& agent, bool ours) {
  control::RecordReportIn in;
  in.machine = agent;
  in.task = InvokeId(std::move(report.task_id));
  in.report.kind = ToModel(report.kind);
  in.report.start = TimeOrNone(report.start);
  in.report.end = TimeOrNone(report.end);
  if (wire::IsFinal(report.kind) && report.kind != wire::ReportKind::kVerified) {
    in.report.exit_code = report.exit_code;
  }
  in.report.dropped = report.dropped;
  in.report.err_code = std::move(report.err_code);
  in.report.err_desc = std::move(report.err_desc);
  in.report.param = std::move(report.param);
  in.report.value = std::move(report.value);
  in.report.result = std::move(report.result);
  if (report.file)
    in.report.file = model::FileEnd{report.file->status == wire::FileResult::kSuccess, report.file->error_code};
  in.report.version = report.invoke_version;
  if (report.wall_clock) {
    in.report.zone = std::move(report.wall_clock->time_zone);
    in.report.wall_clock = report.wall_clock->current_time;
  }
  if (ours) {
    if (report.occurrence) in.report.occurrence = {report.occurrence->number, report.occurrence->due};
    if (report.missed) {
      in.report.missed = {report.missed->count, report.missed->last_due, ToModel(report.missed->reason)};
    }
    in.report.next_due = report.next_due;
    in.report.times.journaled = TimeOrNone(report.times.journaled);
    in.report.times.first_output = TimeOrNone(report.times.first_output);
    in.report.times.sent = TimeOrNone(report.times.sent);
  }
  in.output = std::move(report.body);
  if (ours && report.output_offset) in.offset = static_cast<std::int64_t>(*report.output_offset);
  return in;
}

Result<control::RegisterMachineIn> FromWire(wire::RegisterRequest request, std::string peer_address) {
  auto key = PublicKey::FromPem(request.public_key_pem);
  if (!key) return Fail(Errc::kInvalid, "publicKey: " + key.error().detail);
  if (key->kind() == KeyKind::kEcP256) return Fail(Errc::kInvalid, "publicKey: a key of this kind is not taken");
  const bool ours = key->kind() == KeyKind::kEd25519;
  if (ours && !request.assist_protocol) return Fail(Errc::kInvalid, "an Ed25519 key without our protocol");
  const auto os = model::ParseOsType(request.os_type);
  if (!os) return Fail(Errc::kInvalid, "osType: not known: " + request.os_type);
  control::RegisterMachineIn in;
  in.activation = ActivationId(std::move(request.activation_id));
  in.move_code = std::move(request.move_code);
  in.code = std::move(request.activation_code);
  in.machine_id = std::move(request.machine_id);
  in.region = std::move(request.region_id);
  in.instance_name = std::move(request.instance_name);
  in.hostname = std::move(request.hostname);
  in.intranet_ip = std::move(request.intranet_ip);
  in.internet_ip = std::move(peer_address);
  in.os_version = std::move(request.os_version);
  in.os_type = *os;
  in.agent_version = std::move(request.agent_version);
  in.public_key = key->Pem();
  in.key_type = ours ? model::KeyType::kEd25519 : model::KeyType::kRsaMd5;
  in.assist_protocol = ours ? std::min(*request.assist_protocol, wire::kAssistProtocol) : 0;
  for (wire::RegistrationTag& tag : request.tags) {
    in.tags.push_back(model::Tag{std::move(tag.key), std::move(tag.value)});
  }
  return in;
}

std::string_view RegistrationMessage(std::string_view reason) noexcept {
  if (reason == "Activation.Refused") return "The activation id or the activation code is wrong.";
  if (reason == "Activation.Disabled") return "This activation code was disabled.";
  if (reason == "Activation.Expired") return "This activation code has expired; create a new one.";
  if (reason == "Activation.Used") return "This activation code has registered as many machines as it may.";
  if (reason == "Activation.Address") return "This activation code is not valid for the address of this machine.";
  if (reason == "Move.Refused") return "The move code is wrong, was used, or its time is over.";
  if (reason == "Move.NotOurs") return "A machine is moved to assist-agent only.";
  if (reason == "Move.System") return "The machine of this move code has another operating system.";
  if (reason == "ManagedInstanceCountExceedLimit") return "The server has as many machines as it may.";
  return {};
}

std::string_view AgentVersion(std::string_view user_agent) noexcept {
  const std::size_t slash = user_agent.find('/');
  if (slash == std::string_view::npos || user_agent.substr(0, slash).find('_') == std::string_view::npos) return {};
  const std::string_view version = user_agent.substr(slash + 1);
  const bool plain = version.find_first_not_of("0123456789.abcdefghijklmnopqrstuvwxyz-+") == std::string_view::npos;
  return plain && version.size() <= kLongestVersion ? version : std::string_view();
}

}  // namespace assist::server::gateway

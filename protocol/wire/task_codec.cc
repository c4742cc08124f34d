#include "protocol/wire/task_codec.h"

#include <algorithm>
#include <array>

#include "protocol/json/json.h"
#include "protocol/json/reader.h"
#include "protocol/wire/names.h"
#include "protocol/wire/query.h"

namespace assist::wire {
namespace {

constexpr std::chrono::seconds kDefaultTimeout{3600};
constexpr std::int64_t kLongestSeconds = 10LL * 365 * 86400;
constexpr std::array<std::string_view, 3> kReasons = {"startup", "kickoff", "period"};

// ---- to JSON

json::Object ToJson(const OutputSettings& output) {
  json::Object object;
  object["interval"] = output.interval.count();
  object["logQuota"] = output.log_quota;
  object["skipEmpty"] = output.skip_empty;
  object["sendStart"] = output.send_start;
  return object;
}

json::Object ToJson(const SchedulePart& schedule) {
  json::Object object;
  object["missed"] = Name(schedule.missed);
  object["overlap"] = Name(schedule.overlap);
  object["splay"] = schedule.splay.count();
  object["nextOccurrence"] = schedule.next_occurrence;
  object["heardUntil"] = ToUnixMillis(schedule.heard_until);
  return object;
}

json::Object ToJson(const BudgetPart& budgets) {
  json::Object object;
  const auto add = [&object](std::string_view name, std::int64_t most) {
    if (most > 0) object[name] = most;
  };
  add("cpuTime", budgets.cpu_seconds);
  add("memory", budgets.memory_mib);
  add("processes", budgets.processes);
  add("output", budgets.output_kib);
  return object;
}

json::Object ToJson(const AssistPart& assist) {
  json::Object object;
  object["delivery"] = assist.delivery;
  object["terminationMode"] = Name(assist.termination);
  if (!assist.launcher.empty()) object["launcher"] = assist.launcher;
  if (assist.schedule) object["schedule"] = ToJson(*assist.schedule);
  if (assist.budgets) object["budgets"] = ToJson(*assist.budgets);
  if (assist.asked) object["asked"] = true;
  return object;
}

json::Value ToJson(const TaskEntry& entry) {
  json::Object task;
  task["type"] = entry.type;
  task["taskID"] = entry.task_id;
  task["commandId"] = entry.command_id;
  task["commandName"] = entry.command_name;
  task["commandContent"] = entry.content.Reveal();
  task["workingDirectory"] = entry.working_directory;
  task["args"] = entry.args;
  task["cron"] = entry.cron;
  task["timeOut"] = std::to_string(entry.timeout.count());
  task["enableParameter"] = entry.enable_parameter;
  task["username"] = entry.username;
  task["windowsPasswordName"] = entry.windows_password_name;
  task["invokeVersion"] = entry.invoke_version;
  if (entry.creation_time) task["creationTime"] = ToUnixMillis(*entry.creation_time);
  if (!entry.built_in_parameters.empty()) {
    json::Object parameters;
    for (const auto& [name, value] : entry.built_in_parameters) parameters[name] = value;
    task["builtInParameter"] = std::move(parameters);
  }
  if (!entry.container_id.empty()) task["containerId"] = entry.container_id;
  if (!entry.container_name.empty()) task["containerName"] = entry.container_name;
  json::Object object;
  object["task"] = std::move(task);
  if (entry.output) object["output"] = ToJson(*entry.output);
  object["repeat"] = Name(entry.repeat);
  if (entry.assist) object["assist"] = ToJson(*entry.assist);
  return object;
}

json::Value ToJson(const FileTask& file) {
  json::Object task;
  task["taskID"] = file.task_id;
  task["name"] = file.name;
  task["destination"] = file.destination;
  task["content"] = file.content.Reveal();
  task["contentType"] = "Base64";
  task["signature"] = file.signature;
  task["owner"] = file.owner;
  task["group"] = file.group;
  task["mode"] = file.mode;
  task["overwrite"] = file.overwrite;
  task["timeout"] = file.timeout.count();
  json::Object object;
  object["task"] = std::move(task);
  if (file.output) object["output"] = ToJson(*file.output);
  if (file.assist) {
    json::Object assist;
    assist["delivery"] = file.assist->delivery;
    object["assist"] = std::move(assist);
  }
  return object;
}

json::Value ToJson(const SessionTask& session) {
  json::Object object;
  object["channelId"] = session.channel_id;
  object["cmdContent"] = session.command;
  object["username"] = session.username;
  object["windowsPasswordName"] = session.windows_password_name;
  object["portNumber"] = session.port_number;
  object["targetHost"] = session.target_host;
  object["flowLimit"] = session.flow_limit;
  return object;
}

template <class T>
json::Array ToArray(const std::vector<T>& items) {
  json::Array array;
  array.reserve(items.size());
  for (const T& item : items) array.emplace_back(ToJson(item));
  return array;
}

// ---- from JSON

std::chrono::seconds ParseTimeout(std::string_view text) {
  const auto number = ParseInt(text);
  if (!number) return kDefaultTimeout;
  return std::chrono::seconds(std::clamp<std::int64_t>(*number, 0, kLongestSeconds));
}

std::optional<OutputSettings> ReadOutput(json::Reader& entry) {
  auto in = entry.Child("output");
  if (!in) return std::nullopt;
  OutputSettings output;
  output.interval = std::chrono::milliseconds(std::clamp<std::int64_t>(in->IntOr("interval", 0), 0, 86'400'000));
  output.log_quota = std::max<std::int64_t>(0, in->IntOr("logQuota", 0));
  output.skip_empty = in->BoolOr("skipEmpty", false);
  output.send_start = in->BoolOr("sendStart", false);
  return output;
}

/// A policy that this version does not know is the default one.
std::optional<SchedulePart> ReadSchedule(json::Reader& assist) {
  auto in = assist.Child("schedule");
  if (!in) return std::nullopt;
  SchedulePart schedule;
  schedule.missed = ParseMissedPolicy(in->StringOr("missed", "")).value_or(schedule.missed);
  schedule.overlap = ParseOverlapPolicy(in->StringOr("overlap", "")).value_or(schedule.overlap);
  schedule.splay = std::chrono::seconds(std::clamp<std::int64_t>(in->IntOr("splay", 0), 0, 86'400));
  schedule.next_occurrence = std::max<std::int64_t>(1, in->IntOr("nextOccurrence", 1));
  schedule.heard_until = BoundedTime(in->IntOr("heardUntil", 0));
  return schedule;
}

std::optional<BudgetPart> ReadBudgets(json::Reader& assist) {
  auto in = assist.Child("budgets");
  if (!in) return std::nullopt;
  static constexpr std::int64_t kMost = 1LL << 40;
  const auto most = [&in](std::string_view name) { return std::clamp<std::int64_t>(in->IntOr(name, 0), 0, kMost); };
  BudgetPart budgets;
  budgets.cpu_seconds = most("cpuTime");
  budgets.memory_mib = most("memory");
  budgets.processes = most("processes");
  budgets.output_kib = most("output");
  return budgets;
}

std::optional<AssistPart> ReadAssist(json::Reader& entry) {
  auto in = entry.Child("assist");
  if (!in) return std::nullopt;
  AssistPart assist;
  assist.delivery = in->IntOr("delivery", 0, 0);
  const std::string_view termination = in->StringOr("terminationMode", "");
  assist.termination = termination == Name(Termination::kProcess) ? Termination::kProcess : Termination::kProcessTree;
  assist.launcher = std::string(in->StringOr("launcher", ""));
  assist.schedule = ReadSchedule(*in);
  assist.budgets = ReadBudgets(*in);
  assist.asked = in->BoolOr("asked", false);
  return assist;
}

/// `builtInParameter` of the entry `value`: an object of texts.
Status ReadParameters(const json::Value& value, TaskEntry& entry) {
  const json::Value* task = value.get_object().if_contains("task");
  const json::Value* parameters =
      task != nullptr && task->is_object() ? task->get_object().if_contains("builtInParameter") : nullptr;
  if (parameters == nullptr || parameters->is_null()) return {};
  if (!parameters->is_object()) return Fail(Errc::kInvalid, "builtInParameter: not an object");
  for (const auto& member : parameters->get_object()) {
    if (!member.value().is_string()) return Fail(Errc::kInvalid, "builtInParameter: not a text");
    entry.built_in_parameters.emplace(member.key(), json::View(member.value().get_string()));
  }
  return {};
}

void ReadTask(json::Reader& in, TaskEntry& entry) {
  const auto text = [&in](std::string_view name) { return std::string(in.StringOr(name, "")); };
  entry.task_id = text("taskID");
  entry.invoke_version = in.IntOr("invokeVersion", 0);
  entry.type = text("type");
  entry.command_id = text("commandId");
  entry.command_name = text("commandName");
  entry.content = Secret<std::string>(text("commandContent"));
  entry.timeout = ParseTimeout(in.StringOr("timeOut", ""));
  entry.working_directory = text("workingDirectory");
  entry.args = text("args");
  entry.cron = text("cron");
  entry.username = text("username");
  entry.windows_password_name = text("windowsPasswordName");
  entry.enable_parameter = in.BoolOr("enableParameter", false);
  if (in.Has("creationTime")) entry.creation_time = BoundedTime(in.IntOr("creationTime", 0));
  entry.container_id = text("containerId");
  entry.container_name = text("containerName");
}

/// Whether `word` is one of those that commas separate.
bool HasWord(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view one = list.substr(0, comma);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one == word) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

/// An entry without a task is dropped: its id stays empty.
Result<TaskEntry> FromJson(const json::Value& value, TaskEntry entry) {
  json::Reader in(value);
  if (auto task = in.Child("task")) ReadTask(*task, entry);
  entry.output = ReadOutput(in);
  const std::string_view repeat = in.StringOr("repeat", "");
  if (repeat.empty()) {
    entry.repeat = entry.cron.empty() ? Repeat::kOnce : Repeat::kPeriod;
  } else {
    entry.repeat = ParseRepeat(repeat);
  }
  entry.assist = ReadAssist(in);
  if (!in.status()) return in.Error();
  if (auto read = ReadParameters(value, entry); !read) return Forward(read);
  return entry;
}

Result<FileTask> FromJson(const json::Value& value, FileTask file) {
  json::Reader in(value);
  if (auto task = in.Child("task")) {
    const auto text = [&task](std::string_view name) { return std::string(task->StringOr(name, "")); };
    file.task_id = text("taskID");
    file.name = text("name");
    file.destination = text("destination");
    file.content = Secret<std::string>(text("content"));
    file.signature = text("signature");
    file.owner = text("owner");
    file.group = text("group");
    file.mode = text("mode");
    file.overwrite = task->BoolOr("overwrite", false);
    file.timeout = std::chrono::seconds(std::clamp<std::int64_t>(task->IntOr("timeout", 0), 0, kLongestSeconds));
  }
  file.output = ReadOutput(in);
  file.assist = ReadAssist(in);
  if (!in.status()) return in.Error();
  return file;
}

Result<SessionTask> FromJson(const json::Value& value, SessionTask session) {
  json::Reader in(value);
  const auto text = [&in](std::string_view name) { return std::string(in.StringOr(name, "")); };
  session.channel_id = text("channelId");
  session.command = text("cmdContent");
  session.username = text("username");
  session.windows_password_name = text("windowsPasswordName");
  session.port_number = text("portNumber");
  session.target_host = text("targetHost");
  session.flow_limit = in.IntOr("flowLimit", 0);
  if (!in.status()) return in.Error();
  return session;
}

const std::string& IdOf(const TaskEntry& entry) { return entry.task_id; }
const std::string& IdOf(const FileTask& file) { return file.task_id; }
const std::string& IdOf(const SessionTask& session) { return session.channel_id; }

template <class T>
Status ReadList(const json::Object& answer, std::string_view name, std::vector<T>& out) {
  const json::Value* list = answer.if_contains(name);
  if (list == nullptr || list->is_null()) return {};
  if (!list->is_array()) return Fail(Errc::kInvalid, std::string(name) + ": not an array");
  for (const json::Value& value : list->get_array()) {
    if (value.is_null()) continue;
    auto item = FromJson(value, T{});
    if (!item) return Fail(Errc::kInvalid, std::string(name) + ": " + item.error().detail);
    if (!IdOf(*item).empty()) out.push_back(std::move(*item));
  }
  return {};
}

}  // namespace

std::string RenderTaskList(const TaskList& list) {
  json::Object object;
  object["code"] = list.code;
  object["instanceId"] = list.instance_id;
  object["run"] = ToArray(list.run);
  object["stop"] = ToArray(list.stop);
  object["test"] = ToArray(list.test);
  object["file"] = ToArray(list.file);
  object["session"] = ToArray(list.session);
  return json::Write(object);
}

Result<TaskList> ParseTaskList(std::string_view body) {
  auto object = json::ParseObject(body);
  if (!object) return Forward(object);
  json::Reader in(*object);
  TaskList list;
  list.code = static_cast<int>(in.IntOr("code", 200, -1'000'000, 1'000'000));
  list.instance_id = std::string(in.StringOr("instanceId", ""));
  if (!in.status()) return in.Error();
  if (auto read = ReadList(*object, "run", list.run); !read) return Forward(read);
  if (auto read = ReadList(*object, "stop", list.stop); !read) return Forward(read);
  if (auto read = ReadList(*object, "test", list.test); !read) return Forward(read);
  if (auto read = ReadList(*object, "file", list.file); !read) return Forward(read);
  if (auto read = ReadList(*object, "session", list.session); !read) return Forward(read);
  for (auto* entries : {&list.run, &list.stop, &list.test}) {
    for (TaskEntry& entry : *entries) entry.instance_id = list.instance_id;
  }
  return list;
}

std::string FetchTarget(const FetchRequest& request) {
  QueryWriter query(path::kTaskList);
  query.AddRaw("reason", kReasons[static_cast<std::size_t>(request.reason)]);
  if (request.cold_start) query.AddRaw("cold_start", *request.cold_start ? "true" : "false");
  if (!request.task_id.empty()) query.Add("taskId", request.task_id);
  query.Add("currentTime", request.current_time);
  query.Add("offset", request.offset.count()).Add("timeZone", request.time_zone);
  return std::move(query).Take();
}

FetchRequest ParseFetch(std::string_view query, std::string_view delivery, std::string_view can) {
  const QueryReader in(query);
  FetchRequest request;
  const std::string reason = in.Text("reason");
  if (reason == kReasons[0]) request.reason = FetchRequest::Reason::kStartup;
  if (reason == kReasons[2]) request.reason = FetchRequest::Reason::kPeriod;
  if (in.Find("cold_start") != nullptr) request.cold_start = in.Text("cold_start") == "true";
  request.task_id = in.Text("taskId");
  request.current_time = in.Time("currentTime");
  request.offset = std::chrono::seconds(std::clamp<std::int64_t>(in.Int("offset"), -86400, 86400));
  request.time_zone = in.Text("timeZone");
  if (const auto number = ParseInt(delivery); number && *number >= 0) request.highest_delivery = *number;
  request.keeps_budgets = HasWord(can, wire::can::kBudgets);
  request.takes_packages = HasWord(can, wire::can::kPackages);
  request.takes_releases = HasWord(can, wire::can::kReleases);
  return request;
}

}  // namespace assist::wire

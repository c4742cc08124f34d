#include "protocol/wire/heartbeat.h"

#include <algorithm>

#include "protocol/json/json.h"
#include "protocol/wire/names.h"
#include "protocol/wire/query.h"

namespace assist::wire {
namespace {
constexpr std::int64_t kLongestMillis = std::int64_t{1000} * 86400 * 365 * 1000;  // a thousand years
std::chrono::milliseconds Bounded(std::int64_t ms) {
  return std::chrono::milliseconds(std::clamp<std::int64_t>(ms, 0, kLongestMillis));
}
}  // namespace

std::string HeartbeatTarget(const Heartbeat& heartbeat) {
  QueryWriter query(path::kHeartbeat);
  query.Add("uptime", heartbeat.uptime.count())
      .Add("timestamp", heartbeat.timestamp)
      .Add("pid", heartbeat.pid)
      .Add("process_uptime", heartbeat.process_uptime.count())
      .Add("index", heartbeat.index)
      .Add("seq_no", heartbeat.sequence);
  if (const auto& all = heartbeat.long_form) {
    query.Add("virt_type", all->virt_type)
        .AddRaw("lang", "golang")
        .Add("os_type", all->os_type)
        .Add("os_version", all->os_version)
        .Add("app_version", all->app_version)
        .Add("az", all->zone);
    if (all->cold_start) query.AddRaw("cold_start", *all->cold_start ? "true" : "false");
  } else if (heartbeat.first) {
    query.Add("virt_type", heartbeat.first->virt_type)
        .Add("os_version", heartbeat.first->os_version)
        .Add("az", heartbeat.first->zone)
        .Add("machineid", heartbeat.first->machine_id)
        .AddRaw("cold_start", heartbeat.first->cold_start ? "true" : "false");
  }
  return std::move(query).Take();
}

Heartbeat ParseHeartbeat(std::string_view query) {
  const QueryReader in(query);
  Heartbeat heartbeat;
  heartbeat.uptime = Bounded(in.Int("uptime"));
  heartbeat.timestamp = in.Time("timestamp");
  heartbeat.pid = in.Int("pid");
  heartbeat.process_uptime = Bounded(in.Int("process_uptime"));
  heartbeat.index = in.Int("index");
  heartbeat.sequence = in.Int("seq_no");
  if (in.Find("virt_type") != nullptr) {
    Heartbeat::First first;
    first.virt_type = in.Text("virt_type");
    first.os_version = in.Text("os_version");
    first.zone = in.Text("az");
    first.machine_id = in.Text("machineid");
    first.cold_start = in.Text("cold_start") == "true";
    heartbeat.first = std::move(first);
  }
  heartbeat.app_version = in.Text("app_version");
  heartbeat.os_type = in.Text("os_type");
  if (in.Text("lang") == "golang") {
    Heartbeat::LongForm all;
    all.virt_type = in.Text("virt_type");
    all.os_type = heartbeat.os_type;
    all.os_version = in.Text("os_version");
    all.app_version = heartbeat.app_version;
    all.zone = in.Text("az");
    if (in.Find("cold_start") != nullptr) all.cold_start = in.Text("cold_start") == "true";
    heartbeat.long_form = std::move(all);
  }
  return heartbeat;
}

bool AsksForLongHeartbeat(std::string_view body) {
  auto object = json::ParseObject(body);
  if (!object) return false;
  const json::Value* value = object->if_contains("errMsg");
  if (value == nullptr || !value->is_string()) return false;
  const std::string_view text = value->get_string();
  return text.starts_with("Required request parameter '") && text.ends_with(" is not present") &&
         text.find("' for method parameter type ") != std::string_view::npos;
}

std::string RenderHeartbeatAnswer(const HeartbeatAnswer& answer) {
  json::Object object;
  object["code"] = 200;
  object["instanceId"] = answer.instance_id;
  object["nextInterval"] = answer.next_interval.count();
  object["newTasks"] = answer.new_tasks;
  object["newTask"] = answer.new_tasks;  // as the agents of 2020 spell it
  return json::Write(object);
}

std::optional<std::chrono::milliseconds> ParseHeartbeatInterval(std::string_view body) {
  auto object = json::ParseObject(body);
  if (!object) return std::nullopt;
  const json::Value* value = object->if_contains("nextInterval");
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  const std::chrono::milliseconds interval(value->get_int64());
  if (interval < kHeartbeatMin || interval > kHeartbeatMax) return std::nullopt;
  return interval;
}

}  // namespace assist::wire

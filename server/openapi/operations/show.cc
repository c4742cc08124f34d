#include "server/openapi/operations/show.h"

#include <algorithm>
#include <limits>

#include "protocol/encoding/base64.h"
#include "protocol/encoding/utf8.h"

namespace assist::server::openapi {

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

void ShowTask(const control::TaskView& view, std::string_view content_encoding, json::Object& out) {
  const model::TaskProgress& progress = view.task.progress;
  out["InstanceId"] = view.instance.str();
  out["InvocationStatus"] = model::Name(progress.state);
  if (progress.exit_code) out["ExitCode"] = *progress.exit_code;
  out["Output"] = view.output ? ShowBytes(view.output->data.Reveal(), content_encoding) : std::string();
  out["Dropped"] = ShowInt32(view.output ? view.output->dropped : view.task.output_dropped);
  out["Repeats"] = progress.start ? 1 : 0;
  out["ErrorCode"] = model::Name(progress.error_code);
  out["ErrorInfo"] = model::ErrorInfo(progress.error_code);
  out["StartTime"] = ShowTime(progress.start);
  out["StopTime"] = ShowTime(progress.stop_asked);
  out["Delivery"] = model::Name(progress.delivery);
  out["Outcome"] = model::Name(progress.outcome);
  out["OutputSize"] = view.task.output_size;
  out["ErrorDetail"] = progress.error_detail;
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

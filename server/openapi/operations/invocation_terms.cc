#include "server/openapi/operations/invocation_terms.h"

#include <algorithm>
#include <charconv>

#include "protocol/encoding/hex.h"
#include "protocol/encoding/utf8.h"
#include "server/model/wave.h"
#include "server/openapi/operations/script.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

constexpr std::string_view kNoStorage = "This server has no object storage to deliver output to.";

constexpr std::string_view kNoContainerBudgets =
    "In a container only MaxOutput is kept; give the container limits of CPU, memory and processes.";

bool IsContainerId(std::string_view id) {
  for (const std::string_view scheme : {"docker://", "containerd://", "cri-o://"}) {
    if (id.starts_with(scheme)) {
      id.remove_prefix(scheme.size());
      break;
    }
  }
  return id.size() == 64 && std::all_of(id.begin(), id.end(), [](char c) { return encoding::HexValue(c) >= 0; });
}

bool IsContainerName(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
           c == '-' || c == '/';
  });
}

bool IsTurns(std::string_view text) {
  const auto share = model::ParseShare(text);
  return share && share->number > 0;
}
bool IsErrors(std::string_view text) { return model::ParseShare(text).has_value(); }

bool IsOssPath(std::string_view path) {
  constexpr std::string_view kScheme = "oss://";
  return path.starts_with(kScheme) && path.size() > kScheme.size() && path[kScheme.size()] != '/';
}

/// When it runs. A Frequency makes it a Period, whatever RepeatMode says; only a dry run stays one.
Answer<void> ReadRepeatMode(const Call& call, control::StartInvocationIn& in) {
  const Arguments& arguments = call.arguments;
  const std::string& word = arguments.Text("RepeatMode");
  const auto mode = model::ParseRepeatMode(word);
  in.dry_run = word == "DryRun";
  in.frequency = arguments.Text("Frequency");
  if (!in.frequency.empty()) {
    in.repeat_mode = model::RepeatMode::kPeriod;
  } else {
    in.repeat_mode = mode.value_or(model::RepeatMode::kOnce);
    // Timed asked for a schedule in the first version; one for boots needs no Frequency.
    const bool timed = in.repeat_mode == model::RepeatMode::kOnce && arguments.Flag("Timed").value_or(false);
    if (timed || in.repeat_mode == model::RepeatMode::kPeriod) return call.Refused("MissingParam.Frequency");
  }
  const SchedulePolicies policies = ReadSchedulePolicies(arguments);
  in.missed_policy = policies.missed.value_or(in.missed_policy);
  in.overlap_policy = policies.overlap.value_or(in.overlap_policy);
  in.splay = policies.splay.value_or(in.splay);
  return {};
}

Answer<void> ReadTargets(const Call& call, control::StartInvocationIn& in) {
  const bool by_id = call.arguments.Has("InstanceId");
  const bool by_tag = call.arguments.Has("ResourceTag");
  if (by_id && by_tag) return call.Refused("InvalidResourceTag.ConflictWithInstanceIds");
  if (!by_id && !by_tag) return call.Refused("MissingParam.InstanceId");
  for (const std::string& id : call.arguments.List("InstanceId")) in.instances.emplace_back(id);
  in.resource_tags = AsFilter(call.arguments.Tags("ResourceTag"));
  return {};
}

ParameterSpec Budget(std::string_view name, std::int64_t most) {
  return Number(name).AtLeast(1).AtMost(most).Extension();
}

/// Of a container the processes of the script are no children of our agent's: it could count none of them.
Answer<void> ReadBudgets(const Call& call, control::StartInvocationIn& in) {
  const Arguments& arguments = call.arguments;
  in.budgets = {arguments.Number("MaxCpuTime").value_or(0), arguments.Number("MaxMemory").value_or(0),
                arguments.Number("MaxProcesses").value_or(0), arguments.Number("MaxOutput").value_or(0)};
  const bool container = !in.container_id.empty() || !in.container_name.empty();
  const bool measured = in.budgets.cpu_seconds > 0 || in.budgets.memory_mib > 0 || in.budgets.processes > 0;
  if (container && measured) return call.Refused("Operation.Forbidden", kNoContainerBudgets);
  return {};
}

std::string NumberText(double number) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number);
  return {text, end};
}

}  // namespace

std::vector<ParameterSpec> InvocationTermSpecs(const model::Limits& limits, std::int64_t max_resource_tags) {
  return {
      Instances(limits.targets),
      ResourceTags(max_resource_tags),
      Word("RepeatMode", {"Once", "Period", "NextRebootOnly", "EveryReboot", "DryRun"})
          .Wrong("InvalidRepeatMode.NotFound")
          .Says("How often it runs; with a Frequency always Period. DryRun checks everything and runs nothing.",
                "执行方式；有 Frequency 时总是 Period。DryRun 只检查，不执行。"),
      Text("Frequency")
          .Says("When it runs: rate(5m), at(2026-03-01 08:00:00), or cron with seconds and zone.",
                "何时执行：rate(5m)、at(2026-03-01 08:00:00)，或含秒与时区的 cron。"),
      Flag("Timed").Says("Of the first version: true makes a Frequency mandatory.",
                         "最初版本的参数：true 时必须有 Frequency。"),
      Text("Parameters")
          .Bytes(0)
          .Says("Values of the script's {{name}}s, as the text of a JSON object.",
                "脚本中 {{name}} 的取值，JSON 对象文本。"),
      WorkingDirSpec(),
      LauncherSpec(),
      Text("Username")
          .AtMost(255, "Username.ExceedLimit")
          .Says("The account that runs it; default: root, on Windows System.",
                "执行的账户；默认 root，Windows 上为 System。"),
      Text("WindowsPasswordName")
          .AtMost(255, "WindowsPasswordName.ExceedLimit")
          .Says("Name of a stored password, with Username on Windows.", "已存密码的名称，Windows 上与 Username 同用。"),
      Text("ContainerId")
          .Form(IsContainerId, "^((docker|containerd|cri-o)://)?[0-9a-fA-F]{64}$", "InvalidContainerId.Malformed")
          .Says("Run inside this container (Linux); Username and WorkingDir do not count then.",
                "在此容器内执行（Linux）；此时 Username 与 WorkingDir 不生效。"),
      Text("ContainerName")
          .Form(IsContainerName, "", "InvalidContainerName.Malformed")
          .Says("The same by name; may stand beside ContainerId.", "同上，以名称指定；可与 ContainerId 同用。"),
      Text("OssOutputDelivery")
          .Form(IsOssPath, "^oss://[^/]+(/.*)?$", "")
          .Says("Refused: this server delivers no output to storages.", "会被拒绝：本服务器不向外部存储投递输出。"),
      Word("TerminationMode", {"Process", "ProcessTree"})
          .Wrong("InvalidTerminationMode.NotFound")
          .Says("What a stop or a timeout ends: the script's process, or its children too.",
                "停止或超时结束的范围：脚本进程，或连同其子进程。"),
      Tags(),
      ResourceGroup(),
      MissedPolicySpec(),
      OverlapPolicySpec(),
      SplaySpec(),
      DeliveryTimeoutSpec(),
      RepeatableSpec(),
      MaxConcurrencySpec(),
      MaxErrorsSpec(),
      Budget("MaxCpuTime", model::kMostBudgets.cpu_seconds)
          .Says("Seconds of CPU time of a run, all its processes together; beyond that it is ended.",
                "一次执行的全部进程合计可用的 CPU 秒数；超过即被结束。"),
      Budget("MaxMemory", model::kMostBudgets.memory_mib)
          .Says("MiB of memory that the processes of a run may hold together; beyond that it is ended.",
                "一次执行的全部进程合计可占用的内存（MiB）；超过即被结束。"),
      Budget("MaxProcesses", model::kMostBudgets.processes)
          .Says("Processes of a run that may live at a time, the script's own among them; beyond that it is ended.",
                "一次执行同时存在的进程数（含脚本自身）；超过即被结束。"),
      Budget("MaxOutput", model::kMostBudgets.output_kib)
          .Says("KiB of output that a run may write; beyond that it is ended.",
                "一次执行可输出的数据量（KiB）；超过即被结束。")};
}

Answer<void> ReadInvocationTerms(const Call& call, control::StartInvocationIn& in) {
  const Arguments& arguments = call.arguments;
  if (auto targets = ReadTargets(call, in); !targets) return targets;
  if (auto mode = ReadRepeatMode(call, in); !mode) return mode;
  if (arguments.Has("OssOutputDelivery")) return call.Refused("Operation.Forbidden", kNoStorage);
  if (auto group = RefuseResourceGroup(call); !group) return group;

  if (const std::string& text = arguments.Text("Parameters"); !text.empty()) {
    auto parameters = ReadParameters(call, text, ParameterCodes{});
    if (!parameters) return Refuse(std::move(parameters.error()));
    in.has_parameters = !parameters->empty();
    in.parameters = Secret<model::Parameters>(std::move(*parameters));
    in.parameters_json = Secret<std::string>(text);
  }
  if (const auto timeout = arguments.Number("Timeout")) in.timeout = std::chrono::seconds(*timeout);
  in.working_dir = arguments.TextIfGiven("WorkingDir");
  in.launcher = arguments.TextIfGiven("Launcher");
  in.username = arguments.Text("Username");
  in.windows_password_name = arguments.Text("WindowsPasswordName");
  in.container_id = arguments.Text("ContainerId");
  in.container_name = arguments.Text("ContainerName");
  in.termination_mode =
      model::ParseTerminationMode(arguments.Text("TerminationMode")).value_or(model::TerminationMode::kDefault);
  in.region = call.region;
  if (const auto seconds = arguments.Number("DeliveryTimeout")) {
    if (*seconds == 0) return Refuse(InvalidError("DeliveryTimeout"));
    in.delivery_timeout = std::chrono::seconds(*seconds);
  }
  in.repeatable = *arguments.Flag("Repeatable");
  in.max_concurrency = arguments.Text("MaxConcurrency");
  in.max_errors = arguments.Text("MaxErrors");
  if (auto budgets = ReadBudgets(call, in); !budgets) return budgets;
  in.tags = arguments.Tags("Tag");
  in.client_token = call.client_token;
  return {};
}

ParameterSpec DeliveryTimeoutSpec() {
  return Number("DeliveryTimeout")
      .AtLeast(-1)
      .AtMost(366 * 86'400)
      .Extension()
      .Says("Seconds for which a task waits for its agent; -1: until it is done. Default 86400, with compat limits 60.",
            "任务等待 agent 的秒数；-1：直到完成。默认 86400，compat 限制下为 60。");
}
ParameterSpec MaxConcurrencySpec() {
  return Text("MaxConcurrency")
      .Extension()
      .Form(IsTurns, "^[1-9][0-9]*%?$", "InvalidParameter.MaxConcurrency")
      .Says("On so many machines at a time: a number, or a share of them such as 10%.",
            "同时执行的机器数：数字，或占目标的百分比（如 10%）。");
}
ParameterSpec MaxErrorsSpec() {
  return Text("MaxErrors")
      .Extension()
      .Form(IsErrors, "^[0-9]+%?$", "InvalidParameter.MaxErrors")
      .Says("When more machines than that have failed, the rest is not started: a number, or a share.",
            "失败的机器超过该数（或百分比）后，其余机器不再执行。");
}
ParameterSpec RepeatableSpec() {
  return Flag("Repeatable")
      .Default("false")
      .Extension()
      .Says("true: a task may start twice, should a stock agent restart meanwhile.",
            "true：若原版 agent 中途重启，任务可能执行两次。");
}
ParameterSpec MissedPolicySpec() {
  return Word("MissedPolicy", {"Skip", "RunOnce"})
      .Extension()
      .Says("What becomes of times that a schedule missed; default Skip.", "错过的执行时间如何处理；默认 Skip。");
}
ParameterSpec OverlapPolicySpec() {
  return Word("OverlapPolicy", {"Skip", "Queue"})
      .Extension()
      .Says("What becomes of a time while the run before goes on; default Skip.",
            "上一次尚未结束时到来的执行如何处理；默认 Skip。");
}
ParameterSpec SplaySpec() {
  return Number("Splay")
      .AtLeast(0)
      .AtMost(model::kMaxSplay.count())
      .Extension()
      .Says("Seconds over which the machines spread their runs.", "各机器错开执行的秒数。");
}

SchedulePolicies ReadSchedulePolicies(const Arguments& arguments) {
  SchedulePolicies policies;
  policies.missed = model::ParseMissedPolicy(arguments.Text("MissedPolicy"));
  policies.overlap = model::ParseOverlapPolicy(arguments.Text("OverlapPolicy"));
  if (const auto seconds = arguments.Number("Splay")) policies.splay = std::chrono::seconds(*seconds);
  return policies;
}

Answer<model::Parameters> ReadParameters(const Call& call, const std::string& text, const ParameterCodes& codes) {
  const auto refuse = [&call](std::string_view code) {
    return code.empty() ? Refuse(InvalidError("Parameters")) : call.Refused(code);
  };
  if (!encoding::IsUtf8(text)) return refuse(codes.charset);
  const auto object = json::ParseObject(text);
  if (!object) return refuse(codes.form);
  model::Parameters parameters;
  for (const auto& member : *object) {
    const json::Value& value = member.value();
    std::string shown;
    if (const auto* plain = value.if_string()) {
      shown = json::View(*plain);
    } else if (value.is_bool() || value.is_int64() || value.is_uint64()) {
      shown = json::Write(value);
    } else if (const auto* number = value.if_double()) {
      shown = NumberText(*number);
    } else {
      return refuse(codes.type);
    }
    parameters.emplace_back(std::string(member.key().data(), member.key().size()), std::move(shown));
  }
  return parameters;
}

}  // namespace assist::server::openapi

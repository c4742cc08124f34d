#include "server/control/describe_invocations.h"

#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

json::Object ShowInstance(const control::TaskView& view, const model::Invocation& invocation,
                          std::string_view content_encoding) {
  json::Object out;
  ShowTask(view, content_encoding, out);
  ShowWaits(view.task, invocation, out);
  out["InstanceInvokeStatus"] = model::Name(model::RecordStatus(view.task.progress.state));
  out["Timed"] = invocation.is_schedule() && !model::IsFinal(view.task.progress.state);
  out["CreationTime"] = FormatIso8601(invocation.created);
  out["FinishTime"] = ShowTime(view.task.progress.finish);
  out["UpdateTime"] = FormatIso8601(view.task.progress.updated);
  return out;
}

json::Object Show(const control::InvocationView& view, std::string_view content_encoding) {
  const model::Invocation& invocation = view.invocation;
  json::Array instances;
  for (const auto& task : view.tasks) instances.push_back(ShowInstance(task, invocation, content_encoding));
  json::Object out;
  out["InvokeId"] = invocation.id.str();
  out["CommandId"] = invocation.command_id.str();
  out["CommandName"] = invocation.command_name;
  out["CommandDescription"] = invocation.description;
  out["CommandType"] = model::Name(invocation.type);
  out["CommandContent"] = ShowBytes(view.content.Reveal(), content_encoding);
  if (view.content_cut) out["ContentCut"] = true;
  out["ContainerId"] = invocation.container_id;
  out["ContainerName"] = invocation.container_name;
  out["CreationTime"] = FormatIso8601(invocation.created);
  out["RepeatMode"] = model::Name(invocation.repeat_mode);
  out["Timed"] = invocation.is_schedule() && (invocation.creating || invocation.counts.open() > 0);
  out["Frequency"] = invocation.frequency;
  out["Timeout"] = static_cast<std::int64_t>(invocation.timeout.count());
  out["Parameters"] = invocation.parameters.Reveal();
  out["Username"] = invocation.username;
  out["WorkingDir"] = invocation.working_dir;
  out["Launcher"] = invocation.launcher;
  out["TerminationMode"] = model::Name(invocation.termination_mode);
  out["InvocationStatus"] = model::Name(model::WholeStatus(invocation.counts));
  out["InvokeStatus"] = model::Name(model::WholeInvokeStatus(invocation.counts));
  out["Tags"] = ShowTags(invocation.tags);
  out["InvokeInstances"] = Wrap("InvokeInstance", std::move(instances));
  if (invocation.is_schedule()) {
    out["MissedPolicy"] = model::Name(invocation.schedule.missed);
    out["OverlapPolicy"] = model::Name(invocation.schedule.overlap);
    out["Splay"] = static_cast<std::int64_t>(invocation.schedule.splay.count());
  }
  if (invocation.wave) {
    const model::WaveTerms& terms = invocation.wave->terms;
    if (!terms.concurrency.empty()) out["MaxConcurrency"] = terms.concurrency;
    if (!terms.errors.empty()) out["MaxErrors"] = terms.errors;
  }
  for (const auto& [name, most] :
       {std::pair("MaxCpuTime", invocation.budgets.cpu_seconds), std::pair("MaxMemory", invocation.budgets.memory_mib),
        std::pair("MaxProcesses", invocation.budgets.processes),
        std::pair("MaxOutput", invocation.budgets.output_kib)}) {
    if (most > 0) out[name] = most;
  }
  if (invocation.order) out["Order"] = ShowOrder(*invocation.order);
  if (!invocation.rerun_of.empty()) out["RerunOf"] = invocation.rerun_of.str();
  out["InstanceCount"] = invocation.targets;
  out["InstanceStatusCounts"] = ShowCounts(invocation.counts);
  out["InstancesCut"] = view.tasks_cut;
  return out;
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::DescribeInvocationsOut page;
  if (!arguments.Has("ResourceGroupId")) {  // there are none, so nothing matches a name
    control::DescribeInvocationsIn in;
    in.invocation = InvokeId(arguments.Text("InvokeId"));
    in.command = CommandId(arguments.Text("CommandId"));
    in.command_name = arguments.Text("CommandName");
    in.command_type = model::ParseCommandType(arguments.Text("CommandType"));
    in.instance = InstanceId(arguments.Text("InstanceId"));
    model::StatusFilter status;
    if (model::StatusFilter::Parse(arguments.Text("InvokeStatus"), &status)) in.status = status;
    in.repeat_mode = model::ParseRepeatMode(arguments.Text("RepeatMode"));
    in.timed = arguments.Flag("Timed");
    in.tags = AsFilter(arguments.Tags("Tag"));
    // Without one of these ids an answer could hold the output of all pages' instances.
    in.include_output = *arguments.Flag("IncludeOutput") && (arguments.Has("InvokeId") || arguments.Has("InstanceId"));
    in.output_bytes = kMaxOutputOfRow;
    in.page = call.page;
    auto out = co_await call.Read(control::DescribeInvocations, std::move(in));
    if (!out) co_return Refuse(std::move(out.error()));
    page = std::move(*out);
  }
  json::Array rows;
  for (const auto& view : page.items) rows.push_back(Show(view, arguments.Text("ContentEncoding")));
  json::Object answer;
  answer["Invocations"] = Wrap("Invocation", std::move(rows));
  AddPaging(call, page, answer);
  co_return answer;
}

}  // namespace

Operation DescribeInvocationsOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "DescribeInvocations";
  operation.max_page = limits.page_size;
  operation.parameters = {
      CommandIdSpec(),
      Text("CommandName").Says("The whole name; not looked at with InstanceId.", "完整名称；给出 InstanceId 时不看。"),
      CommandTypes("CommandType", ""),
      ContentEncoding("Base64"),
      Flag("IncludeOutput")
          .Default("false")
          .Says("Whether to show Output; needs InvokeId or InstanceId.",
                "是否显示 Output；须给出 InvokeId 或 InstanceId。"),
      InstanceIdSpec(),
      InvokeIdSpec(),
      StatusWords("InvokeStatus"),
      Word("RepeatMode", {"Once", "Period", "NextRebootOnly", "EveryReboot"})
          .Says("Only those that run so; not looked at with InstanceId.", "只要此执行方式的；给出 InstanceId 时不看。"),
      ResourceGroup(),
      TagsToMatch(),
      Flag("Timed").Says("true: what will run by itself; false: the rest.", "true：将会自动执行的；false：其余的。")};
  operation.summary = {"Lists invocations with their status on each machine, newest first.",
                       "列出执行及其在每台机器上的状态，新的在前。"};
  operation.notes = {
      {"Each invocation shows its first 100 machines: InstanceCount and InstanceStatusCounts tell of all, InstancesCut "
       "that there are more.",
       "每次执行显示前 100 台机器：InstanceCount 与 InstanceStatusCounts 说明全部，InstancesCut 表示还有更多。"},
      {"Delivery, Outcome, ErrorDetail: how far a task came on its way, whether its end is reported, presumed or "
       "unknown, and why it failed.",
       "Delivery、Outcome、ErrorDetail：任务送达到哪一步；结局是已报告、推定还是未知；失败的原因。"},
      {"WaitsFor: MaxConcurrency, where a machine waits for its turn.",
       "WaitsFor：等待轮到自己的机器为 MaxConcurrency。"},
      {"Order: what agents are told to do with packages or their own release; the script is only how.",
       "Order：让 agent 对软件包或自身发行版执行的操作；脚本只是其方式。"},
      {"RerunOf: the invocation that this one runs again where it did not succeed.",
       "RerunOf：本次执行重新执行的原执行（在其未成功的机器上）。"},
      {"Missed, NextDueTime, Overdue: of a schedule on this machine.",
       "Missed、NextDueTime、Overdue：定时任务在此机器上的情况。"}};
  operation.example = "DescribeInvocations --InvokeId t-1";
  operation.answer = R"(
Invocations: {
  Invocation: [{
    CommandContent: string
    CommandDescription: string
    CommandId: string
    CommandName: string
    CommandType: string
    ContainerId: string
    ContainerName: string
    +ContentCut?: boolean
    CreationTime: string
    Frequency: string
    +InstanceCount: integer
    +InstanceStatusCounts: counts
    +InstancesCut: boolean
    InvocationStatus: string
    InvokeId: string
    InvokeInstances: {
      InvokeInstance: [{
        CreationTime: string
        FinishTime: string
        InstanceInvokeStatus: string
        Timed: boolean
        UpdateTime: string
        +Delivery: string
        ErrorCode: string
        +ErrorDetail: string
        ErrorInfo: string
        ExitCode?: integer
        InvocationStatus: string
        +Outcome: string
        StartTime: string
        StopTime: string
        Dropped: integer
        InstanceId: string
        +Missed?: integer
        +NextDueTime?: string
        Output: string
        +OutputSize: integer
        +Overdue?: boolean
        Repeats: integer
        +WaitsFor?: string
      }]
    }
    InvokeStatus: string
    Launcher: string
    +MaxConcurrency?: string
    +MaxCpuTime?: integer
    +MaxErrors?: string
    +MaxMemory?: integer
    +MaxOutput?: integer
    +MaxProcesses?: integer
    +MissedPolicy?: string
    +Order?: {
      Name: string
      Verb: string
      Version: string
    }
    +OverlapPolicy?: string
    Parameters: string
    RepeatMode: string
    +RerunOf?: string
    +Splay?: integer
    Tags: {
      Tag: [{
        TagKey: string
        TagValue: string
      }]
    }
    TerminationMode: string
    Timed: boolean
    Timeout: integer
    Username: string
    WorkingDir: string
  }]
}
NextToken: string
PageNumber: integer
PageSize: integer
TotalCount: integer
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

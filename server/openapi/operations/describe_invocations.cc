#include "server/control/describe_invocations.h"

#include "server/openapi/operations/list.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

json::Object ShowInstance(const control::TaskView& view, const model::Invocation& invocation,
                          std::string_view content_encoding) {
  json::Object out;
  ShowTask(view, content_encoding, out);
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
  operation.permission = Permission::kRead;
  operation.max_page = limits.page_size;
  operation.parameters = {Text("CommandId"),
                          Text("CommandName"),
                          CommandTypes("CommandType", ""),
                          ContentEncoding("Base64"),
                          Flag("IncludeOutput").Default("false"),
                          Text("InstanceId"),
                          Text("InvokeId"),
                          StatusWords("InvokeStatus"),
                          Word("RepeatMode", {"Once", "Period", "NextRebootOnly", "EveryReboot"}),
                          ResourceGroup(),
                          Tags(),
                          Flag("Timed")};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

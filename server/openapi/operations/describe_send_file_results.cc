#include "server/control/describe_send_file_results.h"

#include <array>

#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

using model::InvocationStatus;

constexpr std::array kStatuses = {InvocationStatus::kPending, InvocationStatus::kRunning, InvocationStatus::kSuccess,
                                  InvocationStatus::kFailed, InvocationStatus::kPartialFailed};

json::Object ShowInstance(const control::TaskView& view, const model::Invocation& invocation, bool timeline) {
  const model::TaskProgress& progress = view.task.progress;
  json::Object out;
  out["InstanceId"] = view.instance.str();
  out["InvocationStatus"] = model::Name(progress.state);
  out["ErrorCode"] = model::Name(progress.error_code);
  out["ErrorInfo"] = model::ErrorInfo(progress.error_code);
  out["CreationTime"] = FormatIso8601(invocation.created);
  out["StartTime"] = ShowTime(progress.start);
  out["FinishTime"] = ShowTime(progress.finish);
  out["UpdateTime"] = FormatIso8601(progress.updated);
  out["Delivery"] = model::Name(progress.delivery);
  out["Outcome"] = model::Name(progress.outcome);
  out["ErrorDetail"] = progress.error_detail;
  if (timeline) out[kTimelineField] = ShowTimeline(progress, invocation.created);
  return out;
}

json::Object Show(const control::InvocationView& view, bool timeline) {
  const model::Invocation& invocation = view.invocation;
  const model::FileTerms& file = *invocation.file;
  json::Array instances;
  for (const auto& task : view.tasks) instances.push_back(ShowInstance(task, invocation, timeline));
  json::Object out;
  out["InvokeId"] = invocation.id.str();
  out["Name"] = file.name;
  out["TargetDir"] = file.target_dir;
  out["Content"] = ShowBytes(view.content.Reveal(), "PlainText");  // as it was given; ContentType tells how
  if (view.content_cut) out["ContentCut"] = true;
  out["ContentType"] = model::Name(file.content_type);
  out["Description"] = invocation.description;
  out["FileOwner"] = file.owner;
  out["FileGroup"] = file.group;
  out["FileMode"] = file.mode;
  out["Overwrite"] = file.overwrite ? "true" : "false";
  out["CreationTime"] = FormatIso8601(invocation.created);
  out["InvocationStatus"] = model::Name(model::WholeStatus(invocation.counts));
  out["VmCount"] = invocation.targets;
  out["Tags"] = ShowTags(invocation.tags);
  out["InvokeInstances"] = Wrap("InvokeInstance", std::move(instances));
  out["InstanceStatusCounts"] = ShowCounts(invocation.counts);
  out["InstancesCut"] = view.tasks_cut;
  return out;
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::DescribeSendFileResultsOut page;
  if (!arguments.Has("ResourceGroupId")) {  // there are none, so nothing matches a name
    control::DescribeSendFileResultsIn in;
    in.invocation = InvokeId(arguments.Text("InvokeId"));
    in.instance = InstanceId(arguments.Text("InstanceId"));
    in.name = arguments.Text("Name");
    for (const InvocationStatus status : kStatuses) {
      if (arguments.Text("InvocationStatus") == model::Name(status)) in.status = status;
    }
    in.tags = AsFilter(arguments.Tags("Tag"));
    in.page = call.page;
    auto out = co_await call.Read(control::DescribeSendFileResults, std::move(in));
    if (!out) co_return Refuse(std::move(out.error()));
    page = std::move(*out);
  }
  json::Array rows;
  const bool timeline = *arguments.Flag("IncludeTimeline");
  for (const auto& view : page.items) rows.push_back(Show(view, timeline));
  json::Object answer;
  answer["Invocations"] = Wrap("Invocation", std::move(rows));
  AddPaging(call, page, answer);
  co_return answer;
}

}  // namespace

Operation DescribeSendFileResultsOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "DescribeSendFileResults";
  operation.max_page = limits.page_size;
  operation.parameters = {IncludeTimeline().Default("false"),
                          InstanceIdSpec(),
                          Word("InvocationStatus", {"Pending", "Running", "Success", "Failed", "PartialFailed"})
                              .Says("Only those in this status.", "只要处于此状态的。"),
                          InvokeIdSpec(),
                          Text("Name").Says("The file's name.", "文件名。"),
                          ResourceGroup(),
                          TagsToMatch()};
  operation.summary = {"Lists files that were sent and their state on each machine, newest first.",
                       "列出发送的文件及其在每台机器上的状态，新的在前。"};
  operation.example = "DescribeSendFileResults --InvokeId f-1";
  operation.answer = R"(
Invocations: {
  Invocation: [{
    Content: string
    +ContentCut?: boolean
    ContentType: string
    CreationTime: string
    Description: string
    FileGroup: string
    FileMode: string
    FileOwner: string
    +InstanceStatusCounts: counts
    +InstancesCut: boolean
    InvocationStatus: string
    InvokeId: string
    InvokeInstances: {
      InvokeInstance: [{
        CreationTime: string
        +Delivery: string
        ErrorCode: string
        +ErrorDetail: string
        ErrorInfo: string
        FinishTime: string
        InstanceId: string
        InvocationStatus: string
        +Outcome: string
        StartTime: string
        +Timeline?: {
          TimelineEvent: [{
            Clock: string
            Event: string
            Time: string
          }]
        }
        UpdateTime: string
      }]
    }
    Name: string
    Overwrite: string
    Tags: {
      Tag: [{
        TagKey: string
        TagValue: string
      }]
    }
    TargetDir: string
    VmCount: integer
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

#include "server/control/describe_invocation_results.h"

#include <algorithm>

#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

constexpr std::int64_t kMaxRange = 1 << 20;      // bytes of OutputLength
constexpr std::int64_t kPageWithTimelines = 50;  // rows; a timeline may be longer than the rest of its row

json::Object Show(const control::ResultRow& row, std::string_view content_encoding, bool range, bool history,
                  bool timeline) {
  const model::Invocation& invocation = row.invocation;
  const bool one_occurrence = history && invocation.is_schedule() && row.task.occurrence;
  json::Object out;
  out["InvokeId"] = invocation.id.str();
  out["CommandId"] = invocation.command_id.str();
  const model::TaskProgress& progress = row.task.task.progress;
  if (one_occurrence) {
    ShowOccurrence(row.task, content_encoding, out);
  } else {
    ShowTask(row.task, content_encoding, out);
  }
  if (!one_occurrence) ShowWaits(row.task.task, invocation, out);
  if (timeline) {
    const auto created = one_occurrence ? std::optional<SystemTime>() : invocation.created;
    out[kTimelineField] = ShowTimeline(progress, created);
  }
  if (range && row.task.output) out["OutputOffset"] = row.task.output->offset;
  out["InvokeRecordStatus"] = model::Name(model::RecordStatus(progress.state));
  out["FinishedTime"] = ShowTime(progress.finish);
  out["ContainerId"] = invocation.container_id;
  out["ContainerName"] = invocation.container_name;
  out["Launcher"] = invocation.launcher;
  out["TerminationMode"] = model::Name(invocation.termination_mode);
  out["Username"] = invocation.username;
  out["Tags"] = ShowTags(invocation.tags);
  if (invocation.order) out["Order"] = ShowOrder(*invocation.order);
  return out;
}

/// The extension: a range of each task's output instead of what fits of the whole. For one instance up to kMaxRange;
/// the rows of a page share kMaxOutputOfPage as always.
Answer<void> ReadRange(const Call& call, control::DescribeInvocationResultsIn& in) {
  const auto offset = call.arguments.Number("OutputOffset");
  const auto length = call.arguments.Number("OutputLength");
  in.output_bytes = std::min(kMaxOutputOfRow, kMaxOutputOfPage / call.page.size);
  if (!offset && !length) return {};
  if (!call.arguments.Has("InvokeId")) return Refuse(MissingError("InvokeId"));
  in.output_offset = offset.value_or(0);
  const std::int64_t most = call.arguments.Has("InstanceId") ? kMaxRange : in.output_bytes;
  in.output_bytes = std::min(length.value_or(most), most);
  return {};
}

/// The runs of a schedule, or one of them.
Answer<void> ReadHistory(const Call& call, control::DescribeInvocationResultsIn& in) {
  const Arguments& arguments = call.arguments;
  in.history = *arguments.Flag("IncludeHistory") && arguments.Has("InvokeId");
  in.occurrence = arguments.Number("Occurrence");
  if (!in.occurrence) return {};
  for (const std::string_view needed : {"InvokeId", "InstanceId"}) {
    if (!arguments.Has(needed)) return Refuse(MissingError(needed));
  }
  in.history = true;
  return {};
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::DescribeInvocationResultsOut page;
  bool range = false;
  bool history = false;
  if (!arguments.Has("ResourceGroupId")) {  // there are none, so nothing matches a name
    control::DescribeInvocationResultsIn in;
    in.invocation = InvokeId(arguments.Text("InvokeId"));
    in.instance = InstanceId(arguments.Text("InstanceId"));
    in.command = CommandId(arguments.Text("CommandId"));
    model::StatusFilter status;
    if (model::StatusFilter::Parse(arguments.Text("InvokeRecordStatus"), &status)) in.status = status;
    in.tags = AsFilter(arguments.Tags("Tag"));
    in.page = call.page;
    if (auto read = ReadRange(call, in); !read) co_return Refuse(std::move(read.error()));
    if (auto read = ReadHistory(call, in); !read) co_return Refuse(std::move(read.error()));
    range = in.output_offset.has_value();
    history = in.history;
    auto out = co_await call.Read(control::DescribeInvocationResults, std::move(in));
    if (!out) co_return Refuse(std::move(out.error()));
    page = std::move(*out);
  }
  json::Array rows;
  const bool timeline = arguments.Flag("IncludeTimeline").value_or(call.page.size <= kPageWithTimelines);
  for (const auto& row : page.items) {
    rows.push_back(Show(row, arguments.Text("ContentEncoding"), range, history, timeline));
  }
  json::Object invocation;
  AddPaging(call, page, invocation);  // here inside, not at the top
  invocation["InvocationResults"] = Wrap("InvocationResult", std::move(rows));
  json::Object answer;
  answer["Invocation"] = std::move(invocation);
  co_return answer;
}

}  // namespace

Operation DescribeInvocationResultsOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "DescribeInvocationResults";
  operation.max_page = limits.page_size;
  operation.parameters = {
      CommandIdSpec(),
      ContentEncoding("Base64"),
      Flag("IncludeHistory")
          .Default("false")
          .Says("Every run of a schedule; needs InvokeId.", "定时任务的每一次执行；须给出 InvokeId。"),
      IncludeTimeline().Says("Shows when what happened, by whose clock; by default in pages of at most 50 rows.",
                             "给出各步骤的时间及其所属时钟；默认仅在每页不超过 50 行时给出。"),
      InstanceIdSpec(),
      InvokeIdSpec(),
      StatusWords("InvokeRecordStatus"),
      ResourceGroup(),
      TagsToMatch(),
      Number("Occurrence")
          .AtLeast(1)
          .Extension()
          .Says("One run of a schedule, by its number; needs InvokeId and InstanceId.",
                "定时任务的某一次执行的序号；须给出 InvokeId 与 InstanceId。"),
      Number("OutputOffset")
          .AtLeast(0)
          .Extension()
          .Says("Where the shown part of the output begins; needs InvokeId.", "所示输出的起点；须给出 InvokeId。"),
      Number("OutputLength")
          .AtLeast(1)
          .AtMost(kMaxRange)
          .Extension()
          .Says("Bytes of it; above 24576 only with InstanceId.", "其字节数；大于 24576 须给出 InstanceId。")};
  operation.summary = {"Lists results, a row for each machine: exit code and output.",
                       "列出结果，每台机器一行：退出码与输出。"};
  operation.notes = {
      {"The paging fields are inside Invocation. Output is shown up to 24576 bytes, its beginning and its end; Dropped "
       "counts the rest, OutputOffset reads any range.",
       "翻页字段在 Invocation 内。Output 最多显示 24576 字节，为开头与结尾；Dropped 为其余字节数，用 OutputOffset "
       "读取任意区间。"},
      {"Delivery, Outcome, ErrorDetail: how far a task came on its way, whether its end is reported, presumed or "
       "unknown, and why it failed.",
       "Delivery、Outcome、ErrorDetail：任务送达到哪一步；结局是已报告、推定还是未知；失败的原因。"},
      {"Missed, NextDueTime, Overdue: of a schedule on this machine.",
       "Missed、NextDueTime、Overdue：定时任务在此机器上的情况。"},
      {"Occurrence, Kind, DueTime, LatenessMs or MissedCount, LastDueTime, MissedReason: of a row of history.",
       "Occurrence、Kind、DueTime、LatenessMs 或 MissedCount、LastDueTime、MissedReason：历史记录中的一行。"}};
  operation.example = "DescribeInvocationResults --InvokeId t-1 --InstanceId mi-1";
  operation.answer = R"(
Invocation: {
  InvocationResults: {
    InvocationResult: [{
      CommandId: string
      ContainerId: string
      ContainerName: string
      FinishedTime: string
      InvokeId: string
      InvokeRecordStatus: string
      Launcher: string
      +OutputOffset?: integer
      Tags: {
        Tag: [{
          TagKey: string
          TagValue: string
        }]
      }
      TerminationMode: string
      +Timeline?: {
        TimelineEvent: [{
          Clock: string
          Event: string
          Time: string
        }]
      }
      Username: string
      +WaitsFor?: string
      +Delivery: string
      ErrorCode: string
      +ErrorDetail: string
      ErrorInfo: string
      ExitCode?: integer
      InvocationStatus: string
      +Outcome: string
      StartTime: string
      StopTime: string
      +DueTime?: string
      +Kind?: string
      +LastDueTime?: string
      +LatenessMs?: integer
      +MissedCount?: integer
      +MissedReason?: string
      +Occurrence?: integer
      Dropped: integer
      InstanceId: string
      +Missed?: integer
      +NextDueTime?: string
      Output: string
      +OutputSize: integer
      +Order?: {
        Name: string
        Verb: string
        Version: string
      }
      +Overdue?: boolean
      Repeats: integer
    }]
  }
  NextToken: string
  PageNumber: integer
  PageSize: integer
  TotalCount: integer
}
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

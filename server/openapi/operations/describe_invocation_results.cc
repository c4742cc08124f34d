#include "server/control/describe_invocation_results.h"

#include <algorithm>

#include "server/openapi/operations/list.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

constexpr std::int64_t kMaxRange = 1 << 20;  // bytes of OutputLength

json::Object Show(const control::ResultRow& row, std::string_view content_encoding, bool range, bool history) {
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
  if (range && row.task.output) out["OutputOffset"] = row.task.output->offset;
  out["InvokeRecordStatus"] = model::Name(model::RecordStatus(progress.state));
  out["FinishedTime"] = ShowTime(progress.finish);
  out["ContainerId"] = invocation.container_id;
  out["ContainerName"] = invocation.container_name;
  out["Launcher"] = invocation.launcher;
  out["TerminationMode"] = model::Name(invocation.termination_mode);
  out["Username"] = invocation.username;
  out["Tags"] = ShowTags(invocation.tags);
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
  for (const auto& row : page.items) rows.push_back(Show(row, arguments.Text("ContentEncoding"), range, history));
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
  operation.permission = Permission::kRead;
  operation.max_page = limits.page_size;
  operation.parameters = {Text("CommandId"),
                          ContentEncoding("Base64"),
                          Flag("IncludeHistory").Default("false"),
                          Text("InstanceId"),
                          Text("InvokeId"),
                          StatusWords("InvokeRecordStatus"),
                          ResourceGroup(),
                          Tags(),
                          Number("Occurrence").AtLeast(1),
                          Number("OutputOffset").AtLeast(0),
                          Number("OutputLength").AtLeast(1).AtMost(kMaxRange)};
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

#include "server/control/describe_schedules.h"

#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

json::Object Show(const control::ScheduleRow& row) {
  const model::TaskProgress& progress = row.task.progress;
  json::Object out;
  out["InvokeId"] = row.invocation.str();
  out["InstanceId"] = row.instance.str();
  out["CommandName"] = row.command_name;
  out["RepeatMode"] = model::Name(row.repeat_mode);
  out["Frequency"] = row.frequency;
  out["InvocationStatus"] = model::Name(progress.state);
  out["LastDueTime"] = ShowTime(row.marks.last_due);
  out["LastStartTime"] = ShowTime(progress.start);
  out["LastFinishTime"] = ShowTime(progress.finish);
  if (progress.exit_code) out["LastExitCode"] = *progress.exit_code;
  out["NextDueTime"] = ShowTime(row.marks.next_due);
  out["Runs"] = row.marks.runs;
  out["Missed"] = row.marks.missed;
  ShowMillis("LatenessP50Ms", row.lateness_p50, out);
  ShowMillis("LatenessP99Ms", row.lateness_p99, out);
  out["TimeZone"] = row.marks.zone;
  out["Overdue"] = row.marks.overdue;
  out["Online"] = row.online;
  return out;
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  control::DescribeSchedulesIn in;
  in.invocation = InvokeId(arguments.Text("InvokeId"));
  in.instance = InstanceId(arguments.Text("InstanceId"));
  in.live = !*arguments.Flag("IncludeEnded");
  in.overdue = arguments.Flag("Overdue");
  in.page = call.page;
  auto page = co_await call.Read(control::DescribeSchedules, std::move(in));
  if (!page) co_return Refuse(std::move(page.error()));
  json::Array rows;
  for (const auto& row : page->items) rows.push_back(Show(row));
  json::Object answer;
  answer["Schedules"] = Wrap("Schedule", std::move(rows));
  AddPaging(call, *page, answer);
  co_return answer;
}

}  // namespace

Operation DescribeSchedulesOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "DescribeSchedules";
  operation.max_page = limits.page_size;
  operation.parameters = {InvokeIdSpec(), InstanceIdSpec(),
                          Flag("IncludeEnded").Default("false").Says("Those that are over, too.", "也包括已结束的。"),
                          Flag("Overdue").Says("Only those that should have run (true), or the rest (false).",
                                               "只要应执行而未执行的（true）或其余的（false）。")};
  operation.extension = true;
  operation.summary = {
      "Of this server alone: schedules on each machine: last and next time, runs, missed ones, lateness.",
      "本服务器独有：每台机器上的定时任务：上次与下次时间、执行次数、错过次数、延迟。"};
  operation.example = "DescribeSchedules --InvokeId t-1";
  operation.answer = R"(
Schedules: {
  Schedule: [{
    CommandName: string
    Frequency: string
    InstanceId: string
    InvocationStatus: string
    InvokeId: string
    LastDueTime: string
    LastExitCode?: integer
    LastFinishTime: string
    LastStartTime: string
    LatenessP50Ms?: integer
    LatenessP99Ms?: integer
    Missed: integer
    NextDueTime: string
    Online: boolean
    Overdue: boolean
    RepeatMode: string
    Runs: integer
    TimeZone: string
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

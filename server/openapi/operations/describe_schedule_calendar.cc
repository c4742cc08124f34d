#include "server/control/describe_schedule_calendar.h"

#include "server/openapi/operations/list.h"
#include "server/openapi/operations/script.h"
#include "server/openapi/operations/show.h"

namespace assist::server::openapi {
namespace {

json::Object Show(const control::CalendarRow& row) {
  json::Array next;
  for (const SystemTime time : row.next) next.emplace_back(FormatIso8601(time));
  json::Array instances;
  for (const InstanceId& id : row.instances) instances.emplace_back(id.str());
  json::Object out;
  out["InvokeId"] = row.invocation.str();
  out["CommandName"] = row.command_name;
  out["Frequency"] = row.frequency;
  out["TimeZone"] = row.zone;
  out["InstanceCount"] = row.machines;
  out["Occurrences"] = row.occurrences;
  out["NextTimes"] = Wrap("NextTime", std::move(next));
  out["InstanceIds"] = Wrap("InstanceId", std::move(instances));
  return out;
}

/// A time such as 2026-03-01T00:00:00Z.
Answer<std::optional<SystemTime>> ReadTime(const Call& call, std::string_view name, std::string_view code) {
  const std::string& text = call.arguments.Text(name);
  if (text.empty()) return std::nullopt;
  const auto time = ParseIso8601(text);
  if (!time) return call.Refused(code, "It takes a time in UTC such as 2026-03-01T00:00:00Z.");
  return time;
}

asio::awaitable<Answer<json::Object>> Run(Call& call) {
  const Arguments& arguments = call.arguments;
  if (call.page.by_position) co_return call.Refused("InvalidParameter.MaxResults");  // rows have no fixed order
  control::DescribeScheduleCalendarIn in;
  auto from = ReadTime(call, "From", "InvalidParam.From");
  if (!from) co_return Refuse(std::move(from.error()));
  auto to = ReadTime(call, "To", "InvalidParam.To");
  if (!to) co_return Refuse(std::move(to.error()));
  in.from = *from;
  in.to = *to;
  if (const auto bucket = arguments.Number("Bucket")) in.bucket = std::chrono::seconds(*bucket);
  in.invocation = InvokeId(arguments.Text("InvokeId"));
  in.instance = InstanceId(arguments.Text("InstanceId"));
  in.page = call.page;
  auto out = co_await call.Read(control::DescribeScheduleCalendar, std::move(in));
  if (!out) co_return Refuse(std::move(out.error()));

  json::Array buckets;
  for (const control::CalendarBucket& bucket : out->buckets) {
    buckets.push_back(json::Object{{"BeginTime", FormatIso8601(bucket.begin)},
                                   {"Occurrences", bucket.occurrences},
                                   {"Schedules", bucket.schedules}});
  }
  json::Array rows;
  for (const auto& row : out->rows.items) rows.push_back(Show(row));
  json::Object answer;
  answer["From"] = FormatIso8601(out->from);
  answer["To"] = FormatIso8601(out->to);
  answer["Bucket"] = static_cast<std::int64_t>(out->bucket.count());
  answer["Buckets"] = Wrap("Bucket", std::move(buckets));
  answer["Schedules"] = Wrap("Schedule", std::move(rows));
  answer["Cut"] = out->cut;
  AddPaging(call, out->rows, answer);
  co_return answer;
}

}  // namespace

Operation DescribeScheduleCalendarOperation(const model::Limits& limits) {
  Operation operation;
  operation.name = "DescribeScheduleCalendar";
  operation.max_page = limits.page_size;
  operation.parameters = {Text("From").Says("Where it begins, as 2026-03-01T00:00:00Z; default: now.",
                                            "起点，如 2026-03-01T00:00:00Z；默认现在。"),
                          Text("To").Says("Where it ends; default: a day later.", "终点；默认一天之后。"),
                          Number("Bucket")
                              .Wrong("InvalidParam.Bucket")
                              .Says("Seconds for which occurrences are counted together.", "按多少秒合并计数。"),
                          InvokeIdSpec(), InstanceIdSpec()};
  operation.extension = true;
  operation.summary = {"Of this server alone: what runs where in the next hours.",
                       "本服务器独有：今后数小时内何处执行什么。"};
  operation.example = "DescribeScheduleCalendar --From 2026-03-01T00:00:00Z --To 2026-03-02T00:00:00Z";
  operation.errors = {"InvalidParam.Bucket", "InvalidParam.From", "InvalidParam.To", "InvalidParameter.MaxResults"};
  operation.answer = R"(
Bucket: integer
Buckets: {
  Bucket: [{
    BeginTime: string
    Occurrences: integer
    Schedules: integer
  }]
}
Cut: boolean
From: string
Schedules: {
  Schedule: [{
    CommandName: string
    Frequency: string
    InstanceCount: integer
    InstanceIds: {
      InstanceId: [string]
    }
    InvokeId: string
    NextTimes: {
      NextTime: [string]
    }
    Occurrences: integer
    TimeZone: string
  }]
}
To: string
NextToken: string
PageNumber: integer
PageSize: integer
TotalCount: integer
)";
  operation.run = Run;
  return operation;
}

}  // namespace assist::server::openapi

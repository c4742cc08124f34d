#include "cli/schedule/answers.h"

#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

/// A time; an empty or absent text is none.
std::optional<SystemTime> ReadTime(json::Reader& in, std::string_view name) {
  const std::string_view text = in.StringOr(name, "");
  if (text.empty()) return std::nullopt;
  auto time = ParseIso8601(text);
  if (!time) in.Refuse(name, "no time");
  return time;
}

SystemTime NeedTime(json::Reader& in, std::string_view name) {
  const auto time = ReadTime(in, name);
  if (!time) in.Refuse(name, "is missing");
  return time.value_or(SystemTime{});
}

std::optional<std::int64_t> OptionalInt(json::Reader& in, std::string_view name) {
  if (!in.Has(name)) return std::nullopt;
  return in.Int(name);
}

ScheduleRow ReadSchedule(json::Reader& in) {
  ScheduleRow row;
  row.invoke_id = std::string(in.String("InvokeId"));
  row.instance_id = std::string(in.String("InstanceId"));
  row.command_name = std::string(in.StringOr("CommandName", ""));
  row.repeat_mode = std::string(in.String("RepeatMode"));
  row.frequency = std::string(in.StringOr("Frequency", ""));
  row.status = std::string(in.String("InvocationStatus"));
  row.last_due = ReadTime(in, "LastDueTime");
  row.next_due = ReadTime(in, "NextDueTime");
  row.exit_code = OptionalInt(in, "LastExitCode");
  row.runs = in.Int("Runs", 0);
  row.missed = in.Int("Missed", 0);
  row.late_p50_ms = OptionalInt(in, "LatenessP50Ms");
  row.late_p99_ms = OptionalInt(in, "LatenessP99Ms");
  row.overdue = in.BoolOr("Overdue", false);
  row.online = in.BoolOr("Online", false);
  return row;
}

CalendarBucket ReadBucket(json::Reader& in) {
  return {NeedTime(in, "BeginTime"), in.Int("Occurrences", 0), in.Int("Schedules", 0)};
}

CalendarRow ReadCalendarRow(json::Reader& in) {
  CalendarRow row;
  row.invoke_id = std::string(in.String("InvokeId"));
  row.command_name = std::string(in.StringOr("CommandName", ""));
  row.frequency = std::string(in.StringOr("Frequency", ""));
  row.machines = in.Int("InstanceCount", 0);
  row.occurrences = in.Int("Occurrences", 0);
  if (auto next = in.Child("NextTimes")) {
    for (const std::string& text : next->Strings("NextTime")) {
      const auto time = ParseIso8601(text);
      if (!time) next->Refuse("NextTime", "no time");
      row.next.push_back(time.value_or(SystemTime{}));
    }
  }
  return row;
}

}  // namespace

Result<SchedulePage> ParseSchedulePage(std::string_view body) {
  const auto object = json::ParseObject(body);
  if (!object) return Fail(Errc::kInvalid, object.error().detail);
  json::Reader in(*object);
  SchedulePage page;
  page.total = in.Int("TotalCount", 0);
  page.next_token = std::string(in.StringOr("NextToken", ""));
  if (auto list = in.Child("Schedules")) {
    list->Each("Schedule", [&page](json::Reader& item) { page.rows.push_back(ReadSchedule(item)); });
  } else {
    in.Refuse("Schedules", "is missing");
  }
  if (!in.status()) return in.Error();
  return page;
}

Result<Calendar> ParseCalendar(std::string_view body) {
  const auto object = json::ParseObject(body);
  if (!object) return Fail(Errc::kInvalid, object.error().detail);
  json::Reader in(*object);
  Calendar calendar;
  calendar.from = NeedTime(in, "From");
  calendar.to = NeedTime(in, "To");
  calendar.bucket = std::chrono::seconds(in.Int("Bucket", 1, 7 * 86'400));
  calendar.total = in.Int("TotalCount", 0);
  calendar.cut = in.BoolOr("Cut", false);
  if (auto list = in.Child("Buckets")) {
    list->Each("Bucket", [&calendar](json::Reader& item) { calendar.buckets.push_back(ReadBucket(item)); });
  }
  if (auto list = in.Child("Schedules")) {
    list->Each("Schedule", [&calendar](json::Reader& item) { calendar.rows.push_back(ReadCalendarRow(item)); });
  }
  if (!in.status()) return in.Error();
  return calendar;
}

}  // namespace assist::cli

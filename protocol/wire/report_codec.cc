#include "protocol/wire/report_codec.h"

#include <algorithm>
#include <array>
#include <limits>

#include "protocol/encoding/percent.h"
#include "protocol/json/json.h"
#include "protocol/wire/names.h"
#include "protocol/wire/query.h"

namespace assist::wire {
namespace {

constexpr std::size_t kErrDescBytes = 255;

std::optional<ReportKind> KindOf(std::string_view name) {
  for (const ReportKind kind :
       {ReportKind::kRunning, ReportKind::kFinish, ReportKind::kTimeout, ReportKind::kError, ReportKind::kStopped,
        ReportKind::kInvalid, ReportKind::kVerified, ReportKind::kMissed}) {
    if (PathName(kind) == name) return kind;
  }
  return std::nullopt;
}

/// At most `bytes` bytes of UTF-8 text, no character cut in two.
std::string_view CutAtCharacter(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  return text.substr(0, bytes);
}

void AddFileResult(QueryWriter& query, const Report& report) {
  const bool finished = report.kind == ReportKind::kFinish;
  if (finished) query.AddRaw("status", report.file->status);
  query.Add("taskType", "sendfile");
  if (finished) query.Add("errorcode", std::int64_t{report.file->error_code});
  if (report.kind == ReportKind::kInvalid) query.Add("param", report.param).Add("value", report.value);
  if (report.kind == ReportKind::kError) query.Add("errCode", report.err_code);
  if (!report.err_desc.empty()) query.Add("errDesc", CutAtCharacter(report.err_desc, kErrDescBytes));
  if (report.start != SystemTime{}) query.Add("start", report.start);
  if (report.end != SystemTime{}) query.Add("end", report.end);
}

void AddOccurrence(QueryWriter& query, const Report& report) {
  if (report.occurrence) query.Add("occurrence", report.occurrence->number).Add("due", report.occurrence->due);
  if (report.missed) {
    query.Add("count", report.missed->count).Add("lastDue", report.missed->last_due);
    query.AddRaw("reason", Name(report.missed->reason));
  }
  if (report.next_due) query.Add("nextDue", *report.next_due);
}

void AddTimes(QueryWriter& query, const AgentTimes& times) {
  if (times.journaled != SystemTime{}) query.Add("journaled", times.journaled);
  if (times.first_output != SystemTime{}) query.Add("firstOutput", times.first_output);
  if (times.sent != SystemTime{}) query.Add("sent", times.sent);
}

/// What AddOccurrence wrote. kInvalid when it cannot be.
Status ReadOccurrence(const QueryReader& in, Report& report) {
  if (in.Find("nextDue") != nullptr) report.next_due = in.Time("nextDue");
  if (in.Find("occurrence") != nullptr) {
    const Occurrence occurrence{in.Int("occurrence"), in.Time("due")};
    if (occurrence.number < 1) return Fail(Errc::kInvalid, "occurrence is not above 0");
    report.occurrence = occurrence;
  }
  if (report.kind != ReportKind::kMissed) return {};
  Missed missed;
  missed.count = in.Int("count");
  missed.last_due = in.Time("lastDue");
  const auto reason = ParseMissedReason(in.Text("reason"));
  if (!report.occurrence || !reason) return Fail(Errc::kInvalid, "a missed report names occurrence and reason");
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 2;
  if (missed.count < 1 || missed.count > kMost || report.occurrence->number > kMost) {
    return Fail(Errc::kInvalid, "count is out of range");
  }
  missed.reason = *reason;
  report.missed = missed;
  return {};
}

int BoundedInt(std::int64_t value) {
  return static_cast<int>(
      std::clamp<std::int64_t>(value, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()));
}

}  // namespace

std::string ReportTarget(const Report& report) {
  std::string path(path::kTaskPrefix);
  path.append(PathName(report.kind));
  QueryWriter query(path);
  query.Add("taskId", report.task_id);
  if (report.file) {
    AddFileResult(query, report);
    AddTimes(query, report.times);
    return std::move(query).Take();
  }
  query.Add("invokeVersion", report.invoke_version);
  switch (report.kind) {
    case ReportKind::kVerified:
    case ReportKind::kMissed:
      break;
    case ReportKind::kInvalid:
      query.Add("param", report.param).Add("value", report.value);
      break;
    case ReportKind::kAccepted:
      query.Add("start", SystemTime{});
      break;
    case ReportKind::kRunning:
      query.Add("start", report.start);
      break;
    case ReportKind::kStopped:
      query.Add("start", report.start).Add("end", report.end).Add("exitcode", std::int64_t{report.exit_code});
      query.Add("dropped", report.dropped).Add("result", report.result);
      break;
    case ReportKind::kFinish:
    case ReportKind::kTimeout:
    case ReportKind::kError:
      query.Add("start", report.start).Add("end", report.end).Add("exitCode", std::int64_t{report.exit_code});
      query.Add("dropped", report.dropped);
      if (report.kind != ReportKind::kTimeout && !report.err_code.empty()) {  // of a finish: ours alone
        query.Add("errCode", report.err_code);
        query.Add("errDesc", CutAtCharacter(report.err_desc, kErrDescBytes));
      }
      break;
  }
  const bool ran = report.kind == ReportKind::kAccepted || report.kind == ReportKind::kRunning ||
                   report.kind == ReportKind::kFinish || report.kind == ReportKind::kTimeout ||
                   report.kind == ReportKind::kError;
  if (ran && report.wall_clock) {
    query.Add("currentTime", report.wall_clock->current_time);
    if (report.wall_clock->offset) {
      query.Add("offset", report.wall_clock->offset->count()).Add("timeZone", report.wall_clock->time_zone);
    }
  }
  if (ran && report.container) {
    query.Add("containerId", report.container->id).Add("containerName", report.container->name);
  }
  AddOccurrence(query, report);
  AddTimes(query, report.times);
  return std::move(query).Take();
}

Result<Report> ParseReport(std::string_view kind, std::string_view query, std::string_view offset, std::string body) {
  const auto known = KindOf(kind);
  if (!known) return Fail(Errc::kNotFound, "no such report");
  const QueryReader in(query);
  Report report;
  report.kind = *known;
  report.task_id = in.Text("taskId");
  if (report.task_id.empty()) return Fail(Errc::kInvalid, "taskId is missing");
  constexpr std::array kNumbers = {"invokeVersion", "start", "end",   "exitCode", "exitcode", "dropped",
                                   "errorcode",     "due",   "count", "lastDue",  "nextDue",  "occurrence"};
  for (const std::string_view name : kNumbers) {
    if (in.Malformed(name)) return Fail(Errc::kInvalid, std::string(name) + " is no number");
  }
  report.invoke_version = in.Int("invokeVersion");
  report.start = in.Time("start");
  report.end = in.Time("end");
  report.exit_code = BoundedInt(in.Int(in.Find("exitCode") != nullptr ? "exitCode" : "exitcode"));
  report.dropped = std::max<std::int64_t>(0, in.Int("dropped"));
  report.err_code = in.Text("errCode");
  report.err_desc = in.Text("errDesc");
  report.param = in.Text("param");
  report.value = in.Text("value");
  report.result = in.Text("result");
  // Only to show them: one that makes no sense is none, and keeps no result away.
  report.times = {in.Time("journaled"), in.Time("firstOutput"), in.Time("sent")};
  if (in.Find("currentTime") != nullptr) {
    WallClock wall;
    wall.current_time = in.Time("currentTime");
    if (in.Find("offset") != nullptr) {
      wall.offset = std::chrono::seconds(std::clamp<std::int64_t>(in.Int("offset"), -86400, 86400));
    }
    wall.time_zone = in.Text("timeZone");
    report.wall_clock = std::move(wall);
  }
  if (in.Find("containerId") != nullptr || in.Find("containerName") != nullptr) {
    ContainerRef container;
    container.id = in.Text("containerId");
    container.name = in.Text("containerName");
    report.container = std::move(container);
  }
  if (in.Text("taskType") == "sendfile") {
    FileResult file;
    file.status = in.Text("status");
    file.error_code = BoundedInt(in.Int("errorcode"));
    report.file = std::move(file);
  }
  if (Status read = ReadOccurrence(in, report); !read) return Forward(read);
  if (!offset.empty()) {
    const auto number = ParseInt(offset);
    if (!number || *number < 0) return Fail(Errc::kInvalid, "the offset is no number");
    report.output_offset = static_cast<std::uint64_t>(*number);
  }
  if (report.kind == ReportKind::kRunning && report.start == SystemTime{} && body.empty()) {
    report.kind = ReportKind::kAccepted;
  }
  report.body = Secret<std::string>(std::move(body));
  return report;
}

std::string EscapeFileValue(std::string_view query) {
  constexpr std::string_view kFile = "&taskType=sendfile&";
  constexpr std::string_view kValue = "&value=";
  const std::size_t file = query.find(kFile);
  const std::size_t value = query.find(kValue);
  if (file == std::string_view::npos || value == std::string_view::npos || value < file) return std::string(query);
  const std::size_t begin = value + kValue.size();
  return std::string(query.substr(0, begin)) + encoding::PercentEncode(query.substr(begin));
}

std::string RenderReportAnswer(std::string_view instance_id, const ReportAnswer& answer) {
  json::Object object;
  object["code"] = 200;
  object["instanceId"] = instance_id;
  if (answer.next) {
    json::Object assist;
    assist["next"] = *answer.next;
    object["assist"] = std::move(assist);
  }
  if (answer.running) {
    object["received"] = answer.running->received;
    object["accepted"] = answer.running->accepted;
    object["current"] = answer.running->current;
  }
  return json::Write(object);
}

ReportAnswer ParseReportAnswer(std::string_view body) {
  ReportAnswer answer;
  auto object = json::ParseObject(body);
  if (!object) return answer;
  const json::Value* assist = object->if_contains("assist");
  if (assist == nullptr || !assist->is_object()) return answer;
  const json::Value* next = assist->get_object().if_contains("next");
  if (next != nullptr && next->is_int64() && next->get_int64() >= 0) {
    answer.next = static_cast<std::uint64_t>(next->get_int64());
  }
  return answer;
}

}  // namespace assist::wire

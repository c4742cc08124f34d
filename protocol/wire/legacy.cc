#include "protocol/wire/legacy.h"

#include <utility>

#include "protocol/encoding/base64.h"
#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::wire {

std::string RenderLegacyTasks(std::span<const TaskEntry> tasks) {
  json::Array array;
  for (const TaskEntry& task : tasks) {
    json::Object item;
    item["type"] = task.type;
    item["taskID"] = task.task_id;
    item["commandContent"] = task.content.Reveal();
    item["workingDirectory"] = task.working_directory;
    item["cron"] = task.cron;
    item["timeOut"] = std::to_string(task.timeout.count());
    json::Object entry;
    entry["taskItem"] = std::move(item);
    array.emplace_back(std::move(entry));
  }
  return json::Write(json::Value(std::move(array)));
}

Result<Report> ParseLegacyStatus(std::string_view body) {
  auto object = json::ParseObject(body);
  if (!object) return Forward(object);
  json::Reader in(*object);
  Report report;
  report.kind = ReportKind::kStopped;
  report.task_id = std::string(in.String("taskID"));
  const std::string_view status = in.String("taskStatus");
  if (in.status() && report.task_id.empty()) in.Refuse("taskID", "empty");
  if (in.status() && status != "stopped") in.Refuse("taskStatus", "not known");
  if (!in.status()) return in.Error();
  report.result = "killed";
  return report;
}

Result<Report> ParseLegacyOutput(std::string_view body) {
  auto object = json::ParseObject(body);
  if (!object) return Forward(object);
  json::Reader in(*object);
  Report report;
  report.task_id = std::string(in.String("taskID"));
  const std::string_view status = in.String("taskStatus");
  report.kind = status == "failed" ? ReportKind::kTimeout : ReportKind::kFinish;
  std::string encoded;
  if (auto output = in.Child("taskOutput")) {
    encoded = std::string(output->StringOr("taskInstanceOutput", ""));
    report.exit_code = static_cast<int>(output->IntOr("errNo", 0, INT32_MIN, INT32_MAX));
  }
  if (in.status() && report.task_id.empty()) in.Refuse("taskID", "empty");
  if (in.status() && status != "finished" && status != "failed") in.Refuse("taskStatus", "not known");
  if (!in.status()) return in.Error();
  auto bytes = encoding::Base64Decode(encoded);
  if (!bytes) return Fail(Errc::kInvalid, "taskInstanceOutput: " + bytes.error().detail);
  report.body = Secret<std::string>(std::move(*bytes));
  return report;
}

}  // namespace assist::wire

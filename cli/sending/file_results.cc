#include "cli/sending/file_results.h"

#include <algorithm>
#include <array>

#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

constexpr std::array<std::string_view, 4> kOpen = {"Pending", "Scheduled", "Running", "Stopping"};

FileRow ReadRow(json::Reader& in) {
  FileRow row;
  row.id = std::string(in.String("InstanceId"));
  row.status = std::string(in.StringOr("InvocationStatus", ""));
  row.good = row.status == "Success";
  row.done = std::find(kOpen.begin(), kOpen.end(), row.status) == kOpen.end();
  const std::string code(in.StringOr("ErrorCode", ""));
  const std::string info(in.StringOr("ErrorInfo", ""));
  const std::string detail(in.StringOr("ErrorDetail", ""));
  row.reason = info.empty() ? code : info;
  if (!info.empty() && !code.empty()) row.reason += " (" + code + ")";
  if (!detail.empty()) row.reason += (row.reason.empty() ? "" : ": ") + detail;
  if (row.reason.empty() && !row.done) row.reason = std::string(in.StringOr("Delivery", ""));
  return row;
}

}  // namespace

Result<std::vector<FileRow>> ReadFileRows(const json::Object& page) {
  json::Reader in(page);
  std::vector<FileRow> rows;
  auto wrapper = in.Child("Invocations");
  if (!wrapper) return Fail(Errc::kInvalid, "Invocations: is missing");
  wrapper->Each("Invocation", [&rows](json::Reader& invocation) {
    auto instances = invocation.Child("InvokeInstances");
    if (!instances) return;
    instances->Each("InvokeInstance", [&rows](json::Reader& item) {
      FileRow row = ReadRow(item);
      row.raw["InstanceId"] = row.id;
      for (const char* member : {"InvocationStatus", "ErrorCode", "ErrorInfo", "ErrorDetail", "StartTime", "FinishTime",
                                 "Delivery", "Outcome"}) {
        row.raw[member] = item.StringOr(member, "");
      }
      rows.push_back(std::move(row));
    });
  });
  if (!in.status()) return in.Error();
  return rows;
}

Table FileTable(const std::vector<FileRow>& rows, const NameBook& names, const Look& look) {
  const Text& text = look.text;
  Table table({{text(msg::kColumnName), 8},
               {text(msg::kColumnId), Column::kWhole, 1},
               {text(msg::kColumnState)},
               {text(msg::kColumnReason), 10}});
  for (const FileRow& row : rows) {
    if (row.good) continue;
    const std::string name = names.Shown(row.id);
    table.Add({name == row.id ? std::string() : name, row.id, Cell(row.status, row.done ? Tone::kBad : Tone::kMoving),
               row.reason});
  }
  return table;
}

std::string FilesJson(const std::vector<std::string>& invoke_ids, std::vector<FileRow> rows) {
  json::Array ids;
  for (const std::string& id : invoke_ids) ids.emplace_back(id);
  json::Array list;
  for (FileRow& row : rows) list.emplace_back(std::move(row.raw));
  json::Object document;
  document["InvokeIds"] = std::move(ids);
  document["Instances"] = std::move(list);
  return json::Write(document);
}

}  // namespace assist::cli

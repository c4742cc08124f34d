#include "cli/invocations/stop_report.h"

#include <unordered_map>

#include "protocol/json/json.h"

namespace assist::cli {
namespace {

constexpr std::size_t kNamed = 5;

std::string Named(const std::vector<std::string>& ids, const NameBook& names, const Text& text) {
  std::string list;
  const std::size_t shown = ids.size() <= kNamed + 1 ? ids.size() : kNamed;
  for (std::size_t i = 0; i < shown; ++i) list += (i == 0 ? "" : ", ") + names.Shown(ids[i]);
  return ids.size() > shown ? text(msg::kNamesAndMore, list, ids.size() - shown) : list;
}

}  // namespace

StopReport ReportStop(const std::vector<InstanceRow>& before, const std::vector<InstanceRow>& after) {
  std::unordered_map<std::string_view, const InstanceRow*> now;
  for (const InstanceRow& row : after) now.emplace(row.id, &row);
  StopReport report;
  for (const InstanceRow& was : before) {
    const auto found = now.find(was.id);
    const InstanceRow& is = found == now.end() ? was : *found->second;
    if (IsFinal(was.state)) {
      report.over.push_back(was.id);
    } else if (is.status == "Cancelled") {
      report.cancelled.push_back(was.id);
    } else if (is.status == "Terminated") {
      report.terminated.push_back(was.id);
    } else if (IsFinal(is.state)) {
      report.ended.push_back(was.id);
    } else {
      report.stopping.push_back(was.id);
    }
  }
  return report;
}

std::string StopLines(const StopReport& report, const NameBook& names, const Text& text) {
  std::string out;
  const auto add = [&](const auto& message, const std::vector<std::string>& ids) {
    if (!ids.empty()) out += text(message, ids.size(), Named(ids, names, text)) + "\n";
  };
  add(msg::kStopCancelled, report.cancelled);
  add(msg::kStopTerminated, report.terminated);
  add(msg::kStopStopping, report.stopping);
  add(msg::kStopEnded, report.ended);
  add(msg::kStopOver, report.over);
  return out;
}

std::string StopJson(const std::string& invoke_id, const StopReport& report) {
  const auto list = [](const std::vector<std::string>& ids) {
    json::Array out;
    for (const std::string& id : ids) out.emplace_back(id);
    return out;
  };
  json::Object document;
  document["InvokeId"] = invoke_id;
  document["Cancelled"] = list(report.cancelled);
  document["Terminated"] = list(report.terminated);
  document["Stopping"] = list(report.stopping);
  document["EndedMeanwhile"] = list(report.ended);
  document["AlreadyEnded"] = list(report.over);
  return json::Write(document);
}

}  // namespace assist::cli

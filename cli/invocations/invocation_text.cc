#include "cli/invocations/invocation_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <unordered_map>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/table/times.h"
#include "protocol/encoding/utf8.h"

namespace assist::cli {
namespace {

constexpr std::size_t kScriptShown = 60;  // bytes of a script in a list

/// `1:05` from the begin to the end; empty while it has none.
std::string Length(const InstanceRow& row) {
  const auto start = ParseIso8601(row.start);
  const auto finish = ParseIso8601(row.finish);
  if (!start || !finish || *finish < *start) return {};
  const auto seconds = std::chrono::floor<std::chrono::seconds>(*finish - *start).count();
  if (seconds < 3'600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3'600, seconds / 60 % 60, seconds % 60);
}

std::string Schedule(const InvocationRow& row) {
  if (!row.frequency.empty()) return row.frequency;
  return row.repeat_mode == "Once" ? "" : row.repeat_mode;
}

std::string TagsOf(const InvocationRow& row) {
  std::string out;
  for (const auto& [key, value] : row.tags) out += fmt::format("{}{}={}", out.empty() ? "" : " ", key, value);
  return out;
}

/// The name, else how the script begins.
std::string CommandOf(const InvocationRow& row) {
  if (!row.command_name.empty()) return row.command_name;
  std::string_view script = row.script;
  script.remove_prefix(std::min(script.find_first_not_of(" \t\r\n"), script.size()));
  const std::string line(script.substr(0, std::min(script.find_first_of("\r\n"), kScriptShown)));
  return line.empty() ? row.command_id : encoding::ToValidUtf8(line);
}

Cell CountsCell(const InvocationRow& row) {
  std::string text = CountsText(row);
  return {std::move(text), ToneOf(row.status)};
}

}  // namespace

Tone ToneOf(std::string_view status) noexcept {
  if (status == "Success" || status == "Finished") return Tone::kGood;
  if (status == "Failed" || status == "Timeout" || status == "Error" || status == "Invalid" ||
      status == "PartialFailed" || status == "Unknown" || status == "Aborted") {
    return Tone::kBad;
  }
  if (status == "Running" || status == "Stopping") return Tone::kMoving;
  if (status == "Stopped" || status == "Cancelled" || status == "Terminated") return Tone::kCareful;
  return Tone::kPlain;
}

std::string CountsText(const InvocationRow& row) {
  std::string out;
  for (const auto& [status, count] : row.counts) {
    if (count > 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, status);
  }
  return out;
}

Table InvocationTable(const std::vector<InvocationRow>& rows, const Look& look) {
  const Text& text = look.text;
  Table table({{text(msg::kColumnId)},
               {text(msg::kColumnCommand), 10},
               {text(msg::kColumnStatus)},
               {text(msg::kColumnMachines), Column::kWhole, 3, true},
               {text(msg::kColumnResults), 12, 2},
               {text(msg::kColumnCreated), Column::kWhole, 1},
               {text(msg::kColumnSchedule), 9, 4}});
  for (const InvocationRow& row : rows) {
    std::vector<Cell> cells;
    cells.emplace_back(row.id);
    cells.emplace_back(CommandOf(row));
    cells.emplace_back(row.status, ToneOf(row.status));
    cells.emplace_back(std::to_string(row.machines));
    cells.emplace_back(CountsText(row));
    cells.emplace_back(When(row.created, look));
    cells.emplace_back(Schedule(row));
    table.Add(std::move(cells));
  }
  return table;
}

std::string InvocationFacts(const InvocationRow& row, const Look& look) {
  const Text& text = look.text;
  Facts facts;
  facts.Add(text(msg::kFactInvocation), row.id);
  const std::string command =
      row.command_name.empty() ? row.command_id : fmt::format("{} ({})", row.command_name, row.command_id);
  facts.Add(text(msg::kFactCommand), command);
  facts.Add(text(msg::kFactStatus), Cell(row.status, ToneOf(row.status)));
  facts.Add(text(msg::kFactMachines), CountsCell(row).text.empty()
                                          ? Cell(std::to_string(row.machines))
                                          : Cell(fmt::format("{}: {}", row.machines, CountsText(row))));
  facts.Add(text(msg::kFactCreated), WhenExactly(row.created, look));
  const auto add = [&facts](std::string name, const std::string& value) {
    if (!value.empty()) facts.Add(std::move(name), value);
  };
  add(text(msg::kFactSchedule), Schedule(row));
  add(text(msg::kFactRerunOf), row.rerun_of);
  add(text(msg::kFactUser), row.user);
  add(text(msg::kFactFolder), row.working_dir);
  add(text(msg::kFactContainer), row.container);
  add(text(msg::kFactTimeout), text(msg::kTimeoutSeconds, row.timeout));
  if (row.parameters != "{}") add(text(msg::kFactParameters), row.parameters);
  add(text(msg::kFactTags), TagsOf(row));
  add(text(msg::kFactType), row.type);
  std::string script = row.script;
  while (script.ends_with('\n')) script.pop_back();
  add(text(msg::kFactScript), script);
  return facts.Render(look);
}

Table InstanceTable(const std::vector<InstanceRow>& rows, const NameBook& names, const Look& look) {
  const Text& text = look.text;
  Table table({{text(msg::kColumnName), 8},
               {text(msg::kColumnId), Column::kWhole, 2},
               {text(msg::kColumnState)},
               {text(msg::kColumnExit), Column::kWhole, 0, true},
               {text(msg::kColumnBegun), Column::kWhole, 3},
               {text(msg::kColumnTook), Column::kWhole, 4, true},
               {text(msg::kColumnOutput), Column::kWhole, 5, true},
               {text(msg::kColumnReason), 10}});
  for (const InstanceRow& row : rows) {
    std::vector<Cell> cells;
    const std::string name = names.Shown(row.id);
    cells.emplace_back(name == row.id ? "" : name);
    cells.emplace_back(row.id);
    cells.emplace_back(row.status, ToneOf(row.status));
    cells.emplace_back(row.exit_code ? std::to_string(*row.exit_code) : "");
    cells.emplace_back(When(row.start, look));
    cells.emplace_back(Length(row));
    cells.emplace_back(std::to_string(row.output_size));
    std::string reason = row.reason;
    if (reason.empty() && !row.next_due.empty() && !IsFinal(row.state)) reason = text(msg::kNextAt, row.next_due);
    if (reason.empty() && row.state == MachineState::kWaiting) reason = row.delivery;
    cells.emplace_back(std::move(reason));
    table.Add(std::move(cells));
  }
  return table;
}

std::string InvocationJson(InvocationRow row, std::vector<InstanceRow> instances,
                           const std::vector<NamedMachine>& names) {
  std::unordered_map<std::string_view, std::string_view> by_id;
  for (const NamedMachine& machine : names) by_id.emplace(machine.id, machine.name);
  json::Array list;
  for (InstanceRow& instance : instances) {
    const auto name = by_id.find(instance.id);
    if (name != by_id.end()) instance.raw["InstanceName"] = name->second;
    list.emplace_back(std::move(instance.raw));
  }
  for (const char* member : {"InvokeInstances", "InstancesCut", "ContentCut"}) row.raw.erase(member);
  row.raw["Instances"] = std::move(list);
  json::Object document;
  document["Invocation"] = std::move(row.raw);
  return json::Write(document);
}

}  // namespace assist::cli

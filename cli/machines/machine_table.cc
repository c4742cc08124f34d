#include "cli/machines/machine_table.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "cli/table/times.h"

namespace assist::cli {
namespace {

constexpr std::int64_t kSkewToTell = 5'000;  // ms

std::string TagsOf(const MachineRow& row) {
  std::string out;
  for (const auto& [key, value] : row.tags) {
    if (!out.empty()) out += ' ';
    out += key;
    if (!value.empty()) out += '=' + value;
  }
  return out;
}

std::string Marks(const MachineRow& row, const Look& look) {
  std::string out;
  const auto add = [&out](const std::string& mark) { out += (out.empty() ? "" : ", ") + mark; };
  if (row.deaf) {
    add(row.expected_back.empty() ? look.text(msg::kMarkDeaf)
                                  : look.text(msg::kMarkDeafUntil, std::string_view(row.expected_back)));
  }
  if (row.duplicate) add(look.text(msg::kMarkDuplicate));
  if (row.weak_signature) add(look.text(msg::kMarkWeakSignature));
  if (row.known_by_address) add(look.text(msg::kMarkKnownByAddress));
  if (row.clock_skew_ms && std::abs(*row.clock_skew_ms) >= kSkewToTell) {
    add(look.text(msg::kMarkClockSkew, *row.clock_skew_ms / 1'000));
  }
  return out;
}

/// The system in a word or two: the free text of OsVersion only in a pipe and --output json.
std::string SystemOf(const MachineRow& row, const Look& look) {
  if (look.terminal() || row.os_version.empty()) return row.os;
  return row.os + " " + row.os_version;
}

}  // namespace

Cell MachineStateCell(const MachineRow& row, const Text& text) {
  if (row.duplicate) return {text(msg::kDuplicate), Tone::kBad};
  if (row.deaf) return {text(msg::kDeaf), Tone::kCareful};
  if (row.online) return {text(msg::kMachineOnline), Tone::kGood};
  return {text(msg::kMachineOffline), Tone::kCareful};
}

Table MachineTable(const std::vector<MachineRow>& rows, const Look& look) {
  const Text& text = look.text;
  const bool marks =
      std::any_of(rows.begin(), rows.end(), [&look](const MachineRow& row) { return !Marks(row, look).empty(); });
  std::vector<Column> columns = {{text(msg::kColumnId)},
                                 {text(msg::kColumnName), 8},
                                 {text(msg::kColumnState)},
                                 {text(msg::kColumnSeen), Column::kWhole, 1},
                                 {text(msg::kColumnVersion), 5, 4},
                                 {text(msg::kColumnSystem), 5, 6},
                                 {text(msg::kColumnAddress), Column::kWhole, 5},
                                 {text(msg::kColumnLastRun), Column::kWhole, 3},
                                 {text(msg::kColumnTags), 8, 2}};
  if (marks || !look.terminal()) columns.push_back({text(msg::kColumnMarks), 9});
  Table table(std::move(columns));
  for (const MachineRow& row : rows) {
    std::vector<Cell> cells;
    cells.emplace_back(row.id);
    cells.emplace_back(row.name);
    cells.push_back(MachineStateCell(row, text));
    cells.emplace_back(row.status_known && row.last_seen.empty() ? text(msg::kNever) : When(row.last_seen, look));
    cells.emplace_back(row.version);
    cells.emplace_back(SystemOf(row, look));
    cells.emplace_back(row.address);
    cells.emplace_back(row.last_run.empty() ? text(msg::kNever) : When(row.last_run, look));
    cells.emplace_back(TagsOf(row));
    if (marks || !look.terminal()) cells.emplace_back(Marks(row, look), Tone::kCareful);
    table.Add(std::move(cells));
  }
  return table;
}

std::string MachinesJson(std::vector<MachineRow> rows) {
  json::Array list;
  for (MachineRow& row : rows) list.emplace_back(std::move(row.raw));
  json::Object document;
  document["TotalCount"] = list.size();
  document["Instances"] = std::move(list);
  return json::Write(document);
}

std::string MachinesLine(const std::vector<MachineRow>& rows, const Text& text) {
  const auto online = static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [](const MachineRow& row) { return row.online; }));
  return text(msg::kMachinesOnline, rows.size(), online, rows.size() - online);
}

}  // namespace assist::cli

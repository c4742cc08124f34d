#include "cli/activations/activation_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "cli/answer/escape.h"
#include "cli/table/times.h"
#include "protocol/json/reader.h"

namespace assist::cli {
std::string ActivationRow::expires() const {
  const auto begin = ParseIso8601(created);
  return begin ? FormatIso8601(*begin + std::chrono::hours(hours)) : std::string();
}

Status ReadActivations(const json::Object& page, std::vector<ActivationRow>& into) {
  json::Reader in(page);
  const auto* list = page.if_contains("ActivationList");
  std::size_t index = 0;
  in.Each("ActivationList", [&](json::Reader& item) {
    ActivationRow row;
    row.raw = list->as_array()[index++].as_object();
    row.id = std::string(item.String("ActivationId"));
    row.name = std::string(item.StringOr("InstanceName", ""));
    row.description = std::string(item.StringOr("Description", ""));
    row.created = std::string(item.StringOr("CreationTime", ""));
    row.ip_range = std::string(item.StringOr("IpAddressRange", ""));
    row.hours = item.IntOr("TimeToLiveInHours", 0, 0, 10'000'000);
    row.count = item.IntOr("InstanceCount", 0);
    row.registered = item.IntOr("RegisteredCount", 0);
    row.deregistered = item.IntOr("DeregisteredCount", 0);
    row.disabled = item.BoolOr("Disabled", false);
    into.push_back(std::move(row));
  });
  if (!in.status()) return in.Error();
  return {};
}

Cell ActivationStateCell(const ActivationRow& row, const Look& look) {
  if (row.disabled) return {look.text(msg::kDisabled), Tone::kFaint};
  const auto end = ParseIso8601(row.expires());
  if (end && *end <= look.now) return {look.text(msg::kExpired), Tone::kFaint};
  if (row.registered >= row.count) return {look.text(msg::kUsedUp), Tone::kFaint};
  return {look.text(msg::kActive), Tone::kGood};
}

Table ActivationTable(const std::vector<ActivationRow>& rows, const Look& look) {
  const Text& text = look.text;
  Table table({{text(msg::kColumnId)},
               {text(msg::kColumnState)},
               {text(msg::kColumnUsed), Column::kWhole, 0, true},
               {text(msg::kColumnExpires), Column::kWhole, 2},
               {text(msg::kColumnName), 8, 3},
               {text(msg::kColumnFrom), Column::kWhole, 5},
               {text(msg::kColumnDescription), 10, 4}});
  for (const ActivationRow& row : rows) {
    table.Add({row.id, ActivationStateCell(row, look), fmt::format("{}/{}", row.registered, row.count), row.expires(),
               row.name, row.ip_range, row.description});
  }
  return table;
}

std::string ActivationsJson(std::vector<ActivationRow> rows) {
  json::Array list;
  for (ActivationRow& row : rows) {
    row.raw["ExpirationTime"] = row.expires();
    list.emplace_back(std::move(row.raw));
  }
  json::Object document;
  document["TotalCount"] = list.size();
  document["ActivationList"] = std::move(list);
  return json::Write(document);
}

std::string NewActivationText(const NewActivation& activation, const Look& look) {
  Facts facts;
  facts.Add(look.text(msg::kFactActivationId), activation.id);
  facts.Add(look.text(msg::kFactActivationCode), Cell(activation.code, Tone::kStrong));
  std::string text = facts.Render(look);
  const auto add = [&text, &look](const Message<0>& head, const std::string& line) {
    text += "\n" + look.text(head) + "\n  " + EscapeLine(line) + "\n";
  };
  if (!activation.sh_sha256.empty()) add(msg::kInstallOnLinux, LinuxInstallLine(activation));
  if (activation.freebsd) add(msg::kInstallOnFreeBsd, FreeBsdInstallLine(activation));
  if (!activation.ps1_sha256.empty()) add(msg::kInstallOnWindows, WindowsInstallLine(activation));
  add(msg::kRegisterWith, RegisterLine(activation));
  return text;
}

std::string NewActivationJson(const NewActivation& activation) {
  json::Object document;
  document["ActivationId"] = activation.id;
  document["ActivationCode"] = activation.code;
  document["RegisterCommand"] = RegisterLine(activation);
  json::Object install;
  if (!activation.sh_sha256.empty()) install["Linux"] = LinuxInstallLine(activation);
  if (activation.freebsd) install["FreeBSD"] = FreeBsdInstallLine(activation);
  if (!activation.ps1_sha256.empty()) install["Windows"] = WindowsInstallLine(activation);
  document["InstallCommands"] = std::move(install);
  return json::Write(document);
}

}  // namespace assist::cli

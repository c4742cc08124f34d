#include "cli/packages/package_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/table/times.h"
#include "protocol/json/reader.h"
#include "protocol/package/version.h"

namespace assist::cli {
namespace {

/// The list `inner` in the object `outer` of an answer.
const json::Array* ListIn(const json::Object& page, std::string_view outer, std::string_view inner) {
  const auto* object = page.if_contains(outer);
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto* list = object->get_object().if_contains(inner);
  return list != nullptr && list->is_array() ? &list->get_array() : nullptr;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

bool Expired(const PackageRow& row, const Look& look) {
  const auto time = ParseIso8601(row.expires);
  return time && *time <= look.now;
}

Cell StateCell(const PackageRow& row, const Look& look) {
  if (row.deprecated) return {look.text(msg::kPkgStateDeprecated), Tone::kFaint};
  if (Expired(row, look)) return {look.text(msg::kPkgStateExpired), Tone::kCareful};
  return "";
}

Tone ToneOfStatus(std::string_view status) {
  if (status == "Installed" || status == "Running") return Tone::kGood;
  if (status == "Crashed") return Tone::kBad;
  return status == "Unknown" ? Tone::kCareful : Tone::kFaint;
}

}  // namespace

Status ReadPackages(const json::Object& page, std::vector<PackageRow>& into) {
  json::Reader in(page);
  auto packages = in.Child("Packages");
  if (!packages) return in.status() ? Status(Fail(Errc::kInvalid, "Packages: is missing")) : in.Error();
  const json::Array* const list = ListIn(page, "Packages", "Package");
  std::size_t index = 0;
  packages->Each("Package", [&](json::Reader& item) {
    PackageRow row;
    row.raw = list->at(index++).as_object();
    row.id = std::string(item.StringOr("PackageId", ""));
    row.kind = std::string(item.StringOr("Kind", "package"));
    row.name = std::string(item.String("Name"));
    row.version = std::string(item.String("PackageVersion"));
    row.os = std::string(item.StringOr("Os", "all"));
    row.arch = std::string(item.StringOr("Arch", "all"));
    row.format = std::string(item.StringOr("Format", ""));
    row.sha256 = std::string(item.StringOr("Sha256", ""));
    row.publisher = std::string(item.StringOr("Publisher", ""));
    row.key_id = std::string(item.StringOr("PublisherKeyId", ""));
    row.description = std::string(item.StringOr("Description", ""));
    row.created = std::string(item.StringOr("CreationTime", ""));
    row.expires = std::string(item.StringOr("Expires", ""));
    row.sequence = item.IntOr("Sequence", 0);
    row.size = item.IntOr("Size", 0);
    row.unpacked = item.IntOr("UnpackedSize", 0);
    row.stock = item.BoolOr("Stock", false);
    row.deprecated = item.BoolOr("Deprecated", false);
    // Names, alone or in a list of the API's form.
    const auto* channels = row.raw.if_contains("Channels");
    if (channels != nullptr && channels->is_object()) channels = channels->get_object().if_contains("Channel");
    if (channels != nullptr && channels->is_array()) {
      for (const auto& channel : channels->get_array()) {
        if (channel.is_string()) row.channels.emplace_back(channel.get_string());
      }
    }
    into.push_back(std::move(row));
  });
  if (!in.status()) return in.Error();
  return {};
}

void SortPackages(std::vector<PackageRow>& rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const PackageRow& a, const PackageRow& b) {
    if (a.name != b.name) return a.name < b.name;
    const auto order = package::CompareVersions(a.version, b.version);
    if (order != 0) return order > 0;
    return std::tie(a.os, a.arch) < std::tie(b.os, b.arch);
  });
}

Table PackageTable(const std::vector<PackageRow>& rows, const Look& look) {
  const Text& text = look.text;
  Table table({{text(msg::kColumnPackage)},
               {text(msg::kColumnVersion)},
               {text(msg::kColumnFor)},
               {text(msg::kColumnChannels), 6, 3},
               {text(msg::kColumnState), Column::kWhole, 4},
               {text(msg::kColumnSize), Column::kWhole, 5, true},
               {text(msg::kColumnPublished), Column::kWhole, 2},
               {text(msg::kColumnPublisher), 8, 6},
               {text(msg::kColumnDescription), 10, 7}});
  for (const PackageRow& row : rows) {
    table.Add({row.name, row.version, SystemText(row.os, row.arch), Joined(row.channels), StateCell(row, look),
               SizeText(row.size), When(row.created, look), row.publisher.empty() ? row.key_id : row.publisher,
               row.description});
  }
  return table;
}

std::string PackagesJson(std::vector<PackageRow> rows) {
  json::Array list;
  for (PackageRow& row : rows) list.emplace_back(std::move(row.raw));
  json::Object document;
  document["TotalCount"] = list.size();
  document["PackageList"] = std::move(list);
  return json::Write(document);
}

std::string PackagesFacts(const std::vector<PackageRow>& rows, const Look& look) {
  const Text& text = look.text;
  std::string out;
  for (const PackageRow& row : rows) {
    Facts facts;
    facts.Add(text(msg::kColumnPackage), Cell(row.name, Tone::kStrong));
    facts.Add(text(msg::kFactVersion), row.version);
    if (row.kind != "package") facts.Add(text(msg::kFactKind), row.kind);
    facts.Add(text(msg::kFactFor), SystemText(row.os, row.arch));
    if (!row.description.empty()) facts.Add(text(msg::kFactDescription), row.description);
    if (const Cell state = StateCell(row, look); !state.text.empty()) facts.Add(text(msg::kFactState), state);
    facts.Add(text(msg::kFactChannels), Joined(row.channels));
    facts.Add(text(msg::kFactArchive), fmt::format("{} {}, sha256:{}", SizeText(row.size), row.format, row.sha256));
    facts.Add(text(msg::kFactUnpacked), SizeText(row.unpacked));
    facts.Add(text(msg::kFactSequence), std::to_string(row.sequence));
    if (!row.publisher.empty()) facts.Add(text(msg::kFactPublisher), row.publisher);
    facts.Add(text(msg::kFactSignedBy), row.key_id);
    facts.Add(text(msg::kFactPublished), WhenExactly(row.created, look));
    if (!row.expires.empty()) facts.Add(text(msg::kFactExpires), row.expires);
    if (row.stock) facts.Add(text(msg::kFactStock), text(msg::kYes));
    out += (out.empty() ? "" : "\n") + facts.Render(look);
  }
  return out;
}

std::string VersionsIn(const std::vector<PackageRow>& rows, std::size_t most) {
  std::vector<std::string> versions;
  for (const PackageRow& row : rows) {
    if (std::find(versions.begin(), versions.end(), row.version) == versions.end()) versions.push_back(row.version);
  }
  const bool more = versions.size() > most;
  if (more) versions.resize(most);
  return EscapeLine(Joined(versions)) + (more ? " ..." : "");
}

Status ReadInstalled(const json::Object& page, std::vector<InstalledRow>& into) {
  json::Reader in(page);
  auto set = in.Child("InstancePluginStatusSet");
  if (!set) {
    return in.status() ? Status(Fail(Errc::kInvalid, "InstancePluginStatusSet: is missing")) : in.Error();
  }
  set->Each("InstancePluginStatus", [&into](json::Reader& machine) {
    const std::string id(machine.String("InstanceId"));
    auto list = machine.Child("PluginStatusSet");
    if (!list) return;
    list->Each("PluginStatus", [&into, &id](json::Reader& item) {
      InstalledRow row;
      row.machine = id;
      row.name = std::string(item.String("PluginName"));
      row.version = std::string(item.StringOr("PluginVersion", ""));
      row.status = std::string(item.StringOr("PluginStatus", ""));
      row.heard = std::string(item.StringOr("LastHeartbeatTime", ""));
      row.raw["InstanceId"] = id;
      row.raw["PluginName"] = row.name;
      row.raw["PluginVersion"] = row.version;
      row.raw["PluginStatus"] = row.status;
      row.raw["FirstHeartbeatTime"] = item.StringOr("FirstHeartbeatTime", "");
      row.raw["LastHeartbeatTime"] = row.heard;
      into.push_back(std::move(row));
    });
  });
  if (!in.status()) return in.Error();
  return {};
}

Table InstalledTable(const std::vector<InstalledRow>& rows, const NameBook& names, const Look& look) {
  const Text& text = look.text;
  Table table({{text(msg::kColumnMachine), 12},
               {text(msg::kColumnPackage)},
               {text(msg::kColumnVersion)},
               {text(msg::kColumnState)},
               {text(msg::kColumnHeard), Column::kWhole, 2}});
  for (const InstalledRow& row : rows) {
    const std::string name = names.NameOf(row.machine);
    table.Add({name.empty() ? row.machine : name, row.name, row.version, Cell(row.status, ToneOfStatus(row.status)),
               When(row.heard, look)});
  }
  return table;
}

std::string InstalledJson(std::vector<InstalledRow> rows, const NameBook& names) {
  json::Array list;
  for (InstalledRow& row : rows) {
    if (const std::string name = names.NameOf(row.machine); !name.empty()) row.raw["InstanceName"] = name;
    list.emplace_back(std::move(row.raw));
  }
  json::Object document;
  document["TotalCount"] = list.size();
  document["Installed"] = std::move(list);
  return json::Write(document);
}

std::string SizeText(std::int64_t bytes) {
  constexpr std::array kUnits = {"KiB", "MiB", "GiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (size >= 1023.95 && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", size, kUnits.at(unit));
}

std::string SystemText(std::string_view os, std::string_view arch) {
  if (arch == "all" || arch.empty()) return std::string(os);
  return fmt::format("{}/{}", os, arch);
}

}  // namespace assist::cli

#include "server/gateway/stock_bodies.h"

#include <algorithm>

#include "protocol/json/json.h"
#include "protocol/package/version.h"
#include "server/model/bounded_text.h"

namespace assist::server::gateway {
namespace {

constexpr std::string_view kFailure = "AgentUpdateFailure:";
constexpr std::size_t kInfoDepth = 16;

/// Of a member that is a text; empty otherwise.
std::string_view TextOf(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? json::View(value->get_string()) : std::string_view();
}

const json::Object* ChildOf(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

model::PluginTag TagOf(std::string_view word) {
  if (word == "add") return model::PluginTag::kAdd;
  return word == "remove" ? model::PluginTag::kRemove : model::PluginTag::kNotTold;
}

/// Words of the protocol: letters alone, so that they can stand in tables and in the audit log.
std::string Word(std::string_view text) {
  std::string out(text.substr(0, model::kUpgradePhaseBytes));
  std::replace_if(
      out.begin(), out.end(),
      [](char c) { return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')); }, '?');
  return out;
}

}  // namespace

Result<PluginReports> ParsePluginReports(std::string_view body) {
  auto object = json::ParseObject(body);
  if (!object) return Forward(object);
  const json::Value* list = object->if_contains("plugin");
  if (list == nullptr || !list->is_array()) return Fail(Errc::kInvalid, "plugin: an array is wanted");
  PluginReports out;
  for (const json::Value& entry : list->get_array()) {
    if (out.reports.size() == kPluginsOfReport || !entry.is_object()) {
      ++out.left_out;
      continue;
    }
    const json::Object& row = entry.get_object();
    model::PluginReport report;
    report.name = TextOf(row, "name");
    report.version = TextOf(row, "version");
    report.tag = TagOf(TextOf(row, "sysTagType"));
    const auto state = model::ParsePluginState(TextOf(row, "status"));
    if (!state || !model::IsKeepable(report)) {
      ++out.left_out;
      continue;
    }
    report.state = *state;
    out.reports.push_back(std::move(report));
  }
  return out;
}

std::optional<model::UpgradeReport> ParseUpgradeReport(std::string_view body) {
  auto object = json::ParseObject(body);
  if (!object) return std::nullopt;
  std::string_view type = TextOf(*object, "type");
  if (!type.starts_with(kFailure)) return std::nullopt;
  type.remove_prefix(kFailure.size());
  const std::size_t colon = type.find(':');
  model::UpgradeReport out;
  out.phase = Word(type.substr(0, colon));
  if (out.phase.empty()) return std::nullopt;
  if (colon != std::string_view::npos) out.detail = Word(type.substr(colon + 1));
  const std::string_view info = TextOf(*object, "info");
  const auto facts = json::ParseObject(info, kInfoDepth);
  if (!facts) {
    out.message = model::BoundedText(info, model::kUpgradeMessageBytes);
    return out;
  }
  out.message = model::BoundedText(TextOf(*facts, "errorMessage"), model::kUpgradeMessageBytes);
  const json::Object* update = ChildOf(*facts, "updateInfo");
  const json::Object* package = update == nullptr ? nullptr : ChildOf(*update, "update_info");
  if (package != nullptr) out.version = VersionOfUrl(TextOf(*package, "url"));
  return out;
}

std::string VersionOfUrl(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t slash = url.rfind('/');
  if (slash != std::string_view::npos) url.remove_prefix(slash + 1);
  const std::size_t mark = url.find('_');
  if (mark == std::string_view::npos || url.find('_', mark + 1) != std::string_view::npos) return {};
  const std::string_view version = url.substr(0, mark);
  return package::IsVersion(version) ? std::string(version) : std::string();
}

}  // namespace assist::server::gateway

#include "server/gateway/stock_bodies.h"

#include <algorithm>

#include "common/net/address.h"
#include "protocol/json/json.h"
#include "protocol/package/manifest.h"
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

namespace {

constexpr std::size_t kMaxHost = 255;

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}
std::string Upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

bool IsOs(std::string_view os) { return os == "linux" || os == "windows" || os == "freebsd"; }

/// `name` ends in what the agent looks for there; see server/download/stock_archives.h for the path.
std::string UrlOf(std::string_view base, std::string_view sha256, std::string_view name) {
  std::string url(base);
  return url.append("/artifacts/stock/").append(sha256).append("/").append(name);
}

}  // namespace

Result<control::ListStockPluginsIn> ParsePluginQuestion(std::string_view body) {
  auto object = json::ParseObject(body);
  if (!object) return Forward(object);
  control::ListStockPluginsIn out;
  out.os = Lower(TextOf(*object, "osType"));
  out.name = TextOf(*object, "pluginName");
  out.version = TextOf(*object, "version");
  const std::string_view arch = TextOf(*object, "arch");
  out.arch = control::ArchOfStockWord(arch);
  if (!IsOs(out.os)) return Fail(Errc::kInvalid, "osType: none of linux, windows, freebsd");
  if (!arch.empty() && out.arch.empty()) return Fail(Errc::kInvalid, "arch: none of x64, x86, arm");
  if (out.arch == "all") out.arch.clear();
  return out;
}

Result<control::CheckStockPluginsIn> ParsePluginCheck(std::string_view body) {
  auto object = json::ParseObject(body);
  if (!object) return Forward(object);
  control::CheckStockPluginsIn out;
  out.os = Lower(TextOf(*object, "os"));
  out.arch = control::ArchOfStockWord(TextOf(*object, "arch"));
  if (!IsOs(out.os) || out.arch.empty()) return Fail(Errc::kInvalid, "os, arch: no system that has plug-ins");
  const json::Value* list = object->if_contains("plugin");
  if (list == nullptr || !list->is_array()) return Fail(Errc::kInvalid, "plugin: an array is wanted");
  for (const json::Value& entry : list->get_array()) {
    if (out.installed.size() == control::kStockPlugins) break;
    if (!entry.is_object()) continue;
    const std::string_view name = TextOf(entry.get_object(), "name");
    const std::string_view version = TextOf(entry.get_object(), "version");
    if (package::IsName(name)) out.installed.push_back({std::string(name), std::string(version)});
  }
  return out;
}

std::optional<control::StockUpdateIn> ParseUpdateCheck(std::string_view body) {
  auto object = json::ParseObject(body);
  if (!object) return std::nullopt;
  control::StockUpdateIn out;
  out.os = Lower(TextOf(*object, "os"));
  out.arch = TextOf(*object, "arch");
  out.version = TextOf(*object, "app_version");
  const bool arch = out.arch == "amd64" || out.arch == "386" || out.arch == "arm64";
  if (!IsOs(out.os) || !arch || !package::IsVersion(out.version)) return std::nullopt;
  return out;
}

std::string RenderPluginList(const control::ListStockPluginsOut& list, std::string_view os, std::string_view base,
                             std::string_view request_id, const InstanceId& agent) {
  json::Array plugins;
  for (const control::StockPlugin& plugin : list.plugins) {
    json::Object out;
    out["pluginId"] = plugin.id;
    out["name"] = plugin.name;
    out["arch"] = Upper(control::StockWordOfArch(plugin.arch));
    out["osType"] = Upper(os);
    out["version"] = plugin.version;
    out["publisher"] = plugin.publisher;
    out["url"] = UrlOf(base, plugin.sha256, plugin.name + "_" + plugin.version + ".zip");
    out["md5"] = plugin.md5;
    out["runPath"] = plugin.plugin.run_path;
    out["timeout"] = std::to_string(plugin.plugin.timeout.count());
    out["isPreInstalled"] = plugin.plugin.pre_installed ? "true" : "false";
    out["pluginType"] = static_cast<int>(plugin.plugin.type);
    plugins.push_back(std::move(out));
  }
  json::Object out;
  out["code"] = 200;
  out["requestId"] = request_id;
  out["instanceId"] = agent.str();
  out["pluginList"] = std::move(plugins);
  return json::Write(out);
}

std::string RenderPluginCheck(const control::CheckStockPluginsOut& check, const InstanceId& agent) {
  json::Array plugins;
  for (const auto& newer : check.newer) {
    json::Object out;
    out["name"] = newer.name;
    out["version"] = newer.version;
    out["timeout"] = static_cast<std::int64_t>(newer.timeout.count());
    plugins.push_back(std::move(out));
  }
  json::Object out;
  out["instanceId"] = agent.str();
  out["nextInterval"] = 1800;
  out["plugin"] = std::move(plugins);
  return json::Write(out);
}

std::string RenderUpdate(const control::StockUpdateOut& update, std::string_view base, const InstanceId& agent) {
  const std::string name = update.version + "_update.zip";  // the agent reads the version out of it
  json::Object info;
  info["file_name"] = name;
  info["md5"] = update.md5;
  info["url"] = UrlOf(base, update.sha256, name);
  json::Object out;
  out["flag"] = 0;
  out["instanceId"] = agent.str();
  out["need_update"] = 1;
  out["next_interval"] = 1800;
  out["update_info"] = std::move(info);
  return json::Write(out);
}

std::string BaseOf(std::string_view host, bool secure, std::string_view advertised) {
  // Only characters of names and addresses: it goes into a URL that the agent fetches.
  const bool plain = !host.empty() && host.size() <= kMaxHost && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == ':' || c == '[' || c == ']' || c == '_';
  });
  if (!plain || !ParseHostPort(host, 1)) return std::string(advertised);
  return (secure ? "https://" : "http://") + std::string(host);
}

}  // namespace assist::server::gateway

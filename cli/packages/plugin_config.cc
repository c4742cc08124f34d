#include "cli/packages/plugin_config.h"

#include <charconv>
#include <cstdint>
#include <string>

#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

constexpr std::int64_t kDay = 86'400;

/// `"30"` as well as `30`: seconds.
std::int64_t Seconds(json::Reader& in, const json::Object& object, std::string_view name, std::int64_t otherwise,
                     std::int64_t least) {
  const auto* const value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return in.IntOr(name, otherwise, least, kDay);
  const std::string_view text = value->get_string();
  std::int64_t seconds = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && stop == text.data() + text.size() && seconds >= least && seconds <= kDay) return seconds;
  in.Refuse(name, "is no number of seconds");
  return otherwise;
}

}  // namespace

Result<package::Plugin> ParsePluginConfig(std::string_view json, std::string_view name, std::string_view version) {
  const auto object = json::ParseObject(json);
  if (!object) return Fail(Errc::kInvalid, "config.json is no JSON object: " + object.error().detail);
  json::Reader in(*object);
  package::Plugin plugin;
  if (in.String("name") != name) in.Refuse("name", "is not the package's, " + std::string(name));
  if (in.String("version") != version) in.Refuse("version", "is not the package's, " + std::string(version));
  plugin.run_path = std::string(in.String("runPath"));
  if (!package::IsInnerPath(plugin.run_path)) in.Refuse("runPath", "is not a path inside the package");
  plugin.timeout = std::chrono::seconds(Seconds(in, *object, "timeout", 60, 1));
  const std::int64_t type = in.IntOr("pluginType", 0, 0, 1);
  plugin.type = type == 1 ? package::Plugin::Type::kPersist : package::Plugin::Type::kOnce;
  plugin.heartbeat_interval = std::chrono::seconds(Seconds(in, *object, "heartbeatInterval", 0, 0));
  plugin.add_sys_tag = in.BoolOr("addSysTag", false);
  if (in.status()) return plugin;
  return Fail(Errc::kInvalid, "config.json: " + in.status().error().detail);
}

}  // namespace assist::cli

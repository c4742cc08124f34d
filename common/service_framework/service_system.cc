#include "common/service_framework/service_system.h"

#include <array>
#include <utility>

namespace assist {
namespace {

constexpr std::array<std::pair<ServiceSystem, std::string_view>, 5> kNames{{{ServiceSystem::kSystemd, "systemd"},
                                                                            {ServiceSystem::kOpenRc, "openrc"},
                                                                            {ServiceSystem::kUpstart, "upstart"},
                                                                            {ServiceSystem::kSysv, "sysv"},
                                                                            {ServiceSystem::kRcd, "rc.d"}}};

std::string Service(std::string_view name) { return std::string(name) + ".service"; }

}  // namespace

std::string_view Name(ServiceSystem system) noexcept {
  for (const auto& [known, name] : kNames) {
    if (known == system) return name;
  }
  return "unknown";
}

Result<ServiceSystem> ParseServiceSystem(std::string_view name) {
  for (const auto& [system, known] : kNames) {
    if (known == name) return system;
  }
  return Fail(Errc::kInvalid,
              "\"" + std::string(name) + "\" is no service system; use systemd, openrc, upstart, sysv or rc.d");
}

std::optional<ServiceSystem> DetectServiceSystem(const std::function<bool(const std::string&)>& exists) {
  if (exists("/run/systemd/system")) return ServiceSystem::kSystemd;  // sd_booted(3)
  if (exists("/run/openrc")) return ServiceSystem::kOpenRc;
  if (exists("/etc/rc.subr")) return ServiceSystem::kRcd;
  if (exists("/sbin/initctl") && exists("/etc/init/rc.conf")) return ServiceSystem::kUpstart;
  if (exists("/etc/init.d")) return ServiceSystem::kSysv;
  return std::nullopt;
}

std::optional<ServiceSystem> DetectInImage(const std::function<bool(const std::string&)>& exists) {
  if (exists("/lib/systemd/systemd") || exists("/usr/lib/systemd/systemd")) return ServiceSystem::kSystemd;
  if (exists("/sbin/openrc-run") || exists("/usr/sbin/openrc-run")) return ServiceSystem::kOpenRc;
  return DetectServiceSystem(exists);
}

UnitPlace PlaceOf(ServiceSystem system, std::string_view name) {
  switch (system) {
    case ServiceSystem::kSystemd:
      return {"/etc/systemd/system/" + Service(name), 0644};
    case ServiceSystem::kUpstart:
      return {"/etc/init/" + std::string(name) + ".conf", 0644};
    case ServiceSystem::kRcd:
      return {"/usr/local/etc/rc.d/" + RcdName(name), 0755};
    case ServiceSystem::kOpenRc:
    case ServiceSystem::kSysv:
      break;
  }
  return {"/etc/init.d/" + std::string(name), 0755};
}

std::string Render(ServiceSystem system, const ServiceUnit& unit) {
  switch (system) {
    case ServiceSystem::kSystemd:
      return SystemdUnit(unit);
    case ServiceSystem::kOpenRc:
      return OpenRcScript(unit);
    case ServiceSystem::kUpstart:
      return UpstartConf(unit);
    case ServiceSystem::kRcd:
      return RcdScript(unit);
    case ServiceSystem::kSysv:
      break;
  }
  return SysvScript(unit);
}

std::vector<StartLink> StartLinks(ServiceSystem system, std::string_view name, const std::string& rc_parent) {
  const std::string file = PlaceOf(system, name).path;
  switch (system) {
    case ServiceSystem::kSystemd:
      return {{"/etc/systemd/system/multi-user.target.wants/" + Service(name), file}};
    case ServiceSystem::kOpenRc:
      return {{"/etc/runlevels/default/" + std::string(name), file}};
    case ServiceSystem::kSysv: {
      std::vector<StartLink> links;
      for (const char level : {'2', '3', '4', '5', '0', '1', '6'}) {
        const bool starts = level >= '2' && level <= '5';
        links.push_back({rc_parent + "/rc" + level + ".d/" + (starts ? "S90" : "K10") + std::string(name), file});
      }
      return links;
    }
    case ServiceSystem::kUpstart:  // the file says when
    case ServiceSystem::kRcd:      // rc.conf says whether
      break;
  }
  return {};
}

std::vector<std::string> ToolLine(ServiceSystem system, ServiceVerb verb, std::string_view name) {
  const std::string word = verb == ServiceVerb::kStart ? "start" : verb == ServiceVerb::kStop ? "stop" : "status";
  switch (system) {
    case ServiceSystem::kSystemd:
      // `status` shows pages; this says one word and has the exit code that counts.
      return {"systemctl", verb == ServiceVerb::kStatus ? "is-active" : word, Service(name)};
    case ServiceSystem::kOpenRc:
      return {"rc-service", std::string(name), word};
    case ServiceSystem::kUpstart:
      return {"initctl", word, std::string(name)};
    case ServiceSystem::kRcd:
      return {"service", RcdName(name), verb == ServiceVerb::kStatus ? word : "one" + word};
    case ServiceSystem::kSysv:
      break;
  }
  return {PlaceOf(system, name).path, word};
}

}  // namespace assist

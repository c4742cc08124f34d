#include "common/service_framework/installer.h"

namespace assist {
namespace {

std::string RcConf(const std::string& name) { return "/etc/rc.conf.d/" + RcdName(name); }

/// A package of rpm brings a script for SysV too. systemctl would then call chkconfig, and where there is none (Fedora)
/// enable nothing; systemd's docs/ENVIRONMENT.md has the word that keeps it from that.
std::vector<std::string> UnitFile(const char* verb, const std::string& name) {
  return {"env", "SYSTEMCTL_SKIP_SYSV=1", "systemctl", verb, name + ".service"};
}

Status WithWayOut(Status status) {
  if (!status && status.error().code == Errc::kDenied) status.error().detail += "; run as root";
  return status;
}

}  // namespace

bool ServiceInstaller::OfPackage(const std::string& name) const {
  if (system_ == ServiceSystem::kSystemd) {
    for (const char* folder : {"/lib/systemd/system/", "/usr/lib/systemd/system/"}) {
      if (host_.Exists(folder + name + ".service")) return true;
    }
    return false;
  }
  // A script in /etc/init.d may be ours or a package's: dpkg says it in a file, rpm has only a tool.
  if (!host_.Exists(PlaceOf(system_, name).path)) return false;
  if (host_.Exists("/var/lib/dpkg/info/" + name + ".list")) return true;
  if (image_ || !host_.Exists("/usr/bin/rpm")) return false;
  const Result<int> known = host_.Run({"rpm", "-q", "--quiet", name});
  return known && *known == 0;
}

bool ServiceInstaller::Installed(const std::string& name) const {
  return host_.Exists(PlaceOf(system_, name).path) || OfPackage(name);
}

std::string ServiceInstaller::RcParent() const { return host_.Exists("/etc/rc.d/rc3.d") ? "/etc/rc.d" : "/etc"; }

Status ServiceInstaller::MustRun(const std::vector<std::string>& words) {
  Result<int> code = host_.Run(words);
  if (!code) return Forward(code);
  if (*code == 0) return {};
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return Fail(Errc::kInternal, "`" + line + "` ended with " + std::to_string(*code));
}

Status ServiceInstaller::ReadUnitsAgain() {
  if (image_) return {};
  if (system_ == ServiceSystem::kSystemd) return MustRun({"systemctl", "daemon-reload"});
  if (system_ == ServiceSystem::kUpstart) return MustRun({"initctl", "reload-configuration"});
  return {};
}

Status ServiceInstaller::Enable(const std::string& name) {
  if (system_ == ServiceSystem::kRcd) return host_.Write(RcConf(name), RcdName(name) + "_enable=\"YES\"\n", 0644);
  if (!image_) {
    if (system_ == ServiceSystem::kSystemd) return MustRun(UnitFile("enable", name));
    if (system_ == ServiceSystem::kOpenRc) return MustRun({"rc-update", "add", name, "default"});
    if (system_ == ServiceSystem::kSysv && host_.Exists("/usr/sbin/update-rc.d")) {
      return MustRun({"update-rc.d", name, "defaults"});
    }
    if (system_ == ServiceSystem::kSysv && host_.Exists("/sbin/chkconfig"))
      return MustRun({"chkconfig", "--add", name});
  }
  for (const StartLink& link : StartLinks(system_, name, RcParent())) {
    if (Status made = host_.Link(link.path, link.target); !made) return made;
  }
  return {};
}

Status ServiceInstaller::Disable(const std::string& name) {
  if (system_ == ServiceSystem::kRcd) return host_.Remove(RcConf(name));
  if (!image_) {
    if (system_ == ServiceSystem::kSystemd) return MustRun(UnitFile("disable", name));
    if (system_ == ServiceSystem::kOpenRc) return MustRun({"rc-update", "delete", name, "default"});
    if (system_ == ServiceSystem::kSysv && host_.Exists("/usr/sbin/update-rc.d")) {
      return MustRun({"update-rc.d", "-f", name, "remove"});
    }
    if (system_ == ServiceSystem::kSysv && host_.Exists("/sbin/chkconfig"))
      return MustRun({"chkconfig", "--del", name});
  }
  for (const StartLink& link : StartLinks(system_, name, RcParent())) {
    if (Status removed = host_.Remove(link.path); !removed) return removed;
  }
  return {};
}

Result<std::string> ServiceInstaller::Install(const ServiceUnit& unit) {
  if (Status good = CheckUnit(unit); !good) return Forward(good);
  if (!unit.user.empty() && !image_ && !host_.UserExists(unit.user)) {
    return Fail(Errc::kNotFound, "there is no user " + unit.user +
                                     "; make it (useradd --system --no-create-home --shell " + "/usr/sbin/nologin " +
                                     unit.user + ") or name another with --user");
  }
  const UnitPlace place = PlaceOf(system_, unit.name);
  const bool of_package = OfPackage(unit.name);
  if (!of_package) {
    if (Status written = WithWayOut(host_.Write(place.path, Render(system_, unit), place.mode)); !written) {
      return Forward(written);
    }
    if (Status read = ReadUnitsAgain(); !read) return Forward(read);
  }
  if (Status enabled = WithWayOut(Enable(unit.name)); !enabled) return Forward(enabled);
  return of_package ? "the unit of the package" : place.path;
}

Status ServiceInstaller::Uninstall(const std::string& name) {
  if (OfPackage(name)) {
    return Fail(Errc::kConflict, "a package brought the service " + name + ": remove that package instead");
  }
  if (!Installed(name)) {
    return Fail(Errc::kNotFound, name + " is not installed as a service of " + std::string(assist::Name(system_)));
  }
  if (!image_) {
    Result<int> stopped = host_.Run(ToolLine(system_, ServiceVerb::kStop, name));  // it may not run: then it says so
    if (!stopped && stopped.error().code != Errc::kNotFound) return Forward(stopped);
  }
  if (Status disabled = WithWayOut(Disable(name)); !disabled) return disabled;
  if (Status removed = WithWayOut(host_.Remove(PlaceOf(system_, name).path)); !removed) return removed;
  return ReadUnitsAgain();
}

Status ServiceInstaller::Start(const std::string& name) {
  if (!Installed(name)) {
    return Fail(Errc::kNotFound, name + " is not installed as a service; run `" + name + " service install` first");
  }
  return MustRun(ToolLine(system_, ServiceVerb::kStart, name));
}

Status ServiceInstaller::Stop(const std::string& name) {
  if (!Installed(name)) return Fail(Errc::kNotFound, name + " is not installed as a service");
  return MustRun(ToolLine(system_, ServiceVerb::kStop, name));
}

Result<ServiceInstaller::State> ServiceInstaller::Ask(const std::string& name) {
  if (!Installed(name)) return State::kNotInstalled;
  Result<int> code = host_.Run(ToolLine(system_, ServiceVerb::kStatus, name));
  if (!code) return Forward(code);
  return *code == 0 ? State::kRunning : State::kStopped;
}

}  // namespace assist

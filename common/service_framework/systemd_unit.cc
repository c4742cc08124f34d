// systemd.service(5), systemd.exec(5), systemd.resource-control(5). Floor: version 219 (CentOS 7); what an older
// systemd does not know it says in its log and ignores.
#include <algorithm>

#include "common/service_framework/service_unit.h"

namespace assist {
namespace {

constexpr std::string_view kHead = R"([Unit]
Description=@description@
Documentation=man:@name@(8)
Wants=network-online.target
After=network-online.target nss-user-lookup.target
# Never gives up: what hinders it today may be gone tomorrow.
StartLimitIntervalSec=0

[Service]
@type@ExecStart=@command@
Restart=always
RestartSec=@after@
# Wrong command line, wrong configuration, not registered: starting again would not help.
RestartPreventExitStatus=@no_help@
# The first start after an upgrade may have much to read.
TimeoutStartSec=15min
TimeoutStopSec=30
)";

constexpr std::string_view kNotify = R"(Type=notify
NotifyAccess=main
WatchdogSec=@watchdog@
)";

constexpr std::string_view kOutlived = R"(
# Scripts that run outlive this service: its end, its restart, its upgrade.
KillMode=process
# A script that eats all memory is ended, not the service with every other script.
OOMPolicy=continue
# Budgets of scripts are kept in control groups of their own.
Delegate=yes
# Scripts decide how many processes they need, and see the files of the system as everyone does.
TasksMax=infinity
LimitNOFILE=65536
PrivateTmp=no
)";

constexpr std::string_view kConfined = R"(
# It serves the network and writes to its folder; nothing else of the system is its business.
KillMode=mixed
@user@LimitNOFILE=1048576
UMask=0077
@folder@ProtectSystem=strict
ProtectHome=@home@
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
# Ports below 1024, such as 443.
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
NoNewPrivileges=yes
# Netlink tells the addresses of this machine, which stand in the certificate.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallFilter=setrlimit prlimit64
SystemCallErrorNumber=EPERM
)";

constexpr std::string_view kFoot = R"(
[Install]
WantedBy=multi-user.target
)";

std::string CommandLine(const ServiceUnit& unit) {
  std::string out = SystemdWord(unit.program);
  for (const std::string& argument : unit.arguments) out += " " + SystemdWord(argument);
  return out;
}

/// systemd makes folders below /var/lib itself, for the user; others must be there.
std::string FolderLines(const ServiceUnit& unit) {
  constexpr std::string_view kState = "/var/lib/";
  const std::string_view data = unit.data;
  if (data.substr(0, kState.size()) == kState && data.find('/', kState.size()) == std::string_view::npos) {
    return "StateDirectory=" + SystemdWord(data.substr(kState.size())) + "\nStateDirectoryMode=0700\n";
  }
  return "ReadWritePaths=" + SystemdWord(data) + "\n";
}

/// A folder or a configuration file lies where ProtectHome=yes would hide it.
bool NeedsHome(const ServiceUnit& unit) {
  const auto hidden = [](std::string_view path) {
    return path.substr(0, 6) == "/home/" || path.substr(0, 6) == "/root/" || path.substr(0, 10) == "/run/user/";
  };
  return hidden(unit.data) || std::any_of(unit.arguments.begin(), unit.arguments.end(), hidden);
}

}  // namespace

std::string SystemdUnit(const ServiceUnit& unit) {
  const bool notifies = unit.watchdog.count() > 0;
  std::string type =
      notifies ? FillIn(kNotify, {{"watchdog", std::to_string(unit.watchdog.count())}}) : "Type=simple\n";
  std::string out =
      FillIn(kHead, {{"description", unit.description},
                     {"name", unit.name},
                     {"type", std::move(type)},
                     {"command", CommandLine(unit)},
                     {"after", std::to_string(kRestartAfter.count())},
                     {"no_help", std::to_string(kExitUsage) + " " + std::to_string(kExitRestartIsNoHelp)}});
  if (unit.outlived_by_children) {
    out += kOutlived;
  } else {
    std::string confined(kConfined);
    const auto put = [&confined](std::string_view key, const std::string& value) {
      confined.replace(confined.find(key), key.size(), value);
    };
    put("@user@", unit.user.empty() ? "" : "User=" + unit.user + "\nGroup=" + unit.user + "\n");
    put("@home@", NeedsHome(unit) ? "read-only" : "yes");
    put("@folder@", FolderLines(unit));
    out += confined;
  }
  return out + std::string(kFoot);
}

}  // namespace assist

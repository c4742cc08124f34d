#include "agent/service/settings.h"

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <vector>

#include "common/runtime/own_program.h"

namespace assist::agent::service {

std::span<const ConfigKey> ConfigKeys() {
  static const std::vector<ConfigKey> kKeys = {
      TextKey("proxy", "",
              "HTTP proxy on the way to the server, http://user:password@host:port; empty: ALIYUN_ASSIST_PROXY of the "
              "environment, as the stock agent; "
              "never used to a loopback address."),
      IntegerKey(
          "max_running", 0, 0, 4096,
          "Scripts that run at a time; more wait. 0: 64, and 10, as the stock agent, at a server that speaks the "
          "stock protocol."),
      IntegerKey("output_bytes", std::int64_t{16} << 20, 65'536, std::int64_t{1} << 40,
                 "Output kept of one task; beyond, the middle is dropped and counted."),
      BoolKey("kicks.stop", false,
              "`kick_vm agent stop` of the server stops this agent; else it is answered `unknow:`."),
      BoolKey("kicks.deregister", false,
              "`kick_vm agent deregister` of the server gives the identity back and stops this agent."),
      TextKey("containers.docker", "/var/run/docker.sock",
              "Socket of Docker's API, for commands in containers (Podman speaks it too); empty: none."),
      ListKey("containers.cri",
              {"/var/run/dockershim.sock", "/run/containerd/containerd.sock", "/run/crio/crio.sock",
               "/var/run/cri-dockerd.sock"},
              "Sockets of CRI runtimes, looked at in this order after Docker's."),
      TextKey("containers.crictl", "crictl",
              "The program crictl, by which they are spoken to: a path, or in the PATH."),
      ChoiceKey("powershell", "powershell", {"powershell", "pwsh"},
                "Windows: which of the two runs RunPowerShellScript when both are there; the other one does when it is "
                "alone. Elsewhere powershell, then pwsh, of the PATH."),
      ChoiceKey("log.level", "info", {"debug", "info", "warn", "error", "off"},
                "Least important line that is written."),
      TextKey("log.file", "", "Log file; empty: stderr."),
  };
  return kKeys;
}

Result<AgentSettings> LoadSettings(const std::string& root) {
  AgentSettings settings;
  std::error_code error;
  settings.root = std::filesystem::absolute(root, error).lexically_normal().generic_string();
  if (root.empty() || error) return Fail(Errc::kInvalid, "--root: \"" + root + "\" is no folder");
  while (settings.root.size() > 1 && settings.root.back() == '/') settings.root.pop_back();

  const std::string path = settings.root + "/agent.toml";
  const bool is_there = std::filesystem::exists(path, error);
  if (error) return Fail(Errc::kUnavailable, "cannot look at " + path + ": " + error.message());
  Result<Config> loaded = is_there ? LoadConfig(ConfigKeys(), path) : Result<Config>(Config(ConfigKeys()));
  if (!loaded) return Forward(loaded);
  std::string proxy = loaded->Text("proxy");
  std::string told_by = path + ": proxy: ";
  if (const char* variable = std::getenv(kProxyVariable); proxy.empty() && variable != nullptr) {
    proxy = variable;
    told_by = std::string(kProxyVariable) + ": ";
  }
  if (!proxy.empty()) {
    Result<HttpProxy> parsed = ParseHttpProxy(proxy);
    if (!parsed) return Fail(Errc::kInvalid, told_by + parsed.error().detail);
    settings.proxy = std::move(*parsed);
  }
  settings.may_stop = loaded->Bool("kicks.stop");
  settings.may_deregister = loaded->Bool("kicks.deregister");
  settings.max_running = static_cast<std::size_t>(loaded->Integer("max_running"));
  settings.output_bytes = static_cast<std::uint64_t>(loaded->Integer("output_bytes"));
  Result<LogLevel> level = ParseLogLevel(loaded->Text("log.level"));
  if (!level) return Forward(level);
  settings.log_level = *level;
  settings.prefers_pwsh = loaded->Text("powershell") == "pwsh";
  settings.log_file = loaded->Text("log.file");

#if defined(_WIN32)
  constexpr std::string_view kEnding = ".exe";
#else
  constexpr std::string_view kEnding;
#endif
  const std::string self = OwnProgram();
  settings.program = self;
  const std::string beside = self.empty() ? "/usr/sbin/" : self.substr(0, self.rfind('/') + 1);
  settings.supervisor = beside + "assist-supervisor" + std::string(kEnding);
  settings.containers.program = beside + "assist-container" + std::string(kEnding);
  settings.containers.docker = loaded->Text("containers.docker");
  settings.containers.cri = loaded->List("containers.cri");
  settings.containers.crictl = loaded->Text("containers.crictl");
  return settings;
}

}  // namespace assist::agent::service

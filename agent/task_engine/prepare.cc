#include "agent/task_engine/prepare.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/containers/messages.h"
#include "agent/task_engine/windows_script.h"
#include "agent/task_engine/windows_task.h"
#include "protocol/encoding/base64.h"
#include "protocol/encoding/utf8.h"

namespace assist::agent::task_engine {
namespace {

constexpr std::uint32_t kTailBytes = 64 * 1024;
constexpr std::string_view kShell = "/bin/sh";

std::string ShownPath(const std::vector<std::string>& environment) {
  for (const auto& variable : environment) {
    if (variable.starts_with("PATH=")) return variable.substr(5);
  }
  return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

void Set(std::vector<std::string>& environment, const std::string& name, const std::string& value) {
  const std::string prefix = name + "=";
  std::erase_if(environment, [&](const std::string& variable) { return variable.starts_with(prefix); });
  environment.push_back(prefix + value);
}

/// Where in `path` programs of these names may lie, the best first.
std::vector<std::string> Places(const std::string& path, const std::vector<std::string>& names) {
  std::vector<std::string> places;
  for (const auto& name : names) {
    for (std::size_t from = 0; from <= path.size();) {
      const std::size_t colon = std::min(path.find(':', from), path.size());
      const std::string folder = path.substr(from, colon - from);
      from = colon + 1;
      if (folder.starts_with('/')) places.push_back(folder + "/" + name);
    }
  }
  return places;
}

bool IsForContainer(const wire::TaskEntry& entry) {
  return !entry.container_id.empty() || !entry.container_name.empty();
}

bool IsPowerShell(const wire::TaskEntry& entry) { return entry.type == "RunPowerShellScript"; }

/// Refuses what needs no look at the machine.
tl::expected<std::string, Outcome> CheckText(const wire::TaskEntry& entry) {
  if (entry.type != "RunShellScript" && entry.type != "RunBatScript" && !IsPowerShell(entry)) {
    return tl::unexpected(Invalid("TypeInvalid", "TypeInvalid_" + entry.type));
  }
  auto script = encoding::Base64Decode(entry.content.Reveal());
  if (!script) return tl::unexpected(Invalid("CommandContentInvalid", script.error().detail));
  if (!entry.enable_parameter) return std::move(*script);
  std::map<std::string, std::string> values = entry.built_in_parameters;
  values["InstanceId"] = entry.instance_id;
  values["CommandId"] = entry.command_id;
  values["InvokeId"] = entry.task_id;
  auto filled = ReplaceParameters(*script, values);
  if (!filled) return tl::unexpected(Invalid(filled.error().param, filled.error().value));
  return std::move(*filled);
}

/// Refuses what cannot be done in a container, rather than to leave it out.
std::optional<Outcome> CheckForContainer(const wire::TaskEntry& entry, const std::string& script) {
  if (entry.type != "RunShellScript") return Invalid("TypeInvalid", "TypeInvalid_" + entry.type);
  if (entry.assist && !entry.assist->launcher.empty()) {
    return Invalid("LauncherInvalid",
                   "LauncherInvalid: In a container commands run under /bin/sh, without a Launcher.");
  }
  const auto& most = entry.assist ? entry.assist->budgets : std::nullopt;
  if (most && (most->cpu_seconds > 0 || most->memory_mib > 0 || most->processes > 0)) {
    return Invalid("BudgetInvalid", "BudgetInvalid: Of a command in a container only MaxOutput can be kept.");
  }
  if (!entry.working_directory.empty() && !entry.working_directory.starts_with('/')) {
    return Invalid("workingDirectory", "WorkingDirectoryNotExist: <nil>");
  }
  if (!encoding::IsUtf8(script) || script.find('\0') != std::string::npos) {
    return Invalid("CommandContentInvalid", "A script for a container is UTF-8 text without zero bytes");
  }
  return std::nullopt;
}

/// Of CRI neither user nor directory can be chosen. A stock server knows that they are ignored; ours is told.
std::optional<Outcome> CheckForCri(const wire::TaskEntry& entry) {
  if (!entry.assist) return std::nullopt;
  if (!entry.username.empty()) {
    return Invalid("UsernameOrPasswordInvalid",
                   "UserInvalid_" + entry.username + ": in a container of CRI commands run as its image says");
  }
  if (!entry.working_directory.empty()) {
    return Invalid("workingDirectory",
                   "WorkingDirectoryNotExist: in a container of CRI commands run where its image says");
  }
  return std::nullopt;
}

asio::awaitable<Check> CheckContainer(const wire::TaskEntry& entry, std::string script,
                                      containers::ContainerHost* containers) {
  if (auto refused = CheckForContainer(entry, script)) co_return tl::unexpected(std::move(*refused));
  if (containers == nullptr) {
    co_return tl::unexpected(Invalid("UnsupportedContainerRuntime",
                                     "UnsupportedContainerRuntime: This agent does not run commands in containers."));
  }
  auto target = co_await containers->Find(entry.container_id, entry.container_name);
  if (!target) {
    const containers::Trouble& trouble = target.error();
    co_return tl::unexpected(trouble.invalid ? Invalid(trouble.code, trouble.code + ": " + trouble.why)
                                             : CouldNotStart(trouble.code, trouble.code, trouble.why));
  }
  containers::Order order;
  order.target = std::move(*target);
  if (order.target.runtime == containers::Runtime::kCri) {
    if (auto refused = CheckForCri(entry)) co_return tl::unexpected(std::move(*refused));
  } else {
    order.user = entry.username;
    order.working_directory = entry.working_directory;
  }
  order.crictl = containers->crictl();
  order.script = std::move(script);
  Checked checked;
  checked.script = containers::EncodeOrder(order);
  checked.script_name = "order";
  checked.directory = "/";
  checked.account.own = true;
  checked.client = containers->program();
  co_return checked;
}

}  // namespace

asio::awaitable<Check> CheckEntry(const wire::TaskEntry& entry, process::ProcessHost& processes,
                                  containers::ContainerHost* containers) {
  auto script = CheckText(entry);
  if (!script) co_return tl::unexpected(std::move(script.error()));
  if (IsForContainer(entry)) co_return co_await CheckContainer(entry, std::move(*script), containers);
  Checked checked;
  checked.script = std::move(*script);
  const std::string launcher = entry.assist ? entry.assist->launcher : std::string();
  const bool power_shell = IsPowerShell(entry) && launcher.empty();
  process::Needs needs;
  needs.account = entry.username;
  needs.password_name = entry.windows_password_name;
  needs.folder = entry.working_directory;
  if (processes.is_windows()) {
    auto programs = WindowsPrograms(entry, processes.environment(), processes.prefers_pwsh());
    if (!programs) co_return tl::unexpected(std::move(programs.error()));
    needs.programs = std::move(*programs);
  } else if (power_shell) {
    needs.programs = Places(ShownPath(processes.environment()), {"powershell", "pwsh"});
  } else {
    needs.programs.emplace_back(kShell);
  }
  auto found = co_await processes.Find(std::move(needs));
  if (!found) {
    co_return tl::unexpected(
        Invalid("UsernameOrPasswordInvalid", "UserInvalid_" + entry.username + ": " + found.error().detail));
  }
  checked.account = std::move(found->account);
  checked.directory = entry.working_directory.empty() ? checked.account.home : entry.working_directory;
  const bool absolute =
      processes.is_windows() ? IsAbsoluteWindowsPath(checked.directory) : checked.directory.starts_with('/');
  if (!absolute || !found->folder) {
    co_return tl::unexpected(Invalid("workingDirectory", entry.working_directory.empty()
                                                             ? "DefaultWorkingDirectoryNotAvailable: <nil>"
                                                             : "WorkingDirectoryNotExist: <nil>"));
  }
  if (processes.is_windows()) {
    if (found->program.empty()) co_return tl::unexpected(WindowsProgramMissing(entry));
    checked.interpreter = std::move(found->program);
    WriteForWindows(entry, processes, checked);
    co_return checked;
  }
  if (entry.type == "RunBatScript") {
    co_return tl::unexpected(CouldNotStart("-7", "ExecuteScriptFailed", "RunBatScript needs Windows"));
  }
  if (found->program.empty()) {
    co_return tl::unexpected(power_shell ? CouldNotStart("-10", "PowershellNotFound",
                                                         "exec: \"powershell\": executable file not found in $PATH")
                                         : CouldNotStart("-11", "SystemDefaultShellNotFound", "/bin/sh is not there"));
  }
  if (power_shell) checked.interpreter = std::move(found->program);
  checked.script_name = entry.task_id + LauncherEnding(launcher, IsPowerShell(entry) ? ".ps1" : ".sh");
  co_return checked;
}

namespace {

supervisor::Budgets BudgetsOf(const wire::BudgetPart& most) {
  supervisor::Budgets budgets;
  budgets.cpu_seconds = static_cast<std::uint64_t>(most.cpu_seconds);
  budgets.memory_bytes = static_cast<std::uint64_t>(most.memory_mib) << 20;
  budgets.processes = static_cast<std::uint64_t>(most.processes);
  budgets.output_bytes = static_cast<std::uint64_t>(most.output_kib) << 10;
  return budgets;
}

}  // namespace

supervisor::Spec MakeSpec(const wire::TaskEntry& entry, const Checked& checked, const std::string& folder,
                          const PrepareOptions& options, const process::ProcessHost& processes) {
  supervisor::Spec spec;
  const std::string path = processes.Absolute(folder + "/" + checked.script_name);
  const std::string launcher = entry.assist ? entry.assist->launcher : std::string();
  if (!checked.client.empty()) {
    spec.client = true;
    spec.attempts = {{checked.client, "run", path}};
  } else if (processes.is_windows()) {
    spec.attempts = WindowsAttempts(checked, path);
    spec.console_code_page = checked.code_page;
  } else if (!launcher.empty()) {
    spec.attempts = LauncherAttempts(launcher, path);
  } else if (!checked.interpreter.empty()) {
    spec.attempts = {{checked.interpreter, "-File", path}};
  } else {
    spec.attempts = ShellAttempts(checked.script, path);
  }
  spec.working_directory = checked.directory;
  spec.environment = processes.environment();
  if (processes.is_windows()) {
    SetWindowsAccount(checked.account, spec.environment);
  } else {
    Set(spec.environment, "PATH", ShownPath(spec.environment));
    if (!checked.account.home.empty()) Set(spec.environment, "HOME", checked.account.home);
    if (!checked.account.name.empty()) {
      Set(spec.environment, "USER", checked.account.name);
      Set(spec.environment, "LOGNAME", checked.account.name);
    }
  }
  if (!checked.account.own && processes.is_windows()) {
    spec.logon = supervisor::WindowsLogon{checked.account.name, checked.account.password_name,
                                          checked.account.password_folder, path};
  } else if (!checked.account.own) {
    spec.run_as = supervisor::RunAs{checked.account.user, checked.account.group, checked.account.groups};
  }
  spec.timeout = std::max(entry.timeout, std::chrono::seconds(0));
  const auto mode = entry.assist ? entry.assist->termination : wire::Termination::kProcessTree;
  spec.on_timeout =
      mode == wire::Termination::kProcess ? supervisor::TerminationMode::kProcess : supervisor::TerminationMode::kTree;
  if (entry.assist && entry.assist->budgets) spec.budgets = BudgetsOf(*entry.assist->budgets);
  spec.boot_id = processes.boot_id();
  spec.tail_bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(kTailBytes, options.output_cap / 2));
  spec.cap_bytes = options.output_cap - spec.tail_bytes;
  spec.notify_path = processes.notify_path();
  spec.ticket = options.ticket;
  return spec;
}

asio::awaitable<Status> WriteTaskFolder(const supervisor::Spec& spec, const Checked& checked, std::string folder,
                                        disk::Disk& disk) {
  disk::Access access;
  // Another account must be able to reach its script, and nothing else in there.
  access.mode = checked.account.own ? 0700 : 0711;
  std::vector<disk::NewFile> files(2);
  files[0].name = checked.script_name;
  files[0].bytes = checked.script;
  files[0].access.mode = 0700;
  if (!checked.account.own) files[0].access.owner = disk::Owner{checked.account.user, checked.account.group};
  files[1].name = supervisor::kSpecFile;
  files[1].bytes = supervisor::EncodeSpec(spec);
  co_return co_await disk.WriteFolder(std::move(folder), access, std::move(files));
}

}  // namespace assist::agent::task_engine

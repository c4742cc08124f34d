#include "agent/disk/windows/windows_disk.h"
#include "agent/files/windows/windows_target_files.h"
#include "agent/process/windows/machine.h"
#include "agent/process/windows/windows_process_host.h"
#include "agent/service/machine.h"
#include "agent/supervisor/windows_command_line.h"
#include "common/runtime/thread_blocking_pool.h"
#include "common/windows/error.h"
#include "common/windows/private_folder.h"
#include "common/windows/system.h"
#include "common/windows/wide.h"

namespace assist::agent::service {

Status CheckMachine() { return {}; }

Status TakeFolder(const std::string& path, unsigned /*mode*/) {
  Status taken = TakePrivateFolder(path);
  if (!taken) taken.error().detail += "; run as administrator, or name a folder of your own with --root";
  return taken;
}

std::unique_ptr<disk::Disk> MakeDisk(const std::string& root, BlockingPool& pool) {
  return std::make_unique<disk::WindowsDisk>(root, pool);
}

Result<std::string> ThisBoot() { return process::FindBootId(); }

Result<Machine> MakeMachine(const AgentSettings& settings, const MachineBase& base) {
  Machine machine;
  machine.disk = MakeDisk(settings.root, base.pool);
  machine.far_accounts = std::make_unique<ThreadBlockingPool>(1, "accounts");
  process::WindowsProcessHost::Options host;
  host.root = settings.root;
  host.supervisor = settings.supervisor;
  host.agent = settings.program;
  host.prefers_pwsh = settings.prefers_pwsh;
  Result<std::unique_ptr<process::WindowsProcessHost>> processes =
      process::WindowsProcessHost::Make(std::move(host), base.executor, {base.pool, *machine.far_accounts}, base.log);
  if (!processes) return Forward(processes);
  machine.processes = std::move(*processes);
  machine.targets = std::make_unique<files::WindowsTargetFiles>(base.far_folders);
  return machine;
}

Status StartBeside(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::wstring line = ToWide(supervisor::WindowsCommandLine(words));
  STARTUPINFOW start{};
  start.cb = sizeof start;
  PROCESS_INFORMATION made{};
  if (::CreateProcessW(ToWide(program).c_str(), line.data(), nullptr, nullptr, FALSE, CREATE_NO_WINDOW, nullptr,
                       nullptr, &start, &made) == 0) {
    return tl::unexpected<Error>(WindowsError(::GetLastError(), "start", program));
  }
  ::CloseHandle(made.hThread);
  ::CloseHandle(made.hProcess);
  return {};
}

void SettleOnMachine(Log&) {}  // one script's tree is a job object, which its supervisor makes

}  // namespace assist::agent::service

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "agent/containers/posix/posix_container_host.h"
#include "agent/control_group/control_group.h"
#include "agent/disk/posix/posix_disk.h"
#include "agent/files/posix/posix_target_files.h"
#include "agent/process/posix/posix_process_host.h"
#include "agent/service/launch.h"
#include "agent/service/machine.h"
#include "agent/service/programs.h"
#include "common/posix/file.h"
#include "common/posix/this_system.h"

extern char** environ;

namespace assist::agent::service {

namespace {

/// Those of this process from before it became this program (launch_posix.cc).
std::vector<std::int64_t> TakeChildren() {
  const std::string text = Variable(kChildrenVariable);
  SetVariable(kChildrenVariable, {});
  std::vector<std::int64_t> children;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    std::int64_t pid = 0;
    std::from_chars(text.data() + at, text.data() + end, pid);
    if (pid > 1) children.push_back(pid);
    at = end + 1;
  }
  return children;
}

}  // namespace

Status CheckMachine() { return ProcessesAreSeen(); }

Status TakeFolder(const std::string& path, unsigned mode) {
  Status made = MakeFolders(path, mode);
  if (!made) made.error().detail += "; run as root, or name a folder of your own with --root";
  return made;
}

std::unique_ptr<disk::Disk> MakeDisk(const std::string& root, BlockingPool& pool) {
  return std::make_unique<disk::PosixDisk>(root, pool);
}

Result<std::string> ThisBoot() { return BootId(); }

Result<Machine> MakeMachine(const AgentSettings& settings, const MachineBase& base) {
  Machine machine;
  machine.disk = MakeDisk(settings.root, base.pool);
  process::PosixProcessHost::Options host;
  host.root = settings.root;
  host.supervisor = settings.supervisor;
  host.agent = settings.program;
  host.children = TakeChildren();
  Result<std::unique_ptr<process::PosixProcessHost>> processes =
      process::PosixProcessHost::Make(std::move(host), base.executor, base.pool, base.log);
  if (!processes) return Forward(processes);
  machine.processes = std::move(*processes);
  containers::PosixContainerHost::Options containers;
  containers.program = settings.containers.program;
  containers.docker = settings.containers.docker;
  containers.cri = settings.containers.cri;
  containers.crictl = settings.containers.crictl;
  machine.containers =
      std::make_unique<containers::PosixContainerHost>(std::move(containers), base.executor, base.clock);
  machine.targets = std::make_unique<files::PosixTargetFiles>(base.far_folders);
  return machine;
}

Status StartBeside(const std::string& program, const std::vector<std::string>& arguments) {
  // The shell starts it and ends: then it is nobody's child here.
  std::vector<std::string> words = {"/bin/sh", "-c", "\"$0\" \"$@\" </dev/null &", program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t shell = 0;
  const int error = ::posix_spawn(&shell, pointers[0], nullptr, nullptr, pointers.data(), environ);
  if (error != 0) return tl::make_unexpected(ErrnoError(error, "start", program));
  while (::waitpid(shell, nullptr, 0) < 0 && errno == EINTR) {
  }
  return {};
}

void SettleOnMachine(Log& log) {
  if (control_group::SettleAgent(control_group::OwnGroupFolders())) log.Info("agent.control_groups", {});
}

}  // namespace assist::agent::service

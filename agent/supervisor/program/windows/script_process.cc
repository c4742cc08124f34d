#include "agent/supervisor/program/windows/script_process.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/supervisor/windows_command_line.h"
#include "common/windows/wide.h"
// Behind system.h. The first version is that of psapi.dll, which Server 2008 has too.
#define PSAPI_VERSION 1
#include <psapi.h>

namespace assist::agent::supervisor {
namespace {

constexpr UINT kKilled = 1;                  // exit code of what is ended here; nobody reads it
constexpr std::size_t kMaxProcesses = 4096;  // whose memory is looked at

/// Which handles a child gets, and no others.
class HandleList {
 public:
  explicit HandleList(std::vector<HANDLE> handles) : handles_(std::move(handles)) {
    SIZE_T size = 0;
    ::InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
    memory_.resize(size);
    auto* list = reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory_.data());
    if (::InitializeProcThreadAttributeList(list, 1, 0, &size) == 0) return;
    list_ = list;
    good_ = ::UpdateProcThreadAttribute(list_, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles_.data(),
                                        handles_.size() * sizeof(HANDLE), nullptr, nullptr) != 0;
  }
  HandleList(const HandleList&) = delete;
  HandleList& operator=(const HandleList&) = delete;
  ~HandleList() {
    if (list_ != nullptr) ::DeleteProcThreadAttributeList(list_);
  }
  /// Null: GetLastError().
  [[nodiscard]] LPPROC_THREAD_ATTRIBUTE_LIST get() const noexcept { return good_ ? list_ : nullptr; }

 private:
  std::vector<HANDLE> handles_;
  std::vector<unsigned char> memory_;
  LPPROC_THREAD_ATTRIBUTE_LIST list_ = nullptr;
  bool good_ = false;
};

struct Child {
  UniqueHandle process;
  UniqueHandle thread;
};

/// What all attempts have in common.
struct Plan {
  std::wstring folder;
  std::wstring environment;
  STARTUPINFOEXW start{};
  DWORD flags = CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT;
  HANDLE token = nullptr;  ///< Of another account.
  std::wstring desktop;    ///< Empty and given: Windows makes one for the account; ours is not open to it.
};

std::wstring PlainPath(const std::string& path) {
  std::wstring wide = ToWide(path);
  std::replace(wide.begin(), wide.end(), L'/', L'\\');
  return wide;
}

DWORD Create(const std::vector<std::string>& attempt, Plan& plan, DWORD more_flags, Child& child) {
  std::wstring line = ToWide(WindowsCommandLine(attempt));
  if (line.size() >= kMaxWindowsCommandLine) return ERROR_FILENAME_EXCED_RANGE;
  PROCESS_INFORMATION made{};
  const std::wstring program = PlainPath(attempt.front());
  const DWORD flags = plan.flags | more_flags;
  STARTUPINFOW* const start = &plan.start.StartupInfo;
  const BOOL started = plan.token == nullptr
                           ? ::CreateProcessW(program.c_str(), line.data(), nullptr, nullptr, TRUE, flags,
                                              plan.environment.data(), plan.folder.c_str(), start, &made)
                           : ::CreateProcessAsUserW(plan.token, program.c_str(), line.data(), nullptr, nullptr, TRUE,
                                                    flags, plan.environment.data(), plan.folder.c_str(), start, &made);
  if (started == 0) return ::GetLastError();
  child.process.Reset(made.hProcess);
  child.thread.Reset(made.hThread);
  return ERROR_SUCCESS;
}

/// Before Windows 8 a process is in one job at most. Then a supervisor that was started in somebody else's must let the
/// script out of that, and where that may not be, no tree can be ended: nothing is started.
DWORD CreateInJob(const std::vector<std::string>& attempt, Plan& plan, HANDLE job, Child& child, bool& job_failed) {
  for (const DWORD more : {DWORD{0}, DWORD{CREATE_BREAKAWAY_FROM_JOB}}) {
    const DWORD error = Create(attempt, plan, more, child);
    if (error != ERROR_SUCCESS) {
      job_failed = more != 0;
      return error;
    }
    if (::AssignProcessToJobObject(job, child.process.get()) != 0) return ERROR_SUCCESS;
    const DWORD refused = ::GetLastError();
    ::TerminateProcess(child.process.get(), kKilled);  // suspended: it has done nothing
    ::WaitForSingleObject(child.process.get(), INFINITE);
    child = {};
    if (refused != ERROR_ACCESS_DENIED || more != 0) {
      job_failed = true;
      return refused;
    }
  }
  return ERROR_ACCESS_DENIED;
}

StartedScript Failed(DWORD error, std::string what) {
  StartedScript script;
  script.error = error;
  script.what = std::move(what);
  return script;
}

/// The variables of an account (a block, ended by an empty one), and of `told` those that name the agent.
std::vector<std::string> WithAgentVariables(const std::wstring& block, const std::vector<std::string>& told) {
  std::vector<std::string> all;
  for (const wchar_t* at = block.c_str(); *at != L'\0'; at += std::wstring_view(at).size() + 1)
    all.push_back(ToUtf8(at));
  std::copy_if(told.begin(), told.end(), std::back_inserter(all),
               [](const std::string& variable) { return variable.starts_with("ASSIST_AGENT_"); });
  return all;
}

UniqueHandle OpenNull() {
  SECURITY_ATTRIBUTES inherited{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
  return UniqueHandle(::CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING,
                                    FILE_ATTRIBUTE_NORMAL, nullptr));
}

std::chrono::microseconds Ticks(const LARGE_INTEGER& hundred_ns) {
  return std::chrono::microseconds(hundred_ns.QuadPart / 10);
}

}  // namespace

bool ProcessTree::IsEmpty() const {
  JOBOBJECT_BASIC_ACCOUNTING_INFORMATION now{};
  return ::QueryInformationJobObject(job_.get(), JobObjectBasicAccountingInformation, &now, sizeof now, nullptr) != 0 &&
         now.ActiveProcesses == 0;
}

int ProcessTree::Kill() {
  JOBOBJECT_BASIC_ACCOUNTING_INFORMATION now{};
  if (::QueryInformationJobObject(job_.get(), JobObjectBasicAccountingInformation, &now, sizeof now, nullptr) != 0 &&
      now.ActiveProcesses == 0) {
    return 0;
  }
  ::TerminateJobObject(job_.get(), kKilled);
  return std::max(1, static_cast<int>(now.ActiveProcesses));
}

Usage ProcessTree::Measure(const Budgets& budgets) const {
  Usage usage;
  JOBOBJECT_BASIC_ACCOUNTING_INFORMATION now{};
  if (::QueryInformationJobObject(job_.get(), JobObjectBasicAccountingInformation, &now, sizeof now, nullptr) != 0) {
    usage.cpu = Ticks(now.TotalUserTime) + Ticks(now.TotalKernelTime);
    usage.processes = now.ActiveProcesses;
  }
  if (budgets.memory_bytes > 0) usage.memory_bytes = MemoryHeld();
  return usage;
}

std::uint64_t ProcessTree::MemoryHeld() const {
  std::vector<unsigned char> bytes(sizeof(JOBOBJECT_BASIC_PROCESS_ID_LIST) + kMaxProcesses * sizeof(ULONG_PTR));
  auto* list = reinterpret_cast<JOBOBJECT_BASIC_PROCESS_ID_LIST*>(bytes.data());
  // ERROR_MORE_DATA fills it all the same.
  (void)::QueryInformationJobObject(job_.get(), JobObjectBasicProcessIdList, list, static_cast<DWORD>(bytes.size()),
                                    nullptr);
  std::uint64_t sum = 0;
  for (DWORD i = 0; i < list->NumberOfProcessIdsInList; ++i) {
    const auto pid = static_cast<DWORD>(list->ProcessIdList[i]);
    const UniqueHandle process(::OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, FALSE, pid));
    BOOL ours = FALSE;  // the number may be somebody else's by now
    PROCESS_MEMORY_COUNTERS_EX memory{};
    if (!process || ::IsProcessInJob(process.get(), job_.get(), &ours) == 0 || ours == FALSE) continue;
    if (::GetProcessMemoryInfo(process.get(), reinterpret_cast<PROCESS_MEMORY_COUNTERS*>(&memory), sizeof memory)) {
      sum += memory.PrivateUsage;
    }
  }
  return sum;
}

StartedScript StartScript(const Spec& spec) {
  if (!spec.logon) return StartScript(spec, nullptr);
  Result<UniqueHandle> token = passwords::LogOn(*spec.logon);
  if (!token) return Failed(ERROR_LOGON_FAILURE, token.error().detail);
  Result<passwords::UserSession> session = passwords::UserSession::Open(*spec.logon, std::move(*token));
  if (!session) return Failed(ERROR_LOGON_FAILURE, session.error().detail);
  return StartScript(spec, std::make_unique<passwords::UserSession>(std::move(*session)));
}

StartedScript StartScript(const Spec& spec, std::unique_ptr<passwords::UserSession> session) {
  if (spec.client) return Failed(ERROR_NOT_SUPPORTED, "commands in containers are not supported on Windows");
  if (spec.run_as) return Failed(ERROR_NOT_SUPPORTED, "accounts of Windows have no numbers");
  UniqueHandle write;
  StartedScript script;
  script.output = OutputPipe::Make(write);
  if (!script.output) return Failed(::GetLastError(), "cannot make a pipe");
  const UniqueHandle null = OpenNull();
  if (!null) return Failed(::GetLastError(), "cannot open NUL");
  UniqueHandle job(::CreateJobObjectW(nullptr, nullptr));
  if (!job) return Failed(::GetLastError(), "cannot make a job object");
  const HandleList handles({null.get(), write.get()});
  if (handles.get() == nullptr) return Failed(::GetLastError(), "cannot prepare the script's handles");

  Plan plan;
  plan.folder = PlainPath(spec.working_directory);
  plan.environment = ToWide(WindowsEnvironmentBlock(spec.environment));
  if (session != nullptr) {
    Result<std::wstring> own = session->Environment();
    if (!own) return Failed(ERROR_BAD_ENVIRONMENT, own.error().detail);
    plan.environment = ToWide(WindowsEnvironmentBlock(WithAgentVariables(*own, spec.environment)));
    plan.token = session->token();
    plan.start.StartupInfo.lpDesktop = plan.desktop.data();
  }
  plan.start.StartupInfo.cb = sizeof plan.start;
  plan.start.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
  plan.start.StartupInfo.hStdInput = null.get();
  plan.start.StartupInfo.hStdOutput = write.get();
  plan.start.StartupInfo.hStdError = write.get();
  plan.start.lpAttributeList = handles.get();
  if (::GetConsoleCP() == 0) plan.flags |= CREATE_NO_WINDOW;  // none to inherit: one without a window
  // CreateProcess looks as the supervisor, and a script that may not enter its folder would begin in another.
  DWORD error = passwords::EnterFolder(plan.token, spec.working_directory);
  if (error != ERROR_SUCCESS) return Failed(error, "cannot enter " + spec.working_directory);

  Child child;
  error = ERROR_FILE_NOT_FOUND;
  bool job_failed = false;
  for (const std::vector<std::string>& attempt : spec.attempts) {
    error = CreateInJob(attempt, plan, job.get(), child, job_failed);
    if (error == ERROR_SUCCESS) break;
    if (job_failed) return Failed(error, "cannot put the script into a job object of its own");
  }
  if (error != ERROR_SUCCESS) return Failed(error, "cannot execute " + spec.attempts.back().front());
  ::ResumeThread(child.thread.get());
  script.process = std::move(child.process);
  script.tree = ProcessTree(std::move(job));
  script.session = std::move(session);
  return script;
}

bool EndSession(StartedScript& script) {
  const bool left = script.session != nullptr && script.process && !script.tree.IsEmpty();
  if (left) script.session->LeaveProfile();
  script.session.reset();
  return !left;
}

}  // namespace assist::agent::supervisor

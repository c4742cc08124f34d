#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/package_installer/system/system_scripts.h"
#include "agent/supervisor/windows_command_line.h"
#include "common/windows/error.h"
#include "common/windows/file.h"
#include "common/windows/system.h"
#include "common/windows/unique_handle.h"
#include "common/windows/wide.h"

namespace assist::agent::package_installer {
namespace {

constexpr std::chrono::milliseconds kLook{50};
constexpr UINT kKilled = 1;

std::string Backslashes(std::string path) {
  std::replace(path.begin(), path.end(), '/', '\\');
  return path;
}

/// This program's environment with `more` in it.
std::vector<std::string> Environment(const std::vector<std::pair<std::string, std::string>>& more) {
  std::vector<std::string> lines;
  wchar_t* const block = ::GetEnvironmentStringsW();
  for (const wchar_t* at = block; at != nullptr && *at != L'\0'; at += std::wstring_view(at).size() + 1) {
    lines.push_back(ToUtf8(at));
  }
  if (block != nullptr) ::FreeEnvironmentStringsW(block);
  for (const auto& [name, value] : more) lines.push_back(name + "=" + value);
  return lines;
}

std::string SystemFolder() {
  std::wstring folder(MAX_PATH, L'\0');
  folder.resize(::GetSystemDirectoryW(folder.data(), MAX_PATH));
  return ToUtf8(folder);
}

std::vector<std::string> CommandOf(const std::string& path) {
  std::string ending = path.substr(std::min(path.rfind('.'), path.size()));
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (ending == ".bat" || ending == ".cmd") {
    return {SystemFolder() + "\\cmd.exe", "/D", "/S", "/C", "\"\"" + path + "\"\""};
  }
  if (ending == ".ps1") {
    return {SystemFolder() + "\\WindowsPowerShell\\v1.0\\powershell.exe",
            "-NoProfile",
            "-NonInteractive",
            "-ExecutionPolicy",
            "Bypass",
            "-File",
            path};
  }
  return {path};
}

tl::unexpected<Error> Failed(std::string_view what, const std::string& path) {
  return tl::unexpected<Error>(WindowsError(::GetLastError(), what, path));
}

}  // namespace

SystemScripts::SystemScripts(std::string root, Clock& clock, const artifact::StopSign& stop)
    : root_(std::move(root)), clock_(clock), stop_(stop) {}

std::string SystemScripts::Absolute(const std::string& relative) const { return Backslashes(root_ + "/" + relative); }

asio::awaitable<Result<ScriptRunner::End>> SystemScripts::Run(Call call) {
  const std::string folder = Absolute(call.folder);
  const std::string path = Backslashes(folder + "/" + call.script);
  if (!Exists(path)) co_return Fail(Errc::kNotFound, path + " is missing");
  const std::vector<std::string> command = CommandOf(path);
  std::wstring line = ToWide(supervisor::WindowsCommandLine(command));
  std::wstring environment = ToWide(supervisor::WindowsEnvironmentBlock(Environment(call.variables)));
  const UniqueHandle job(::CreateJobObjectW(nullptr, nullptr));
  if (!job) co_return Failed("make a job object for", path);
  STARTUPINFOW start{};
  start.cb = sizeof start;
  start.dwFlags = STARTF_USESTDHANDLES;  // what this program was given
  start.hStdInput = nullptr;
  start.hStdOutput = ::GetStdHandle(STD_OUTPUT_HANDLE);
  start.hStdError = ::GetStdHandle(STD_ERROR_HANDLE);
  for (const HANDLE handle : {start.hStdOutput, start.hStdError}) {
    ::SetHandleInformation(handle, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
  }
  PROCESS_INFORMATION made{};
  if (::CreateProcessW(ToWide(command.front()).c_str(), line.data(), nullptr, nullptr, TRUE,
                       CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT | CREATE_NEW_PROCESS_GROUP, environment.data(),
                       ToWide(folder).c_str(), &start, &made) == 0) {
    co_return Failed("start", path);
  }
  const UniqueHandle process(made.hProcess);
  const UniqueHandle thread(made.hThread);
  // Before Windows 8 a process is in one job at most, and the supervisor has put us into one: then the script alone can
  // be ended here, and the rest of its tree by the supervisor.
  const bool in_job = ::AssignProcessToJobObject(job.get(), process.get()) != 0;
  ::ResumeThread(thread.get());

  End end;
  const SteadyTime limit = clock_.Steady() + call.timeout;
  while (::WaitForSingleObject(process.get(), 0) == WAIT_TIMEOUT) {
    if (end.how == How::kExited && clock_.Steady() >= limit) end.how = How::kTimedOut;
    if (end.how == How::kExited && stop_.is_set() && !call.through_stop) end.how = How::kStopped;
    if (end.how != How::kExited && in_job) ::TerminateJobObject(job.get(), kKilled);
    if (end.how != How::kExited && !in_job) ::TerminateProcess(process.get(), kKilled);
    co_await clock_.SleepFor(kLook);
  }
  DWORD code = 0;
  if (::GetExitCodeProcess(process.get(), &code) == 0) co_return Failed("ask for the exit code of", path);
  end.code = static_cast<int>(code);
  co_return end;
}

}  // namespace assist::agent::package_installer

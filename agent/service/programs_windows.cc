#include <cstdlib>
#include <thread>

#include "agent/service/programs.h"
#include "agent/supervisor/windows_command_line.h"
#include "common/windows/error.h"
#include "common/windows/unique_handle.h"
#include "common/windows/wide.h"

namespace assist::agent::service {
namespace {

constexpr std::size_t kMaxOutput = 64 << 10;
constexpr DWORD kEndPatience = 10'000;  // ms

Error StartError(DWORD code, const std::string& program) {
  Error error = WindowsError(code, "run", program);
  if (code == ERROR_BAD_EXE_FORMAT || code == ERROR_EXE_MACHINE_TYPE_MISMATCH) {
    error.code = Errc::kInvalid;
    error.detail += " (it is no program for this machine)";
  }
  return error;
}

struct Child {
  UniqueHandle process;
};

Result<Child> Spawn(const std::vector<std::string>& arguments, HANDLE output, HANDLE errors, DWORD flags) {
  const std::wstring path = WidePath(arguments[0]);
  DWORD error = ERROR_SUCCESS;
  for (const DWORD more : {DWORD{CREATE_BREAKAWAY_FROM_JOB}, DWORD{0}}) {
    std::wstring line = ToWide(supervisor::WindowsCommandLine(arguments));
    STARTUPINFOW start{};
    start.cb = sizeof start;
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdOutput = output;
    start.hStdError = errors;
    PROCESS_INFORMATION made{};
    if (::CreateProcessW(path.c_str(), line.data(), nullptr, nullptr, TRUE, flags | more, nullptr, nullptr, &start,
                         &made) != 0) {
      ::CloseHandle(made.hThread);
      return Child{UniqueHandle(made.hProcess)};
    }
    error = ::GetLastError();
    if (error != ERROR_ACCESS_DENIED) break;
  }
  return tl::unexpected<Error>(StartError(error, arguments[0]));
}

}  // namespace

Result<Finished> RunProgram(const std::vector<std::string>& arguments, std::chrono::seconds patience) {
  SECURITY_ATTRIBUTES handed_on{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
  HANDLE in = nullptr;
  HANDLE out = nullptr;
  if (::CreatePipe(&in, &out, &handed_on, 0) == 0) {
    return tl::unexpected<Error>(WindowsError(::GetLastError(), "make", "a pipe"));
  }
  const UniqueHandle reads(in);
  UniqueHandle writes(out);
  ::SetHandleInformation(in, HANDLE_FLAG_INHERIT, 0);
  Result<Child> child = Spawn(arguments, out, ::GetStdHandle(STD_ERROR_HANDLE), CREATE_NO_WINDOW);
  writes.Reset();
  if (!child) return Forward(child);
  Finished finished;
  // Ends with the pipe, of which the child, which is ended when it takes too long, has the other end.
  std::thread reader([&finished, in] {
    char piece[4096];
    DWORD size = 0;
    while (::ReadFile(in, piece, sizeof piece, &size, nullptr) != 0 && size > 0) {
      if (finished.output.size() < kMaxOutput) finished.output.append(piece, size);
    }
  });
  const auto wait = static_cast<DWORD>(std::chrono::milliseconds(patience).count());
  const bool late = ::WaitForSingleObject(child->process.get(), wait) == WAIT_TIMEOUT;
  if (late) ::TerminateProcess(child->process.get(), 1);
  reader.join();
  if (late)
    return Fail(Errc::kExpired, arguments[0] + " did not end within " + std::to_string(patience.count()) + " s");
  DWORD code = 1;
  ::GetExitCodeProcess(child->process.get(), &code);
  finished.exit = static_cast<int>(code);
  return finished;
}

Status StartDetached(const std::vector<std::string>& arguments, const std::string& log) {
  SECURITY_ATTRIBUTES handed_on{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
  const UniqueHandle file(::CreateFileW(WidePath(log).c_str(), FILE_APPEND_DATA,
                                        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, &handed_on, OPEN_ALWAYS,
                                        FILE_ATTRIBUTE_NORMAL, nullptr));
  for (const char* name : {"ASSIST_AGENT_PROGRAM", "ASSIST_AGENT_ROOT"}) SetVariable(name, {});
  Result<Child> child = Spawn(arguments, file.get(), file.get(), DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP);
  if (!child) return Forward(child);
  return {};
}

Status EndIfFrom(std::int64_t pid, const std::string& folder) {
  if (pid <= 4) return {};
  // The handle names the process whatever becomes of its number.
  const UniqueHandle process(::OpenProcess(PROCESS_TERMINATE | PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE, FALSE,
                                           static_cast<DWORD>(pid)));
  if (!process) return {};
  std::wstring path(32768, L'\0');
  auto size = static_cast<DWORD>(path.size());
  if (::QueryFullProcessImageNameW(process.get(), 0, path.data(), &size) == 0) return {};
  path.resize(size);
  const std::wstring inside = ToWide(PathFromWide(ToWide(folder)) + "/");
  const std::wstring image = ToWide(PathFromWide(path));
  if (image.size() < inside.size() ||
      ::CompareStringOrdinal(image.data(), static_cast<int>(inside.size()), inside.data(),
                             static_cast<int>(inside.size()), TRUE) != CSTR_EQUAL) {
    return {};
  }
  if (::TerminateProcess(process.get(), 1) == 0 && ::WaitForSingleObject(process.get(), 0) != WAIT_OBJECT_0) {
    return tl::unexpected<Error>(WindowsError(::GetLastError(), "end", "process " + std::to_string(pid)));
  }
  if (::WaitForSingleObject(process.get(), kEndPatience) == WAIT_OBJECT_0) return {};
  return Fail(Errc::kExpired, "process " + std::to_string(pid) + " does not end");
}

Status Nudge(std::int64_t /*pid*/) { return {}; }  // agents look for the word every second here

// The root is private (TakePrivateFolder), and so is what lies below it.
Status IsOurs(const std::string& /*program*/, int /*depth*/) { return {}; }

Status SettleModes(const std::string& /*folder*/, const std::vector<std::string>& /*files*/) { return {}; }

std::string Variable(const char* name) {
  std::wstring value(32768, L'\0');
  value.resize(::GetEnvironmentVariableW(ToWide(name).c_str(), value.data(), static_cast<DWORD>(value.size())));
  return ToUtf8(value);
}

void SetVariable(const char* name, const std::string& value) {
  ::SetEnvironmentVariableW(ToWide(name).c_str(), value.empty() ? nullptr : ToWide(value).c_str());
}

}  // namespace assist::agent::service

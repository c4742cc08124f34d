#include "agent/process/windows/machine.h"

#include <algorithm>
#include <array>

#include "agent/passwords/account.h"
#include "agent/passwords/logon.h"
#include "agent/supervisor/windows/object_name.h"
#include "common/windows/error.h"
#include "common/windows/system.h"
#include "common/windows/unique_handle.h"
#include "common/windows/wide.h"
// Behind system.h.
#include <lmcons.h>

namespace assist::agent::process {
namespace {

constexpr const wchar_t* kBootKey = L"SOFTWARE\\AssistAgentBoot";
constexpr const wchar_t* kBootValue = L"Id";
constexpr const wchar_t* kBootMutex = L"Global\\assist-agent-boot";
constexpr DWORD kMutexPatience = 5000;  // ms
constexpr UINT kUtf8 = 65001;

class RegistryKey {
 public:
  RegistryKey() = default;
  RegistryKey(const RegistryKey&) = delete;
  RegistryKey& operator=(const RegistryKey&) = delete;
  ~RegistryKey() {
    if (key_ != nullptr) ::RegCloseKey(key_);
  }
  LSTATUS Make(HKEY root) {
    return ::RegCreateKeyExW(root, kBootKey, 0, nullptr, REG_OPTION_VOLATILE, KEY_READ | KEY_WRITE | KEY_WOW64_64KEY,
                             nullptr, &key_, nullptr);
  }
  [[nodiscard]] std::string Text() const {
    std::array<wchar_t, 128> text{};
    DWORD size = sizeof text - sizeof(wchar_t);
    DWORD type = 0;
    if (::RegQueryValueExW(key_, kBootValue, nullptr, &type, reinterpret_cast<BYTE*>(text.data()), &size) != 0)
      return {};
    return type == REG_SZ ? ToUtf8(text.data()) : std::string();
  }
  LSTATUS Write(const std::string& value) {
    const std::wstring wide = ToWide(value);
    return ::RegSetValueExW(key_, kBootValue, 0, REG_SZ, reinterpret_cast<const BYTE*>(wide.c_str()),
                            static_cast<DWORD>((wide.size() + 1) * sizeof(wchar_t)));
  }

 private:
  HKEY key_ = nullptr;
};

/// So that of several agents that start at once one makes the value. Whoever holds it for long bars nobody.
class BootMutex {
 public:
  BootMutex() : mutex_(::CreateMutexW(nullptr, FALSE, kBootMutex)) {
    const DWORD got = mutex_ ? ::WaitForSingleObject(mutex_.get(), kMutexPatience) : WAIT_FAILED;
    held_ = got == WAIT_OBJECT_0 || got == WAIT_ABANDONED;
  }
  BootMutex(const BootMutex&) = delete;
  BootMutex& operator=(const BootMutex&) = delete;
  ~BootMutex() {
    if (held_) ::ReleaseMutex(mutex_.get());
  }

 private:
  UniqueHandle mutex_;
  bool held_ = false;
};

std::string Variable(const wchar_t* name) {
  std::wstring value(32768, L'\0');
  value.resize(::GetEnvironmentVariableW(name, value.data(), static_cast<DWORD>(value.size())));
  return ToUtf8(value);
}

std::string SystemFolder() {
  std::wstring folder(MAX_PATH, L'\0');
  folder.resize(::GetSystemDirectoryW(folder.data(), MAX_PATH));
  return ToUtf8(folder);
}

Account OwnAccount() {
  Account account;
  std::array<wchar_t, UNLEN + 1> name{};
  DWORD size = static_cast<DWORD>(name.size());
  if (::GetUserNameW(name.data(), &size) != 0) account.name = ToUtf8(name.data());
  // A service may have been started without the variable; scripts begin in the system's folder then (API reference,
  // WorkingDir).
  const std::string home = Variable(L"USERPROFILE");
  account.home = PathFromWide(ToWide(home.empty() ? SystemFolder() : home));
  account.own = true;
  return account;
}

DWORD AttributesOf(const std::string& path) { return ::GetFileAttributesW(WidePath(path).c_str()); }

bool IsFolder(const std::string& path) {
  const DWORD attributes = AttributesOf(path);
  return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

struct ReadyAccount {
  Account account;
  UniqueHandle token;  ///< Empty: the agent's own.
};

Result<ReadyAccount> FindAccountNow(const Needs& needs, const std::string& password_folder,
                                    passwords::PatientLogon& logon) {
  const std::string& name = needs.account;
  ReadyAccount own{OwnAccount(), UniqueHandle()};
  if (name.empty()) return own;
  const Result<passwords::KnownAccount> wanted = passwords::LookUp(name);
  if (!wanted) return tl::unexpected<Error>(wanted.error());
  const Result<passwords::KnownAccount> ours = passwords::LookUp(own.account.name);
  if (ours && wanted->sid == ours->sid) return own;
  if (needs.password_name.empty()) {
    return Fail(Errc::kDenied, "to start a script as another account than the agent's own (" + own.account.name +
                                   ") Windows needs its password: store it with `assist-agent password set NAME`, run "
                                   "on the machine as administrator, and give NAME as WindowsPasswordName");
  }
  Result<UniqueHandle> token = logon.LogOn({name, needs.password_name, password_folder, {}});
  if (!token) return tl::unexpected<Error>(token.error());
  ReadyAccount other{Account(), std::move(*token)};
  Account& account = other.account;
  account.name = name;
  account.home = passwords::ProfileFolder(other.token.get());
  if (account.home.empty() || !IsFolder(account.home)) account.home = PathFromWide(ToWide(SystemFolder()));
  account.password_name = needs.password_name;
  account.password_folder = password_folder;
  return other;
}

bool IsProgram(const std::string& path) {
  const DWORD attributes = AttributesOf(path);
  return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
}

}  // namespace

Result<std::string> FindBootId() {
  const BootMutex alone;
  RegistryKey key;
  LSTATUS error = key.Make(HKEY_LOCAL_MACHINE);
  if (error == ERROR_ACCESS_DENIED) error = key.Make(HKEY_CURRENT_USER);
  if (error != ERROR_SUCCESS) {
    return tl::unexpected<Error>(WindowsError(static_cast<DWORD>(error), "make the registry key", ToUtf8(kBootKey)));
  }
  std::string id = key.Text();
  if (!id.empty()) return id;
  Result<std::string> made = supervisor::RandomObjectName();
  if (!made) return made;
  error = key.Write(*made);
  if (error == ERROR_SUCCESS) return made;
  return tl::unexpected<Error>(WindowsError(static_cast<DWORD>(error), "write the registry key", ToUtf8(kBootKey)));
}

Result<Found> FindNow(const Needs& needs, const std::string& password_folder, passwords::PatientLogon& logon) {
  Result<ReadyAccount> known = FindAccountNow(needs, password_folder, logon);
  if (!known) return Forward(known);
  Found found;
  found.account = std::move(known->account);
  const std::string& folder = needs.folder.empty() ? found.account.home : needs.folder;
  found.folder = IsAbsoluteWindowsPath(folder) && passwords::EnterFolder(known->token.get(), folder) == ERROR_SUCCESS;
  const auto program = std::find_if(needs.programs.begin(), needs.programs.end(), IsProgram);
  if (program != needs.programs.end()) found.program = *program;
  return found;
}

std::vector<std::string> ScriptEnvironment() {
  std::vector<std::string> out;
  wchar_t* const block = ::GetEnvironmentStringsW();
  if (block == nullptr) return out;
  for (const wchar_t* at = block; *at != L'\0'; at += std::wstring_view(at).size() + 1) {
    std::string line = ToUtf8(at);
    const std::size_t equals = line.find('=');
    if (equals == 0 || equals == std::string::npos) continue;
    std::string name = line.substr(0, equals);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    if (name.starts_with("ASSIST_")) continue;
    if (name == "PATH") line.replace(0, equals, name);
    out.push_back(std::move(line));
  }
  ::FreeEnvironmentStringsW(block);
  return out;
}

std::vector<std::string> SupervisorEnvironment() {
  std::wstring folder(MAX_PATH, L'\0');
  folder.resize(::GetSystemWindowsDirectoryW(folder.data(), MAX_PATH));
  const std::string root = ToUtf8(folder);
  return {"SystemRoot=" + root, "SystemDrive=" + root.substr(0, 2)};
}

std::optional<std::string> ToCodePage(unsigned code_page, std::string_view text) {
  if (code_page == kUtf8 || text.empty()) return std::string(text);
  const std::wstring wide = ToWide(text);
  const int size = static_cast<int>(wide.size());
  BOOL lost = FALSE;
  std::string bytes(wide.size() * 4, '\0');
  const int got = ::WideCharToMultiByte(code_page, WC_NO_BEST_FIT_CHARS, wide.data(), size, bytes.data(),
                                        static_cast<int>(bytes.size()), nullptr, &lost);
  if (got <= 0 || lost != FALSE) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

}  // namespace assist::agent::process

#include "agent/passwords/logon.h"

#include <cstdlib>
#include <utility>
#include <vector>

#include "agent/passwords/account.h"
#include "agent/passwords/password_store.h"
#include "common/windows/error.h"
#include "common/windows/security.h"
#include "common/windows/system.h"
#include "common/windows/wide.h"
// Behind system.h.
#include <sddl.h>
#include <userenv.h>

namespace assist::agent::passwords {
namespace {

tl::unexpected<Error> Refused(DWORD code, const std::string& account) {
  Error error = WindowsError(code, "log on as", account);
  error.code = Errc::kDenied;
  return tl::make_unexpected(std::move(error));
}

/// This thread acts as another account for as long as the object lives.
class Impersonation {
 public:
  explicit Impersonation(HANDLE token) : acts_(::ImpersonateLoggedOnUser(token) != 0) {
    if (!acts_) error_ = ::GetLastError();
  }
  Impersonation(const Impersonation&) = delete;
  Impersonation& operator=(const Impersonation&) = delete;
  ~Impersonation() {
    // A thread that stayed somebody else would do the agent's work with another's rights: better none at all.
    if (acts_ && ::RevertToSelf() == 0) std::abort();
  }
  [[nodiscard]] DWORD error() const noexcept { return error_; }

 private:
  const bool acts_;
  DWORD error_ = ERROR_SUCCESS;
};

DWORD OpenFolder(const std::wstring& path) {
  const UniqueHandle folder(::CreateFileW(path.c_str(), FILE_LIST_DIRECTORY | FILE_TRAVERSE | FILE_READ_ATTRIBUTES,
                                          FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                          OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr));
  if (!folder) return ::GetLastError();
  BY_HANDLE_FILE_INFORMATION found{};
  if (::GetFileInformationByHandle(folder.get(), &found) == 0) return ::GetLastError();
  return (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? ERROR_SUCCESS : ERROR_DIRECTORY;
}

}  // namespace

Result<UniqueHandle> LogOn(const supervisor::WindowsLogon& logon, std::uint32_t* refused) {
  const Result<WidePassword> password = PasswordStore(logon.password_folder).Read(logon.password_name);
  if (!password) return tl::unexpected<Error>(password.error());
  const supervisor::AccountParts parts = PartsForLogon(logon.account);
  const std::wstring name = ToWide(parts.name);
  const std::wstring domain = ToWide(parts.domain);
  DWORD error = ERROR_SUCCESS;
  for (const DWORD kind : {DWORD{LOGON32_LOGON_BATCH}, DWORD{LOGON32_LOGON_INTERACTIVE}}) {
    HANDLE token = nullptr;
    if (::LogonUserW(name.c_str(), parts.domain.empty() ? nullptr : domain.c_str(), password->Reveal(), kind,
                     LOGON32_PROVIDER_DEFAULT, &token) != 0) {
      return UniqueHandle(token);
    }
    error = ::GetLastError();
    if (error != ERROR_LOGON_TYPE_NOT_GRANTED) break;  // a wrong password is tried once: accounts get locked
  }
  if (refused != nullptr) *refused = error;
  return Refused(error, logon.account);
}

std::string ProfileFolder(HANDLE token) {
  DWORD size = 0;
  ::GetUserProfileDirectoryW(token, nullptr, &size);
  if (size == 0) return {};
  std::wstring folder(size, L'\0');
  if (::GetUserProfileDirectoryW(token, folder.data(), &size) == 0) return {};
  return PathFromWide(folder.c_str());
}

Result<std::string> SidOf(HANDLE token) {
  DWORD size = 0;
  ::GetTokenInformation(token, TokenUser, nullptr, 0, &size);
  std::vector<std::uint64_t> bytes(size / sizeof(std::uint64_t) + 1);  // aligned for the structure in it
  LPWSTR text = nullptr;
  if (size == 0 || ::GetTokenInformation(token, TokenUser, bytes.data(), size, &size) == 0 ||
      ::ConvertSidToStringSidW(reinterpret_cast<const TOKEN_USER*>(bytes.data())->User.Sid, &text) == 0) {
    return tl::unexpected<Error>(WindowsError(::GetLastError(), "read the account of", "a token"));
  }
  std::string sid = ToUtf8(text);
  ::LocalFree(text);
  return sid;
}

std::uint32_t EnterFolder(HANDLE token, const std::string& folder) {
  const std::wstring path = WidePath(folder);
  if (token == nullptr) return OpenFolder(path);
  const Impersonation account(token);
  return account.error() != ERROR_SUCCESS ? account.error() : OpenFolder(path);
}

Result<UserSession> UserSession::Open(const supervisor::WindowsLogon& logon, UniqueHandle token) {
  Result<std::string> sid = SidOf(token.get());
  if (!sid) return Forward(sid);
  // The folders above are nobody else's, and need not be: every account may pass through folders (SeChangeNotify).
  Result<PrivateSecurity> readable = PrivateSecurity::Make(*sid);
  if (!readable) return Forward(readable);
  if (Status applied = readable->ApplyTo(logon.script); !applied) return Forward(applied);
  std::wstring name = ToWide(supervisor::SplitAccount(logon.account).name);
  PROFILEINFOW profile{};
  profile.dwSize = sizeof profile;
  profile.dwFlags = PI_NOUI;
  profile.lpUserName = name.data();
  // Without a profile a script runs all the same, with the default user's registry.
  if (::LoadUserProfileW(token.get(), &profile) == 0) profile.hProfile = nullptr;
  return UserSession(std::move(token), profile.hProfile);
}

UserSession::UserSession(UserSession&& other) noexcept
    : token_(std::move(other.token_)), profile_(std::exchange(other.profile_, nullptr)) {}

UserSession::~UserSession() {
  if (profile_ != nullptr) ::UnloadUserProfile(token_.get(), profile_);
}

Result<std::wstring> UserSession::Environment() const {
  void* made = nullptr;
  if (::CreateEnvironmentBlock(&made, token_.get(), FALSE) == 0) {
    return tl::unexpected<Error>(WindowsError(::GetLastError(), "read the variables of", "the account"));
  }
  const auto* const block = static_cast<const wchar_t*>(made);
  const wchar_t* end = block;
  while (*end != L'\0') end += std::wstring_view(end).size() + 1;
  std::wstring copy(block, static_cast<std::size_t>(end - block) + 1);
  ::DestroyEnvironmentBlock(made);
  return copy;
}

}  // namespace assist::agent::passwords

// Logs an account of Windows on with a stored password. Blocks: a domain's controller may be asked. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "agent/supervisor/windows_logon.h"
#include "common/base/result.h"
#include "common/windows/unique_handle.h"

namespace assist::agent::passwords {

/// A token to start processes with: as a batch job, or as somebody at the screen where the account may not be one.
/// kNotFound: no such password, with the way out. kDenied: Windows refuses, with its words; its number is `refused`.
Result<UniqueHandle> LogOn(const supervisor::WindowsLogon& logon, std::uint32_t* refused = nullptr);

/// The folder of the account's profile; empty when it has never been logged on and so has none yet.
[[nodiscard]] std::string ProfileFolder(HANDLE token);
/// The account's number in text form (`S-1-5-…`).
Result<std::string> SidOf(HANDLE token);

/// Whether a script of the account may begin in `folder` (absolute): opens it as that account, to list and to enter it.
/// Null: as the caller's own. ERROR_SUCCESS, or Windows' number: ERROR_DIRECTORY of what is no folder, and others.
/// Blocks: a folder may be on a share.
[[nodiscard]] std::uint32_t EnterFolder(HANDLE token, const std::string& folder);

/// A user who is logged on for as long as the object lives: the profile (HKEY_CURRENT_USER) is loaded. Windows does not
/// wait for processes that use a profile: unloaded, their registry is gone.
class UserSession {
 public:
  /// Takes the token. Also lets the account read `logon.script`.
  static Result<UserSession> Open(const supervisor::WindowsLogon& logon, UniqueHandle token);
  UserSession(UserSession&& other) noexcept;
  UserSession& operator=(UserSession&&) = delete;
  ~UserSession();

  [[nodiscard]] HANDLE token() const noexcept { return token_.get(); }
  /// The profile stays loaded when the object goes, until Windows starts again.
  void LeaveProfile() noexcept { profile_ = nullptr; }
  /// The account's variables and the machine's, as a block for CreateProcess.
  Result<std::wstring> Environment() const;

 private:
  UserSession(UniqueHandle token, HANDLE profile) : token_(std::move(token)), profile_(profile) {}
  UniqueHandle token_;
  HANDLE profile_ = nullptr;  ///< Null: it could not be loaded.
};

}  // namespace assist::agent::passwords

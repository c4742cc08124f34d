// Who may use what the agent makes: the system, the administrators, and else the account that it runs as. Any thread.
#pragma once

#include <string>

#include "common/base/result.h"
#include "common/windows/system.h"

namespace assist {

/// A protected list (nothing is inherited from above) that gives full control to SYSTEM and to the administrators, and
/// nothing to anybody else. Only a process that is neither gives its own account the same: an administrator's entry
/// would let in the same person's programs that run without those rights. Folders hand it on to what is made in them.
class PrivateSecurity {
 public:
  /// Also lets `reader` (a SID in text form) read and execute, when it is not empty.
  static Result<PrivateSecurity> Make(const std::string& reader = {});
  PrivateSecurity(PrivateSecurity&& other) noexcept;
  PrivateSecurity& operator=(PrivateSecurity&& other) = delete;
  ~PrivateSecurity();

  /// Lives as long as this.
  [[nodiscard]] SECURITY_ATTRIBUTES* get() noexcept { return &attributes_; }
  /// Sets it on a file or folder that is there.
  Status ApplyTo(const std::string& path) const;

 private:
  explicit PrivateSecurity(void* descriptor) noexcept;
  SECURITY_ATTRIBUTES attributes_{};
};

// Accounts that every Windows has, as SIDs in text form.
inline constexpr const char* kSystemSid = "S-1-5-18";
inline constexpr const char* kAdministratorsSid = "S-1-5-32-544";

/// Whether this process has the rights of an administrator now (not one whose rights wait for a consent), or of SYSTEM.
[[nodiscard]] Result<bool> IsAdministrator();

/// The account of this process, as a SID in text form ("S-1-5-18").
[[nodiscard]] Result<std::string> OwnSid();

}  // namespace assist

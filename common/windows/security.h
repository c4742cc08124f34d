// Who may use what the agent makes: the system, the administrators, and the account that the agent runs as. Any thread.
#pragma once

#include <string>

#include "common/base/result.h"
#include "common/windows/system.h"

namespace assist {

/// A protected list (nothing is inherited from above) that gives full control to SYSTEM, to the administrators and to
/// this process's account, and nothing to anybody else. Folders hand it on to what is made in them.
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

/// The account of this process, as a SID in text form ("S-1-5-18").
[[nodiscard]] Result<std::string> OwnSid();

}  // namespace assist

// Names of accounts as Windows resolves them. Blocks: a domain's controller may be asked. Any thread.
#pragma once

#include <string>

#include "agent/supervisor/windows_logon.h"
#include "common/base/result.h"

namespace assist::agent::passwords {

struct KnownAccount {
  std::string sid;     ///< Its number, in Windows' bytes.
  std::string domain;  ///< Where it was found; of an account of this machine, the machine's name.
};
/// Of a name in any form: `name` (this machine's, else the domain's), `.\name`, `DOMAIN\name`, `name@domain`.
/// kNotFound: there is none.
[[nodiscard]] Result<KnownAccount> LookUp(const std::string& account);

/// As LogonUser takes it: SplitAccount(), but a bare name has the domain where it was found, so that the account that
/// is logged on is the one that was looked up.
[[nodiscard]] supervisor::AccountParts PartsForLogon(const std::string& account);

}  // namespace assist::agent::passwords

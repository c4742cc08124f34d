// A script of Windows that runs as another account: what the supervisor is told of it. Never the password. Pure.
#pragma once

#include <string>
#include <string_view>

namespace assist::agent::supervisor {

struct WindowsLogon {
  std::string account;          ///< As the user wrote it.
  std::string password_name;    ///< Of agent/passwords.
  std::string password_folder;  ///< Where that lies, absolute.
  std::string script;           ///< The file that the account must be able to read, absolute.
  friend bool operator==(const WindowsLogon&, const WindowsLogon&) = default;
};

/// As LogonUser takes it: `DOMAIN\name` in two parts, `name@domain` whole and without a domain, a bare name with the
/// domain `.`, which is this machine.
struct AccountParts {
  std::string domain;
  std::string name;
  friend bool operator==(const AccountParts&, const AccountParts&) = default;
};
[[nodiscard]] AccountParts SplitAccount(std::string_view account);

}  // namespace assist::agent::supervisor

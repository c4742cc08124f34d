#include "agent/supervisor/windows_logon.h"

namespace assist::agent::supervisor {

AccountParts SplitAccount(std::string_view account) {
  const std::size_t slash = account.find('\\');
  if (slash != std::string_view::npos) {
    return {std::string(account.substr(0, slash)), std::string(account.substr(slash + 1))};
  }
  if (account.find('@') != std::string_view::npos) return {{}, std::string(account)};
  return {".", std::string(account)};
}

}  // namespace assist::agent::supervisor

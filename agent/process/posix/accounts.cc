#include "agent/process/posix/accounts.h"

#include <unistd.h>

#include "common/posix/account_base.h"

namespace assist::agent::process {
namespace {

Result<Account> ToAccount(const AccountBase& base, const UserEntry& entry) {
  Account account;
  account.name = entry.name;
  account.user = entry.user;
  account.group = entry.group;
  account.home = entry.home;
  account.own = entry.user == ::geteuid();
  if (account.own) return account;
  auto groups = base.GroupsOf(entry);
  if (!groups) return Forward(groups);
  account.groups.assign(groups->begin(), groups->end());
  return account;
}

}  // namespace

Result<Account> FindAccountNow(const std::string& name) {
  const AccountBase base;
  if (name.empty()) {
    const auto found = base.FindUser(::geteuid());
    if (found && *found) return ToAccount(base, **found);
    Account account;  // an account without an entry is still an account
    account.user = ::geteuid();
    account.group = ::getegid();
    account.own = true;
    return account;
  }
  auto found = base.FindUser(name);
  if (!found) {
    found.error().detail = "cannot look up the account " + name + ": " + found.error().detail;
    return Forward(found);
  }
  if (!*found) return Fail(Errc::kNotFound, "there is no account " + name);
  auto account = ToAccount(base, **found);
  if (!account || account->own) return account;
  if (::geteuid() != 0) {
    return Fail(Errc::kDenied, "the agent does not run as root, so it cannot run scripts as " + name);
  }
  if (account->user == 0 || account->group == 0) {
    return Fail(Errc::kDenied, "the account " + name + " has the user or group id 0; leave the name empty for root");
  }
  return account;
}

}  // namespace assist::agent::process

#include "agent/process/posix/accounts.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <vector>

#include "common/posix/file.h"

namespace assist::agent::process {
namespace {

constexpr std::size_t kMaxEntry = std::size_t{1} << 20;

/// One look into the user database, with a buffer that grows; `found` null: no such user.
template <class Look>
int LookUp(Look look, passwd& entry, std::vector<char>& buffer, passwd*& found) {
  buffer.resize(4096);
  for (;;) {
    const int error = look(&entry, buffer.data(), buffer.size(), &found);
    if (error != ERANGE || buffer.size() >= kMaxEntry) return error;
    buffer.resize(buffer.size() * 2);
  }
}

std::vector<std::uint32_t> GroupsOf(const passwd& entry) {
  int count = 64;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  while (::getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count) < 0 && count < 65536) {
    groups.resize(static_cast<std::size_t>(count));
  }
  groups.resize(static_cast<std::size_t>(count));
  return {groups.begin(), groups.end()};
}

Account ToAccount(const passwd& entry) {
  Account account;
  account.name = entry.pw_name;
  account.user = entry.pw_uid;
  account.group = entry.pw_gid;
  account.home = entry.pw_dir == nullptr ? "" : entry.pw_dir;
  account.own = entry.pw_uid == ::geteuid();
  if (!account.own) account.groups = GroupsOf(entry);
  return account;
}

}  // namespace

Result<Account> FindAccountNow(const std::string& name) {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer;
  if (name.empty()) {
    const uid_t self = ::geteuid();
    const auto look = [self](passwd* e, char* b, std::size_t s, passwd** f) { return ::getpwuid_r(self, e, b, s, f); };
    LookUp(look, entry, buffer, found);
    if (found != nullptr) return ToAccount(entry);
    Account account;  // an account without an entry is still an account
    account.user = self;
    account.group = ::getegid();
    account.own = true;
    return account;
  }
  const auto look = [&name](passwd* e, char* b, std::size_t s, passwd** f) {
    return ::getpwnam_r(name.c_str(), e, b, s, f);
  };
  if (const int error = LookUp(look, entry, buffer, found); error != 0 && found == nullptr && error != ENOENT) {
    return tl::make_unexpected(ErrnoError(error, "look up the account", name));
  }
  if (found == nullptr) return Fail(Errc::kNotFound, "there is no account " + name);
  Account account = ToAccount(entry);
  if (account.own) return account;
  if (::geteuid() != 0) {
    return Fail(Errc::kDenied, "the agent does not run as root, so it cannot run scripts as " + name);
  }
  if (account.user == 0 || account.group == 0) {
    return Fail(Errc::kDenied, "the account " + name + " has the user or group id 0; leave the name empty for root");
  }
  return account;
}

}  // namespace assist::agent::process

#include "agent/files/posix/identities.h"

#include <unistd.h>

#include "common/posix/account_base.h"

namespace assist::agent::files {
namespace {

constexpr std::string_view kRoot = "root";

bool IsRoot(const std::string& name) { return name.empty() || name == kRoot; }

/// `entry` is what was found for `name`: an id of it, or what went wrong.
template <class Id, class Entry>
tl::expected<std::optional<Id>, Problem> Take(const std::string& name, Trouble none,
                                              const Result<std::optional<Entry>>& entry, Id Entry::*id) {
  if (!entry)
    return tl::make_unexpected(Problem{Trouble::kOwner, "cannot look up " + name + ": " + entry.error().detail});
  if (!*entry) return tl::make_unexpected(Problem{none, "there is no such name: " + name});
  return std::optional<Id>((**entry).*id);
}

template <class Id>
std::optional<Id> RootsId() {
  return ::geteuid() == 0 ? std::optional<Id>(0) : std::nullopt;
}

}  // namespace

tl::expected<FileOwner, Problem> FindFileOwner(const std::string& owner, const std::string& group) {
  FileOwner result;
  if (owner.empty() && group.empty()) return result;
  const AccountBase base;
  if (IsRoot(owner)) {
    result.user = RootsId<uid_t>();
  } else {
    auto user = Take(owner, Trouble::kNoOwner, base.FindUser(owner), &UserEntry::user);
    if (!user) return tl::make_unexpected(std::move(user.error()));
    result.user = *user;
  }
  if (IsRoot(group)) {
    result.group = RootsId<gid_t>();
    return result;
  }
  auto its = Take(group, Trouble::kNoGroup, base.FindGroup(group), &GroupEntry::group);
  if (!its) return tl::make_unexpected(std::move(its.error()));
  result.group = *its;
  return result;
}

std::string OwnHome() {
  const auto own = AccountBase().FindUser(::geteuid());
  return own && *own && (*own)->home.starts_with('/') ? (*own)->home : "/";
}

}  // namespace assist::agent::files

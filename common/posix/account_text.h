// The texts of passwd(5), group(5) and nsswitch.conf(5), and what getent(1) prints of the first two. Lines that are
// none are passed over. Pure; any thread.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assist {

struct UserEntry {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;
  std::string home;  ///< Empty when the entry has none.
};
struct GroupEntry {
  std::string name;
  gid_t group = 0;
};

/// Of several lines for one name or id the first counts, as everywhere.
[[nodiscard]] std::optional<UserEntry> UserNamed(std::string_view passwd, std::string_view name);
[[nodiscard]] std::optional<UserEntry> UserWithId(std::string_view passwd, uid_t user);
[[nodiscard]] std::optional<UserEntry> FirstUser(std::string_view passwd);
[[nodiscard]] std::optional<GroupEntry> GroupNamed(std::string_view group, std::string_view name);
[[nodiscard]] std::optional<GroupEntry> FirstGroup(std::string_view group);
/// The groups that name `user` as a member.
[[nodiscard]] std::vector<gid_t> GroupsWith(std::string_view group, std::string_view user);
/// Of `getent initgroups NAME`: a line with the name and numbers.
[[nodiscard]] std::vector<gid_t> InitialGroups(std::string_view line);
/// Whether `database` has sources beside the file of its name (`passwd: files sss` has).
[[nodiscard]] bool HasOtherSources(std::string_view nsswitch, std::string_view database);

}  // namespace assist

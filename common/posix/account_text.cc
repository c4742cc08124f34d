#include "common/posix/account_text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace assist {
namespace {

constexpr std::string_view kBlank = " \t\r";

/// Takes the text up to `end` off the front, and `end` itself.
std::string_view Take(std::string_view& text, char end) {
  const std::string_view part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

template <class Id>
std::optional<Id> Number(std::string_view text) {
  Id value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value == static_cast<Id>(-1)) return std::nullopt;  // to the kernel it means "as it is"
  return value;
}

std::optional<UserEntry> ParseUser(std::string_view line) {
  std::array<std::string_view, 6> fields;  // name:password:uid:gid:comment:home
  for (auto& field : fields) field = Take(line, ':');
  const auto user = Number<uid_t>(fields[2]);
  const auto group = Number<gid_t>(fields[3]);
  if (fields[0].empty() || !user || !group) return std::nullopt;
  return UserEntry{std::string(fields[0]), *user, *group, std::string(fields[5])};
}

struct GroupLine {
  std::string_view name;
  gid_t group;
  std::string_view members;  ///< With commas.
};
std::optional<GroupLine> ParseGroup(std::string_view line) {
  std::array<std::string_view, 4> fields;  // name:password:gid:members
  for (auto& field : fields) field = Take(line, ':');
  const auto group = Number<gid_t>(fields[2]);
  if (fields[0].empty() || !group) return std::nullopt;
  return GroupLine{fields[0], *group, fields[3]};
}

template <class Wanted>
std::optional<UserEntry> FindUser(std::string_view text, Wanted wanted) {
  while (!text.empty()) {
    auto entry = ParseUser(Take(text, '\n'));
    if (entry && wanted(*entry)) return entry;
  }
  return std::nullopt;
}

template <class Wanted>
std::optional<GroupEntry> FindGroup(std::string_view text, Wanted wanted) {
  while (!text.empty()) {
    const auto entry = ParseGroup(Take(text, '\n'));
    if (entry && wanted(*entry)) return GroupEntry{std::string(entry->name), entry->group};
  }
  return std::nullopt;
}

/// Takes the next word off `line`; empty at its end.
std::string_view TakeWord(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlank));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

std::optional<UserEntry> UserNamed(std::string_view passwd, std::string_view name) {
  return FindUser(passwd, [name](const UserEntry& entry) { return entry.name == name; });
}
std::optional<UserEntry> UserWithId(std::string_view passwd, uid_t user) {
  return FindUser(passwd, [user](const UserEntry& entry) { return entry.user == user; });
}
std::optional<UserEntry> FirstUser(std::string_view passwd) {
  return FindUser(passwd, [](const UserEntry&) { return true; });
}
std::optional<GroupEntry> GroupNamed(std::string_view group, std::string_view name) {
  return FindGroup(group, [name](const GroupLine& entry) { return entry.name == name; });
}
std::optional<GroupEntry> FirstGroup(std::string_view group) {
  return FindGroup(group, [](const GroupLine&) { return true; });
}

std::vector<gid_t> GroupsWith(std::string_view group, std::string_view user) {
  std::vector<gid_t> found;
  while (!group.empty()) {
    auto entry = ParseGroup(Take(group, '\n'));
    while (entry && !entry->members.empty()) {
      if (Take(entry->members, ',') != user) continue;
      found.push_back(entry->group);
      break;
    }
  }
  return found;
}

std::vector<gid_t> InitialGroups(std::string_view line) {
  line = line.substr(0, line.find('\n'));
  TakeWord(line);
  std::vector<gid_t> found;
  for (std::string_view word = TakeWord(line); !word.empty(); word = TakeWord(line)) {
    if (const auto group = Number<gid_t>(word)) found.push_back(*group);
  }
  return found;
}

bool HasOtherSources(std::string_view nsswitch, std::string_view database) {
  while (!nsswitch.empty()) {
    std::string_view line = Take(nsswitch, '\n');
    line = line.substr(0, line.find('#'));
    if (line.find(':') == std::string_view::npos) continue;
    std::string_view key = Take(line, ':');
    if (TakeWord(key) != database) continue;
    bool condition = false;  // within [NOTFOUND=return] and the like
    for (std::string_view word = TakeWord(line); !word.empty(); word = TakeWord(line)) {
      if (word.starts_with('[')) condition = true;
      if (!condition && word != "files") return true;
      if (word.ends_with(']')) condition = false;
    }
    return false;
  }
  return false;
}

}  // namespace assist

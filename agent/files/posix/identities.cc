#include "agent/files/posix/identities.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "common/posix/file.h"

namespace assist::agent::files {
namespace {

constexpr std::size_t kMaxEntry = std::size_t{1} << 20;
constexpr std::string_view kRoot = "root";

/// One look into a database of names, with a buffer that grows; `found` null: it is not there.
template <class Look, class Entry>
int LookUp(Look look, Entry& entry, std::vector<char>& buffer, Entry*& found) {
  buffer.resize(4096);
  for (;;) {
    const int error = look(&entry, buffer.data(), buffer.size(), &found);
    if (error != ERANGE || buffer.size() >= kMaxEntry) return error;
    buffer.resize(buffer.size() * 2);
  }
}

bool IsRoot(const std::string& name) { return name.empty() || name == kRoot; }

/// What looking up says when nothing is found: 0 and some errors mean that there is none.
bool IsNone(int error) { return error == 0 || error == ENOENT || error == ESRCH; }

template <class Id, class Entry, class Look, class IdOf>
tl::expected<std::optional<Id>, Problem> Find(const std::string& name, Trouble none, Look look, IdOf id_of) {
  if (IsRoot(name)) return ::geteuid() == 0 ? std::optional<Id>(0) : std::nullopt;
  if (name.find('\0') != std::string::npos) return tl::make_unexpected(Problem{none, "there is no such name"});
  Entry entry{};
  Entry* found = nullptr;
  std::vector<char> buffer;
  const auto by_name = [&](Entry* e, char* b, std::size_t s, Entry** f) { return look(name.c_str(), e, b, s, f); };
  const int error = LookUp(by_name, entry, buffer, found);
  if (found != nullptr) return std::optional<Id>(id_of(*found));
  if (IsNone(error)) return tl::make_unexpected(Problem{none, "there is no such name: " + name});
  return tl::make_unexpected(Problem{Trouble::kOwner, ErrnoError(error, "look up", name).detail});
}

}  // namespace

tl::expected<FileOwner, Problem> FindFileOwner(const std::string& owner, const std::string& group) {
  FileOwner result;
  if (owner.empty() && group.empty()) return result;
  auto user = Find<uid_t, passwd>(owner, Trouble::kNoOwner, ::getpwnam_r, [](const passwd& e) { return e.pw_uid; });
  if (!user) return tl::make_unexpected(std::move(user.error()));
  auto its = Find<gid_t, ::group>(group, Trouble::kNoGroup, ::getgrnam_r, [](const ::group& e) { return e.gr_gid; });
  if (!its) return tl::make_unexpected(std::move(its.error()));
  result.user = *user;
  result.group = *its;
  return result;
}

std::string OwnHome() {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer;
  const auto self = [](passwd* e, char* b, std::size_t s, passwd** f) { return ::getpwuid_r(::geteuid(), e, b, s, f); };
  LookUp(self, entry, buffer, found);
  if (found == nullptr || found->pw_dir == nullptr || *found->pw_dir != '/') return "/";
  return found->pw_dir;
}

}  // namespace assist::agent::files

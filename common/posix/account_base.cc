#include "common/posix/account_base.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/posix/file.h"

namespace assist {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// Names that no system has, and that getent would take for an option or a number.
bool IsName(const std::string& name) {
  if (name.empty() || name.front() == '-' || name.find_first_of(std::string_view(":\n\0", 3)) != std::string::npos) {
    return false;
  }
  return name.size() <= 1024;
}
bool IsNumber(const std::string& name) { return name.find_first_not_of("0123456789") == std::string::npos; }

/// A process of one's own, ended and reaped at the latest when this goes.
class Child {
 public:
  ~Child() { (void)End(); }
  Child() = default;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Without a shell, signals as a new process has them, output to `output`; 0 or an errno.
  int Start(std::vector<std::string> words, int output) {
    std::string path = "PATH=/usr/bin:/bin";
    std::string locale = "LC_ALL=C";
    char* environment[] = {path.data(), locale.data(), nullptr};
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    if (::posix_spawn_file_actions_init(&files) != 0) return ENOMEM;
    if (::posix_spawnattr_init(&attributes) != 0) {
      ::posix_spawn_file_actions_destroy(&files);
      return ENOMEM;
    }
    ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, output, 1);
    ::posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    sigset_t none;
    sigset_t standard;
    sigemptyset(&none);
    sigfillset(&standard);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &standard);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    const int error = ::posix_spawn(&pid_, arguments[0], &files, &attributes, arguments.data(), environment);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    if (error != 0) pid_ = -1;
    return error;
  }
  /// Its exit code when it has ended by itself until `deadline`, else it is killed: -1, as for an end by a signal.
  int EndBy(SteadyClock::time_point deadline) {
    int status = 0;
    while (pid_ > 0) {
      const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
      if (ended < 0 && errno == EINTR) continue;
      if (ended == pid_) pid_ = -1;
      if (ended < 0 || (ended == 0 && SteadyClock::now() >= deadline)) return End();
      if (ended == 0) ::poll(nullptr, 0, 2);  // its output has ended, so that this is a matter of moments
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  int End() {
    if (pid_ <= 0) return -1;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return -1;
  }
  pid_t pid_ = -1;
};

/// What `words[0]` prints. Exit code 2 is getent's "not found": an empty answer.
Result<std::string> Ask(const std::vector<std::string>& words, std::chrono::milliseconds within, std::size_t limit) {
  const std::string what = words[0] + ' ' + words[1] + ' ' + words[2];
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return tl::make_unexpected(ErrnoError(errno, "make a pipe for", words[0]));
  const UniqueFd out(ends[0]);
  UniqueFd in(ends[1]);
  Child child;
  const auto deadline = SteadyClock::now() + within;
  if (const int error = child.Start(words, in.get()); error != 0) {
    return tl::make_unexpected(ErrnoError(error, "start", words[0]));
  }
  in.Reset();
  std::string answer;
  for (;;) {
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now()).count();
    pollfd ready{out.get(), POLLIN, 0};
    const int n = ::poll(&ready, 1, static_cast<int>(std::max<long long>(rest, 0)));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Fail(Errc::kExpired, what + " did not answer within " + std::to_string(within.count()) + " ms");
    char block[4096];
    const ssize_t got = ::read(out.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    answer.append(block, static_cast<std::size_t>(got));
    if (answer.size() > limit)
      return Fail(Errc::kTooLarge, what + " answered more than " + std::to_string(limit) + " bytes");
  }
  const int code = child.EndBy(deadline);
  if (code == 2) return std::string();
  if (code != 0) return Fail(Errc::kUnavailable, what + " failed with exit code " + std::to_string(code));
  return answer;
}

}  // namespace

Result<std::string> AccountBase::Text(const std::string& path) const {
  auto text = ReadFile(path, options_.max_file);
  if (!text && text.error().code == Errc::kNotFound) return std::string();  // a bare root has none
  return text;
}

Result<std::string> AccountBase::AskElsewhere(const char* database, const char* source, const std::string& key) const {
  auto name_switch = Text(options_.name_switch);
  if (!name_switch) return Forward(name_switch);
  if (!HasOtherSources(*name_switch, source)) return std::string();
  for (const auto& program : options_.getent) {
    if (::access(program.c_str(), X_OK) == 0)
      return Ask({program, database, key}, options_.answer_within, options_.max_answer);
  }
  return std::string();
}

Result<std::optional<UserEntry>> AccountBase::FindUser(const std::string& name) const {
  if (!IsName(name)) return std::nullopt;
  auto text = Text(options_.passwd);
  if (!text) return Forward(text);
  auto user = UserNamed(*text, name);
  if (user) return user;
  auto answer = AskElsewhere("passwd", "passwd", name);
  if (!answer) return Forward(answer);
  // A directory may write the name in its own way; a number was taken for an id.
  return IsNumber(name) ? UserNamed(*answer, name) : FirstUser(*answer);
}

Result<std::optional<UserEntry>> AccountBase::FindUser(uid_t user) const {
  auto text = Text(options_.passwd);
  if (!text) return Forward(text);
  auto found = UserWithId(*text, user);
  if (found) return found;
  auto answer = AskElsewhere("passwd", "passwd", std::to_string(user));
  if (!answer) return Forward(answer);
  return UserWithId(*answer, user);
}

Result<std::optional<GroupEntry>> AccountBase::FindGroup(const std::string& name) const {
  if (!IsName(name)) return std::nullopt;
  auto text = Text(options_.group);
  if (!text) return Forward(text);
  auto group = GroupNamed(*text, name);
  if (group) return group;
  auto answer = AskElsewhere("group", "group", name);
  if (!answer) return Forward(answer);
  return IsNumber(name) ? GroupNamed(*answer, name) : FirstGroup(*answer);
}

Result<std::vector<gid_t>> AccountBase::GroupsOf(const UserEntry& user) const {
  auto text = Text(options_.group);
  if (!text) return Forward(text);
  std::vector<gid_t> groups = GroupsWith(*text, user.name);
  groups.push_back(user.group);
  auto answer = AskElsewhere("initgroups", "group", user.name);
  if (!answer) return Forward(answer);
  for (const gid_t group : InitialGroups(*answer)) groups.push_back(group);
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

}  // namespace assist

#include "cli/service/release_programs.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/service/package_files.h"
#include "common/archive/folder/folder.h"
#include "common/posix/file.h"
#include "common/posix/unique_fd.h"

namespace assist::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMaxProgram = std::size_t{512} << 20;
constexpr std::size_t kMaxAnswer = 4096;

std::string Joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

tl::unexpected<Error> Missing(const std::string& where, const std::string& name, std::string_view os,
                              const Text& text) {
  return Fail(Errc::kNotFound, text(msg::kRelMissing, EscapeLine(where), name, Joined(ReleasePrograms(os))));
}

/// What `program --version` printed until its end.
Result<std::string> Ask(const std::string& program, milliseconds limit) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return tl::unexpected<Error>(ErrnoError(errno, "make", "a pipe"));
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, writer.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  std::string name = program;
  std::string option = "--version";
  const std::array<char*, 3> arguments = {name.data(), option.data(), nullptr};
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  writer.Reset();
  if (failed != 0) return tl::unexpected<Error>(ErrnoError(failed, "start", program));
  std::string answer;
  bool ended = false;
  const auto until = steady_clock::now() + limit;
  while (!ended && answer.size() < kMaxAnswer) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - steady_clock::now()).count();
    if (left <= 0) break;
    pollfd wait{reader.get(), POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(left)) <= 0) continue;
    std::array<char, 512> buffer{};
    const ssize_t got = ::read(reader.get(), buffer.data(), buffer.size());
    if (got > 0) answer.append(buffer.data(), static_cast<std::size_t>(got));
    ended = got == 0;
  }
  if (!ended) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) return Fail(Errc::kUnavailable, "it did not end in time");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return Fail(Errc::kInternal, "it failed");
  return answer;
}

}  // namespace

std::vector<std::string> ReleasePrograms(std::string_view os) {
  if (os == "windows") return {"assist-agent.exe", "assist-supervisor.exe"};
  if (os == "freebsd") return {"assist-agent", "assist-supervisor"};
  return {"assist-agent", "assist-supervisor", "assist-container"};
}

Status StageRelease(const std::string& from, const std::string& to, std::string_view os, const Text& text) {
  for (const std::string& name : ReleasePrograms(os)) {
    if (!Exists(from + "/" + name)) return Missing(from, name, os, text);
  }
  if (Status made = MakeFolders(to, 0755); !made) return made;
  for (const std::string& name : ReleasePrograms(os)) {
    auto bytes = ReadFile(from + "/" + name, kMaxProgram);
    if (!bytes) return Forward(bytes);
    if (Status written = WriteFileAtomically(to + "/" + name, *bytes, 0755); !written) return written;
  }
  return {};
}

Status UnpackRelease(const std::string& archive, const std::string& to, const PackageTerms& terms, const Text& text) {
  auto format = FormatOfFile(archive, text);
  if (!format) return Forward(format);
  auto source = archive::OpenArchive(archive);
  if (!source) return tl::unexpected<Error>(ArchiveError(archive, source.error(), text));
  if (Status made = MakeFolders(to, 0755); !made) return made;
  archive::FolderTargetOptions target_options;
  target_options.sync = false;  // it goes again
  auto target = archive::OpenFolderTarget(to, target_options);
  if (!target) return tl::unexpected<Error>(ArchiveError(archive, target.error(), text));
  archive::Options options;
  options.names = RulesFor(terms);
  const auto contents = archive::Unpack(**source, ArchiveFormatOf(*format), options, **target);
  if (!contents) return tl::unexpected<Error>(ArchiveError(archive, contents.error(), text));
  const std::string os = terms.os.value_or("");
  for (const std::string& name : ReleasePrograms(os)) {
    const bool there =
        std::any_of(contents->files.begin(), contents->files.end(),
                    [&name](const archive::Entry& entry) { return entry.path == name && entry.link.empty(); });
    if (!there) return Missing(archive, name, os, text);
  }
  return {};
}

bool RunsHere(std::string_view os, std::string_view arch) {
  struct utsname system {};
  if (::uname(&system) != 0) return false;
  const std::string_view name = system.sysname;
  const std::string_view machine = system.machine;
  const bool same_os = (os == "linux" && name == "Linux") || (os == "freebsd" && name == "FreeBSD");
  const bool same_arch = (arch == "amd64" && (machine == "x86_64" || machine == "amd64")) ||
                         (arch == "arm64" && (machine == "aarch64" || machine == "arm64")) ||
                         (arch == "386" && (machine == "i686" || machine == "i386"));
  return same_os && same_arch;
}

Status CheckReleaseVersion(const std::string& folder, const std::string& version, milliseconds limit,
                           const Text& text) {
  const std::string program = folder + "/assist-agent";
  auto answer = Ask(program, limit);
  if (!answer) {
    return Fail(Errc::kInvalid, text(msg::kRelCannotRun, "assist-agent", EscapeLine(answer.error().detail)));
  }
  // `1.4.0`, or `assist-agent 1.4.0`
  std::string told = answer->substr(0, answer->find('\n'));
  if (const std::size_t blank = told.rfind(' '); blank != std::string::npos) told.erase(0, blank + 1);
  if (told == version) return {};
  return Fail(Errc::kInvalid, text(msg::kRelOtherVersion, "assist-agent", EscapeLine(told), EscapeLine(version)));
}

}  // namespace assist::cli

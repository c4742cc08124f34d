#include "agent/supervisor/program/script_process.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <optional>
#include <vector>

#include "agent/supervisor/client_word.h"

namespace assist::agent::supervisor {
namespace {

enum class Stage : int { kFiles = 1, kAccount = 2, kFolder = 3, kProgram = 4 };

// Longer than any client takes to give up.
constexpr int kWordPatience = 120;  // seconds

/// What the child tells when it could not become the program; nothing comes when it did (the pipe closes on exec).
struct Failure {
  int error = 0;
  Stage stage = Stage::kProgram;
};

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

/// Everything that allocates is made before the fork.
struct Plan {
  explicit Plan(const Spec& spec) : environment(Pointers(spec.environment)) {
    for (const auto& attempt : spec.attempts) attempts.push_back(Pointers(attempt));
    if (spec.run_as) groups.assign(spec.run_as->groups.begin(), spec.run_as->groups.end());
  }
  std::vector<char*> environment;
  std::vector<std::vector<char*>> attempts;
  std::vector<gid_t> groups;
};

[[noreturn]] void Fail(int report, Stage stage) {
  const Failure failure{errno, stage};
  [[maybe_unused]] const ssize_t put = ::write(report, &failure, sizeof failure);
  ::_exit(127);
}

/// The client's end of its pipe at its place, open in the program to come.
bool PlaceClientPipe(int client, int& report) {
  if (report == kClientPipe) report = ::fcntl(report, F_DUPFD_CLOEXEC, kClientPipe + 1);
  if (client == kClientPipe) return ::fcntl(client, F_SETFD, 0) == 0;
  return ::dup2(client, kClientPipe) >= 0;
}

/// A last wall for a single process, for when the supervisor is kept from measuring: behind the budget, so that what
/// ends there is known to be over it. Memory and processes have none: RLIMIT_AS counts what is reserved and not used,
/// RLIMIT_NPROC all processes of the account.
void LimitCpu(std::uint64_t budget_seconds) {
  rlimit limit{};
  if (budget_seconds == 0 || ::getrlimit(RLIMIT_CPU, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_cur, budget_seconds + 1);
  limit.rlim_max = std::min<rlim_t>(limit.rlim_max, budget_seconds + 2);
  ::setrlimit(RLIMIT_CPU, &limit);
}

/// `client`: -1 when the script is none.
[[noreturn]] void BecomeScript(const Spec& spec, const Plan& plan, const control_group::ControlGroup& group, int output,
                               int report, int client) {
  ::setsid();
  const int null = ::open("/dev/null", O_RDONLY);
  if (null < 0 || ::dup2(null, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(output, 2) < 0) Fail(report, Stage::kFiles);
  if (null > 2) ::close(null);
  if (client >= 0 && !PlaceClientPipe(client, report)) Fail(report, Stage::kFiles);
  for (const int signal : {SIGPIPE, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCHLD}) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::umask(022);
  LimitCpu(spec.budgets.cpu_seconds);
  (void)group.Enter();  // outside of it the supervisor's looking is what keeps the budgets
  if (spec.run_as) {
    if (::setgroups(plan.groups.size(), plan.groups.data()) != 0 ||
        ::setresgid(spec.run_as->group, spec.run_as->group, spec.run_as->group) != 0 ||
        ::setresuid(spec.run_as->user, spec.run_as->user, spec.run_as->user) != 0) {
      Fail(report, Stage::kAccount);
    }
  }
  if (::chdir(spec.working_directory.c_str()) != 0) Fail(report, Stage::kFolder);
  for (const std::vector<char*>& attempt : plan.attempts) ::execve(attempt[0], attempt.data(), plan.environment.data());
  Fail(report, Stage::kProgram);
}

std::string Describe(const Spec& spec, Stage stage) {
  switch (stage) {
    case Stage::kFiles:
      return "cannot prepare the script's files";
    case Stage::kAccount:
      return "cannot switch to the script's account";
    case Stage::kFolder:
      return "cannot enter " + spec.working_directory;
    case Stage::kProgram:
      break;
  }
  return "cannot execute " + spec.attempts.back().front();
}

int SecondsNow() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int>(now.tv_sec);
}

/// Until the client has said its word, or its time is over.
ClientWord HearWord(int pipe) {
  constexpr std::size_t kMaxWord = 4096;
  const int until = SecondsNow() + kWordPatience;
  std::string bytes;
  std::array<char, 512> piece{};
  for (;;) {
    const int left = until - SecondsNow();
    pollfd file{pipe, POLLIN, 0};
    if (left <= 0) return {kClientUnsure, "the program that runs it did not answer"};
    if (::poll(&file, 1, left * 1000) <= 0) continue;
    const ssize_t got = ::read(pipe, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || bytes.size() > kMaxWord) break;
    bytes.append(piece.data(), static_cast<std::size_t>(got));
    if (std::optional<ClientWord> word = DecodeClientWord(bytes)) return *word;
  }
  return {kClientUnsure, "the program that runs it ended too early"};
}

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};
bool MakePipe(Pipe& pipe) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  pipe.read.Reset(ends[0]);
  pipe.write.Reset(ends[1]);
  return true;
}

void End(pid_t pid) {
  ::kill(-pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

StartedScript StartScript(const Spec& spec, const control_group::ControlGroup& group) {
  StartedScript script;
  if (spec.attempts.empty() || spec.attempts.back().empty()) {
    script.error = EINVAL;
    script.what = "the spec names no program";
    return script;
  }
  const Plan plan(spec);
  Pipe output;
  Pipe report;
  Pipe client;
  if (!MakePipe(output) || !MakePipe(report) || (spec.client && !MakePipe(client))) {
    script.error = errno;
    script.what = "cannot make a pipe";
    return script;
  }
  script.output = std::move(output.read);
  // /dev/stdout of a script that runs as somebody else must open too.
  if (spec.run_as) (void)::fchown(output.write.get(), spec.run_as->user, spec.run_as->group);
  const pid_t pid = ::fork();
  if (pid == 0) BecomeScript(spec, plan, group, output.write.get(), report.write.get(), client.write.get());
  const int fork_error = errno;
  output.write.Reset();
  report.write.Reset();
  client.write.Reset();
  if (pid < 0) {
    script.error = fork_error;
    script.what = "cannot make a process";
    return script;
  }
  Failure failure;
  ssize_t got = 0;
  do {
    got = ::read(report.read.get(), &failure, sizeof failure);
  } while (got < 0 && errno == EINTR);
  if (got == static_cast<ssize_t>(sizeof failure)) {
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    script.error = failure.error;
    script.what = Describe(spec, failure.stage);
    return script;
  }
  if (spec.client) {
    ClientWord word = HearWord(client.read.get());
    if (word.code != 0) {
      End(pid);
      script.error = word.code;
      script.what = std::move(word.message);
      return script;
    }
  }
  script.pid = pid;
  return script;
}

}  // namespace assist::agent::supervisor

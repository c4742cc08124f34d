#include "agent/supervisor/program/script_process.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace assist::agent::supervisor {
namespace {

enum class Stage : int { kFiles = 1, kAccount = 2, kFolder = 3, kProgram = 4 };

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

[[noreturn]] void BecomeScript(const Spec& spec, const Plan& plan, int output, int report) {
  ::setsid();
  const int null = ::open("/dev/null", O_RDONLY);
  if (null < 0 || ::dup2(null, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(output, 2) < 0) Fail(report, Stage::kFiles);
  if (null > 2) ::close(null);
  for (const int signal : {SIGPIPE, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCHLD}) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::umask(022);
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

}  // namespace

StartedScript StartScript(const Spec& spec) {
  StartedScript script;
  if (spec.attempts.empty() || spec.attempts.back().empty()) {
    script.error = EINVAL;
    script.what = "the spec names no program";
    return script;
  }
  const Plan plan(spec);
  int output[2] = {-1, -1};
  int report[2] = {-1, -1};
  if (::pipe2(output, O_CLOEXEC) != 0 || ::pipe2(report, O_CLOEXEC) != 0) {
    script.error = errno;
    script.what = "cannot make a pipe";
    if (output[0] >= 0) {
      ::close(output[0]);
      ::close(output[1]);
    }
    return script;
  }
  script.output.Reset(output[0]);
  UniqueFd output_end(output[1]);
  UniqueFd report_end(report[0]);
  UniqueFd report_child(report[1]);
  // /dev/stdout of a script that runs as somebody else must open too.
  if (spec.run_as) (void)::fchown(output[1], spec.run_as->user, spec.run_as->group);
  const pid_t pid = ::fork();
  if (pid == 0) BecomeScript(spec, plan, output[1], report[1]);
  const int fork_error = errno;
  output_end.Reset();
  report_child.Reset();
  if (pid < 0) {
    script.error = fork_error;
    script.what = "cannot make a process";
    return script;
  }
  Failure failure;
  ssize_t got = 0;
  do {
    got = ::read(report_end.get(), &failure, sizeof failure);
  } while (got < 0 && errno == EINTR);
  if (got == static_cast<ssize_t>(sizeof failure)) {
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    script.error = failure.error;
    script.what = Describe(spec, failure.stage);
    return script;
  }
  script.pid = pid;
  return script;
}

}  // namespace assist::agent::supervisor

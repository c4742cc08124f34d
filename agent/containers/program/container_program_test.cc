// assist-container under a real assist-supervisor, with a scripted Docker and a scripted crictl.
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>
#include <vector>

#include "agent/containers/messages.h"
#include "agent/containers/program/fake_docker.h"
#include "agent/containers/program/find.h"
#include "agent/supervisor/client_word.h"
#include "agent/supervisor/spec.h"
#include "agent/supervisor/spool.h"
#include "common/posix/file.h"

namespace assist::agent::containers {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using supervisor::ExitKind;
using supervisor::ExitRecord;

bool WaitFor(const std::function<bool()>& condition, seconds patience = seconds(20)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(2));
  }
  return true;
}

bool Alive(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  if (!std::getline(stat, text)) return false;
  return text.substr(text.rfind(')') + 2, 1) != "Z";
}

std::string Slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

class ContainerProgramTest : public ::testing::TestWithParam<Runtime> {
 protected:
  void SetUp() override {
    char path[] = "/tmp/assist-container-XXXXXX";
    ASSERT_NE(::mkdtemp(path), nullptr);
    folder_ = path;
    order_.target = {GetParam(), folder_ + "/socket", std::string(64, 'c')};
    order_.crictl = folder_ + "/crictl";
    // exec ID COMMAND… behind two words that name the runtime; an exit code but 0 it complains about, as crictl does.
    WriteCrictl("shift 4; \"$@\"; code=$?; [ $code = 0 ] || { echo \"FATA[0000] exit code $code\" >&2; exit 1; }");
    if (GetParam() == Runtime::kDocker) docker_ = std::make_unique<FakeDocker>(order_.target.socket);
    spec_.working_directory = "/";
    spec_.environment = {"PATH=/usr/bin:/bin"};
    spec_.boot_id = "boot-1";
    spec_.cap_bytes = 16 << 20;
    spec_.client = true;
    spec_.attempts = {{ASSIST_CONTAINER, "run", folder_ + "/order"}};
  }
  void TearDown() override {
    if (pid_ > 0) {
      const std::string id = std::to_string(pid_);
      std::istringstream children(Slurp("/proc/" + id + "/task/" + id + "/children"));
      for (pid_t child = 0; children >> child;) ::kill(child, SIGKILL);
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    docker_.reset();
    // After a failure: what waits for its folder would do so for ever. The line tells it from a reused pid.
    for (const pid_t pid : seen_) {
      if (Slurp("/proc/" + std::to_string(pid) + "/cmdline").find(folder_) != std::string::npos) ::kill(pid, SIGKILL);
    }
    std::filesystem::remove_all(folder_);
  }
  [[nodiscard]] bool docker() const { return GetParam() == Runtime::kDocker; }

  void WriteCrictl(const std::string& script) {
    std::ofstream(order_.crictl) << "#!/bin/sh\n[ \"$1 $2\" = \"--runtime-endpoint unix://" << order_.target.socket
                                 << "\" ] || exit 9\n"
                                 << script << "\n";
    ::chmod(order_.crictl.c_str(), 0700);
  }
  void Start(const std::string& script) {
    order_.script = script;
    ASSERT_TRUE(WriteFileAtomically(folder_ + "/order", EncodeOrder(order_), 0600));
    ASSERT_TRUE(WriteFileAtomically(folder_ + "/spec", EncodeSpec(spec_), 0600));
    std::string program = ASSIST_SUPERVISOR;
    char* argv[] = {program.data(), folder_.data(), nullptr};
    char* environment[] = {nullptr};
    ASSERT_EQ(::posix_spawn(&pid_, program.c_str(), nullptr, nullptr, argv, environment), 0);
  }
  void Wish(char wish) {
    std::ofstream control(folder_ + "/control", std::ios::binary | std::ios::app);
    control << wish;
  }
  ExitRecord Finish(seconds patience = seconds(20)) {
    int status = -1;
    EXPECT_TRUE(WaitFor([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }, patience)) << "does not leave";
    pid_ = 0;
    const std::string all = Slurp(folder_ + "/spool");
    const supervisor::Head head = supervisor::DecodeHead(all);
    EXPECT_TRUE(head.exit);
    std::string_view body = std::string_view(all).substr(std::min(all.size(), supervisor::kHeadBytes));
    supervisor::Frame frame;
    output_.clear();
    while (DecodeFrame(body, frame) == supervisor::FrameState::kWhole) {
      output_ += frame.payload;
      body.remove_prefix(frame.size);
    }
    return head.exit.value_or(ExitRecord{});
  }
  /// The script writes a pid into the file `name`.
  pid_t PidIn(const std::string& name) {
    std::string text;
    EXPECT_TRUE(WaitFor([&] {
      text = Slurp(folder_ + "/" + name);
      return text.ends_with('\n');
    })) << name;
    seen_.push_back(std::atoi(text.c_str()));
    return seen_.back();
  }
  /// The loop of this process waits for the file `go`; it is gone when this returns.
  void LetGo(pid_t shell) {
    std::ofstream(folder_ + "/go") << "x";
    EXPECT_TRUE(WaitFor([shell] { return !Alive(shell); }));
  }
  [[nodiscard]] std::string In(std::string script) const {
    for (std::size_t at = 0; (at = script.find("$T", at)) != std::string::npos;) script.replace(at, 2, folder_);
    return script;
  }

  std::string folder_;
  std::vector<pid_t> seen_;  // by PidIn()
  Order order_;
  std::unique_ptr<FakeDocker> docker_;
  supervisor::Spec spec_;
  pid_t pid_ = 0;
  std::string output_;
};

TEST_P(ContainerProgramTest, OutputInItsOrderAndExitCodeCome) {
  Start("echo $0; echo out; echo err >&2; printf end; exit 3");
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kExited) << exit.message;
  EXPECT_EQ(exit.code, 3);
  EXPECT_EQ(output_, "/bin/sh\nout\nerr\nend");
}

TEST_P(ContainerProgramTest, AKilledScriptHasTheShellsExitCode) {
  Start("kill -9 $$");
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kExited);
  EXPECT_EQ(exit.code, 137);
}

TEST_P(ContainerProgramTest, AScriptLongerThanAnArgumentRuns) {
  std::string script = "x=";
  while (script.size() < 300'000) script += "\xE4\xB8\xAD";
  Start(script + "\necho ${#x} $#; case $x in *\xE4\xB8\xAD) echo whole;; esac; exit 5");
  EXPECT_EQ(Finish().code, 5);
  EXPECT_TRUE(output_.ends_with(" 0\nwhole\n")) << output_.substr(0, 200);
}

TEST_P(ContainerProgramTest, ADaemonThatHoldsTheOutputIsNotWaitedFor) {
  Start(In("sleep 600 & echo $! > $T/daemon; echo done"));
  EXPECT_EQ(Finish().kind, ExitKind::kExited);
  EXPECT_EQ(output_, "done\n");
  const pid_t daemon = PidIn("daemon");
  EXPECT_TRUE(Alive(daemon)) << "left on purpose";
  ::kill(daemon, SIGKILL);
}

TEST_P(ContainerProgramTest, AStopEndsAllThatRunsInside) {
  Start(In("trap '' TERM; (setsid sleep 600 & echo $! > $T/deep); echo going; echo $$ > $T/shell; sleep 600"));
  const pid_t deep = PidIn("deep");
  const pid_t shell = PidIn("shell");
  Wish(1);
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kStopped);
  EXPECT_EQ(exit.message, "");
  EXPECT_FALSE(Alive(shell));
  EXPECT_FALSE(Alive(deep));
  EXPECT_EQ(output_, "going\n");
}

TEST_P(ContainerProgramTest, ATimeOutOfTheProcessLeavesItsChildren) {
  spec_.timeout = seconds(1);
  spec_.on_timeout = supervisor::TerminationMode::kProcess;
  Start(In("sleep 600 & echo $! > $T/child; echo $$ > $T/shell; wait"));
  const pid_t child = PidIn("child");
  const pid_t shell = PidIn("shell");
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kTimeout);
  EXPECT_EQ(exit.message, "");
  EXPECT_FALSE(Alive(shell));
  EXPECT_TRUE(Alive(child));
  ::kill(child, SIGKILL);
}

TEST_P(ContainerProgramTest, TheScriptMayPrintItsEnvironment) {
  Start("env | grep -c '^ASSIST_TASK='; echo behind");
  EXPECT_EQ(Finish().kind, ExitKind::kExited);
  EXPECT_EQ(output_, "1\nbehind\n");
}

TEST_P(ContainerProgramTest, MuchOutputPassesWhole) {
  Start("i=0; while [ $i -lt 20000 ]; do echo line-$i; i=$((i+1)); done");
  EXPECT_EQ(Finish().code, 0);
  std::string all;
  for (int i = 0; i < 20'000; ++i) all += "line-" + std::to_string(i) + "\n";
  EXPECT_EQ(output_, all);
}

TEST_P(ContainerProgramTest, ARuntimeThatIsNotThereStartsNothing) {
  docker_.reset();
  std::filesystem::remove(order_.crictl);
  Start("echo x");
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kStartFailed);
  EXPECT_EQ(exit.code, supervisor::kClientFailed);
  EXPECT_NE(exit.message, "");
}

TEST_P(ContainerProgramTest, WhatTheRuntimeSaysIsPassedOn) {
  if (docker()) {
    docker_->start_status = 500;
  } else {
    WriteCrictl("echo 'FATA[0000] unable to find user' >&2; exit 1");
  }
  Start("echo x");
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kStartFailed);
  EXPECT_EQ(exit.code, supervisor::kClientFailed);
  EXPECT_NE(exit.message.find("unable to find user"), std::string::npos) << exit.message;
}

TEST_P(ContainerProgramTest, AClientThatIsKilledLeavesTheOutcomeUnknown) {
  Start(In("echo $$ > $T/shell; while [ ! -e $T/go ]; do sleep 0.01; done"));
  const pid_t shell = PidIn("shell");
  std::string children;
  ASSERT_TRUE(WaitFor([&] {
    children = Slurp("/proc/" + std::to_string(pid_) + "/task/" + std::to_string(pid_) + "/children");
    return !children.empty();
  }));
  ::kill(std::atoi(children.c_str()), SIGKILL);
  EXPECT_EQ(Finish().kind, ExitKind::kLost);
  LetGo(shell);
}

INSTANTIATE_TEST_SUITE_P(Runtimes, ContainerProgramTest, ::testing::Values(Runtime::kDocker, Runtime::kCri),
                         [](const auto& given) { return given.param == Runtime::kDocker ? "Docker" : "Cri"; });

class DockerProgramTest : public ContainerProgramTest {};

TEST_P(DockerProgramTest, UserAndDirectoryAreHandedOnAndKillsAreRoots) {
  order_.user = "app";
  order_.working_directory = "/srv";
  Start(In("echo $$ > $T/shell; sleep 600"));
  PidIn("shell");
  Wish(1);
  Finish();
  const auto asked = docker_->asked();
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[0].user, "app");
  EXPECT_EQ(asked[0].working_directory, "/srv");
  EXPECT_EQ(asked[1].user, "0");
  EXPECT_EQ(asked[1].working_directory, "");
}

TEST_P(DockerProgramTest, ACutStreamLosesOutputButNotTheExitCode) {
  Start(In("echo one; echo $$ > $T/shell; while [ ! -e $T/go ]; do sleep 0.01; done; exit 6"));
  PidIn("shell");
  docker_->CutStreams();
  ASSERT_TRUE(WaitFor([&] { return Slurp(folder_ + "/spool").find("cut off") != std::string::npos; }));
  std::ofstream(folder_ + "/go") << "x";
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kExited);
  EXPECT_EQ(exit.code, 6);
}

TEST_P(DockerProgramTest, ARuntimeThatForgetsTheCommandLeavesItUnknown) {
  Start(In("echo one; echo $$ > $T/shell; while [ ! -e $T/go ]; do sleep 0.01; done"));
  const pid_t shell = PidIn("shell");
  docker_->forget_execs = true;
  docker_->CutStreams();
  EXPECT_EQ(Finish().kind, ExitKind::kLost);
  EXPECT_NE(output_.find("no longer tells"), std::string::npos);
  LetGo(shell);
}

TEST_P(DockerProgramTest, AContainerThatEndsHasItsExitCode) {
  Start(In("echo $$ > $T/shell; exec sleep 600"));
  const pid_t shell = PidIn("shell");
  docker_->KillFirst(SIGKILL);
  ::kill(shell, SIGKILL);
  const ExitRecord exit = Finish();
  EXPECT_EQ(exit.kind, ExitKind::kExited);
  EXPECT_EQ(exit.code, 137);
}

TEST_P(DockerProgramTest, AStopThatCannotReachTheContainerSaysSo) {
  Start(In("echo $$ > $T/shell; while [ ! -e $T/go ]; do sleep 0.01; done"));
  const pid_t shell = PidIn("shell");
  docker_->create_status = 500;
  Wish(1);
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_TRUE(Alive(shell));
  const ExitRecord exit = Finish(seconds(40));
  EXPECT_EQ(exit.kind, ExitKind::kStopped);
  EXPECT_EQ(exit.message, "what it runs elsewhere could not be ended");
  LetGo(shell);
}

INSTANTIATE_TEST_SUITE_P(Runtimes, DockerProgramTest, ::testing::Values(Runtime::kDocker),
                         [](const auto& /*given*/) { return "Docker"; });

class FindTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/assist-find-XXXXXX";
    ASSERT_NE(::mkdtemp(path), nullptr);
    folder_ = path;
    places_ = {folder_ + "/docker.sock", {folder_ + "/no.sock", folder_ + "/cri.sock"}, folder_ + "/crictl"};
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void WithDocker(const std::string& list) {
    docker_ = std::make_unique<FakeDocker>(places_.docker);
    docker_->list = list;
  }
  void WithCri(const std::string& script) {
    std::ofstream(folder_ + "/cri.sock") << "";
    std::ofstream(places_.crictl) << "#!/bin/sh\n" << script << "\n";
    ::chmod(places_.crictl.c_str(), 0700);
  }
  std::string Found(const std::string& id, const std::string& name) {
    const auto found = Find(places_, id, name);
    if (!found) return found.error().code + (found.error().invalid ? "" : "!");
    return std::string(found->runtime == Runtime::kDocker ? "docker " : "cri ") + found->socket.substr(folder_.size()) +
           " " + found->id;
  }
  std::string folder_;
  Places places_;
  std::unique_ptr<FakeDocker> docker_;
};

constexpr const char* kDockerList =
    R"([{"Id":"aa11","Names":["/web"],"State":"running"},{"Id":"aa22","Names":["/db"],"State":"paused"}])";
constexpr const char* kCriScript =
    R"(echo '{"containers":[{"id":"bb11","metadata":{"name":"web"},"state":"CONTAINER_RUNNING"},)"
    R"({"id":"bb22","metadata":{"name":"job"},"state":"CONTAINER_RUNNING"}]}')";

TEST_F(FindTest, DockerIsAskedFirstAndThenEveryCriSocketThatIsThere) {
  WithDocker(kDockerList);
  WithCri(kCriScript);
  EXPECT_EQ(Found("", "web"), "docker /docker.sock aa11");
  EXPECT_EQ(Found("", "job"), "cri /cri.sock bb22");
  EXPECT_EQ(Found("containerd://bb1", ""), "cri /cri.sock bb11");
  EXPECT_EQ(Found("cri-o://", "web"), "InvalidContainerId");
  EXPECT_EQ(Found("docker://bb1", ""), "ContainerNotFound");
  EXPECT_EQ(Found("containerd://aa1", ""), "ContainerNotFound");
  EXPECT_EQ(Found("", "db"), "ContainerStateAbnormal");
  EXPECT_EQ(Found("", "nobody"), "ContainerNotFound");
  docker_->chunked = true;
  EXPECT_EQ(Found("aa11", "web"), "docker /docker.sock aa11");
  EXPECT_EQ(Found("aa11", "db"), "ContainerNameAndIdNotMatch");
}

TEST_F(FindTest, WithoutARuntimeThereIsNothingToConnectTo) {
  const auto found = Find(places_, "", "web");
  ASSERT_FALSE(found);
  EXPECT_TRUE(found.error().invalid);
  EXPECT_EQ(found.error().code, "ContainerConnectFailed");
  // As the stock agent says it.
  EXPECT_EQ(found.error().why,
            "Unable to connect to container to invoke command. No available container runtime to find container for "
            "executing command");
}

TEST_F(FindTest, ARuntimeThatFailsDoesNotHideTheOthers) {
  std::ofstream(places_.docker) << "no socket";
  EXPECT_EQ(Found("", "job"), "ContainerConnectFailed");
  WithCri(kCriScript);
  EXPECT_EQ(Found("", "job"), "cri /cri.sock bb22");
  const auto found = Find(places_, "", "nobody");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, "ContainerNotFound");
  EXPECT_NE(found.error().why.find("docker.sock"), std::string::npos) << "says where it could not look";
}

TEST_F(FindTest, WithoutCrictlACriRuntimeCannotBeReached) {
  WithCri("exit 0");
  std::filesystem::remove(places_.crictl);
  const auto found = Find(places_, "", "web");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, "ContainerConnectFailed");
  EXPECT_NE(found.error().why.find(places_.crictl), std::string::npos);
  WithCri("echo 'FATA[0000] connection refused' >&2; exit 1");
  EXPECT_EQ(Found("", "web"), "ContainerConnectFailed");
  WithCri("echo nonsense");
  EXPECT_EQ(Found("", "web"), "ContainerRuntimeInternalError!");
}

TEST_F(FindTest, ARuntimeThatAnswersNonsenseIsAnError) {
  WithDocker("nonsense");
  EXPECT_EQ(Found("", "web"), "ContainerRuntimeInternalError!");
}

}  // namespace
}  // namespace assist::agent::containers

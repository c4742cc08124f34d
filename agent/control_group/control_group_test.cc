// With the kernel's own groups where they may be made, and with made-up folders for what this kernel does not have.
#include "agent/control_group/control_group.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace assist::agent::control_group {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kMiB = 1 << 20;

std::string Text(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}
void Put(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

/// What a process that enters and then touches so much memory ends with.
int StatusOfOneThatHolds(const ControlGroup& group, std::size_t bytes) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (!group.Enter()) ::_exit(9);
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) ::_exit(8);
    for (std::size_t at = 0; at < bytes; at += 4096) static_cast<volatile char*>(memory)[at] = 1;
    ::_exit(0);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return status;
}

class KernelsGroupsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const GroupFolders own = OwnGroupFolders();
    ControlGroup probe(own, "assist-probe-" + std::to_string(::getpid()), {64 * kMiB, true});
    const bool whole = probe.walled() && probe.CpuTime();
    probe.Close();
    if (!whole) GTEST_SKIP() << "this process may make no control groups for memory and CPU time";
  }
  static std::vector<std::string> Ours() {
    std::vector<std::string> out;
    const GroupFolders own = OwnGroupFolders();
    for (const std::string& parent : {own.unified, own.memory, own.cpu}) {
      const std::string path = parent + "/assist-" + std::to_string(::getpid());
      if (!parent.empty() && fs::exists(path)) out.push_back(path);
    }
    return out;
  }
};

TEST_F(KernelsGroupsTest, WhoWantsMoreThanTheWallIsEndedAndItIsTold) {
  ControlGroup group = ControlGroup::Make({32 * kMiB, true});
  EXPECT_FALSE(Ours().empty());
  EXPECT_EQ(StatusOfOneThatHolds(group, 8 * kMiB), 0);
  EXPECT_FALSE(group.MemoryAtWall());
  const int status = StatusOfOneThatHolds(group, 256 * kMiB);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  const auto most = group.MemoryAtWall();
  ASSERT_TRUE(most);
  EXPECT_GE(*most, 31 * kMiB);
  EXPECT_LE(*most, 33 * kMiB);
  group.Close();
  EXPECT_TRUE(Ours().empty());
}

TEST_F(KernelsGroupsTest, CpuTimeOfChildrenThatNobodyWaitedForCounts) {
  ControlGroup group = ControlGroup::Make({0, true});
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (!group.Enter()) ::_exit(9);
    ::signal(SIGCHLD, SIG_IGN);
    if (::fork() == 0) {
      timespec used{};
      while (used.tv_sec == 0 && used.tv_nsec < 200'000'000) ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
      ::_exit(0);
    }
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
    ::_exit(0);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  EXPECT_GE(group.CpuTime(), std::chrono::milliseconds(190));
  group.Close();
}

TEST_F(KernelsGroupsTest, WhatRunsOnGoesOnOutsideAndTheGroupIsRemoved) {
  ControlGroup group = ControlGroup::Make({32 * kMiB, true});
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (!group.Enter() || ::write(ends[1], "x", 1) != 1) ::_exit(9);
    ::pause();
    ::_exit(0);
  }
  char entered = 0;
  ASSERT_EQ(::read(ends[0], &entered, 1), 1);
  group.Close();
  EXPECT_TRUE(Ours().empty());
  EXPECT_EQ(::kill(pid, 0), 0);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
}

/// Folders with the files of version 2, in which nothing happens by itself.
class MadeUpGroupsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (fs::exists("/run/systemd/system")) GTEST_SKIP() << "systemd's marks cannot be made up everywhere";
    char path[] = "/tmp/assist-groups-XXXXXX";
    ASSERT_NE(::mkdtemp(path), nullptr);
    base_ = path;
    folders_.unified = base_ / "agent";
    Fill(base_);
    Fill(base_ / "agent");
    Put(base_ / "cgroup.subtree_control", "cpu memory\n");
  }
  void TearDown() override {
    if (!base_.empty()) fs::remove_all(base_);
  }
  static void Fill(const fs::path& folder) {
    fs::create_directories(folder);
    for (const char* name : {"cgroup.procs", "cgroup.subtree_control", "memory.max"}) Put(folder / name, "");
    Put(folder / "cgroup.controllers", "cpuset cpu memory pids\n");
    Put(folder / "memory.events", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n");
    Put(folder / "memory.peak", "4096\n");
    Put(folder / "cpu.stat", "usage_usec 1500\nuser_usec 1000\n");
  }
  fs::path base_;
  GroupFolders folders_;
};

TEST_F(MadeUpGroupsTest, OfVersionTwoItLiesBesideTheAgentAndTellsWhatTheKernelCounts) {
  Fill(base_ / "assist-7");
  const ControlGroup group(folders_, "assist-7", {3 * kMiB, true});
  EXPECT_EQ(Text(base_ / "assist-7/memory.max"), std::to_string(3 * kMiB));
  EXPECT_TRUE(group.Enter());
  EXPECT_EQ(Text(base_ / "assist-7/cgroup.procs"), "0");
  EXPECT_EQ(group.CpuTime(), std::chrono::microseconds(1500));
  EXPECT_FALSE(group.MemoryAtWall());
  Put(base_ / "assist-7/memory.events", "oom 0\noom_kill 1\n");
  EXPECT_FALSE(group.MemoryAtWall()) << "the whole machine was out of memory, not the group";
  Put(base_ / "assist-7/memory.events", "oom 1\noom_kill 1\n");
  EXPECT_EQ(group.MemoryAtWall(), 4096u);
}

TEST_F(MadeUpGroupsTest, WithoutTheControllerThereIsNoGroup) {
  Put(base_ / "cgroup.subtree_control", "cpu pids memory_like\n");
  const ControlGroup group(folders_, "assist-7", {3 * kMiB, true});
  EXPECT_FALSE(fs::exists(base_ / "assist-7"));
  EXPECT_FALSE(group.CpuTime());
  EXPECT_FALSE(group.MemoryAtWall());
  EXPECT_TRUE(group.Enter());
}

TEST_F(MadeUpGroupsTest, AnAgentAloneInItsGroupMovesDownAndHandsTheControllerOn) {
  folders_.unified = base_;
  fs::remove_all(base_ / "agent");
  Put(base_ / "cgroup.subtree_control", "");
  Put(base_ / "cgroup.procs", "1\n2\n");
  EXPECT_FALSE(SettleAgent(folders_)) << "others are in there";
  EXPECT_FALSE(fs::exists(base_ / "agent"));
  Put(base_ / "cgroup.procs", std::to_string(::getpid()) + "\n");
  EXPECT_FALSE(SettleAgent(folders_)) << "a made-up folder has no cgroup.procs";
  Put(base_ / "agent/cgroup.procs", "");
  EXPECT_TRUE(SettleAgent(folders_));
  EXPECT_EQ(Text(base_ / "agent/cgroup.procs"), "0");
  EXPECT_EQ(Text(base_ / "cgroup.subtree_control"), "+memory");
}

TEST_F(MadeUpGroupsTest, GroupsOfSupervisorsThatAreNoMoreAreRemoved) {
  const pid_t gone = ::fork();
  if (gone == 0) ::_exit(0);
  ::waitpid(gone, nullptr, 0);
  const fs::path left = base_ / ("assist-" + std::to_string(gone));
  const fs::path lives = base_ / ("assist-" + std::to_string(::getpid()));
  fs::create_directory(left);
  fs::create_directory(lives);
  fs::create_directory(base_ / "other");
  Fill(base_ / "assist-7");
  const ControlGroup group(folders_, "assist-7", {3 * kMiB, false});
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(lives));
  EXPECT_TRUE(fs::exists(base_ / "other"));
}

}  // namespace
}  // namespace assist::agent::control_group

#include "agent/control_group/group_folders.h"

#include <gtest/gtest.h>

namespace assist::agent::control_group {
namespace {

TEST(GroupFoldersTest, BothVersionsSideBySide) {
  const GroupFolders found = FindGroupFolders(
      "25 1 0:23 / /proc rw - proc proc rw\n"
      "31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
      "32 25 0:28 / /sys/fs/cgroup/memory rw shared:10 master:2 - cgroup cgroup rw,memory\n"
      "33 25 0:29 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
      "34 25 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup rw\n",
      "9:name=systemd:/system.slice/a.service\n5:memory:/m\n4:cpu,cpuacct:/\n0::/u\n");
  EXPECT_EQ(found.memory, "/sys/fs/cgroup/memory/m");
  EXPECT_EQ(found.cpu, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(found.systemd, "/sys/fs/cgroup/systemd/system.slice/a.service");
  EXPECT_EQ(found.unified, "/sys/fs/cgroup/unified/u");
}

TEST(GroupFoldersTest, VersionTwoAlone) {
  const GroupFolders found = FindGroupFolders("30 1 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n",
                                              "0::/system.slice/assist-agent.service\n");
  EXPECT_EQ(found.unified, "/sys/fs/cgroup/system.slice/assist-agent.service");
  EXPECT_EQ(found.memory, "");
  EXPECT_EQ(found.cpu, "");
}

TEST(GroupFoldersTest, AMountOfAPartOfTheTreeShowsThatPart) {
  const char* mounts = "32 25 0:28 /docker/abc /sys/fs/cgroup/mem\\040ory ro - cgroup cgroup rw,memory\n";
  EXPECT_EQ(FindGroupFolders(mounts, "5:memory:/docker/abc/x\n").memory, "/sys/fs/cgroup/mem ory/x");
  EXPECT_EQ(FindGroupFolders(mounts, "5:memory:/docker/abc\n").memory, "/sys/fs/cgroup/mem ory");
  EXPECT_EQ(FindGroupFolders(mounts, "5:memory:/docker/abcd\n").memory, "");
  EXPECT_EQ(FindGroupFolders(mounts, "5:memory:/elsewhere\n").memory, "");
  EXPECT_EQ(FindGroupFolders(mounts, "5:memory:/../outside\n").memory, "");
}

TEST(GroupFoldersTest, WhatMakesNoSenseIsNothing) {
  for (const char* mounts : {"", "\n", "a b c", " - cgroup2 x y", "1 2 3 / /x rw - cgroup2"}) {
    EXPECT_EQ(FindGroupFolders(mounts, "0::/\n").unified, "") << mounts;
  }
  const char* good = "30 1 0:26 / /c rw - cgroup2 cgroup2 rw\n";
  for (const char* groups : {"", ":", "0:", "1::/x\n", "x"}) {
    EXPECT_EQ(FindGroupFolders(good, groups).unified, "") << groups;
  }
}

TEST(GroupFoldersTest, NumbersBehindNames) {
  EXPECT_EQ(NumberOf("low 0\noom 3\noom_kill 12\n", "oom_kill"), 12);
  EXPECT_EQ(NumberOf("low 0\noom 3\noom_kill 12\n", "oom"), 3);
  EXPECT_EQ(NumberOf("oom_kill_disable 0\nunder_oom 0\n", "oom_kill"), -1);
  EXPECT_EQ(NumberOf("oom x\n", "oom"), -1);
  EXPECT_EQ(NumberOf("oom -4\n", "oom"), -1);
  EXPECT_EQ(NumberOf("oom 99999999999999999999\n", "oom"), -1);
}

}  // namespace
}  // namespace assist::agent::control_group

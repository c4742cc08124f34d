#include "agent/package_installer/system/system_scripts.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "agent/supervisor/program/process_tree.h"
#include "common/files/files.h"
#include "common/runtime/system_clock.h"
#include "test/support/system/scratch_folder.h"

namespace assist::agent::package_installer {
namespace {

using How = ScriptRunner::How;

class SystemScriptsTest : public ::testing::Test {
 protected:
  SystemScriptsTest() { EXPECT_TRUE(MakeFolders(folder_.path() + "/pkg/bin", 0755)); }

  static asio::awaitable<void> Keep(asio::awaitable<Result<ScriptRunner::End>> work,
                                    std::optional<Result<ScriptRunner::End>>& out) {
    out.emplace(co_await std::move(work));
  }
  Result<ScriptRunner::End> Run(const std::string& script, mode_t mode = 0755, std::chrono::seconds timeout = Long(),
                                bool through_stop = false) {
    EXPECT_TRUE(WriteFileAtomically(folder_.path() + "/pkg/bin/script", script, mode));
    ScriptRunner::Call call;
    call.folder = "pkg";
    call.script = "bin/script";
    call.timeout = timeout;
    call.through_stop = through_stop;
    call.variables = {{"PACKAGE_NAME", "nginx"}};
    asio::io_context io(1);
    std::optional<Result<ScriptRunner::End>> out;
    asio::co_spawn(io, Keep(scripts_.Run(std::move(call)), out), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    io.run();
    return std::move(*out);
  }
  static std::chrono::seconds Long() { return std::chrono::seconds(60); }
  std::string Written(const std::string& name) {
    const Result<std::string> text = ReadFile(folder_.path() + "/pkg/" + name, 4096);
    return text ? *text : "";
  }

  test::ScratchFolder folder_;
  SystemClock clock_;
  artifact::StopSign stop_;
  SystemScripts scripts_{folder_.path(), clock_, stop_};
};

TEST_F(SystemScriptsTest, AScriptRunsInItsFolderWithItsVariables) {
  const auto end = Run("#!/bin/sh\necho $PACKAGE_NAME > told\npwd > where\nexit 7\n");
  ASSERT_TRUE(end) << end.error().detail;
  EXPECT_EQ(end->how, How::kExited);
  EXPECT_EQ(end->code, 7);
  EXPECT_EQ(Written("told"), "nginx\n");
  EXPECT_EQ(Written("where"), folder_.path() + "/pkg\n");
}

TEST_F(SystemScriptsTest, WhatIsNotExecutableIsReadByTheShell) {
  EXPECT_EQ(Run("exit 5\n", 0644)->code, 5);
  EXPECT_EQ(Run("exit 6\n", 0755)->code, 6) << "no #! line";
  EXPECT_EQ(Run("#!/bin/sh\nkill -9 $$\n")->code, 128 + 9);
}

TEST_F(SystemScriptsTest, AtItsLimitItEndsWithAllItStarted) {
  const auto end =
      Run("#!/bin/sh\nsetsid sh -c 'sleep 600' & echo $! > child\nsleep 600\n", 0755, std::chrono::seconds(1));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->how, How::kTimedOut);
  const int child = std::stoi(Written("child"));
  // It is our child now, and dead: only its entry in the table may be left.
  const Result<std::string> state = ReadFile("/proc/" + std::to_string(child) + "/stat", 4096);
  EXPECT_TRUE(!state || state->find(") Z ") != std::string::npos) << *state;
}

TEST_F(SystemScriptsTest, AStopEndsItUnlessItCleansUp) {
  stop_.Set();
  EXPECT_EQ(Run("#!/bin/sh\nsleep 600\n")->how, How::kStopped);
  const auto end = Run("#!/bin/sh\nexit 0\n", 0755, Long(), true);
  EXPECT_EQ(end->how, How::kExited);
}

TEST_F(SystemScriptsTest, WhatAScriptForksWhileItIsEndedEndsWithIt) {
  stop_.Set();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Run("#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8; do (sleep 600 & sleep 600) & done; sleep 600\n")->how,
              How::kStopped);
    EXPECT_EQ(supervisor::KillDescendants(), 0) << "in round " << i;
  }
}

TEST_F(SystemScriptsTest, AMissingScriptIsAnError) {
  ScriptRunner::Call call;
  EXPECT_TRUE(Run("exit 0\n"));
  ASSERT_TRUE(RemoveFile(folder_.path() + "/pkg/bin/script"));
  call.folder = "pkg";
  call.script = "bin/script";
  asio::io_context io(1);
  std::optional<Result<ScriptRunner::End>> out;
  asio::co_spawn(io, Keep(scripts_.Run(std::move(call)), out), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  io.run();
  EXPECT_FALSE(*out);
}

}  // namespace
}  // namespace assist::agent::package_installer

#include "agent/containers/posix/posix_container_host.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <optional>

#include "agent/containers/messages.h"
#include "common/runtime/system_clock.h"

namespace assist::agent::containers {
namespace {

class PosixContainerHostTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/assist-find-XXXXXX";
    ASSERT_NE(::mkdtemp(path), nullptr);
    folder_ = path;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static asio::awaitable<void> Keep(ContainerHost& host, std::optional<Outcome<Target>>& out) {
    out.emplace(co_await host.Find("docker://ab", "-name"));
  }
  /// With a program that is this shell script.
  Outcome<Target> Find(const std::string& script, std::chrono::seconds patience = std::chrono::seconds(20)) {
    const std::string program = folder_ + "/program";
    std::ofstream(program) << "#!/bin/sh\n" << script;
    ::chmod(program.c_str(), 0700);
    PosixContainerHost host({program, "/d.sock", {"/c1.sock", "/c2.sock"}, "crictl-x", patience}, io_.get_executor(),
                            clock_);
    std::optional<Outcome<Target>> out;
    asio::co_spawn(io_, Keep(host, out), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!out && std::chrono::steady_clock::now() < deadline) io_.run_one_for(std::chrono::milliseconds(100));
    EXPECT_TRUE(out.has_value());
    return std::move(*out);
  }

  std::string folder_;
  asio::io_context io_;
  SystemClock clock_;
};

TEST_F(PosixContainerHostTest, TheProgramIsAskedAndItsAnswerIsTheAnswer) {
  const Outcome<Target> good = Target{Runtime::kDocker, "/d.sock", "ab12"};
  std::ofstream(folder_ + "/answer", std::ios::binary) << EncodeAnswer(good);
  const auto found = Find("printf '%s|' \"$@\" > " + folder_ + "/asked; cat " + folder_ + "/answer");
  ASSERT_TRUE(found) << found.error().why;
  EXPECT_EQ(*found, *good);
  std::ifstream asked(folder_ + "/asked");
  std::string line;
  std::getline(asked, line);
  EXPECT_EQ(line, "find|/d.sock|crictl-x|docker://ab|-name|/c1.sock|/c2.sock|");
}

TEST_F(PosixContainerHostTest, AProgramThatFailsIsAnError) {
  const auto found = Find("echo nonsense; exit 3");
  ASSERT_FALSE(found);
  EXPECT_FALSE(found.error().invalid);
  EXPECT_EQ(found.error().code, "ContainerRuntimeInternalError");
}

TEST_F(PosixContainerHostTest, AProgramThatHangsIsEndedWithAllThatItStarted) {
  const auto found = Find("sleep 600 & echo $! > " + folder_ + "/child; sleep 600", std::chrono::seconds(1));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, "ContainerRuntimeTimeout");
  std::ifstream file(folder_ + "/child");
  std::string pid;
  ASSERT_TRUE(std::getline(file, pid));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  bool alive = true;
  while (alive && std::chrono::steady_clock::now() < deadline) {
    std::ifstream stat("/proc/" + pid + "/stat");
    std::string text;
    alive = std::getline(stat, text) && text.substr(text.rfind(')') + 2, 1) != "Z";
  }
  EXPECT_FALSE(alive);
}

}  // namespace
}  // namespace assist::agent::containers

#include "common/posix/account_base.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "common/posix/file.h"

namespace assist {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AccountBaseTest : public ::testing::Test {
 protected:
  AccountBaseTest() {
    folder_ = ::testing::TempDir() + "account_base." + std::to_string(::getpid()) + '.' +
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    EXPECT_TRUE(MakeFolders(folder_, 0700));
    options_.passwd = Write("passwd", "root:x:0:0::/root:\nalice:x:1000:1000::/home/alice:\n");
    options_.group = Write("group", "root:x:0:\nvideo:x:44:alice,carol\n");
    options_.name_switch = Write("nsswitch.conf", "passwd: files ldap\ngroup: files ldap\n");
    options_.getent = {folder_ + "/absent", folder_ + "/getent"};
  }
  std::string Write(const std::string& name, const std::string& text) {
    std::string path = folder_ + '/' + name;
    std::ofstream(path) << text;
    return path;
  }
  /// A getent that does this; what it was asked is in Asked().
  void Getent(const std::string& script) {
    const std::string path = Write("getent", "#!/bin/sh\necho \"$@\" >> " + folder_ + "/asked\n" + script + "\n");
    ASSERT_EQ(::chmod(path.c_str(), 0700), 0);
  }
  std::string Asked() { return ReadFile(folder_ + "/asked", 4096).value_or(""); }

  std::string folder_;
  AccountBase::Options options_;
};

TEST_F(AccountBaseTest, TheFilesAnswerWithoutGetent) {
  Getent("exit 1");
  const AccountBase base(options_);
  EXPECT_EQ((*base.FindUser("alice"))->home, "/home/alice");
  EXPECT_EQ((*base.FindUser(0u))->name, "root");
  EXPECT_EQ((*base.FindGroup("video"))->group, 44u);
  EXPECT_EQ(Asked(), "");
}

TEST_F(AccountBaseTest, GetentAnswersForWhatIsElsewhere) {
  Getent(
      "case \"$1 $2\" in\n"
      "  'passwd bob'|'passwd 3000') echo 'bob:*:3000:3001:Bob:/home/bob:/bin/sh';;\n"
      "  'group crew') echo 'crew:*:3001:bob';;\n"
      "  'initgroups bob') echo 'bob      3001 44 7';;\n"
      "  *) exit 2;;\n"
      "esac");
  const AccountBase base(options_);
  const auto bob = base.FindUser("bob");
  ASSERT_TRUE(bob && *bob);
  EXPECT_EQ((*bob)->user, 3000u);
  EXPECT_EQ((*base.FindUser(3000u))->name, "bob");
  EXPECT_EQ((*base.FindGroup("crew"))->group, 3001u);
  EXPECT_THAT(*base.GroupsOf(**bob), ElementsAre(7u, 44u, 3001u));
  EXPECT_EQ(Asked(), "passwd bob\npasswd 3000\ngroup crew\ninitgroups bob\n");
  // There is none, and a number is not taken for a name.
  EXPECT_EQ(*base.FindUser("eve"), std::nullopt);
  EXPECT_EQ(*base.FindUser("3000"), std::nullopt);
  EXPECT_EQ(*base.FindGroup("eve"), std::nullopt);
}

TEST_F(AccountBaseTest, WhereThereAreOnlyFilesNobodyIsAsked) {
  Getent("echo 'bob:*:3000:3001:Bob:/home/bob:/bin/sh'");
  for (const char* text : {"passwd: files\ngroup: files\n", ""}) {
    Write("nsswitch.conf", text);
    const AccountBase base(options_);
    EXPECT_EQ(*base.FindUser("bob"), std::nullopt);
    EXPECT_THAT(*base.GroupsOf({"carol", 5, 1001, ""}), ElementsAre(44u, 1001u));
  }
  EXPECT_EQ(Asked(), "");
}

TEST_F(AccountBaseTest, WhatIsNoNameIsNeverAskedFor) {
  Getent("echo 'bob:*:3000:3001:Bob:/home/bob:/bin/sh'");
  const AccountBase base(options_);
  for (const std::string& name : {std::string(), std::string("-h"), std::string("a:b"), std::string("a\nb"),
                                  std::string("a\0b", 3), std::string(2000, 'a')}) {
    EXPECT_EQ(*base.FindUser(name), std::nullopt) << name;
    EXPECT_EQ(*base.FindGroup(name), std::nullopt) << name;
  }
  EXPECT_EQ(Asked(), "");
}

TEST_F(AccountBaseTest, ASilentGetentIsEndedAndNamed) {
  Getent("exec sleep 1000");
  options_.answer_within = std::chrono::milliseconds(300);
  const auto begun = std::chrono::steady_clock::now();
  const auto found = AccountBase(options_).FindUser("bob");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::kExpired);
  EXPECT_THAT(found.error().detail, HasSubstr("getent passwd bob did not answer within 300 ms"));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(60));
}

TEST_F(AccountBaseTest, AnAnswerWithoutEndAndAFailureAreNamed) {
  Getent("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done");
  options_.max_answer = 10'000;
  auto found = AccountBase(options_).FindUser("bob");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::kTooLarge);
  Getent("exit 3");
  found = AccountBase(options_).FindUser("bob");
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().detail, HasSubstr("failed with exit code 3"));
  Getent("kill -9 $$");
  found = AccountBase(options_).FindUser("bob");
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().detail, HasSubstr("failed with exit code -1"));
}

TEST_F(AccountBaseTest, ABareRootHasNoAccountsAndAnUnreadableFileIsNamed) {
  options_.passwd = "/nonexistent/passwd";
  options_.getent = {};
  EXPECT_EQ(*AccountBase(options_).FindUser("root"), std::nullopt);
  options_.passwd = folder_;
  const auto found = AccountBase(options_).FindUser("root");
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().detail, HasSubstr(folder_));
}

}  // namespace
}  // namespace assist

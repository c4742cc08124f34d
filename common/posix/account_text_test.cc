#include "common/posix/account_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kPasswd =
    "root:x:0:0:root:/root:/bin/bash\n"
    "# a comment\n"
    "+::::::\n"
    "\n"
    "half:x:12\n"
    "minus:x:4294967295:5::/:\n"
    "large:x:99999999999:5::/:\n"
    "letters:x:12a:5::/:\n"
    ":x:7:7::/:\n"
    "alice:x:1000:1001:Alice,,,:/home/alice:/bin/sh\n"
    "short:x:1002:1002\n"
    "alice:x:2000:2000::/elsewhere:/bin/sh\n"
    "last:x:1003:1003::/home/last";

TEST(AccountTextTest, AUserIsFoundByNameAndByNumber) {
  const auto alice = UserNamed(kPasswd, "alice");
  ASSERT_TRUE(alice);
  EXPECT_EQ(alice->user, 1000u);
  EXPECT_EQ(alice->group, 1001u);
  EXPECT_EQ(alice->home, "/home/alice");
  EXPECT_EQ(UserWithId(kPasswd, 0)->name, "root");
  EXPECT_EQ(UserWithId(kPasswd, 1003)->home, "/home/last");
  EXPECT_EQ(UserNamed(kPasswd, "short")->home, "");
  EXPECT_EQ(FirstUser(kPasswd)->name, "root");
}

TEST(AccountTextTest, LinesThatAreNoneGiveNoUser) {
  for (const char* name : {"half", "minus", "large", "letters", "", "+", "# a comment", "ali", "alice:x", "x"}) {
    EXPECT_FALSE(UserNamed(kPasswd, name)) << name;
  }
  for (const uid_t id : {12u, 5u, 7u}) EXPECT_FALSE(UserWithId(kPasswd, id)) << id;
  EXPECT_FALSE(FirstUser("nothing\nof:this\n"));
  EXPECT_FALSE(UserNamed("", "root"));
}

constexpr std::string_view kGroup =
    "root:x:0:\n"
    "wheel:x:10:root,alice\n"
    "video:x:44:alice2,balice,alice\n"
    "none:x:45:ali,alice2\n"
    "odd:x:x:alice\n"
    "alice:x:1001:";

TEST(AccountTextTest, AGroupIsFoundByNameAndByMember) {
  EXPECT_EQ(GroupNamed(kGroup, "video")->group, 44u);
  EXPECT_EQ(GroupNamed(kGroup, "alice")->group, 1001u);
  EXPECT_FALSE(GroupNamed(kGroup, "odd"));
  EXPECT_FALSE(GroupNamed(kGroup, ""));
  EXPECT_EQ(FirstGroup("x\nv:x:4:\n")->name, "v");
  EXPECT_THAT(GroupsWith(kGroup, "alice"), ElementsAre(10u, 44u));
  EXPECT_THAT(GroupsWith(kGroup, "nobody"), IsEmpty());
  EXPECT_THAT(GroupsWith(kGroup, ""), IsEmpty());
}

TEST(AccountTextTest, InitialGroupsAreTheNumbersBehindTheName) {
  EXPECT_THAT(InitialGroups("alice                 10 44  1001\nbob 7\n"), ElementsAre(10u, 44u, 1001u));
  EXPECT_THAT(InitialGroups("1000\n"), IsEmpty());
  EXPECT_THAT(InitialGroups("alice x 4294967295 5"), ElementsAre(5u));
  EXPECT_THAT(InitialGroups(""), IsEmpty());
}

TEST(AccountTextTest, OtherSourcesThanFilesAreSeen) {
  constexpr std::string_view kSwitch =
      "# passwd: ldap\n"
      "passwd:\tfiles # sss\n"
      " group :  files [NOTFOUND=return SUCCESS = merge] sss\n"
      "shadow: files [ NOTFOUND = return ]\n"
      "hosts: dns\n"
      "empty:\n";
  EXPECT_FALSE(HasOtherSources(kSwitch, "passwd"));
  EXPECT_TRUE(HasOtherSources(kSwitch, "group"));
  EXPECT_FALSE(HasOtherSources(kSwitch, "shadow"));
  EXPECT_FALSE(HasOtherSources(kSwitch, "empty"));
  EXPECT_FALSE(HasOtherSources(kSwitch, "absent"));
  EXPECT_TRUE(HasOtherSources("passwd:sss files", "passwd"));
}

}  // namespace
}  // namespace assist

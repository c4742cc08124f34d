#include "common/net/hosts_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace assist {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Find(std::string_view text, std::string_view name) {
  std::vector<std::string> found;
  for (const auto& address : AddressesInHosts(text, name)) found.push_back(address.to_string());
  return found;
}

constexpr std::string_view kHosts =
    "# comment\n"
    "127.0.0.1\tlocalhost\n"
    "\n"
    "  10.0.0.5   one.example.org one  # one.two\r\n"
    "2001:db8::5 one.example.org\n"
    "fe80::1 linklocal\n"
    "not-an-address broken\n"
    "10.0.0.6\n"
    "10.0.0.7 two.example.org #two\n"
    "10.0.0.5 ONE.example.org\n"
    "10.0.0.9 last";

TEST(HostsFileTest, AllLinesOfANameCountInTheirOrderAndOnce) {
  EXPECT_THAT(Find(kHosts, "one.example.org"), ElementsAre("10.0.0.5", "2001:db8::5"));
  EXPECT_THAT(Find(kHosts, "one"), ElementsAre("10.0.0.5"));
  EXPECT_THAT(Find(kHosts, "last"), ElementsAre("10.0.0.9"));
  EXPECT_THAT(Find(kHosts, "linklocal"), ElementsAre("fe80::1"));
}

TEST(HostsFileTest, CaseAndADotAtTheEndDoNotMatter) {
  EXPECT_THAT(Find(kHosts, "One.Example.ORG."), ElementsAre("10.0.0.5", "2001:db8::5"));
}

TEST(HostsFileTest, CommentsPartsOfNamesAndBrokenLinesGiveNothing) {
  for (const char* name :
       {"one.two", "two", "one.example", "example.org", "broken", "10.0.0.6", "10.0.0.5", "", ".", "#"}) {
    EXPECT_THAT(Find(kHosts, name), ElementsAre()) << name;
  }
  EXPECT_THAT(Find("", "one"), ElementsAre());
}

}  // namespace
}  // namespace assist

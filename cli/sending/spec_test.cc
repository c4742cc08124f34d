#include "cli/sending/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using testing::ElementsAre;
using testing::Pair;

const Text kText(Language::kEnglish);

Result<SendOptions> Read(const std::vector<std::string>& words) {
  auto parsed = ParseVerb(SendSpec(), words, kText);
  if (!parsed) return Forward(parsed);
  return ReadSend(*parsed, kText);
}

TEST(SendSpecTest, TheFileKeepsItsNameUnlessOneIsGiven) {
  EXPECT_EQ(Read({"a/b.conf", "/etc", "--all"}).value().name, "b.conf");
  EXPECT_EQ(Read({"b.conf", "/etc", "--all", "--name", "c"}).value().name, "c");
  EXPECT_FALSE(Read({"-", "/etc", "--all"})) << "standard input has no name";
  EXPECT_EQ(Read({"-", "/etc", "--all", "--name", "c"}).value().file, "-");
  EXPECT_FALSE(Read({"a/", "/etc", "--all"}));
}

TEST(SendSpecTest, WhatIsGivenGoesToTheServer) {
  const SendOptions options = Read({"f", "/d", "-i", "web-1", "--mode", "0600", "--owner", "o", "--group", "g",
                                    "--overwrite", "--timeout", "30", "--delivery-timeout", "-1"})
                                  .value();
  EXPECT_THAT(
      SendParameters(options, "hello"),
      ElementsAre(Pair("Name", "f"), Pair("TargetDir", "/d"), Pair("ContentType", "Base64"),
                  Pair("Content", "aGVsbG8="), Pair("FileMode", "0600"), Pair("FileOwner", "o"), Pair("FileGroup", "g"),
                  Pair("Overwrite", "true"), Pair("Timeout", "30"), Pair("DeliveryTimeout", "-1")));
}

TEST(SendSpecTest, WhatIsMissingIsSaid) {
  EXPECT_FALSE(Read({"f", "-i", "web-1"}));
  EXPECT_FALSE(Read({"f", "/d"}));
}

}  // namespace
}  // namespace assist::cli

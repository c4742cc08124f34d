#include "cli/verbs/output_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using testing::ElementsAre;
using testing::Pair;

const Text kText(Language::kEnglish);

const VerbSpec& Spec() {
  static const VerbSpec kSpec = {
      .name = "x",
      .summary = msg::kLsSummary,
      .options = {{msg::kGroupWhere,
                   {{"-i", "--instance", "ID", msg::kLsOptInstance, Offer::kNothing, "", true},
                    {"-t", "--tag", "KEY=VALUE", msg::kLsOptTag, Offer::kNothing, "", true}}},
                  ListOutputGroup()},
  };
  return kSpec;
}

VerbWords Parsed(const std::vector<std::string>& words) { return ParseVerb(Spec(), words, kText).value(); }

TEST(OutputOptionsTest, TheFormOfAnAnswer) {
  const OutputOptions plain = ReadOutput(Parsed({}));
  EXPECT_EQ(plain.kind, OutputKind::kTable);
  EXPECT_TRUE(plain.table().header);
  EXPECT_FALSE(plain.table().wide);
  const OutputOptions other = ReadOutput(Parsed({"-o", "ids", "--no-header", "-w"}));
  EXPECT_EQ(other.kind, OutputKind::kIds);
  EXPECT_FALSE(other.table().header);
  EXPECT_TRUE(other.table().wide);
  EXPECT_FALSE(ParseVerb(Spec(), std::vector<std::string>{"-o", "xml"}, kText));
}

TEST(OutputOptionsTest, ListsMayBePartedByCommasAndHoldNothingTwice) {
  EXPECT_THAT(ReadList(Parsed({"-i", "a,b", "c", "-i", "a", ",d"}), "--instance"), ElementsAre("a", "b", "c", "d"));
}

TEST(OutputOptionsTest, PairsHaveAKey) {
  EXPECT_THAT(ReadPairList(Parsed({"-t", "a=1", "b=x=y", "c="}), "--tag", kText).value(),
              ElementsAre(Pair("a", "1"), Pair("b", "x=y"), Pair("c", "")));
  EXPECT_FALSE(ReadPairList(Parsed({"-t", "web"}), "--tag", kText));
  EXPECT_FALSE(ReadPairList(Parsed({"-t", "=web"}), "--tag", kText));
}

}  // namespace
}  // namespace assist::cli

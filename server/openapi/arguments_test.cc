#include "server/openapi/arguments.h"

#include <gtest/gtest.h>

#include "common/base/random.h"

namespace assist::server::openapi {
namespace {

Answer<Arguments> Check(std::vector<ParameterSpec> specs, std::string_view query) {
  return Arguments::Check(specs, Parameters(encoding::ParseForm(query), {}), "CreateCommand", model::Limits::Compat());
}

/// The code of the refusal, or "OK".
std::string Code(std::vector<ParameterSpec> specs, std::string_view query) {
  const auto arguments = Check(std::move(specs), query);
  return arguments ? "OK" : arguments.error().code;
}

TEST(ArgumentsTest, MandatoryOnesMustBeThereAndNotEmpty) {
  const std::vector<ParameterSpec> specs = {Text("Name").Mandatory(),
                                            Instances(10).Mandatory("MissingParam.InstanceId"), Tags().Mandatory()};
  const auto code = [&specs](std::string_view query) {
    const auto there = Arguments::CheckMandatory(specs, Parameters(encoding::ParseForm(query), {}), "SendFile",
                                                 model::Limits::Compat());
    return there ? "OK" : there.error().code;
  };
  EXPECT_EQ(code("Name="), "MissingName");
  EXPECT_EQ(code("Name=a"), "MissingParam.InstanceId");
  EXPECT_EQ(code("Name=a&InstanceIds=b"), "MissingTag");
  EXPECT_EQ(code("Name=a&InstanceIds=b&Tag.1.Key=k"), "OK");
}

TEST(ArgumentsTest, TextsAreMeasuredInCharacters) {
  const auto spec = Text("Name").AtLeast(2, "InstanceName.ExceedLimit").AtMost(3, "CmdName.ExceedLimit");
  EXPECT_EQ(Code({spec}, "Name=%E4%B8%AD%E4%B8%AD%E4%B8%AD"), "OK");
  EXPECT_EQ(Code({spec}, "Name=abcd"), "CmdName.ExceedLimit");
  EXPECT_EQ(Code({spec}, "Name=a"), "InstanceName.ExceedLimit");
  EXPECT_EQ(Code({spec}, "Name="), "OK");
  EXPECT_EQ(Code({spec}, "Name=a%FF"), "InvalidName");
  EXPECT_EQ(Check({spec}, "Name=ab")->Text("Name"), "ab");
  EXPECT_EQ(Check({spec}, "")->Text("Name"), "");
  EXPECT_FALSE(Check({spec}, "")->TextIfGiven("Name"));
}

TEST(ArgumentsTest, BytesStayAsSent) {
  EXPECT_EQ(Check({Text("C").Bytes(0)}, "C=%FF%0D%0A")->Text("C"), "\xff\r\n");
  auto spec = Text("C").Bytes(3);
  spec.if_above = "CmdContent.ExceedLimit";
  EXPECT_EQ(Code({spec}, "C=abc%0A"), "OK");
  EXPECT_EQ(Code({spec}, "C=abcd"), "CmdContent.ExceedLimit");
}

TEST(ArgumentsTest, NumbersHaveBoundsOnBothSides) {
  const auto spec =
      Number("Timeout").AtLeast(1, "InvalidParam.PageNumber").AtMost(60, "InvalidTimeout.ExceedLimit").Default("30");
  EXPECT_EQ(Check({spec}, "Timeout=60")->Number("Timeout"), 60);
  EXPECT_EQ(Check({spec}, "")->Number("Timeout"), 30);
  EXPECT_FALSE(Check({spec}, "")->Has("Timeout"));
  EXPECT_EQ(Code({spec}, "Timeout=61"), "InvalidTimeout.ExceedLimit");
  EXPECT_EQ(Code({spec}, "Timeout=99999999999999999999"), "InvalidTimeout.ExceedLimit");
  EXPECT_EQ(Code({spec}, "Timeout=0"), "InvalidParam.PageNumber");
  EXPECT_EQ(Code({spec}, "Timeout=-99999999999999999999"), "InvalidParam.PageNumber");
  for (const auto* query : {"Timeout=a", "Timeout=1a", "Timeout=1.0", "Timeout=%201", "Timeout=-", "Timeout=%2B1"}) {
    EXPECT_EQ(Code({spec}, query), "InvalidTimeout") << query;
  }
  EXPECT_FALSE(Check({Number("N")}, "")->Number("N"));
}

TEST(ArgumentsTest, FlagsAreReadInAnyCase) {
  const auto spec = Flag("Keep").Default("false");
  EXPECT_EQ(Check({spec}, "Keep=True")->Flag("Keep"), true);
  EXPECT_EQ(Check({spec}, "Keep=FALSE")->Flag("Keep"), false);
  EXPECT_EQ(Check({spec}, "")->Flag("Keep"), false);
  EXPECT_FALSE(Check({Flag("Timed")}, "")->Flag("Timed"));
  EXPECT_EQ(Code({spec}, "Keep=1"), "InvalidKeep");
}

TEST(ArgumentsTest, WordsAreThoseOfTheList) {
  const auto spec = CommandTypes("Type", "InvalidCmdType.NotFound");
  EXPECT_EQ(Code({spec}, "Type=RunShellScript"), "OK");
  EXPECT_EQ(Code({spec}, "Type=runshellscript"), "InvalidCmdType.NotFound");
  EXPECT_EQ(Code({StatusWords("InvokeStatus")}, "InvokeStatus=Gone"), "InvalidInvokeStatus");
  const auto encoding = ContentEncoding("Base64");
  EXPECT_EQ(Check({encoding}, "ContentEncoding=plaintext")->Text("ContentEncoding"), "PlainText");
  EXPECT_EQ(Check({encoding}, "ContentEncoding=gzip")->Text("ContentEncoding"), "Base64");
  EXPECT_EQ(Check({encoding}, "")->Text("ContentEncoding"), "Base64");
}

TEST(ArgumentsTest, TagsHaveTheirOwnRules) {
  EXPECT_EQ(Check({Tags()}, "Tag.1.Key=k&Tag.2.Key=l&Tag.2.Value=v")->Tags("Tag"),
            (model::Tags{{"k", ""}, {"l", "v"}}));
  const std::string long_key(65, 'k');
  EXPECT_EQ(Code({Tags()}, "Tag.1.Value=v"), "MissingParameter.TagKey");
  EXPECT_EQ(Code({Tags()}, "Tag.1.Key="), "MissingParameter.TagKey");
  EXPECT_EQ(Code({Tags()}, "Tag.1.Key=k&Tag.2.Key=k"), "Duplicate.TagKey");
  EXPECT_EQ(Code({Tags()}, "Tag.1.Key=" + long_key), "InvalidTagKey.Malformed");
  for (const auto* key : {"aliyunX", "acs:x", "a-http://b", "a-https://b"}) {
    EXPECT_EQ(Code({Tags()}, std::string("Tag.1.Key=") + key), "InvalidTagKey.Malformed") << key;
  }
  EXPECT_EQ(Code({Tags()}, "Tag.1.Key=k&Tag.1.Value=http://x"), "InvalidTagValue.Malformed");
  EXPECT_EQ(Code({Tags()}, "Tag.1.Key=k&Tag.1.Value=" + std::string(129, 'v')), "InvalidTagValue.Malformed");
  std::string many;
  for (int i = 1; i <= 21; ++i) many += "Tag." + std::to_string(i) + ".Key=k" + std::to_string(i) + "&";
  EXPECT_EQ(Code({Tags()}, many), "NumberExceed.Tags");
  EXPECT_EQ(Code({ResourceTags(10)}, "ResourceTag.1.Key=acs:x"), "OK");
  EXPECT_EQ(Code({ResourceTags(10)}, "ResourceTag.1.Key=" + long_key), "InvalidResourceTagKey.Malformed");
}

TEST(ArgumentsTest, ListsOfInstancesAreCountedWithoutRepeats) {
  EXPECT_EQ(Code({Instances(2)}, "InstanceId.1=a1&InstanceId.2=b1&InstanceId.3=a1"), "OK");
  EXPECT_EQ(Code({Instances(2)}, "InstanceId.1=a1&InstanceId.2=b1&InstanceId.3=c1"), "InstanceIds.ExceedLimit");
  EXPECT_EQ(Code({Instances(2)}, "InstanceIds=[1]"), "InvalidInstanceIds");
  EXPECT_EQ(Code({Instances(2)}, "InstanceId.1=a%FF"), "InvalidInstanceId");
  EXPECT_EQ(Check({Texts("X")}, "X.1=a&X.2=a")->List("X").size(), 2u);
}

TEST(ArgumentsTest, WithATokenPagesAreNotLookedAt) {
  const auto specs = PagingParameters(50);
  EXPECT_EQ(Code(specs, "PageSize=51"), "InvalidParam.PageSize");
  EXPECT_EQ(Code(specs, "PageNumber=0"), "InvalidParam.PageNumber");
  EXPECT_EQ(Code(specs, "PageSize=51&PageNumber=x&MaxResults=50"), "OK");
  EXPECT_EQ(Code(specs, "PageSize=51&NextToken=t"), "OK");
  EXPECT_EQ(Code(specs, "MaxResults=51"), "InvalidParameter.MaxResults");
}

TEST(ArgumentsTest, InstanceNamesBeginWithALetter) {
  for (const auto* name : {"web", "中文", "Ünï.c_o-d:e9"}) EXPECT_TRUE(FitsInstanceName(name)) << name;
  for (const auto* name : {"", "9web", "-web", "web 1", "http://x", "https://x", "a\xff", "a→", "😀a", "a/b"}) {
    EXPECT_FALSE(FitsInstanceName(name)) << name;
  }
}

TEST(ArgumentsTest, RandomBytesNeverCrash) {
  SeededRandom random(4);
  const std::vector<ParameterSpec> specs = {
      Text("A").AtMost(3),  Number("B").AtLeast(0).AtMost(9), Flag("C"), Texts("D"), Instances(2), Tags(),
      CommandTypes("E", "")};
  static constexpr std::string_view kPieces[] = {
      "A", "B", "C",    "D", "E", "InstanceId",   "Tag", ".1", ".Key", ".Value",
      "=", "&", "true", "-", "9", "RunBatScript", "%FF", "%",  "\xff", "["};
  int good = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto left = random.Below(15); left > 0; --left) text += kPieces[random.Below(std::size(kPieces))];
    const auto arguments = Check(specs, text);
    if (arguments) {
      ++good;
    } else {
      EXPECT_EQ(arguments.error().status / 100, 4) << arguments.error().code;
    }
  }
  EXPECT_GT(good, 100);
  EXPECT_LT(good, 19'900);
}

TEST(ArgumentsTest, AClampedNumberIsTakenAsTheBoundThatItPasses) {
  const auto spec = Number("PageSize").AtLeast(10).AtMost(100).Default("10").Clamped();
  EXPECT_EQ(Check({spec}, "PageSize=1000")->Number("PageSize"), 100);
  EXPECT_EQ(Check({spec}, "PageSize=-3")->Number("PageSize"), 10);
  EXPECT_EQ(Check({spec}, "PageSize=99999999999999999999")->Number("PageSize"), 100);
  EXPECT_EQ(Code({spec}, "PageSize=x"), "InvalidPageSize");
}

TEST(ArgumentsTest, AnObjectIsJsonTextWithCheckedMembers) {
  const auto spec = Json("Config",
                         {Flag("Enabled"), Number("Limit").AtLeast(10).AtMost(95).Wrong("InvalidParam.PageSize"),
                          Text("Prefix").AtMost(3, "InvalidParameter.OssPrefix"), Word("Mode", {"Auto", "Kms"}),
                          Texts("Window").AtMost(2, "NumberExceed.Tags")},
                         "InvalidParameter.Parameters");
  const auto json = [&spec](const std::string& text) {
    const auto arguments = Arguments::Check({spec}, Parameters({{"Config", text}}, {}), "", model::Limits::Compat());
    return arguments ? json::Write(arguments->Json("Config")) : arguments.error().code;
  };
  EXPECT_EQ(json(R"({"Enabled":true,"Limit":20,"Prefix":"","Mode":"Kms","Window":["a"],"Other":[[1]]})"),
            R"({"Enabled":true,"Limit":20,"Prefix":"","Mode":"Kms","Window":["a"]})");
  EXPECT_EQ(json(R"({"Enabled":"False","Limit":"20"})"), R"({"Enabled":false,"Limit":20})");
  EXPECT_EQ(json(R"({"Enabled":null})"), "{}");
  EXPECT_EQ(json(""), "{}");
  EXPECT_EQ(json("[]"), "InvalidParameter.Parameters");
  EXPECT_EQ(json("{"), "InvalidParameter.Parameters");
  EXPECT_EQ(json(R"({"Enabled":2})"), "InvalidConfig");
  EXPECT_EQ(json(R"({"Limit":1.5})"), "InvalidParam.PageSize");
  EXPECT_EQ(json(R"({"Limit":""})"), "InvalidParam.PageSize");
  EXPECT_EQ(json(R"({"Limit":96})"), "InvalidConfig");
  EXPECT_EQ(json(R"({"Prefix":"abcd"})"), "InvalidParameter.OssPrefix");
  EXPECT_EQ(json(R"({"Mode":"auto"})"), "InvalidConfig");
  EXPECT_EQ(json(R"({"Window":"a"})"), "InvalidConfig");
  EXPECT_EQ(json(R"({"Window":["a","b","c"]})"), "NumberExceed.Tags");
}

TEST(ArgumentsTest, TagFiltersHaveAKeyAndUpToFiveValues) {
  ParameterSpec spec = Text("TagFilter").AtMost(2, "NumberExceed.Tags").Wrong("InvalidTagFilter.Malformed");
  spec.kind = ParameterSpec::Kind::kTagFilters;
  spec.if_value_wrong = "NumberExceed.TagValues";
  const auto good = Check({spec},
                          "TagFilter.2.TagKey=b&TagFilter.1.TagKey=a&TagFilter.1.TagValues.2=y&"
                          "TagFilter.1.TagValues.1=x");
  ASSERT_TRUE(good);
  ASSERT_EQ(good->TagFilters("TagFilter").size(), 2u);
  EXPECT_EQ(good->TagFilters("TagFilter")[0].key, "a");
  EXPECT_EQ(good->TagFilters("TagFilter")[0].values, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(good->TagFilters("TagFilter")[1].key, "b");
  EXPECT_TRUE(Check({spec}, "")->TagFilters("TagFilter").empty());
  EXPECT_EQ(Code({spec}, "TagFilter.1.TagValues.1=x"), "InvalidTagFilter.Malformed");
  EXPECT_EQ(Code({spec}, "TagFilter.1.TagKey=a&TagFilter.2.TagKey=b&TagFilter.3.TagKey=c"), "NumberExceed.Tags");
  std::string many = "TagFilter.1.TagKey=a";
  for (int i = 1; i <= 6; ++i) many += "&TagFilter.1.TagValues." + std::to_string(i) + "=v";
  EXPECT_EQ(Code({spec}, many), "NumberExceed.TagValues");
}

TEST(ArgumentsTest, AnEmptyTextStandsThoughItIsNotGiven) {
  EXPECT_TRUE(Check({Text("Name")}, "Name=")->Stands("Name"));
  EXPECT_FALSE(Check({Text("Name")}, "Name=")->Has("Name"));
  EXPECT_FALSE(Check({Text("Name")}, "")->Stands("Name"));
}

}  // namespace
}  // namespace assist::server::openapi

#include "cli/ecs/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace assist::cli {
namespace {

using ::testing::HasSubstr;

using Words = std::vector<std::string>;

/// The parameters as `name=value` lines, or the error.
std::string Parse(const Words& words) {
  const auto call = ParseEcs(words, Text(Language::kEnglish));
  if (!call) return "error: " + call.error().detail;
  std::string out;
  for (const auto& [name, value] : call->parameters) out += name + "=" + value + "\n";
  return out;
}

TEST(ArgumentsTest, TheFlowsOfTheFirstPublicDescription) {
  EXPECT_EQ(Parse({"CreateCommand", "--CommandContent", "ZWNobyAxMjM=", "--Type", "RunShellScript", "--Name", "test",
                   "--Description", "test"}),
            "CommandContent=ZWNobyAxMjM=\nType=RunShellScript\nName=test\nDescription=test\n");
  EXPECT_EQ(Parse({"InvokeCommand", "--InstanceIds", "id1", "id2", "--CommandId", "c-1", "--Timed", "false"}),
            "InstanceId.1=id1\nInstanceId.2=id2\nCommandId=c-1\nTimed=false\n");
  EXPECT_EQ(Parse({"DescribeInvocationResults", "--InstanceId", "id1", "--InvokeId", "t-1"}),
            "InstanceId=id1\nInvokeId=t-1\n");
}

TEST(ArgumentsTest, EveryFormOfAListOfInstances) {
  const std::string two = "InstanceId.1=a\nInstanceId.2=b\n";
  EXPECT_EQ(Parse({"InvokeCommand", "--InstanceId.1", "a", "--InstanceId.2", "b"}), two);
  EXPECT_EQ(Parse({"InvokeCommand", "--InstanceIds", "a", "b"}), two);
  EXPECT_EQ(Parse({"InvokeCommand", "--InstanceId", "a", "b"}), two);
  EXPECT_EQ(Parse({"InvokeCommand", "--InstanceId", "a", "--InstanceId", "b"}), two);
  EXPECT_EQ(Parse({"InvokeCommand", "--InstanceIds", "a,b"}), two);
  EXPECT_EQ(Parse({"InvokeCommand", "--InstanceIds", "[\"a\",\"b\"]"}), two);
  EXPECT_EQ(Parse({"InvokeCommand", "--InstanceIds=['a', 'b']"}), two);
  EXPECT_EQ(Parse({"InvokeCommand", "--InstanceId", "a"}), "InstanceId.1=a\n");
  EXPECT_EQ(Parse({"InvokeCommand", "--InstanceIds", "a"}), "InstanceId.1=a\n");
  EXPECT_EQ(Parse({"DescribeManagedInstances", "--InstanceIds", "a", "b"}), two);
}

TEST(ArgumentsTest, OneInstanceWhereOnlyOneIsTaken) {
  EXPECT_EQ(Parse({"DescribeInvocations", "--InstanceIds", "a"}), "InstanceId=a\n");
  EXPECT_THAT(Parse({"DescribeInvocations", "--InstanceIds", "a", "b"}), HasSubstr("takes one instance"));
  EXPECT_THAT(Parse({"DescribeInvocations", "--InstanceId", "a", "b"}), HasSubstr("takes one value"));
}

TEST(ArgumentsTest, DescribeInstancesGetsJsonText) {
  EXPECT_EQ(Parse({"DescribeInstances", "--InstanceIds", "i-1", "i-2"}), "InstanceIds=[\"i-1\",\"i-2\"]\n");
  EXPECT_EQ(Parse({"DescribeInstances", "--InstanceIds", "[\"i-1\"]"}), "InstanceIds=[\"i-1\"]\n");
  EXPECT_EQ(Parse({"DescribeInstances", "--PrivateIpAddresses", "10.0.0.1"}), "PrivateIpAddresses=[\"10.0.0.1\"]\n");
}

TEST(ArgumentsTest, ObjectsInListsAreWrittenWithTheirNumbers) {
  EXPECT_EQ(Parse({"RunCommand", "--Tag.1.Key", "k", "--Tag.1.Value=v", "--ResourceTag.1.Key=a"}),
            "Tag.1.Key=k\nTag.1.Value=v\nResourceTag.1.Key=a\n");
}

TEST(ArgumentsTest, AnythingMayStandBehindTheEqualsSign) {
  EXPECT_EQ(Parse({"RunCommand", "--CommandContent=--help", "--Timeout=-5", "--Name=", "--Description=a=b"}),
            "CommandContent=--help\nTimeout=-5\nName=\nDescription=a=b\n");
  EXPECT_EQ(Parse({"RunCommand", "--Description", "", "--Name", "-"}), "Description=\nName=-\n");
  EXPECT_EQ(Parse({"RunCommand", "--Parameters", "{\"a\": \"-- x\"}"}), "Parameters={\"a\": \"-- x\"}\n");
}

TEST(ArgumentsTest, UnknownActionsAreSentWithListsWhereThereAreSeveralValues) {
  EXPECT_EQ(Parse({"NewAction", "--Things", "a", "b", "--Thing", "c"}), "Things.1=a\nThings.2=b\nThing=c\n");
  EXPECT_EQ(Parse({"NewAction", "--InstanceIds", "a"}), "InstanceId.1=a\n");
}

TEST(ArgumentsTest, LocalMistakesAreOneLineWithTheRemedy) {
  const struct {
    Words words;
    const char* want;
  } cases[] = {
      {{}, "which action"},
      {{"--Name", "x"}, "which action"},
      {{"Describe-Regions"}, "no name of an action"},
      {{"RunCommand", "-i", "mi-1"}, "two hyphens"},
      {{"RunCommand", "stray"}, "stands behind no parameter"},
      {{"RunCommand", "--Name"}, "--Name="},
      {{"RunCommand", "--Name", "--Type", "x"}, "--Name="},
      {{"RunCommand", "--Timeout", "-5"}, "--Timeout=-5"},
      {{"RunCommand", "--instanceId", "a"}, "--InstanceId"},
      {{"RunCommand", "--", "echo"}, "no meaning"},
      {{"RunCommand", "--=x"}, "is no parameter"},
      {{"RunCommand", "--Name..1=x"}, "is no parameter"},
      {{"RunCommand", "--Na me", "x"}, "is no parameter"},
      {{"RunCommand", "--Name", "hello", "world"}, "quotes"},
      {{"RunCommand", "--Timeout", "1", "--Timeout", "2"}, "takes one value"},
      {{"RunCommand", "--Tag.1.Key", "a", "--Tag.1.Key", "b"}, "given twice"},
      {{"RunCommand", "--InstanceId.1", "a", "--InstanceIds", "b"}, "given twice"},
      {{"RunCommand", "--InstanceIds", "[1]"}, "no JSON array"},
      {{"RunCommand", "--InstanceIds", "[\"a\""}, "no JSON array"},
      {{"RunCommand", "--InstanceIds", ","}, "names no instance"},
      {{"RunCommand", "--Action", "x"}, "set by assist"},
      {{"RunCommand", "--AccessKeySecret", "x"}, "assist configure"},
      {{"RunCommand", "--endpoint"}, "--endpoint needs a value"},
      {{"RunCommand", "--endpoint", "--Name"}, "--endpoint needs a value"},
  };
  for (const auto& c : cases) {
    const std::string line = Parse(c.words);
    EXPECT_THAT(line, HasSubstr("error: "));
    EXPECT_THAT(line, HasSubstr(c.want));
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
  }
}

TEST(ArgumentsTest, OptionsOfTheProgramStandAnywhere) {
  const Words words = {"--endpoint", "h:1",  "DescribeRegions", "--credentials=/a.json",
                       "--region",   "cn-x", "--ca-file=/c.p",  "--output",
                       "raw"};
  const auto call = ParseEcs(words, Text(Language::kEnglish));
  ASSERT_TRUE(call) << call.error().detail;
  EXPECT_EQ(call->action, "DescribeRegions");
  EXPECT_TRUE(call->parameters.empty());
  EXPECT_EQ(call->common.layer.endpoint, "h:1");
  EXPECT_EQ(call->common.layer.region_id, "cn-x");
  EXPECT_EQ(call->common.layer.ca_file, "/c.p");
  EXPECT_EQ(call->common.layer.output_format, "raw");
  EXPECT_EQ(call->common.credentials, "/a.json");
}

TEST(ArgumentsTest, HelpIsSeenWhereverItStandsUnlessItIsAValue) {
  for (const Words& words :
       {Words{"--help"}, Words{"RunCommand", "-h"}, Words{"RunCommand", "--Name", "x", "--help"}}) {
    const auto call = ParseEcs(words, Text(Language::kEnglish));
    ASSERT_TRUE(call) << call.error().detail;
    EXPECT_TRUE(call->help);
  }
  const Words value = {"RunCommand", "--Name=--help"};
  EXPECT_FALSE(ParseEcs(value, Text(Language::kEnglish))->help);
}

TEST(ArgumentsTest, DefaultsFillWhatIsAbsentOnly) {
  encoding::FormFields fields;
  AddDefaults("RunCommand", "cn-hangzhou", "token", fields);
  EXPECT_EQ(fields, (encoding::FormFields{{"RegionId", "cn-hangzhou"}, {"ClientToken", "token"}}));
  AddDefaults("RunCommand", "other", "other", fields);
  EXPECT_EQ(fields.size(), 2u);
  encoding::FormFields read;
  AddDefaults("DescribeRegions", "r", "token", read);
  EXPECT_EQ(read, (encoding::FormFields{{"RegionId", "r"}}));
}

TEST(ArgumentsTest, HelpMayStandBeforeTheAction) {
  const std::vector<std::string> one = {"help", "RunCommand"};
  const auto call = ParseEcs(one, Text(Language::kEnglish));
  ASSERT_TRUE(call);
  EXPECT_TRUE(call->help);
  EXPECT_EQ(call->action, "RunCommand");
  const std::vector<std::string> alone = {"help"};
  ASSERT_TRUE(ParseEcs(alone, Text(Language::kEnglish)));
  EXPECT_TRUE(ParseEcs(alone, Text(Language::kEnglish))->help);
  EXPECT_EQ(ParseEcs(alone, Text(Language::kEnglish))->action, "");
}

}  // namespace
}  // namespace assist::cli

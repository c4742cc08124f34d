// TagResources, UntagResources, ListTagResources and DescribeInstances through the whole API.
#include <gtest/gtest.h>

#include "server/openapi/fake_api.h"
#include "server/openapi/fake_shape.h"

namespace assist::server::openapi {
namespace {

using encoding::FormFields;

class TagsTest : public testing::Test {
 protected:
  FakeApi::Reply Tag(const std::string& type, const std::string& id, const std::string& key, const std::string& value) {
    return api_.Call("TagResources",
                     {{"ResourceType", type}, {"ResourceId.1", id}, {"Tag.1.Key", key}, {"Tag.1.Value", value}});
  }
  /// `id key=value` of each row.
  std::string List(const std::string& type, FormFields fields) {
    fields.emplace_back("ResourceType", type);
    const auto reply = api_.Call("ListTagResources", std::move(fields));
    if (reply.code() != "OK") return reply.code();
    ExpectShape("ListTagResources", reply);
    std::string out;
    for (std::size_t i = 0; i < reply.size_at("TagResources.TagResource"); ++i) {
      const std::string row = "TagResources.TagResource." + std::to_string(i) + '.';
      EXPECT_EQ(reply.text_at(row + "ResourceType"), type);
      out += reply.text_at(row + "ResourceId") + ' ' + reply.text_at(row + "TagKey") + '=' +
             reply.text_at(row + "TagValue") + ';';
    }
    return out;
  }

  FakeApi api_;
};

TEST_F(TagsTest, EveryKindOfThingIsTaggedListedAndFoundByItsTags) {
  const std::string machine = api_.Register("web").str();
  const std::string command =
      api_.Call("CreateCommand", {{"Type", "RunShellScript"}, {"CommandContent", "ZWNobyAxMjM="}}).text_at("CommandId");
  const std::string invocation =
      api_.Call("InvokeCommand", {{"CommandId", command}, {"InstanceId.1", machine}}).text_at("InvokeId");
  const std::string file =
      api_.Call("SendFile", {{"Name", "a"}, {"TargetDir", "/tmp"}, {"Content", "text"}, {"InstanceId.1", machine}})
          .text_at("InvokeId");
  const std::string activation = api_.Call("CreateActivation").text_at("ActivationId");
  const std::pair<std::string, std::string> things[] = {{"managedinstance", machine},
                                                        {"command", command},
                                                        {"invocation", invocation},
                                                        {"invocation", file},
                                                        {"activation", activation}};
  for (const auto& [type, id] : things) {
    const auto tagged = Tag(type, id, "env", "test");
    EXPECT_EQ(tagged.code(), "OK") << type;
    ExpectShape("TagResources", tagged);
    EXPECT_EQ(List(type, {{"ResourceId.1", id}}), id + " env=test;") << type;
    EXPECT_EQ(Tag(type, id, "env", "prod").code(), "OK");
    EXPECT_EQ(List(type, {{"ResourceId.1", id}}), id + " env=prod;") << "a key has one value";
  }
  EXPECT_EQ(List("instance", {{"ResourceId.1", machine}}), machine + " env=prod;") << "machines by their other name";
  EXPECT_EQ(List("invocation", {{"Tag.1.Key", "env"}}), file + " env=prod;" + invocation + " env=prod;");
  const FormFields by_tag = {{"Tag.1.Key", "env"}, {"Tag.1.Value", "prod"}};
  EXPECT_EQ(api_.Call("DescribeCommands", by_tag).number_at("TotalCount"), 1);
  EXPECT_EQ(api_.Call("DescribeInvocations", by_tag).number_at("TotalCount"), 1);
  EXPECT_EQ(api_.Call("DescribeSendFileResults", by_tag).number_at("TotalCount"), 1);
  EXPECT_EQ(api_.Call("DescribeActivations", by_tag).number_at("TotalCount"), 1);
  EXPECT_EQ(api_.Call("DescribeManagedInstances", by_tag).number_at("TotalCount"), 1);
  const auto run = api_.Call("RunCommand", {{"Type", "RunShellScript"},
                                            {"CommandContent", "echo"},
                                            {"ResourceTag.1.Key", "env"},
                                            {"ResourceTag.1.Value", "prod"}});
  EXPECT_EQ(run.code(), "OK") << "a tag put on a machine chooses it";
}

TEST_F(TagsTest, TagsAreTakenOffByKeyOrAllTogether) {
  const std::string machine = api_.Register("web", {{"a", "1"}, {"b", "2"}, {"c", "3"}}).str();
  const FormFields thing = {{"ResourceType", "managedinstance"}, {"ResourceId.1", machine}};
  const auto untag = [&](FormFields besides) {
    besides.insert(besides.end(), thing.begin(), thing.end());
    return api_.Call("UntagResources", std::move(besides));
  };
  EXPECT_EQ(untag({{"TagKey.1", "b"}, {"TagKey.2", "never"}}).code(), "OK");
  EXPECT_EQ(List("managedinstance", {{"ResourceId.1", machine}}), machine + " a=1;" + machine + " c=3;");
  EXPECT_EQ(untag({}).code(), "OK");
  EXPECT_EQ(untag({{"All", "false"}}).code(), "OK");
  EXPECT_EQ(List("managedinstance", {{"ResourceId.1", machine}}), machine + " a=1;" + machine + " c=3;");
  EXPECT_EQ(untag({{"All", "true"}, {"TagKey.1", "a"}}).code(), "Param.Conflict");
  EXPECT_EQ(untag({{"All", "true"}}).code(), "OK");
  EXPECT_EQ(List("managedinstance", {{"ResourceId.1", machine}}), "");
}

TEST_F(TagsTest, OneUnknownIdRefusesAllAndSoDoTooManyTags) {
  const std::string machine = api_.Register("web").str();
  const auto mixed = api_.Call("TagResources", {{"ResourceType", "managedinstance"},
                                                {"ResourceId.1", machine},
                                                {"ResourceId.2", "mi-none"},
                                                {"Tag.1.Key", "k"}});
  EXPECT_EQ(mixed.code(), "InvalidResourceId.NotFound");
  EXPECT_EQ(mixed.status, 404);
  EXPECT_EQ(List("managedinstance", {{"ResourceId.1", machine}}), "");
  FormFields many = {{"ResourceType", "managedinstance"}, {"ResourceId.1", machine}};
  for (int i = 1; i <= 20; ++i) many.emplace_back("Tag." + std::to_string(i) + ".Key", "k" + std::to_string(i));
  EXPECT_EQ(api_.Call("TagResources", many).code(), "OK");
  EXPECT_EQ(Tag("managedinstance", machine, "k1", "again").code(), "OK");
  EXPECT_EQ(Tag("managedinstance", machine, "k21", "").code(), "OperationDenied.QuotaExceed");
}

TEST_F(TagsTest, RefusalsHaveTheCodesOfTheReference) {
  const std::string machine = api_.Register("web").str();
  const FormFields good = {{"ResourceType", "managedinstance"}, {"ResourceId.1", machine}, {"Tag.1.Key", "k"}};
  struct Case {
    std::string name;
    std::string value;
    std::string code;
    int status;
  };
  const Case cases[] = {{"ResourceType", "", "MissingParameter.ResourceType", 404},
                        {"ResourceType", "Command", "InvalidResourceType.NotFound", 404},
                        {"ResourceType", "disk", "InvalidResourceType.NotFound", 404},
                        {"ResourceId.1", "", "MissingParameter.ResourceIds", 404},
                        {"Tag.1.Key", std::string(129, 'k'), "InvalidTagKey.Malformed", 400},
                        {"Tag.1.Key", std::string(128, 'k'), "OK", 200},
                        {"Tag.1.Key", "acs:rm:rgId", "InvalidTagKey.Malformed", 400},
                        {"RegionId", "", "MissingParameter.RegionId", 404},
                        {"RegionId", "mars", "InvalidRegionId.NotFound", 404}};
  for (const Case& c : cases) {
    FormFields fields = good;
    std::erase_if(fields, [&c](const auto& field) { return field.first == c.name; });
    fields.emplace_back(c.name, c.value);
    const auto reply = api_.Call("TagResources", fields);
    EXPECT_EQ(reply.code(), c.code) << c.name << '=' << c.value;
    EXPECT_EQ(reply.status, c.status) << c.name;
  }
  const FormFields thing = {{"ResourceType", "managedinstance"}, {"ResourceId.1", machine}};
  EXPECT_EQ(api_.Call("TagResources", thing).code(), "MissingParameter.Tags");
  FormFields no_key = thing;
  no_key.emplace_back("Tag.1.Value", "v");
  EXPECT_EQ(api_.Call("TagResources", no_key).code(), "InvalidTag.Mismatch");
  FormFields many = good;
  for (int i = 2; i <= 51; ++i) many.emplace_back("ResourceId." + std::to_string(i), machine);
  EXPECT_EQ(api_.Call("TagResources", many).code(), "NumberExceed.ResourceIds");
  FormFields tags = thing;
  for (int i = 1; i <= 21; ++i) tags.emplace_back("Tag." + std::to_string(i) + ".Key", "k" + std::to_string(i));
  const auto refused = api_.Call("TagResources", tags);
  EXPECT_EQ(refused.code(), "NumberExceed.Tags");
  EXPECT_EQ(refused.message(), "The Tags parameter's number is exceed , Valid : 20.");
}

TEST_F(TagsTest, ListsNeedSomethingToChooseBy) {
  const std::string machine = api_.Register("web", {{"env", "prod"}, {"team", "web"}}).str();
  const std::string other = api_.Register("db", {{"env", "test"}}).str();
  const std::string kind = "managedinstance";
  EXPECT_EQ(List(kind, {}), "BothEmpty.TagsAndResources");
  EXPECT_EQ(List(kind, {{"ResourceId.1", "mi-none"}}), "InvalidResourceId.NotFound");
  EXPECT_EQ(List(kind, {{"Tag.1.Key", "env"}, {"TagFilter.1.TagKey", "env"}}), "InvalidTags.MalFormed");
  EXPECT_EQ(List(kind, {{"TagFilter.1.TagValues.1", "x"}}), "InvalidTagFilter.Malformed");
  EXPECT_EQ(List(kind, {{"Tag.1.Key", "env"}, {"Tag.1.Value", "test"}}), other + " env=test;");
  EXPECT_EQ(List(kind, {{"ResourceId.1", machine}, {"Tag.1.Key", "env"}, {"Tag.1.Value", "test"}}), "");
  EXPECT_EQ(List(kind, {{"TagFilter.1.TagKey", "*ea*"}}), machine + " env=prod;" + machine + " team=web;");
  EXPECT_EQ(List(kind, {{"TagFilter.1.TagKey", "env"}, {"TagFilter.1.TagValues.1", "te*"}}), other + " env=test;");
  EXPECT_EQ(List(kind, {{"Tag.1.Key", "acs:rm:rgId"}, {"Tag.1.Value", "rg-1"}}), "") << "there are no groups";
  EXPECT_EQ(List(kind, {{"Tag.1.Key", "acs:rm:rgId"}, {"Tag.2.Key", "env"}}), "InvalidTag.NotSupported");
}

TEST_F(TagsTest, ListsGoOnByToken) {
  const model::Tags three = {{"a", "1"}, {"b", "2"}, {"c", "3"}};
  for (int i = 0; i < 20; ++i) api_.Register("m" + std::to_string(i), three);
  const FormFields fields = {{"ResourceType", "managedinstance"}, {"Tag.1.Key", "a"}};
  const auto first = api_.Call("ListTagResources", fields);
  EXPECT_EQ(first.size_at("TagResources.TagResource"), 50u);
  FormFields next = fields;
  next.emplace_back("NextToken", first.text_at("NextToken"));
  const auto second = api_.Call("ListTagResources", next);
  EXPECT_EQ(second.size_at("TagResources.TagResource"), 10u);
  EXPECT_EQ(second.text_at("NextToken"), "");
  next.back().second = "nonsense";
  const auto refused = api_.Call("ListTagResources", next);
  EXPECT_EQ(refused.code(), "Invalid.NextToken");
  EXPECT_EQ(refused.status, 403);
}

class InstancesTest : public testing::Test {
 protected:
  std::string Code(FormFields fields) { return api_.Call("DescribeInstances", std::move(fields)).code(); }
  FakeApi api_;
};

TEST_F(InstancesTest, ThereAreNoneButTheWrappersAndPagesStand) {
  api_.Register("web");
  const auto reply = api_.Call("DescribeInstances", {{"PageSize", "500"}, {"InstanceIds", "[\"i-1\"]"}});
  EXPECT_EQ(reply.code(), "OK");
  EXPECT_EQ(reply.size_at("Instances.Instance"), 0u);
  EXPECT_EQ(reply.number_at("PageSize"), 100) << "clamped";
  EXPECT_EQ(reply.number_at("PageNumber"), 1);
  EXPECT_EQ(reply.number_at("TotalCount"), 0);
  EXPECT_EQ(reply.text_at("NextToken"), "");
  EXPECT_EQ(api_.Call("DescribeInstances", {{"MaxResults", "1"}}).number_at("PageSize"), 10);
}

TEST_F(InstancesTest, FiltersAreCheckedAllTheSame) {
  EXPECT_EQ(Code({{"InstanceIds", "i-1"}}), "InvalidInstanceIds.Malformed");
  EXPECT_EQ(Code({{"InstanceIds", "[1]"}}), "InvalidInstanceIds.Malformed");
  std::string many = "[\"i\"";
  for (int i = 0; i < 100; ++i) many += ",\"i\"";
  EXPECT_EQ(Code({{"InstanceIds", many + "]"}}), "InvalidInstanceIds.Malformed");
  EXPECT_EQ(Code({{"Status", "running"}}), "InvalidStatus.NotFound");
  EXPECT_EQ(Code({{"InstanceChargeType", "Free"}}), "InvalidInstanceChargeType.NotFound");
  EXPECT_EQ(Code({{"InternetChargeType", "Free"}}), "InvalidInternetChargeType.ValueNotSupported");
  EXPECT_EQ(Code({{"InstanceNetworkType", "x"}}), "InvalidNetworkType.NotFound");
  EXPECT_EQ(Code({{"LockReason", "x"}}), "InvalidLockReason.NotFound");
  EXPECT_EQ(Code({{"HpcClusterId", "x"}}), "InvalidHpcClusterId.NotFound");
  EXPECT_EQ(Code({{"Filter.1.Key", "Color"}, {"Filter.1.Value", "red"}}), "InvalidFilterKey.NotFound");
  EXPECT_EQ(Code({{"Filter.1.Key", "CreationStartTime"}, {"Filter.1.Value", "2020-01-01T00:00Z"}}), "OK");
  EXPECT_EQ(Code({{"Tag.1.Key", "acs:x"}}), "InvalidTag");
  EXPECT_EQ(Code({{"Tag.1.Value", "v"}}), "InvalidTag.Mismatch");
  EXPECT_EQ(Code({{"NextToken", "x"}}), "InvalidParameter.NextToken");
}

TEST_F(InstancesTest, ADryRunEndsInItsOwnError) {
  const auto reply = api_.Call("DescribeInstances", {{"DryRun", "true"}});
  EXPECT_EQ(reply.code(), "DryRunOperation");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(Code({{"DryRun", "true"}, {"Status", "x"}}), "InvalidStatus.NotFound");
}

}  // namespace
}  // namespace assist::server::openapi

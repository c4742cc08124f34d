#include "server/control/tags.h"

#include "server/control/fake_server.h"
#include "server/control/service_settings.h"

namespace assist::server::control {
namespace {

class TagsTest : public ControlTest {
 protected:
  model::Tags TagsOn(const InstanceId& machine) {
    model::Tags tags;
    Look([&](store::ReadTx& tx) { tags = tx.FindMachine(machine)->tags; });
    return tags;
  }
};

TEST_F(TagsTest, AllOrNothing) {
  const auto one = AddMachine("mi-1");
  const auto two = AddMachine("mi-2");
  TagResourcesIn in;
  in.kind = model::Taggable::kMachine;
  in.ids = {one.str(), two.str(), one.str()};
  in.tags = {{"a", "1"}, {"b", "2"}};
  ASSERT_TRUE(Change(TagResources, in));
  EXPECT_EQ(TagsOn(one), in.tags);
  EXPECT_EQ(TagsOn(two), in.tags);
  in.ids = {one.str(), "mi-none"};
  in.tags = {{"a", "3"}};
  EXPECT_EQ(ReasonOf(Change(TagResources, in)), "InvalidResourceId.NotFound");
  EXPECT_EQ(TagsOn(one)[0].value, "1");
  in.ids = {one.str()};
  for (std::size_t i = 0; i < kMaxTagsOfOne; ++i) in.tags.push_back({"k" + std::to_string(i), ""});
  EXPECT_EQ(ReasonOf(Change(TagResources, in)), "OperationDenied.QuotaExceed");
  EXPECT_EQ(TagsOn(one).size(), 2u);

  UntagResourcesIn off;
  off.kind = model::Taggable::kMachine;
  off.ids = {one.str(), "mi-none"};
  off.all = true;
  EXPECT_EQ(ReasonOf(Change(UntagResources, off)), "InvalidResourceId.NotFound");
  EXPECT_EQ(TagsOn(one).size(), 2u);
  off.ids = {one.str()};
  ASSERT_TRUE(Change(UntagResources, off));
  EXPECT_TRUE(TagsOn(one).empty());
}

TEST_F(TagsTest, SettingsOfOneRegionAreNotThoseOfAnother) {
  ModifyServiceSettingsIn in;
  in.region = "here";
  in.changes = {{SettingGroup::kResourceUsage, {{"CpuLimit", 30}}},
                {SettingGroup::kSessionManager, {{"SessionManagerEnabled", false}}}};
  ASSERT_TRUE(Change(ModifyServiceSettings, in));
  DescribeServiceSettingsIn asked;
  asked.groups = {SettingGroup::kResourceUsage, SettingGroup::kSessionManager};
  asked.region = "here";
  EXPECT_EQ(Read(DescribeServiceSettings, asked)->at(0).at("CpuLimit").as_int64(), 30);
  asked.region = "there";
  EXPECT_TRUE(Read(DescribeServiceSettings, asked)->at(0).empty());
  EXPECT_FALSE(Read(DescribeServiceSettings, asked)->at(1).at("SessionManagerEnabled").as_bool()) << "of all regions";
}

TEST_F(TagsTest, ARefusedGroupChangesNoOtherEither) {
  ModifyServiceSettingsIn in;
  in.changes = {{SettingGroup::kResourceUsage, {{"CpuLimit", 30}}},
                {SettingGroup::kInvocationOss, {{"Enabled", true}, {"BucketName", "b"}}}};
  EXPECT_EQ(ReasonOf(Change(ModifyServiceSettings, in)), "InvalidOssBucketName.NotFound");
  DescribeServiceSettingsIn asked;
  asked.groups = {SettingGroup::kResourceUsage};
  EXPECT_TRUE(Read(DescribeServiceSettings, asked)->at(0).empty());
}

}  // namespace
}  // namespace assist::server::control

// Activations and managed instances through the whole API.
#include <gtest/gtest.h>

#include "server/openapi/fake_api.h"
#include "server/openapi/fake_shape.h"

namespace assist::server::openapi {
namespace {

using encoding::FormFields;

class MachinesTest : public testing::Test {
 protected:
  FakeApi::Reply Activate(FormFields fields = {}) { return api_.Call("CreateActivation", std::move(fields)); }
  FakeApi::Reply Activations(FormFields fields = {}) { return api_.Call("DescribeActivations", std::move(fields)); }
  FakeApi::Reply Machines(FormFields fields = {}) { return api_.Call("DescribeManagedInstances", std::move(fields)); }
  FakeApi::Reply Status(FormFields fields = {}) { return api_.Call("DescribeCloudAssistantStatus", std::move(fields)); }

  FakeApi api_;
};

TEST_F(MachinesTest, AnActivationIsDescribedWithoutItsCode) {
  const auto created = Activate({{"Description", "for the lab"},
                                 {"InstanceCount", "5"},
                                 {"InstanceName", "lab"},
                                 {"IpAddressRange", "10.0.0.0/8"},
                                 {"TimeToLiveInHours", "2"},
                                 {"Tag.1.Key", "k"},
                                 {"Tag.1.Value", "v"}});
  ASSERT_EQ(created.code(), "OK") << created.text;
  ExpectShape("CreateActivation", created);
  EXPECT_TRUE(created.text_at("ActivationCode").starts_with("a-"));
  const auto list = Activations({{"ActivationId", created.text_at("ActivationId")}});
  ExpectShape("DescribeActivations", list);
  const std::string row = "ActivationList.0.";
  EXPECT_EQ(list.text_at(row + "Description"), "for the lab");
  EXPECT_EQ(list.number_at(row + "InstanceCount"), 5);
  EXPECT_EQ(list.text_at(row + "InstanceName"), "lab");
  EXPECT_EQ(list.text_at(row + "IpAddressRange"), "10.0.0.0/8");
  EXPECT_EQ(list.number_at(row + "TimeToLiveInHours"), 2);
  EXPECT_EQ(list.number_at(row + "RegisteredCount"), 0);
  EXPECT_FALSE(list.at(row + "Disabled").as_bool());
  EXPECT_EQ(list.text_at(row + "Tags.0.TagKey"), "k");
  EXPECT_EQ(list.text.find(created.text_at("ActivationCode")), std::string::npos);
}

TEST_F(MachinesTest, RefusalsOfCreateActivation) {
  struct Case {
    std::string name;
    std::string value;
    std::string code;
  };
  const Case cases[] = {
      {"InstanceName", "x", "InstanceName.ExceedLimit"},
      {"InstanceName", std::string(51, 'x'), "InstanceName.ExceedLimit"},
      {"InstanceName", "9x", "InstanceName.InvalidPattern"},
      {"InstanceName", "http://x", "InstanceName.InvalidPattern"},
      {"Description", std::string(101, 'x'), "ActivationDesc.ExceedLimit"},
      {"InstanceCount", "1001", "ActivationLimitation.Invalid"},
      {"InstanceCount", "0", "ActivationLimitation.Invalid"},
      {"InstanceCount", "x", "InvalidInstanceCount"},
      {"IpAddressRange", "10.0.0.0/33", "AddressRange.InvalidPattern"},
      {"TimeToLiveInHours", "5", "ActivationTTL.ExceedLimit"},
      {"TimeToLiveInHours", "0", "InvalidTimeToLiveInHours"},
      {"ResourceGroupId", "rg-1", "InvalidResourceGroup.NotFound"},
  };
  for (const Case& c : cases) EXPECT_EQ(Activate({{c.name, c.value}}).code(), c.code) << c.name << '=' << c.value;
  EXPECT_EQ(Activate({{"TimeToLiveInHours", "5"}}).message(),
            "The specified parameter TimeToLiveInHours exceeds the limit of 4.");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Activate().code(), "OK");
  EXPECT_EQ(Activate().code(), "ActivationCount.ExceedLimit");
}

TEST_F(MachinesTest, AClientTokenGivesTheSameActivation) {
  const auto first = Activate({{"ClientToken", "t"}});
  const auto again = Activate({{"ClientToken", "t"}});
  EXPECT_EQ(again.text_at("ActivationId"), first.text_at("ActivationId"));
  EXPECT_EQ(again.text_at("ActivationCode"), first.text_at("ActivationCode"));
  EXPECT_EQ(Activations().number_at("TotalCount"), 1);
}

TEST_F(MachinesTest, AnActivationIsDisabledAndDeleted) {
  const std::string id = Activate().text_at("ActivationId");
  const auto disabled = api_.Call("DisableActivation", {{"ActivationId", id}});
  EXPECT_EQ(disabled.code(), "OK");
  ExpectShape("DisableActivation", disabled);
  EXPECT_TRUE(disabled.at("Activation.Disabled").as_bool());
  EXPECT_EQ(api_.Call("DisableActivation", {{"ActivationId", id}}).code(), "OK");  // again
  const auto deleted = api_.Call("DeleteActivation", {{"ActivationId", id}});
  EXPECT_EQ(deleted.code(), "OK");
  ExpectShape("DeleteActivation", deleted);
  EXPECT_EQ(deleted.text_at("Activation.ActivationId"), id);
  for (const auto* action : {"DisableActivation", "DeleteActivation"}) {
    const auto gone = api_.Call(action, {{"ActivationId", id}});
    EXPECT_EQ(gone.code(), "ActivationId.NotFound") << action;
    EXPECT_EQ(gone.status, 404);
    EXPECT_EQ(api_.Call(action).code(), "MissingActivationId");
  }
}

TEST_F(MachinesTest, AnActivationInUseStays) {
  const InstanceId machine = api_.Register("web");
  const std::string id = Machines().text_at("Instances.0.ActivationId");
  const auto refused = api_.Call("DeleteActivation", {{"ActivationId", id}});
  EXPECT_EQ(refused.code(), "ActivationId.InUse");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(api_.Call("DeregisterManagedInstance", {{"InstanceId", machine.str()}}).code(), "OK");
  EXPECT_EQ(Activations().number_at("ActivationList.0.DeregisteredCount"), 1);
  EXPECT_EQ(api_.Call("DeleteActivation", {{"ActivationId", id}}).code(), "OK");
}

TEST_F(MachinesTest, MachinesAreDescribed) {
  const InstanceId web = api_.Register("web", {{"env", "test"}});
  const InstanceId win = api_.Register("win", {}, model::OsType::kWindows);
  api_.SetOnline(web);
  const auto list = Machines();
  ExpectShape("DescribeManagedInstances", list);
  EXPECT_EQ(list.number_at("TotalCount"), 2);
  EXPECT_EQ(list.text_at("Instances.0.InstanceId"), win.str());
  EXPECT_FALSE(list.at("Instances.0.Connected").as_bool());
  EXPECT_EQ(list.text_at("Instances.1.InstanceName"), "web");
  EXPECT_TRUE(list.at("Instances.1.Connected").as_bool());
  EXPECT_EQ(list.text_at("Instances.1.Tags.0.TagValue"), "test");
  const auto names = [this](FormFields fields) {
    const auto found = Machines(std::move(fields));
    if (found.code() != "OK") return found.code();
    std::string out;
    for (std::size_t i = 0; i < found.size_at("Instances"); ++i) {
      out += found.text_at("Instances." + std::to_string(i) + ".InstanceName") + ' ';
    }
    return out;
  };
  EXPECT_EQ(names({{"InstanceId.1", web.str()}, {"InstanceId.2", "mi-none"}}), "web ");
  EXPECT_EQ(names({{"Connected", "True"}}), "web ");
  EXPECT_EQ(names({{"Connected", "false"}}), "win ");
  EXPECT_EQ(names({{"OsType", "Windows"}}), "win ");
  EXPECT_EQ(names({{"InstanceName", "web"}}), "web ");
  EXPECT_EQ(names({{"InstanceIp", "10.1.1.1"}}), "win web ");
  EXPECT_EQ(names({{"InstanceIp", "10.1.1.2"}}), "");
  EXPECT_EQ(names({{"MachineId", "machine-web"}}), "web ");
  EXPECT_EQ(names({{"Tag.1.Key", "env"}}), "web ");
  EXPECT_EQ(names({{"ActivationId", "none"}}), "");
  EXPECT_EQ(names({{"ResourceGroupId", "rg-1"}}), "");
  EXPECT_EQ(names({{"Connected", "perhaps"}}), "InvalidConnected");
  EXPECT_EQ(names({{"OsType", "BeOS"}}), "InvalidOsType");
  EXPECT_EQ(names({{"MachineId", std::string(37, 'm')}}), "InvalidMachineId");
}

TEST_F(MachinesTest, PlainArraysRepeatTheirElementInXml) {
  api_.Register("web", {{"a", "1"}, {"b", "2"}});
  api_.Register("db");
  const auto xml = Machines({{"Format", "XML"}});
  EXPECT_NE(xml.text.find("<Tags><TagKey>a</TagKey><TagValue>1</TagValue></Tags><Tags><TagKey>b</TagKey>"),
            std::string::npos)
      << xml.text;
  EXPECT_NE(xml.text.find("</Instances><Instances>"), std::string::npos);
}

TEST_F(MachinesTest, AMachineIsRenamed) {
  const InstanceId machine = api_.Register("web");
  const auto renamed =
      api_.Call("ModifyManagedInstance", {{"InstanceId", machine.str()}, {"InstanceName", "中文.name-1"}});
  EXPECT_EQ(renamed.code(), "OK");
  ExpectShape("ModifyManagedInstance", renamed);
  EXPECT_EQ(Machines().text_at("Instances.0.InstanceName"), "中文.name-1");
  const auto code = [&](const std::string& id, const std::string& name) {
    return api_.Call("ModifyManagedInstance", {{"InstanceId", id}, {"InstanceName", name}}).code();
  };
  EXPECT_EQ(code(machine.str(), "x"), "InstanceName.ExceedLimit");
  EXPECT_EQ(code(machine.str(), std::string(129, 'x')), "InstanceName.ExceedLimit");
  EXPECT_EQ(code(machine.str(), "x y"), "InstanceName.InvalidPattern");
  EXPECT_EQ(code("mi-none", "name"), "InvalidInstance.NotFound");
  EXPECT_EQ(code("", "name"), "MissingInstanceId");
  EXPECT_EQ(code(machine.str(), ""), "MissingInstanceName");
}

TEST_F(MachinesTest, ADeregisteredMachineIsGone) {
  const InstanceId machine = api_.Register("web");
  const FormFields call = {{"InstanceId", machine.str()}, {"ClientToken", "t"}};
  const auto gone = api_.Call("DeregisterManagedInstance", call);
  EXPECT_EQ(gone.code(), "OK");
  ExpectShape("DeregisterManagedInstance", gone);
  EXPECT_EQ(gone.text_at("Instance.InstanceName"), "web");
  EXPECT_EQ(Machines().number_at("TotalCount"), 0);
  EXPECT_EQ(api_.Call("DeregisterManagedInstance", call).code(), "OK");  // the repeat of one call
  const auto again = api_.Call("DeregisterManagedInstance", {{"InstanceId", machine.str()}});
  EXPECT_EQ(again.code(), "InvalidInstance.NotFound");
  EXPECT_EQ(again.message(), "The specified instance id does not exist.");
}

TEST_F(MachinesTest, StatusTellsWhoIsThere) {
  const InstanceId web = api_.Register("web");
  const InstanceId db = api_.Register("db");
  api_.SetOnline(web);
  const auto list = Status({{"InstanceId.1", web.str()}, {"InstanceId.2", db.str()}});
  ExpectShape("DescribeCloudAssistantStatus", list);
  const std::string rows = "InstanceCloudAssistantStatusSet.InstanceCloudAssistantStatus";
  EXPECT_EQ(list.text_at(rows + ".0.InstanceId"), web.str());
  EXPECT_EQ(list.text_at(rows + ".0.CloudAssistantStatus"), "true");
  EXPECT_EQ(list.text_at(rows + ".0.OSType"), "Linux");
  EXPECT_EQ(list.text_at(rows + ".1.CloudAssistantStatus"), "false");
  EXPECT_EQ(Status().number_at("TotalCount"), 2);
  EXPECT_EQ(Status({{"OSType", "Windows"}}).size_at(rows), 0u);
  const auto unknown = Status({{"InstanceId.1", web.str()}, {"InstanceId.2", "mi-none"}});
  EXPECT_EQ(unknown.code(), "InvalidInstance.NotFound");
  EXPECT_EQ(unknown.status, 404);
  std::string many;
  for (int i = 0; i < 101; ++i) many += "mi-" + std::to_string(i) + ",";
  EXPECT_EQ(Status({{"InstanceIds", many}}).code(), "InstanceIds.ExceedLimit");
}

TEST_F(MachinesTest, StatusTellsWhatCameOfAnUpdateOfAStockAgent) {
  const InstanceId web = api_.Register("web");
  const std::string row = "InstanceCloudAssistantStatusSet.InstanceCloudAssistantStatus.0.AgentUpgrade.";
  EXPECT_EQ(Status().text.find("AgentUpgrade"), std::string::npos);
  api_.FailUpgrade(web, {"DownloadPackageFailed", "NoEnoughSpace", "no space left on device", "2.2.3.600"});
  for (const auto& status : {Status(), Status({{"InstanceId.1", web.str()}})}) {
    ASSERT_EQ(status.code(), "OK");
    EXPECT_EQ(status.text_at(row + "Failure.Phase"), "DownloadPackageFailed");
    EXPECT_EQ(status.text_at(row + "Failure.Detail"), "NoEnoughSpace");
    EXPECT_EQ(status.text_at(row + "Failure.Version"), "2.2.3.600");
    EXPECT_EQ(status.text_at(row + "Failure.Message"), "no space left on device");
    EXPECT_EQ(status.text_at(row + "Failure.Time"), FormatIso8601(api_.clock().Now()));
    EXPECT_EQ(status.number_at(row + "Failures"), 0);
    EXPECT_EQ(status.text_at(row + "ToldTime"), "");
  }
}

TEST_F(MachinesTest, RegionsNameTheEndpoint) {
  const auto regions = api_.Call("DescribeRegions", {{"RegionId", ""}});
  ExpectShape("DescribeRegions", regions);
  EXPECT_EQ(regions.text_at("Regions.Region.0.RegionEndpoint"), "127.0.0.1:8443");
  EXPECT_EQ(api_.Call("DescribeRegions", {{"AcceptLanguage", "xx"}}).code(), "InvalidAcceptLanguage.NotFound");
  EXPECT_EQ(api_.Call("DescribeRegions", {{"ResourceType", "xx"}}).code(), "InvalidResourceType.NotFound");
}

}  // namespace
}  // namespace assist::server::openapi

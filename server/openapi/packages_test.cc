// The operations on packages, through the whole front door.
#include <gtest/gtest.h>

#include "common/crypto/hash.h"
#include "protocol/encoding/base64.h"
#include "protocol/package/envelope.h"
#include "protocol/package/manifest.h"
#include "server/openapi/fake_api.h"

namespace assist::server::openapi {
namespace {

class PackagesApiTest : public testing::Test {
 protected:
  package::Manifest MakeManifest(const std::string& version) const {
    package::Manifest out;
    out.name = "nginx-conf";
    out.version = version;
    out.os = "linux";
    out.arch = "all";
    out.sequence = 10;
    out.archive = {package::ArchiveFormat::kZip,
                   Sha256Hex(archive_),
                   Md5Hex(archive_),
                   static_cast<std::int64_t>(archive_.size()),
                   10,
                   0};
    out.publisher = "Example";
    return out;
  }
  std::string Signed(const package::Manifest& manifest) const {
    auto envelope = package::Sign(package::WriteManifest(manifest), key_);
    EXPECT_TRUE(envelope);
    return package::WriteEnvelope(*envelope);
  }
  FakeApi::Reply Put(const std::string& bytes, std::size_t offset) {
    return api_.Call("PutArtifact", {{"Sha256", Sha256Hex(archive_)},
                                     {"Size", std::to_string(archive_.size())},
                                     {"Offset", std::to_string(offset)},
                                     {"Content", encoding::Base64Encode(bytes)}});
  }
  FakeApi::Reply Publish(const package::Manifest& manifest, encoding::FormFields more = {}) {
    more.emplace_back("Envelope", Signed(manifest));
    return api_.Call("PublishPackage", std::move(more));
  }
  /// The last row of the audit log.
  FakeApi::Reply Audit() { return api_.Call("DescribeAuditRecords", {{"MaxResults", "1"}}); }

  SeededRandom random_{5};
  const PrivateKey key_ = PrivateKey::GenerateEd25519(random_);
  const std::string archive_ = "the bytes of an archive";
  FakeApi api_;
};

TEST_F(PackagesApiTest, FromUploadToRemoval) {
  EXPECT_EQ(Put("", 0).number_at("Received"), 0);
  EXPECT_EQ(Publish(MakeManifest("1.0")).code(), "InvalidPackage.ArtifactIncomplete");
  EXPECT_EQ(Audit().text_at("AuditRecords.AuditRecord.0.Result"), "InvalidPackage.ArtifactIncomplete");
  EXPECT_EQ(Put("the bytes ", 0).number_at("Received"), 10);
  const auto wrong = Put("the bytes ", 0);
  EXPECT_EQ(wrong.code(), "InvalidOffset.Mismatch");
  EXPECT_NE(wrong.message().find("10 bytes of it are here"), std::string::npos) << wrong.text;
  const auto whole = Put("of an archive", 10);
  EXPECT_TRUE(whole.at("Complete").as_bool()) << whole.text;
  const auto published = Publish(MakeManifest("1.0"), {{"Channel.1", "stable"}});
  ASSERT_EQ(published.code(), "OK") << published.text;
  EXPECT_FALSE(published.at("Replaced").as_bool());
  const auto row = Audit();
  EXPECT_EQ(row.text_at("AuditRecords.AuditRecord.0.Result"), "OK");
  EXPECT_EQ(row.text_at("AuditRecords.AuditRecord.0.ResultIds"), published.text_at("PackageId"));
  EXPECT_TRUE(row.text_at("AuditRecords.AuditRecord.0.Resources").starts_with("package/nginx-conf@1.0/linux/all key/"));

  const auto list = api_.Call("DescribePackages", {{"Name", "nginx*"}, {"Channel", "stable"}});
  ASSERT_EQ(list.size_at("Packages.Package"), 1u) << list.text;
  EXPECT_EQ(list.text_at("Packages.Package.0.Sha256"), Sha256Hex(archive_));
  EXPECT_EQ(list.text_at("Packages.Package.0.Channels.Channel.0"), "stable");
  EXPECT_EQ(list.text_at("Packages.Package.0.Format"), "zip");
  EXPECT_EQ(api_.Call("DescribePackages", {{"Kind", "agent"}}).number_at("TotalCount"), 0);

  const encoding::FormFields version = {{"Name", "nginx-conf"}, {"PackageVersion", "1.0"}};
  EXPECT_EQ(api_.Call("RemovePackage", version).code(), "InvalidPackage.InUse");
  EXPECT_EQ(api_.Call("SetPackageChannel", {{"Name", "nginx-conf"}, {"Channel", "stable"}}).text_at("Former"), "1.0");
  EXPECT_EQ(api_.Call("DeprecatePackage", version).number_at("Count"), 1);
  EXPECT_TRUE(api_.Call("DescribePackages").at("Packages.Package.0.Deprecated").as_bool());
  EXPECT_EQ(
      api_.Call("SetPackageChannel", {{"Name", "nginx-conf"}, {"Channel", "a"}, {"PackageVersion", "1.0"}}).code(),
      "InvalidPackage.Deprecated");
  EXPECT_EQ(api_.Call("RemovePackage", version).number_at("Count"), 1);
  EXPECT_EQ(api_.Call("RemovePackage", version).code(), "InvalidPackage.NotFound");
}

TEST_F(PackagesApiTest, WhatIsForgedOrOldIsRefusedAndStandsInTheAuditLog) {
  Put(archive_, 0);
  auto envelope = package::ParseEnvelope(Signed(MakeManifest("1.0")));
  ASSERT_TRUE(envelope);
  envelope->manifest.replace(envelope->manifest.find("nginx-conf"), 5, "xginx");
  EXPECT_EQ(api_.Call("PublishPackage", {{"Envelope", package::WriteEnvelope(*envelope)}}).code(),
            "InvalidPackage.BadSignature");
  EXPECT_EQ(Audit().text_at("AuditRecords.AuditRecord.0.Result"), "InvalidPackage.BadSignature");
  EXPECT_EQ(api_.Call("PublishPackage", {{"Envelope", "{}"}}).code(), "InvalidPackage.BadManifest");
  EXPECT_EQ(Publish(MakeManifest("1.0")).code(), "OK");
  EXPECT_EQ(Publish(MakeManifest("1.0")).code(), "InvalidPackage.OldManifest");
  EXPECT_EQ(Audit().text_at("AuditRecords.AuditRecord.0.Result"), "InvalidPackage.OldManifest");
  package::Manifest newer = MakeManifest("1.0");
  newer.sequence = 11;
  EXPECT_TRUE(Publish(newer).at("Replaced").as_bool());
  EXPECT_EQ(Publish(MakeManifest("2.0"), {{"Channel.1", "No Channel"}}).code(), "InvalidChannel");
  EXPECT_EQ(api_.Call("PutArtifact", {{"Sha256", std::string(64, 'a')}, {"Size", "1"}, {"Content", "eA=="}}).code(),
            "InvalidArtifact.WrongHash");
}

/// Stock agents trust no keys: what is published for them runs as root.
TEST_F(PackagesApiTest, WhatIsForStockAgentsNeedsTheRightToRunCommandsOnAllMachines) {
  const auto key = [this](const std::string& condition) {
    api_.UseKey(R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"assist:*","Resource":"*"},)"
                R"({"Effect":"Allow","Action":"ecs:RunCommand","Resource":"*")" +
                condition + "}]}");
  };
  Put(archive_, 0);
  package::Manifest stock = MakeManifest("1.0");
  stock.stock = true;
  const std::string some = R"(,"Condition":{"StringEquals":{"acs:ResourceTag/team":"web"}})";
  key(some);
  const auto refused = Publish(stock);
  EXPECT_EQ(refused.code(), "Forbidden.RAM");
  EXPECT_NE(refused.message().find("ecs:RunCommand"), std::string::npos) << refused.text;
  key("");
  EXPECT_EQ(Publish(stock).code(), "OK");
  key(some);
  const encoding::FormFields channel = {{"Name", "nginx-conf"}, {"Channel", "stable"}, {"PackageVersion", "1.0"}};
  EXPECT_EQ(api_.Call("SetPackageChannel", channel).code(), "Forbidden.RAM");
  package::Manifest other = MakeManifest("2.0");
  EXPECT_EQ(Publish(other, {{"Channel.1", "stable"}}).code(), "Forbidden.RAM") << "it would move stock agents' channel";
  other.name = "else";
  EXPECT_EQ(Publish(other, {{"Channel.1", "stable"}}).code(), "OK");
  EXPECT_EQ(api_.Call("SetPackageChannel", {{"Name", "else"}, {"Channel", "stable"}}).code(), "OK");
  key("");
  EXPECT_EQ(api_.Call("SetPackageChannel", channel).code(), "OK");
}

TEST_F(PackagesApiTest, AnOrderIsShownWithItsInvocation) {
  Put(archive_, 0);
  Publish(MakeManifest("1.0"));
  const InstanceId machine = api_.Register("web-1", {{"role", "web"}});
  const auto order =
      api_.Call("ManagePackages", {{"Verb", "Install"}, {"Name", "nginx-conf"}, {"InstanceId.1", machine.str()}});
  ASSERT_EQ(order.code(), "OK") << order.text;
  EXPECT_EQ(order.text_at("PackageVersion"), "1.0");
  EXPECT_EQ(order.number_at("InstanceCount"), 1);
  EXPECT_FALSE(order.has("Warning"));
  api_.RunTasks(machine, 41, "REFUSED BadSignature: it was changed\n");
  const std::string id = order.text_at("InvokeId");
  const auto list = api_.Call("DescribeInvocations", {{"InvokeId", id}});
  EXPECT_EQ(list.text_at("Invocations.Invocation.0.CommandName"), "package install nginx-conf 1.0");
  EXPECT_EQ(list.text_at("Invocations.Invocation.0.Order.Verb"), "Install");
  EXPECT_EQ(list.text_at("Invocations.Invocation.0.Order.Name"), "nginx-conf");
  EXPECT_EQ(list.text_at("Invocations.Invocation.0.Order.Version"), "1.0");
  const auto results = api_.Call("DescribeInvocationResults", {{"InvokeId", id}});
  const std::string place = "Invocation.InvocationResults.InvocationResult.0.";
  EXPECT_EQ(results.text_at(place + "Order.Verb"), "Install");
  EXPECT_EQ(results.number_at(place + "ExitCode"), 41);
  const auto audit = Audit();
  EXPECT_EQ(audit.text_at("AuditRecords.AuditRecord.0.Result"), "BadSignature");
  EXPECT_EQ(audit.text_at("AuditRecords.AuditRecord.0.Source"), machine.str());
}

TEST_F(PackagesApiTest, AnOrderThatSaysTooLittleOrTooMuchIsRefused) {
  const InstanceId machine = api_.Register("web-1", {{"role", "web"}});
  const auto code = [&](encoding::FormFields fields) { return api_.Call("ManagePackages", std::move(fields)).code(); };
  EXPECT_EQ(code({{"Verb", "Install"}, {"Name", "a"}}), "MissingParam.InstanceId");
  EXPECT_EQ(code({{"Verb", "Install"}, {"InstanceId.1", machine.str()}}), "MissingName");
  EXPECT_EQ(code({{"Verb", "Steal"}, {"Name", "a"}, {"InstanceId.1", machine.str()}}), "InvalidVerb");
  EXPECT_EQ(code({{"Verb", "Install"}, {"Name", "a"}, {"InstanceId.1", machine.str()}}), "InvalidPackage.NotFound");
  EXPECT_EQ(code({{"Verb", "Install"},
                  {"Name", "a"},
                  {"InstanceId.1", machine.str()},
                  {"Channel", "b"},
                  {"PackageVersion", "1"}}),
            "InvalidChannel");
  EXPECT_EQ(code({{"Verb", "List"}, {"InstanceId.1", machine.str()}}), "OK");
  EXPECT_EQ(code({{"Verb", "List"}, {"ResourceTag.1.Key", "role"}, {"ResourceTag.1.Value", "web"}}), "OK");
}

}  // namespace
}  // namespace assist::server::openapi

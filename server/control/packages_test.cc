// The repository of packages: what is published, what is chosen, what agents are given, what the audit log is told.
#include "server/control/packages.h"

#include "protocol/encoding/base64.h"
#include "protocol/package/envelope.h"
#include "server/control/audit.h"
#include "server/control/fake_server.h"
#include "server/control/manage_packages.h"
#include "server/control/package_lookup.h"

namespace assist::server::control {
namespace {

using package::Kind;
using Names = std::vector<std::string>;

class PackagesTest : public ControlTest {
 protected:
  static package::Manifest MakeManifest(const std::string& name, const std::string& version) {
    package::Manifest out;
    out.name = name;
    out.version = version;
    out.os = "linux";
    out.arch = "all";
    out.sequence = 10;
    out.archive = {package::ArchiveFormat::kTarZst, std::string(64, 'a'), std::string(32, 'b'), 1000, 2000, 0};
    out.publisher = "Example";
    return out;
  }
  std::string Signed(const package::Manifest& manifest) {
    auto envelope = package::Sign(package::WriteManifest(manifest), key_);
    EXPECT_TRUE(envelope);
    return package::WriteEnvelope(*envelope);
  }
  Result<PublishPackageOut> Publish(const package::Manifest& manifest, std::vector<std::string> channels = {},
                                    std::optional<std::int64_t> size = 1000) {
    auto checked = CheckPackage(Signed(manifest));
    if (!checked) return Forward(checked);
    PublishPackageIn in;
    in.package = std::move(*checked);
    in.channels = std::move(channels);
    in.archive_size = size;
    return Change(PublishPackage, in);
  }
  void MustPublish(const package::Manifest& manifest, std::vector<std::string> channels = {}) {
    const auto out = Publish(manifest, std::move(channels));
    ASSERT_TRUE(out) << out.error().detail;
  }
  /// Names and versions of the answer, in its order; or the reason why there is none.
  Names LookUp(const std::string& name, const std::string& version = "", const std::string& channel = "",
               const std::string& os = "linux", const std::string& arch = "amd64") {
    LookUpPackageIn in;
    in.name.name = name;
    in.version = version;
    in.channel = channel;
    in.os = os;
    in.arch = arch;
    const auto out = Read(LookUpPackage, in);
    if (!out) return {std::string(out.error().reason), out.error().detail};
    Names names;
    for (const std::string& text : out->envelopes) {
      const auto envelope = package::ParseEnvelope(text);
      EXPECT_TRUE(envelope && package::Verify(*envelope));
      const auto manifest = package::ParseManifest(envelope->manifest);
      EXPECT_TRUE(manifest);
      names.push_back(manifest->name + " " + manifest->version + " " + manifest->os);
    }
    return names;
  }
  ManagePackagesIn Order(model::OrderVerb verb, const std::string& name, const std::string& version = "") {
    ManagePackagesIn in;
    in.terms.order = {verb, name, version};
    in.instances = {machine_};
    return in;
  }
  std::vector<api::AuditRecord> Audit() {
    const auto out = Read(DescribeAudit, DescribeAuditIn{});
    EXPECT_TRUE(out);
    return out->rows;
  }

  const InstanceId machine_ = AddMachine("mi-1", Agent::kOurs, {{"role", "web"}});
  SeededRandom key_random_{7};
  const PrivateKey key_ = PrivateKey::GenerateEd25519(key_random_);
  const store::PackageName a_{Kind::kPackage, "a"};
};

TEST_F(PackagesTest, WhatWasPublishedIsDescribedAndGivenOutByteForByte) {
  package::Manifest manifest = MakeManifest("a", "1.0");
  manifest.description = "what it is";
  const std::string envelope = Signed(manifest);
  auto checked = CheckPackage(envelope);
  ASSERT_TRUE(checked) << checked.error().detail;
  const auto out = Change(PublishPackage, PublishPackageIn{*checked, {"stable", "beta"}, 1000});
  ASSERT_TRUE(out) << out.error().detail;
  EXPECT_FALSE(out->replaced);
  const auto list = Read(DescribePackages, DescribePackagesIn{});
  ASSERT_TRUE(list);
  ASSERT_EQ(list->items.size(), 1u);
  const PackageView& view = list->items[0];
  EXPECT_EQ(view.row.id, out->id);
  EXPECT_EQ(view.row.description, "what it is");
  EXPECT_EQ(view.row.sequence, 10);
  EXPECT_EQ(view.row.created, clock_.Now());
  EXPECT_EQ(view.channels, (Names{"beta", "stable"}));
  LookUpPackageIn in;
  in.name.name = "a";
  in.os = "linux";
  in.arch = "arm64";
  const auto found = Read(LookUpPackage, in);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->envelopes, Names{envelope});
}

TEST_F(PackagesTest, AChangedOrMisshapenManifestIsRefusedWithItsReason) {
  auto envelope = package::ParseEnvelope(Signed(MakeManifest("a", "1.0")));
  ASSERT_TRUE(envelope);
  envelope->manifest += ' ';
  EXPECT_EQ(ReasonOf(CheckPackage(package::WriteEnvelope(*envelope))), "InvalidPackage.BadSignature");
  SeededRandom other(9);
  auto forged = package::Sign(envelope->manifest, PrivateKey::GenerateEd25519(other));
  ASSERT_TRUE(forged);
  forged->key = envelope->key;
  EXPECT_EQ(ReasonOf(CheckPackage(package::WriteEnvelope(*forged))), "InvalidPackage.BadSignature");
  const auto nonsense = package::Sign("{\"Format\":1}", key_);
  EXPECT_EQ(ReasonOf(CheckPackage(package::WriteEnvelope(*nonsense))), "InvalidPackage.BadManifest");
  EXPECT_EQ(ReasonOf(CheckPackage("{}")), "InvalidPackage.BadManifest");
}

/// Else who may publish anything could take over the name of what machines install already.
TEST_F(PackagesTest, ANameBelongsToTheKeyThatPublishedItUntilAllOfItIsRemoved) {
  MustPublish(MakeManifest("a", "1.0"));
  package::Manifest stranger = MakeManifest("a", "2.0");
  stranger.os = "windows";
  SeededRandom other(9);
  auto forged = package::Sign(package::WriteManifest(stranger), PrivateKey::GenerateEd25519(other));
  ASSERT_TRUE(forged);
  const auto checked = CheckPackage(package::WriteEnvelope(*forged));
  ASSERT_TRUE(checked) << checked.error().detail;
  const auto refused = Change(PublishPackage, PublishPackageIn{*checked, {}, 1000});
  EXPECT_EQ(ReasonOf(refused), "InvalidPackage.OtherPublisher");
  EXPECT_NE(refused.error().detail.find("RemovePackage"), std::string::npos) << refused.error().detail;
  MustPublish(MakeManifest("a", "2.0"));
  EXPECT_TRUE(Change(RemovePackage, RemovePackageIn{a_, "1.0", "", ""}));
  EXPECT_EQ(ReasonOf(Change(PublishPackage, PublishPackageIn{*checked, {}, 1000})), "InvalidPackage.OtherPublisher");
  EXPECT_TRUE(Change(RemovePackage, RemovePackageIn{a_, "2.0", "", ""}));
  EXPECT_TRUE(Change(PublishPackage, PublishPackageIn{*checked, {}, 1000}));
}

TEST_F(PackagesTest, ASequenceOfMoreThanADayAheadIsRefused) {
  package::Manifest manifest = MakeManifest("a", "1.0");
  manifest.sequence = ToUnixMillis(clock_.Now() + std::chrono::hours(24)) + 1;
  EXPECT_EQ(ReasonOf(Publish(manifest)), "InvalidPackage.SequenceTooHigh");
  --manifest.sequence;
  MustPublish(manifest);
}

/// A client takes no answer above 16 MiB, and the server makes it whole in memory.
TEST_F(PackagesTest, ManifestsThatAreTooLongTogetherAreNotSent) {
  constexpr std::size_t kFiles = 8000;
  std::size_t bytes = 0;
  for (char name = 'g'; name >= 'a'; --name) {
    package::Manifest manifest = MakeManifest(std::string(1, name), "1.0");
    if (name < 'g') manifest.dependencies = {{std::string(1, static_cast<char>(name + 1)), ""}};
    for (std::size_t i = 0; i < kFiles; ++i) {
      manifest.files.push_back({"file" + std::to_string(i), 1, std::string(64, 'a'), 0644, ""});
    }
    bytes += Signed(manifest).size();
    MustPublish(manifest);
  }
  ASSERT_GT(bytes, kMostClosureBytes);
  ASSERT_LT(bytes, std::size_t{16} << 20);
  EXPECT_EQ(LookUp("a").at(0), "InvalidPackage.Dependency");
  EXPECT_EQ(LookUp("c").size(), 5u);
}

TEST_F(PackagesTest, OnlyAHigherSequenceTakesThePlaceOfAPackage) {
  package::Manifest manifest = MakeManifest("a", "1.0");
  MustPublish(manifest);
  EXPECT_EQ(ReasonOf(Publish(manifest)), "InvalidPackage.OldManifest");
  manifest.sequence = 9;
  EXPECT_EQ(ReasonOf(Publish(manifest)), "InvalidPackage.OldManifest");
  manifest.sequence = 11;
  const auto again = Publish(manifest);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->replaced);
  manifest.os = "windows";
  manifest.sequence = 1;
  EXPECT_TRUE(Publish(manifest)) << "another system";
  Look([](store::ReadTx& tx) { EXPECT_EQ(tx.packages().CountPackages(), 2); });
}

TEST_F(PackagesTest, AnArchiveThatIsNotThereOrOfAnotherSizeOrATimeThatIsOverIsRefused) {
  package::Manifest manifest = MakeManifest("a", "1.0");
  EXPECT_EQ(ReasonOf(Publish(manifest, {}, std::nullopt)), "InvalidPackage.ArtifactIncomplete");
  EXPECT_EQ(ReasonOf(Publish(manifest, {}, 999)), "InvalidPackage.WrongSize");
  manifest.expires = FromUnixMillis(ToUnixMillis(clock_.Now()) / 1000 * 1000);
  EXPECT_EQ(ReasonOf(Publish(manifest)), "InvalidPackage.Expired");
  Look([](store::ReadTx& tx) { EXPECT_EQ(tx.packages().CountPackages(), 0); });
}

TEST_F(PackagesTest, AVersionIsChosenByChannelElseTheHighestThatIsNotDeprecated) {
  for (const char* version : {"1.9", "1.10", "1.2"}) MustPublish(MakeManifest("a", version));
  EXPECT_EQ(LookUp("a"), Names{"a 1.10 linux"});
  ASSERT_TRUE(Change(DeprecatePackage, DeprecatePackageIn{a_, "1.10", true}));
  EXPECT_EQ(LookUp("a"), Names{"a 1.9 linux"});
  EXPECT_EQ(LookUp("a", "1.10"), Names{"a 1.10 linux"}) << "who names it gets it";
  ASSERT_TRUE(Change(SetPackageChannel, SetPackageChannelIn{a_, "stable", "1.2"}));
  EXPECT_EQ(LookUp("a"), Names{"a 1.2 linux"});
  EXPECT_EQ(LookUp("a", "", "beta").front(), "InvalidPackage.NotFound");
  EXPECT_EQ(ReasonOf(Change(SetPackageChannel, SetPackageChannelIn{a_, "beta", "1.10"})), "InvalidPackage.Deprecated");
  EXPECT_EQ(ReasonOf(Change(SetPackageChannel, SetPackageChannelIn{a_, "beta", "7"})), "InvalidPackage.NotFound");
  EXPECT_EQ(ReasonOf(Change(SetPackageChannel, SetPackageChannelIn{a_, "beta", ""})), "InvalidPackage.NotFound");
  ASSERT_TRUE(Change(DeprecatePackage, DeprecatePackageIn{a_, "1.2", true}));
  EXPECT_EQ(LookUp("a").front(), "InvalidPackage.Deprecated") << "a channel does not go past its version";
  const auto former = Change(SetPackageChannel, SetPackageChannelIn{a_, "stable", ""});
  ASSERT_TRUE(former);
  EXPECT_EQ(former->former, "1.2");
  EXPECT_EQ(LookUp("a"), Names{"a 1.9 linux"});
  EXPECT_EQ(ReasonOf(Change(DeprecatePackage, DeprecatePackageIn{a_, "3", true})), "InvalidPackage.NotFound");
}

TEST_F(PackagesTest, ADeprecatedVersionStaysSoWhenItIsPublishedAgainOrForAnotherSystem) {
  package::Manifest manifest = MakeManifest("a", "1.0");
  MustPublish(manifest);
  ASSERT_TRUE(Change(DeprecatePackage, DeprecatePackageIn{a_, "1.0", true}));
  manifest.sequence = 11;
  EXPECT_EQ(ReasonOf(Publish(manifest, {"stable"})), "InvalidPackage.Deprecated");
  MustPublish(manifest);
  manifest.os = "windows";
  MustPublish(manifest);
  Look([&](store::ReadTx& tx) {
    for (const store::PackageRow& row : tx.packages().PackagesOf(a_)) EXPECT_TRUE(row.deprecated) << row.os;
  });
}

TEST_F(PackagesTest, WhatAChannelNamesIsNotRemoved) {
  package::Manifest manifest = MakeManifest("a", "1.0");
  MustPublish(manifest, {"stable"});
  manifest.os = "windows";
  MustPublish(manifest);
  EXPECT_EQ(ReasonOf(Change(RemovePackage, RemovePackageIn{a_, "1.0", "", ""})), "InvalidPackage.InUse");
  ASSERT_TRUE(Change(SetPackageChannel, SetPackageChannelIn{a_, "stable", ""}));
  EXPECT_EQ(ReasonOf(Change(RemovePackage, RemovePackageIn{a_, "1.0", "freebsd", ""})), "InvalidPackage.NotFound");
  const auto one = Change(RemovePackage, RemovePackageIn{a_, "1.0", "linux", ""});
  ASSERT_TRUE(one);
  EXPECT_EQ(one->count, 1);
  Look([](store::ReadTx& tx) { EXPECT_TRUE(tx.packages().UseOfArtifact(std::string(64, 'a')).named); });
  ASSERT_TRUE(Change(RemovePackage, RemovePackageIn{a_, "1.0", "", ""}));
  Look([](store::ReadTx& tx) { EXPECT_FALSE(tx.packages().UseOfArtifact(std::string(64, 'a')).named); });
}

TEST_F(PackagesTest, TheOneForTheVerySystemGoesBeforeOneForAll) {
  package::Manifest manifest = MakeManifest("a", "1.0");
  manifest.os = "all";
  MustPublish(manifest);
  EXPECT_EQ(LookUp("a", "", "", "windows"), Names{"a 1.0 all"});
  EXPECT_EQ(LookUp("a"), Names{"a 1.0 all"});
  MustPublish(MakeManifest("a", "1.0"));
  EXPECT_EQ(LookUp("a"), Names{"a 1.0 linux"});
  manifest = MakeManifest("a", "2.0");
  manifest.arch = "arm64";
  MustPublish(manifest);
  EXPECT_EQ(LookUp("a"), Names{"a 1.0 linux"}) << "the highest is for another machine";
  EXPECT_EQ(LookUp("a", "2.0").front(), "InvalidPackage.NotFound");
}

TEST_F(PackagesTest, DependenciesComeAlongEachBehindThoseThatNeedThem) {
  const auto with = [](const std::string& name, const std::string& version, std::vector<package::Dependency> needs) {
    package::Manifest manifest = MakeManifest(name, version);
    manifest.dependencies = std::move(needs);
    return manifest;
  };
  MustPublish(with("a", "1", {{"b", ">=1"}, {"c", ""}}));
  EXPECT_EQ(LookUp("a").front(), "InvalidPackage.NotFound");
  EXPECT_NE(LookUp("a").back().find("a 1 depends on b >=1"), std::string::npos) << LookUp("a").back();
  MustPublish(with("b", "1", {}));
  MustPublish(with("b", "2", {{"c", ""}}));
  MustPublish(with("c", "5", {}));
  EXPECT_EQ(LookUp("a"), (Names{"a 1 linux", "b 2 linux", "c 5 linux"}));
  ASSERT_TRUE(Change(DeprecatePackage, DeprecatePackageIn{{Kind::kPackage, "b"}, "2", true}));
  EXPECT_EQ(LookUp("a"), (Names{"a 1 linux", "c 5 linux", "b 1 linux"}));
  MustPublish(with("d", "1", {{"b", "=1"}, {"e", ""}}));
  MustPublish(with("e", "1", {{"b", ">1"}}));
  EXPECT_EQ(LookUp("d").front(), "InvalidPackage.Dependency") << "the rules contradict each other";
  MustPublish(with("f", "1", {{"g", ""}}));
  MustPublish(with("g", "1", {{"f", ""}}));
  EXPECT_EQ(LookUp("f").front(), "InvalidPackage.Dependency");
  EXPECT_NE(LookUp("f").back().find("a cycle"), std::string::npos);
}

TEST_F(PackagesTest, AChainOfDependenciesHasAnEnd) {
  for (int i = 0; i < 70; ++i) {
    package::Manifest manifest = MakeManifest("p" + std::to_string(i), "1");
    if (i < 69) manifest.dependencies = {{"p" + std::to_string(i + 1), ""}};
    MustPublish(manifest);
  }
  EXPECT_EQ(LookUp("p6").size(), 64u);
  EXPECT_EQ(LookUp("p5").front(), "InvalidPackage.Dependency");
}

TEST_F(PackagesTest, AnOrderHasTheVersionThatWasChosen) {
  MustPublish(MakeManifest("a", "1.0"), {"stable"});
  MustPublish(MakeManifest("a", "2.0"), {"beta"});
  const auto stable = Change(ManagePackages, Order(model::OrderVerb::kInstall, "a"));
  ASSERT_TRUE(stable) << stable.error().detail;
  EXPECT_EQ(stable->version, "1.0");
  EXPECT_EQ(stable->count, 1);
  Look([&](store::ReadTx& tx) {
    EXPECT_EQ(tx.FindInvocation(stable->invocation)->order,
              (model::AgentOrder{model::OrderVerb::kInstall, "a", "1.0"}));
  });
  ManagePackagesIn beta = Order(model::OrderVerb::kUpgrade, "a");
  beta.channel = "beta";
  EXPECT_EQ(Change(ManagePackages, beta)->version, "2.0");
  ASSERT_TRUE(Change(DeprecatePackage, DeprecatePackageIn{a_, "2.0", true}));
  EXPECT_EQ(ReasonOf(Change(ManagePackages, beta)), "InvalidPackage.Deprecated");
  const auto exact = Change(ManagePackages, Order(model::OrderVerb::kInstall, "a", "2.0"));
  ASSERT_TRUE(exact);
  EXPECT_EQ(exact->warning, "a 2.0 is deprecated");
  EXPECT_EQ(ReasonOf(Change(ManagePackages, Order(model::OrderVerb::kInstall, "a", "3.0"))), "InvalidPackage.NotFound");
  EXPECT_EQ(ReasonOf(Change(ManagePackages, Order(model::OrderVerb::kInstall, "b"))), "InvalidPackage.NotFound");
  EXPECT_EQ(Change(ManagePackages, Order(model::OrderVerb::kUninstall, "gone-from-here"))->version, "");
}

TEST_F(PackagesTest, TheMachinesOfAnOrderAreNamedOrHaveTags) {
  MustPublish(MakeManifest("a", "1.0"));
  AddMachine("mi-2", Agent::kOurs, {{"role", "db"}});
  ManagePackagesIn in = Order(model::OrderVerb::kInstall, "a");
  in.instances.clear();
  EXPECT_EQ(ReasonOf(Change(ManagePackages, in)), "MissingParam.InstanceId");
  in.resource_tags = {{"role", "web"}};
  EXPECT_EQ(Change(ManagePackages, in)->count, 1);
  EXPECT_EQ(waker_.woken, Names{"mi-1"});
  in.resource_tags = {{"role", "none"}};
  EXPECT_EQ(ReasonOf(Change(ManagePackages, in)), "InvalidResourceTag.InstanceNotFound");
  in.resource_tags.clear();
  in.instances = {InstanceId("mi-9")};
  EXPECT_EQ(ReasonOf(Change(ManagePackages, in)), "InvalidInstance.NotFound");
}

TEST_F(PackagesTest, ARepeatWithTheSameTokenStartsNothing) {
  MustPublish(MakeManifest("a", "1.0"));
  ManagePackagesIn in = Order(model::OrderVerb::kInstall, "a");
  in.client_token = {"token", "hash", "owner"};
  const auto first = Change(ManagePackages, in);
  MustPublish(MakeManifest("a", "2.0"));
  const auto second = Change(ManagePackages, in);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(second->invocation, first->invocation);
  EXPECT_EQ(second->version, "1.0");
  EXPECT_EQ(second->count, 1);
}

TEST_F(PackagesTest, WhyAMachineRefusedAnOrderStandsInTheAuditLogOnce) {
  MustPublish(MakeManifest("a", "1.0"));
  const auto order = Change(ManagePackages, Order(model::OrderVerb::kInstall, "a"));
  ASSERT_TRUE(order);
  RecordReportIn end = ReportOf(machine_, order->invocation, model::ReportKind::kFinish,
                                "downloading\nREFUSED UntrustedPublisher: sha256:01 is not pinned\n", 0);
  end.report.exit_code = 40;
  Report(end);
  Report(end);
  const auto rows = Audit();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].code, "UntrustedPublisher");
  EXPECT_EQ(rows[0].action, "agent.package");
  EXPECT_EQ(rows[0].source, "mi-1");
  EXPECT_EQ(rows[0].resources, "instance/mi-1 Install a 1.0");
  EXPECT_EQ(rows[0].result, order->invocation.str() + ": sha256:01 is not pinned");
}

TEST_F(PackagesTest, OtherEndsOfOrdersAndOtherTasksAreNoRefusals) {
  MustPublish(MakeManifest("a", "1.0"));
  const auto order = Change(ManagePackages, Order(model::OrderVerb::kInstall, "a"));
  RecordReportIn end = ReportOf(machine_, order->invocation, model::ReportKind::kFinish, "REFUSED Busy: no\n", 0);
  end.report.exit_code = 1;
  Report(end);
  const InvokeId script = Start({machine_});
  end = ReportOf(machine_, script, model::ReportKind::kFinish, "REFUSED Busy: no\n", 0);
  end.report.exit_code = 55;
  Report(end);
  EXPECT_TRUE(Audit().empty());
}

}  // namespace
}  // namespace assist::server::control

#include "server/control/stock_catalogue.h"

#include "common/crypto/keys.h"
#include "protocol/package/envelope.h"
#include "server/control/fake_server.h"
#include "server/control/plugin_status.h"
#include "server/control/service_settings.h"
#include "server/store/package_tables.h"
#include "server/store/plugin_tables.h"

namespace assist::server::control {
namespace {

using package::Kind;
using package::Plugin;

class StockCatalogueTest : public ControlTest {
 protected:
  StockCatalogueTest() : key_(PrivateKey::GenerateEd25519(random_)) { stock_ = AddMachine("mi-stock", Agent::kStock); }

  struct What {
    std::string name = "demo";
    std::string version = "1.0";
    std::string arch = "amd64";
    Kind kind = Kind::kPackage;
    Plugin::Type type = Plugin::Type::kOnce;
    bool stock = true;
    bool downgrade = false;
    std::string os = "linux";
    std::string md5 = std::string(32, 'b');
    std::int64_t sequence = 1;
  };
  /// Published as the API would do it.
  void Publish(const What& what) {
    package::Manifest manifest;
    manifest.kind = what.kind;
    manifest.name = what.name;
    manifest.version = what.version;
    manifest.os = what.os;
    manifest.arch = what.arch;
    manifest.sequence = what.sequence;
    manifest.downgrade = what.downgrade;
    manifest.stock = what.stock;
    manifest.archive = {package::ArchiveFormat::kZip, Hash(what), what.md5, 10, 20, 1};
    if (what.stock && what.kind == Kind::kPackage) {
      manifest.plugin = Plugin{"main.sh", std::chrono::seconds(30), what.type, std::chrono::seconds(60), false, false};
    }
    const auto envelope = package::Sign(package::WriteManifest(manifest), key_);
    ASSERT_TRUE(envelope);
    store::PackageRow row;
    row.id = "pkg-" + what.name + what.version + what.arch;
    row.kind = what.kind;
    row.name = what.name;
    row.version = what.version;
    row.os = what.os;
    row.arch = what.arch;
    row.sequence = what.sequence;
    row.format = package::ArchiveFormat::kZip;
    row.sha256 = Hash(what);
    row.md5 = what.md5;
    row.size = 10;
    row.publisher = "ops";
    row.stock = what.stock;
    row.created = clock_.Now();
    const std::string text = package::WriteEnvelope(*envelope);
    Edit([&](store::Tx& tx) { tx.package_tables().InsertPackage(row, text); });
  }
  static std::string Hash(const What& what) {
    return std::string(60, what.stock ? 'a' : 'c') + (what.arch == "amd64" ? "0001" : "0002");
  }
  void Channel(const std::string& version, Kind kind = Kind::kPackage, const std::string& name = "demo") {
    Edit([&](store::Tx& tx) { tx.package_tables().SetChannel({kind, name}, "stable", version); });
  }
  void PublishAgent(const std::string& version, bool downgrade = false, std::int64_t sequence = 1) {
    What what;
    what.name = kStockAgentName;
    what.version = version;
    what.kind = Kind::kAgent;
    what.downgrade = downgrade;
    what.sequence = sequence;
    Publish(what);
  }
  std::vector<std::string> List(ListStockPluginsIn in) {
    if (in.os.empty()) in.os = "linux";
    const auto out = Read(ListStockPlugins, in);
    EXPECT_TRUE(out);
    std::vector<std::string> seen;
    for (const auto& plugin : out->plugins) seen.push_back(plugin.name + " " + plugin.version + " " + plugin.arch);
    return seen;
  }
  std::vector<std::string> Newer(const std::string& version) {
    const auto out = Read(CheckStockPlugins, CheckStockPluginsIn{"linux", "amd64", {{"demo", version}, {"none", "1"}}});
    EXPECT_TRUE(out);
    std::vector<std::string> seen;
    for (const auto& plugin : out->newer) seen.push_back(plugin.version);
    return seen;
  }
  StockUpdateOut Check(const std::string& version, const std::string& arch = "amd64") {
    const auto out = Read(FindStockUpdate, StockUpdateIn{stock_, "linux", arch, version});
    EXPECT_TRUE(out);
    return *out;
  }
  void Policy(std::string_view fields) {
    ModifyServiceSettingsIn in;
    Look([&](store::ReadTx& tx) { in.region = tx.FindMachine(stock_)->region; });
    in.changes.push_back({SettingGroup::kAgentUpgrade, *json::ParseObject(fields)});
    EXPECT_TRUE(Change(ModifyServiceSettings, in));
  }
  PrivateKey key_;
  InstanceId stock_;
};

using Names = std::vector<std::string>;

TEST_F(StockCatalogueTest, TheNewestOfEachArchitectureIsNamedUnlessAVersionOrTheChannelSaysOtherwise) {
  Publish({.version = "1.9"});
  Publish({.version = "1.10"});
  Publish({.version = "1.9", .arch = "arm64"});
  Publish({.version = "1.2", .arch = "386"});
  EXPECT_EQ(List({"demo", "", "", ""}), (Names{"demo 1.2 386", "demo 1.10 amd64", "demo 1.9 arm64"}));
  EXPECT_EQ(List({"demo", "", "", "amd64"}), Names{"demo 1.10 amd64"});
  EXPECT_EQ(List({"demo", "1.9", "", "amd64"}), Names{"demo 1.9 amd64"});
  EXPECT_EQ(List({"dem", "", "", ""}), Names{});
  EXPECT_EQ(List({"demo", "", "windows", ""}), Names{});
  EXPECT_EQ(List({"", "", "", "amd64"}), Names{"demo 1.10 amd64"}) << "all names";
  Edit([](store::Tx& tx) { tx.package_tables().SetDeprecated({Kind::kPackage, "demo"}, "1.10", true); });
  EXPECT_EQ(List({"demo", "", "", "amd64"}), Names{"demo 1.9 amd64"});
  EXPECT_EQ(List({"demo", "1.10", "", "amd64"}), Names{"demo 1.10 amd64"});
  Channel("1.2");
  EXPECT_EQ(List({"demo", "", "", ""}), Names{"demo 1.2 386"});
}

TEST_F(StockCatalogueTest, WhatIsNotForStockAgentsIsNotNamed) {
  Publish({.stock = false});
  Publish({.name = "no-md5", .md5 = ""});
  PublishAgent("2.2.3.600");
  EXPECT_EQ(List({"", "", "", ""}), Names{});
  EXPECT_EQ(List({"demo", "", "", ""}), Names{});
  EXPECT_EQ(List({std::string(kStockAgentName), "", "", ""}), Names{});
  const auto find = [&](const What& what) {
    const auto out = Read(FindStockArchive, FindStockArchiveIn{Hash(what)});
    return out && out->found;
  };
  EXPECT_FALSE(find({.stock = false}));
  EXPECT_TRUE(find({}));
  EXPECT_FALSE(find({.arch = "386"}));
}

TEST_F(StockCatalogueTest, WhatIsPublishedAndOnNoMachineIsNotInstalled) {
  ListPluginStatusIn in;
  in.name = "demo";
  EXPECT_EQ(ReasonOf(Read(ListPluginStatus, in)), "InvalidPluginName.NotFound");
  Publish({});
  const auto out = Read(ListPluginStatus, in);
  ASSERT_TRUE(out);
  ASSERT_EQ(out->items.size(), 1u);
  EXPECT_TRUE(out->items[0].not_installed);
}

TEST_F(StockCatalogueTest, AResidentPluginIsToldOfAHigherVersionAlone) {
  Publish({.version = "2.2", .type = Plugin::Type::kPersist});
  EXPECT_EQ(Newer("2.1"), Names{"2.2"});
  EXPECT_EQ(Newer("2.2"), Names{});
  EXPECT_EQ(Newer("2.10"), Names{}) << "lower";
  Publish({.version = "2.0", .type = Plugin::Type::kPersist, .downgrade = true});
  Channel("2.0");
  EXPECT_EQ(Newer("2.2"), Names{"2.0"}) << "its manifest allows it";
  Publish({.version = "3.0"});
  Channel("3.0");
  EXPECT_EQ(Newer("2.2"), Names{}) << "not a resident one";
}

TEST_F(StockCatalogueTest, AnUpdateIsOfferedOnlyWhenTheChannelNamesIt) {
  PublishAgent("2.2.3.600");
  EXPECT_FALSE(Check("2.2.3.578").needed) << "published is not enabled";
  Channel("2.2.3.600", Kind::kAgent, std::string(kStockAgentName));
  const StockUpdateOut update = Check("2.2.3.578");
  EXPECT_TRUE(update.needed);
  EXPECT_EQ(update.version, "2.2.3.600");
  EXPECT_EQ(update.md5, std::string(32, 'b'));
  EXPECT_FALSE(Check("2.2.3.600").needed);
  EXPECT_FALSE(Check("2.2.3.1000").needed) << "lower";
  EXPECT_FALSE(Check("2.2.3.578", "arm64").needed) << "not for its system";
  PublishAgent("2.2.3.500", true);
  Channel("2.2.3.500", Kind::kAgent, std::string(kStockAgentName));
  EXPECT_TRUE(Check("2.2.3.578").needed) << "lower, and its manifest says so";
  Edit([](store::Tx& tx) {
    tx.package_tables().SetDeprecated({Kind::kAgent, std::string(kStockAgentName)}, "2.2.3.500", true);
  });
  EXPECT_FALSE(Check("2.2.3.578").needed);
}

TEST_F(StockCatalogueTest, ThePolicyOfItsRegionDecidesWhen) {
  PublishAgent("2.2.3.600");
  Channel("2.2.3.600", Kind::kAgent, std::string(kStockAgentName));
  Policy(R"({"DisableUpgrade":true})");
  EXPECT_FALSE(Check("2.2.3.578").needed);
  Policy(R"({"DisableUpgrade":false})");
  EXPECT_TRUE(Check("2.2.3.578").needed);
  const auto since_midnight = clock_.Now().time_since_epoch() % std::chrono::days(1);
  const auto hour = static_cast<int>(std::chrono::duration_cast<std::chrono::hours>(since_midnight).count());
  const auto window = [&](int from) {
    const auto clock = [&](int plus) {
      const int shown = (hour + from + plus) % 24;
      return (shown < 10 ? "0" : "") + std::to_string(shown) + ":00";
    };
    return R"({"Enabled":true,"AllowedUpgradeWindow":[")" + clock(0) + "-" + clock(1) + R"("],"TimeZone":")";
  };
  Policy(window(0) + R"(UTC"})");
  EXPECT_TRUE(Check("2.2.3.578").needed);
  Policy(window(2) + R"(UTC"})");
  EXPECT_FALSE(Check("2.2.3.578").needed);
  Policy(window(2) + R"(GMT+2:00"})");
  EXPECT_TRUE(Check("2.2.3.578").needed) << "clocks there show two hours more";
}

TEST_F(StockCatalogueTest, WhoFailsThreeTimesIsLeftAlone) {
  PublishAgent("2.2.3.600");
  Channel("2.2.3.600", Kind::kAgent, std::string(kStockAgentName));
  const StockUpdateIn in{stock_, "linux", "amd64", "2.2.3.578"};
  for (int attempt = 0; attempt < 3; ++attempt) {
    EXPECT_TRUE(Change(TellStockUpdate, in)->needed) << attempt;
    Edit([&](store::Tx& tx) {
      const auto key = tx.FindMachine(stock_)->key;
      const auto known = tx.plugin_tables().UpgradeOf(key);
      ASSERT_TRUE(known && known->open);
      tx.plugin_tables().PutUpgrade(key, model::Failed(*known, {"CheckMD5Failed", "", "", ""}, clock_.Now()));
    });
  }
  EXPECT_FALSE(Change(TellStockUpdate, in)->needed);
  EXPECT_FALSE(Check("2.2.3.578").needed);
  Edit([&](store::Tx& tx) {
    for (const auto& row : tx.package_tables().PackagesOf({Kind::kAgent, std::string(kStockAgentName)})) {
      tx.package_tables().DeletePackage(row.key);
    }
  });
  PublishAgent("2.2.3.600", false, 2);
  EXPECT_TRUE(Check("2.2.3.578").needed) << "published anew";
}

TEST_F(StockCatalogueTest, WordsOfSystemsAreThoseOfTheStockProtocol) {
  EXPECT_EQ(ArchOfStockWord("X64"), "amd64");
  EXPECT_EQ(ArchOfStockWord("x86"), "386");
  EXPECT_EQ(ArchOfStockWord("arm"), "arm64");
  EXPECT_EQ(ArchOfStockWord("amd64"), "amd64");
  EXPECT_EQ(ArchOfStockWord("sparc"), "");
  for (const auto word : {"x64", "x86", "arm", "all"}) EXPECT_EQ(StockWordOfArch(ArchOfStockWord(word)), word);
}

}  // namespace
}  // namespace assist::server::control

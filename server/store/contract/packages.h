// Contract, part: published packages and their channels.
#pragma once

#include "server/store/contract/store_contract.h"
#include "server/store/package_tables.h"
#include "server/store/tx.h"

namespace assist::server::store::contract {

inline PackageRow MakePackage(const std::string& name, const std::string& version, const std::string& os = "linux") {
  PackageRow row;
  row.id = "pkg-" + name + version + os;
  row.name = name;
  row.version = version;
  row.os = os;
  row.arch = "amd64";
  row.sequence = 7;
  row.format = package::ArchiveFormat::kZip;
  row.sha256 = "hash of " + name + version;
  row.md5 = "md5";
  row.size = 100;
  row.unpacked_size = 200;
  row.publisher = "Example";
  row.publisher_key_id = "sha256:0123";
  row.description = "what it is";
  row.created = kNow;
  return row;
}

TEST_P(StoreContract, APackageComesBackAsItWasPublished) {
  PackageRow row = MakePackage("a", "1.0");
  row.kind = package::Kind::kAgent;
  row.stock = true;
  row.deprecated = true;
  row.expires = kNow + std::chrono::hours(1);
  std::string envelope = "{\"Manifest\":\"";
  envelope += '\0';
  envelope += "\xff\"}";
  Change([&](Tx& tx) { tx.package_tables().InsertPackage(row, envelope); });
  ASSERT_TRUE(row.key);
  Look([&](ReadTx& tx) {
    PackageReads& packages = tx.packages();
    EXPECT_EQ(packages.FindPackage({row.kind, "a"}, "1.0", "linux", "amd64"), row);
    EXPECT_EQ(packages.LoadEnvelope(row.key), envelope);
    EXPECT_EQ(packages.PackagesOf({row.kind, "a"}), std::vector<PackageRow>{row});
    EXPECT_FALSE(packages.FindPackage({package::Kind::kPackage, "a"}, "1.0", "linux", "amd64"));
    EXPECT_FALSE(packages.FindPackage({row.kind, "a"}, "1.0", "linux", "arm64"));
    EXPECT_FALSE(packages.FindPackage({row.kind, "a"}, "1.1", "linux", "amd64"));
    EXPECT_EQ(packages.CountPackages(), 1);
  });
  Change([&](Tx& tx) { tx.package_tables().DeletePackage(row.key); });
  Look([&](ReadTx& tx) {
    EXPECT_EQ(tx.packages().CountPackages(), 0);
    EXPECT_EQ(tx.packages().LoadEnvelope(row.key), "");
  });
}

TEST_P(StoreContract, OfANameVersionAndSystemThereIsOnePackage) {
  PackageRow row = MakePackage("a", "1.0");
  PackageRow same = MakePackage("a", "1.0");
  same.id = "pkg-other";
  Change([&](Tx& tx) { tx.package_tables().InsertPackage(row, "x"); });
  const Status second = Write([&](Tx& tx) -> Status {
    tx.package_tables().InsertPackage(same, "y");
    return {};
  });
  EXPECT_FALSE(second);
  Look([&](ReadTx& tx) { EXPECT_EQ(tx.packages().CountPackages(), 1); });
}

TEST_P(StoreContract, PackagesAreListedByWhatIsAskedFor) {
  std::vector<PackageRow> rows = {MakePackage("a", "1.0"), MakePackage("a", "1.0", "windows"), MakePackage("a", "2.0"),
                                  MakePackage("ab", "1.0")};
  rows[3].kind = package::Kind::kAgent;
  Change([&](Tx& tx) {
    for (PackageRow& row : rows) tx.package_tables().InsertPackage(row, "x");
    tx.package_tables().SetChannel({package::Kind::kPackage, "a"}, "stable", "1.0");
  });
  const auto list = [&](const PackageFilter& filter, const model::PageRequest& page = {}) {
    std::string out;
    Look([&](ReadTx& tx) {
      const auto found = tx.packages().ListPackages(filter, page);
      out = std::to_string(found.total) + ":";
      for (const PackageRow& row : found.items) out += " " + row.id.substr(4);
      if (found.next) out += " more";
    });
    return out;
  };
  EXPECT_EQ(list({}), "4: ab1.0linux a2.0linux a1.0windows a1.0linux");
  EXPECT_EQ(list({.name = "a"}), "3: a2.0linux a1.0windows a1.0linux");
  EXPECT_EQ(list({.name = "a*"}), "4: ab1.0linux a2.0linux a1.0windows a1.0linux");
  EXPECT_EQ(list({.kind = package::Kind::kAgent}), "1: ab1.0linux");
  EXPECT_EQ(list({.name = "a", .version = "1.0"}), "2: a1.0windows a1.0linux");
  EXPECT_EQ(list({.os = "windows"}), "1: a1.0windows");
  EXPECT_EQ(list({.arch = "arm64"}), "0:");
  EXPECT_EQ(list({.channel = "stable"}), "2: a1.0windows a1.0linux");
  EXPECT_EQ(list({.channel = "beta"}), "0:");
  model::PageRequest page;
  page.size = 3;
  page.by_position = true;
  EXPECT_EQ(list({}, page), "4: ab1.0linux a2.0linux a1.0windows more");
  page.after = model::Position{rows[1].key.value};
  EXPECT_EQ(list({}, page), "4: a1.0linux");
  page = {};
  page.size = 2;
  page.number = 2;
  EXPECT_EQ(list({}, page), "4: a1.0windows a1.0linux");
}

TEST_P(StoreContract, AChannelPointsAtOneVersionOfItsName) {
  const PackageName name{package::Kind::kPackage, "a"};
  using Channels = std::vector<PackageChannel>;
  const auto channels = [&](const PackageName& of) {
    Channels out;
    Look([&](ReadTx& tx) { out = tx.packages().ChannelsOf(of); });
    return out;
  };
  Change([&](Tx& tx) {
    tx.package_tables().SetChannel(name, "stable", "1");
    tx.package_tables().SetChannel(name, "beta", "2");
    tx.package_tables().SetChannel({package::Kind::kAgent, "a"}, "stable", "9");
  });
  EXPECT_EQ(channels(name), (Channels{{"beta", "2"}, {"stable", "1"}}));
  Change([&](Tx& tx) { tx.package_tables().SetChannel(name, "stable", "2"); });
  EXPECT_EQ(channels(name), (Channels{{"beta", "2"}, {"stable", "2"}}));
  Change([&](Tx& tx) { tx.package_tables().SetChannel(name, "beta", ""); });
  EXPECT_EQ(channels(name), (Channels{{"stable", "2"}}));
  EXPECT_EQ(channels({package::Kind::kAgent, "a"}), (Channels{{"stable", "9"}}));
}

TEST_P(StoreContract, AVersionIsDeprecatedOnAllItsSystems) {
  PackageRow linux = MakePackage("a", "1.0");
  PackageRow windows = MakePackage("a", "1.0", "windows");
  PackageRow other = MakePackage("a", "2.0");
  Change([&](Tx& tx) {
    for (PackageRow* row : {&linux, &windows, &other}) tx.package_tables().InsertPackage(*row, "x");
    EXPECT_EQ(tx.package_tables().SetDeprecated({linux.kind, "a"}, "1.0", true), 2);
    EXPECT_EQ(tx.package_tables().SetDeprecated({linux.kind, "b"}, "1.0", true), 0);
  });
  Look([&](ReadTx& tx) {
    std::string out;
    for (const PackageRow& row : tx.packages().PackagesOf({linux.kind, "a"})) {
      out += row.version + row.os + (row.deprecated ? "- " : " ");
    }
    EXPECT_EQ(out, "1.0linux- 1.0windows- 2.0linux ");
  });
}

TEST_P(StoreContract, ArchivesThatPackagesNameAreToldOnceEach) {
  PackageRow first = MakePackage("a", "1");
  PackageRow second = MakePackage("b", "1");
  PackageRow third = MakePackage("c", "1");
  first.sha256 = third.sha256 = "ff";
  third.stock = true;
  second.sha256 = "aa";
  second.size = 5;
  Change([&](Tx& tx) {
    for (PackageRow* row : {&first, &second, &third}) tx.package_tables().InsertPackage(*row, "x");
  });
  Look([&](ReadTx& tx) {
    PackageReads& packages = tx.packages();
    const auto all = packages.NamedArtifacts("", 10);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].sha256 + all[1].sha256, "aaff");
    EXPECT_EQ(all[0].size, 5);
    EXPECT_EQ(packages.NamedArtifacts("", 1).at(0).sha256, "aa");
    EXPECT_EQ(packages.NamedArtifacts("aa", 10).at(0).sha256, "ff");
    EXPECT_TRUE(packages.NamedArtifacts("ff", 10).empty());
    EXPECT_TRUE(packages.UseOfArtifact("ff").stock);
    EXPECT_EQ(packages.UseOfArtifact("ff").size, 100);
    EXPECT_TRUE(packages.UseOfArtifact("aa").named);
    EXPECT_FALSE(packages.UseOfArtifact("aa").stock);
    EXPECT_FALSE(packages.UseOfArtifact("00").named);
  });
}

}  // namespace assist::server::store::contract

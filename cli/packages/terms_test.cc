#include "cli/packages/terms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace assist::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Text kText(Language::kEnglish);
const SystemTime kNow = *ParseIso8601("2026-03-01T00:00:00Z");

package::Archive Archive(package::ArchiveFormat format = package::ArchiveFormat::kTarZst) {
  return {format, std::string(64, 'a'), std::string(32, 'b'), 10, 20, 1};
}
std::vector<package::FileEntry> Files() { return {{"install.sh", 20, std::string(64, 'c'), 0755, ""}}; }
PackageTerms Least() {
  PackageTerms terms;
  terms.name = "nginx-conf";
  terms.version = "1.2";
  return terms;
}
Result<package::Manifest> Make(const PackageTerms& terms) {
  return MakeManifest(terms, Archive(FormatOf(terms)), Files(), kNow, kText);
}

TEST(PackageTermsTest, AFileSaysAllThatOptionsSay) {
  const auto terms = ParsePackageToml(R"(
name = "nginx-conf"
version = "1.2"
os = "linux"
arch = "amd64"
kind = "package"
format = "zip"
install = "install.sh"
uninstall = "u.sh"
verify = "v.sh"
description = "配置"
publisher = "ops"
expires = "90d"
timeout = 30
sequence = 7
downgrade = true
stock = false
depends = ["openssl>=3", "zlib"]
channels = ["stable"]
)",
                                      kText);
  ASSERT_TRUE(terms) << terms.error().detail;
  EXPECT_EQ(terms->name, "nginx-conf");
  EXPECT_EQ(terms->format, "zip");
  EXPECT_EQ(terms->uninstall, "u.sh");
  EXPECT_EQ(terms->timeout, 30);
  EXPECT_EQ(terms->sequence, 7);
  EXPECT_EQ(terms->downgrade, true);
  EXPECT_EQ(terms->stock, false);
  EXPECT_THAT(terms->depends, ElementsAre("openssl>=3", "zlib"));
  EXPECT_THAT(terms->channels, ElementsAre("stable"));
}

TEST(PackageTermsTest, AFileThatIsWrongIsToldByLine) {
  const auto error = [](std::string_view toml) { return ParsePackageToml(toml, kText).error().detail; };
  EXPECT_THAT(error("name = \"a\"\nversion = 1.2"), HasSubstr("line 2: version is of another type"));
  EXPECT_THAT(error("timeout = \"30\""), HasSubstr("timeout"));
  EXPECT_THAT(error("depends = \"x\""), HasSubstr("depends"));
  EXPECT_THAT(error("depends = [1]"), HasSubstr("depends"));
  EXPECT_THAT(error("nmae = \"x\""), HasSubstr("no 'nmae'; there are name, version"));
  EXPECT_THAT(error("name = "), HasSubstr("line 1"));
}

TEST(PackageTermsTest, OptionsGoBeforeTheFile) {
  PackageTerms options;
  options.version = "2";
  options.depends = {"a"};
  PackageTerms file = Least();
  file.downgrade = true;
  file.depends = {"b", "c"};
  file.channels = {"test"};
  const PackageTerms both = Merge(options, file);
  EXPECT_EQ(both.name, "nginx-conf");
  EXPECT_EQ(both.version, "2");
  EXPECT_EQ(both.downgrade, true);
  EXPECT_THAT(both.depends, ElementsAre("a"));
  EXPECT_THAT(both.channels, ElementsAre("test"));
}

TEST(PackageTermsTest, TheManifestHasWhatWasSaidAndDefaultsForTheRest) {
  auto manifest = Make(Least());
  ASSERT_TRUE(manifest) << manifest.error().detail;
  EXPECT_EQ(manifest->os + manifest->arch, "allall");
  EXPECT_EQ(manifest->sequence, 1'772'323'200'000);
  EXPECT_EQ(manifest->timeout, std::chrono::seconds(600));
  EXPECT_FALSE(manifest->downgrade || manifest->stock || manifest->expires);

  PackageTerms terms = Least();
  terms.kind = "agent";
  terms.os = "windows";
  terms.arch = "amd64";
  terms.install = "install.sh";
  terms.timeout = 30;
  terms.sequence = 8;
  terms.downgrade = true;
  terms.depends = {"openssl >= 3", "zlib", "x=1"};
  terms.expires = "2w";
  manifest = Make(terms);
  ASSERT_TRUE(manifest) << manifest.error().detail;
  EXPECT_EQ(manifest->kind, package::Kind::kAgent);
  EXPECT_EQ(manifest->os + manifest->arch, "windowsamd64");
  EXPECT_EQ(manifest->scripts.install, "install.sh");
  EXPECT_EQ(manifest->sequence, 8);
  EXPECT_TRUE(manifest->downgrade);
  EXPECT_THAT(manifest->dependencies, ElementsAre(package::Dependency{"openssl", ">=3"},
                                                  package::Dependency{"zlib", ""}, package::Dependency{"x", "=1"}));
  EXPECT_EQ(manifest->expires, kNow + std::chrono::days(14));
}

TEST(PackageTermsTest, WhatIsMissingOrWrongIsNamedWithItsWayOut) {
  const auto error = [](auto change) {
    PackageTerms terms = Least();
    change(terms);
    const auto made = Make(terms);
    return made ? std::string() : made.error().detail;
  };
  EXPECT_THAT(error([](PackageTerms& t) { t.name.reset(); }), HasSubstr("--name is missing"));
  EXPECT_THAT(error([](PackageTerms& t) { t.version.reset(); }), HasSubstr("version = \"...\" in package.toml"));
  EXPECT_THAT(error([](PackageTerms& t) { t.name = "a b"; }), HasSubstr("Name"));
  EXPECT_THAT(error([](PackageTerms& t) { t.os = "plan9"; }), HasSubstr("Os"));
  EXPECT_THAT(error([](PackageTerms& t) { t.kind = "thing"; }), HasSubstr("package agent"));
  EXPECT_THAT(error([](PackageTerms& t) { t.install = "other.sh"; }), HasSubstr("does not have"));
  EXPECT_THAT(error([](PackageTerms& t) { t.depends = {"x~1"}; }), HasSubstr("Dependencies"));
  EXPECT_THAT(error([](PackageTerms& t) { t.expires = "soon"; }), HasSubstr("90d"));
  EXPECT_THAT(error([](PackageTerms& t) { t.expires = "2026-01-01"; }), HasSubstr("over already"));
  EXPECT_THAT(error([](PackageTerms& t) {
                t.stock = true;
                t.format = "tar.zst";
              }),
              HasSubstr("zip only"));
}

TEST(PackageTermsTest, StockAgentsGetZip) {
  PackageTerms terms = Least();
  EXPECT_EQ(ArchiveName(terms), "nginx-conf_1.2_all_all.tar.zst");
  terms.os = "linux";
  terms.stock = true;
  EXPECT_EQ(ArchiveName(terms), "nginx-conf_1.2_linux_all.zip");
  EXPECT_TRUE(Make(terms));
}

}  // namespace
}  // namespace assist::cli

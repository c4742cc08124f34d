#include "server/download/package_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::server::download {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kA(64, 'a');

std::vector<Listed> All(const std::vector<std::string>& names) {
  std::vector<Listed> all;
  for (const std::string& name : names) all.push_back({name, kA});
  return all;
}

std::vector<std::string> Names(const std::vector<Listed>& all) {
  std::vector<std::string> names;
  for (const Listed& one : all) names.push_back(one.file);
  return names;
}

TEST(PackageListTest, LinesOfSha256sumAreRead) {
  auto all = ParseSums(kA + "  one.deb\r\n\n" + std::string(64, '0') + " *two_1+2~3.rpm");
  ASSERT_TRUE(all) << all.error().detail;
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].file, "one.deb");
  EXPECT_EQ((*all)[0].sha256, kA);
  EXPECT_EQ((*all)[1].file, "two_1+2~3.rpm");
  EXPECT_TRUE(ParseSums("").value().empty());
}

TEST(PackageListTest, WhatIsNoPlainListIsRefusedWithItsLine) {
  const std::string good = kA + "  one.deb\n";
  for (const std::string& bad :
       {kA + "  ../etc/passwd", kA + "  .hidden", kA + "  a/b", kA + "  a b", kA + "  -x", kA + "  ", kA + "  x'y",
        std::string(63, 'a') + "  x", std::string(64, 'A') + "  x", kA + "   x", std::string("nonsense"),
        kA + "  one.deb", kA + "  " + std::string(201, 'x')}) {
    const auto all = ParseSums(good + bad + "\n");
    ASSERT_FALSE(all) << bad;
    EXPECT_THAT(all.error().detail, HasSubstr("line 2")) << bad;
  }
  std::string many;
  for (std::size_t i = 0; i <= kMostPackages; ++i) many += kA + "  f" + std::to_string(i) + "\n";
  EXPECT_EQ(ParseSums(many).error().code, Errc::kTooLarge);
}

TEST(PackageListTest, NamesSayWhatAPackageIsFor) {
  const auto deb = ReadAgentPackage("assist-agent_1.2.3-1_amd64.deb");
  ASSERT_TRUE(deb);
  EXPECT_EQ(deb->format, AgentPackage::Format::kDeb);
  EXPECT_EQ(deb->architecture, "amd64");
  EXPECT_EQ(deb->version, "1.2.3-1");
  EXPECT_EQ(ReadAgentPackage("assist-agent-1.2-1.aarch64.rpm")->architecture, "arm64");
  EXPECT_EQ(ReadAgentPackage("assist-agent-1.2-linux-x86_64.tar.gz")->format, AgentPackage::Format::kTar);
  EXPECT_EQ(ReadAgentPackage("assist-agent-1.2-windows-amd64-setup.exe")->format, AgentPackage::Format::kSetup);
  EXPECT_EQ(ReadAgentPackage("assist-agent-1.2-freebsd-arm64.pkg")->format, AgentPackage::Format::kPkg);
  for (const char* other : {"assist-server_1.2.3-1_amd64.deb", "assist-agent-1.2-freebsd-src.tar.gz",
                            "assist-agent_.deb", "assist-agent_x_amd64.deb", "assist-agent_1_mips.deb", "SHA256SUMS"}) {
    EXPECT_FALSE(ReadAgentPackage(other)) << other;
  }
}

TEST(PackageListTest, VersionsAreComparedAsNumbers) {
  for (const auto& [older, newer] : {std::pair{"1.9", "1.10"},
                                     {"1.2-1", "1.2-2"},
                                     {"1.2", "1.2.1"},
                                     {"1.2~rc1", "1.2"},
                                     {"0.9", "0.10"},
                                     {"1.2", "1.2a"},
                                     {"9", "10"}}) {
    EXPECT_TRUE(IsOlder(older, newer)) << older << " " << newer;
    EXPECT_FALSE(IsOlder(newer, older)) << older << " " << newer;
  }
  EXPECT_FALSE(IsOlder("1.02", "1.2"));
  EXPECT_FALSE(IsOlder("1.2", "1.02"));
}

TEST(PackageListTest, OfEachKindTheNewestIsTaken) {
  EXPECT_THAT(Names(NewestAgents(All({"assist-agent-1.9-linux-x86_64.tar.gz", "assist-agent_1.10-1_amd64.deb",
                                      "assist-agent_1.9-1_amd64.deb", "assist-agent_1.9-1_arm64.deb",
                                      "assist-server_2.0-1_amd64.deb", "assist-agent-1.9-windows-amd64-setup.exe"}))),
              ElementsAre("assist-agent_1.10-1_amd64.deb", "assist-agent_1.9-1_arm64.deb",
                          "assist-agent-1.9-linux-x86_64.tar.gz", "assist-agent-1.9-windows-amd64-setup.exe"));
}

}  // namespace
}  // namespace assist::server::download

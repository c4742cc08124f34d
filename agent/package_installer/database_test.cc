#include "agent/package_installer/database.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "agent/package_installer/testing/fake_package_machine.h"

namespace assist::agent::package_installer {
namespace {

Database Full() {
  Database database;
  database.installed["nginx"] = {"1.2", 7, "1.2-7", {{"lib", ">=1"}}, "2026-11-24T00:00:00Z"};
  database.installed["lib"] = {"1.0", 3, "1.0-3", {}, ""};
  database.highest = {{"nginx", 7}, {"lib", 3}, {"gone", 99}};
  database.pending = Pending{Verb::kUninstall, "nginx", "1.2-7", true, 2};
  database.untold = {{"gone", {"9", true}}, {"nginx", {"1.2", false}}};
  return database;
}

TEST(DatabaseTest, WhatIsWrittenReadsBack) {
  const auto again = ParseDatabase(WriteDatabase(Full()));
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(*again, Full());
  EXPECT_EQ(*ParseDatabase(WriteDatabase({})), Database{});
}

TEST(DatabaseTest, EveryFlippedOrMissingByteIsDamage) {
  const std::string text = WriteDatabase(Full());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string damaged = text;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_FALSE(ParseDatabase(damaged)) << i;
    EXPECT_FALSE(ParseDatabase(text.substr(0, i))) << i;
  }
}

TEST(DatabaseTest, ANewerFormatSaysSo) {
  std::string text = WriteDatabase(Full());
  text.replace(0, 17, "assist-packages 2");
  EXPECT_NE(ParseDatabase(text).error().detail.find("newer"), std::string::npos);
}

TEST(DatabaseTest, WhoNeedsAPackageIsKnown) {
  EXPECT_EQ(DependentsOf(Full(), "lib"), (std::vector<std::string>{"nginx"}));
  EXPECT_TRUE(DependentsOf(Full(), "nginx").empty());
}

class DamageTest : public ::testing::Test {
 protected:
  DamageTest() {
    EXPECT_TRUE(*machine_.Install({machine_.Publish("lib", "1", 1)}));
    EXPECT_TRUE(*machine_.Install({machine_.Publish("nginx", "2", 2)}));
    EXPECT_TRUE(*machine_.Uninstall("lib"));
  }
  FakePackageMachine machine_{1};
};

TEST_F(DamageTest, IsNeverTakenForAnEmptyMachine) {
  const std::string whole = machine_.disk->Content(kDatabase);
  for (const std::string& damaged : {std::string(), whole.substr(0, whole.size() / 2), std::string(500, '\0')}) {
    ASSERT_TRUE(machine_.disk->Put(kDatabase, damaged));
    const Status opened = *machine_.Recover();
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().detail.find("packages/.database"), std::string::npos);
    EXPECT_NE(opened.error().detail.find("pkg repair"), std::string::npos);
  }
}

asio::awaitable<void> RemoveBoth(disk::FakeDisk& disk, bool copy) {
  std::string path = kDatabase;
  static_cast<void>(co_await disk.RemoveFile(path));
  path = kDatabaseCopy;
  if (copy) static_cast<void>(co_await disk.RemoveFile(path));
}

TEST_F(DamageTest, AMissingFileIsDamageWherePackagesWere) {
  for (const bool copy : {false, true}) {
    asio::co_spawn(*machine_.io, RemoveBoth(*machine_.disk, copy), asio::detached);
    machine_.io->restart();
    machine_.io->poll();
    ASSERT_FALSE(machine_.disk->Has(kDatabase));
    const Status opened = *machine_.Recover();
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().detail.find("is missing"), std::string::npos);
  }
}

TEST_F(DamageTest, TheCopyIsTheWayOut) {
  const Database before = machine_.database;
  ASSERT_TRUE(machine_.disk->Put(kDatabase, "x"));
  ASSERT_TRUE(*machine_.Repair());
  ASSERT_TRUE(*machine_.Recover());
  EXPECT_EQ(machine_.database, before);
  EXPECT_EQ(machine_.Trouble(), "");
}

TEST_F(DamageTest, WithoutACopyTheFoldersTell) {
  ASSERT_TRUE(machine_.disk->Put(kDatabase, "x"));
  ASSERT_TRUE(machine_.disk->Put(kDatabaseCopy, "y"));
  ASSERT_TRUE(*machine_.Repair());
  ASSERT_TRUE(*machine_.Recover());
  ASSERT_EQ(machine_.database.installed.size(), 1u);
  EXPECT_EQ(machine_.database.installed.at("nginx").version, "2");
  EXPECT_EQ(machine_.database.highest.at("nginx"), 2);
  EXPECT_EQ(machine_.Trouble(), "");
}

}  // namespace
}  // namespace assist::agent::package_installer

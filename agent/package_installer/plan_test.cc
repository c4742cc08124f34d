#include "agent/package_installer/plan.h"

#include <gtest/gtest.h>

namespace assist::agent::package_installer {
namespace {

package::Manifest Make(std::string name, std::string version, std::vector<package::Dependency> needs = {}) {
  package::Manifest manifest;
  manifest.name = std::move(name);
  manifest.version = std::move(version);
  manifest.dependencies = std::move(needs);
  return manifest;
}

std::string Plan(const std::vector<package::Manifest>& offered, const Database& database = {}) {
  const auto plan = PlanInstall(offered, database);
  if (!plan) return std::string(plan.error().reason);
  std::string order;
  for (const std::size_t at : *plan) order += offered[at].name + offered[at].version + " ";
  return order;
}

Database With(std::string name, std::string version, std::vector<package::Dependency> needs = {}) {
  Database database;
  database.installed[std::move(name)] = {std::move(version), 1, "f", std::move(needs), ""};
  return database;
}

TEST(PlanTest, WhatOthersNeedComesFirst) {
  EXPECT_EQ(Plan({Make("a", "1")}), "a1 ");
  EXPECT_EQ(Plan({Make("a", "1", {{"b", ""}, {"c", ""}}), Make("c", "1"), Make("b", "1", {{"c", ">=1"}})}),
            "c1 b1 a1 ");
  EXPECT_EQ(Plan({Make("a", "1"), Make("b", "1")}), "a1 ") << "what nobody needs is not installed";
}

TEST(PlanTest, WhatIsInstalledAndFitsStays) {
  const std::vector<package::Manifest> offered = {Make("a", "1", {{"b", ">=2"}}), Make("b", "3")};
  EXPECT_EQ(Plan(offered, With("b", "2")), "a1 ");
  EXPECT_EQ(Plan(offered, With("b", "1")), "b3 a1 ");
}

TEST(PlanTest, WhatIsMissingAndCirclesAreRefused) {
  EXPECT_EQ(Plan({Make("a", "1", {{"b", ""}})}), "Dependency");
  EXPECT_EQ(Plan({Make("a", "1", {{"b", ">=2"}}), Make("b", "1")}), "Dependency");
  EXPECT_EQ(Plan({Make("a", "1", {{"b", "=1"}}), Make("b", "1", {{"a", ""}})}), "Dependency");
  EXPECT_EQ(Plan({Make("a", "1", {{"b", ""}}), Make("b", "1", {{"c", ""}}), Make("c", "1", {{"b", ""}})}),
            "Dependency");
  EXPECT_EQ(Plan({Make("a", "2", {{"b", ""}}), Make("b", "1", {{"a", ""}})}, With("a", "1")), "Dependency")
      << "an installed one does not hide a circle";
}

TEST(PlanTest, WhatIsInstalledKeepsWhatItNeeds) {
  const Database database = With("web", "1", {{"lib", "=1"}});
  EXPECT_EQ(Plan({Make("lib", "2")}, database), "Dependency");
  EXPECT_EQ(Plan({Make("lib", "1")}, database), "lib1 ");
  EXPECT_EQ(Plan({Make("web", "2", {{"lib", ">=2"}}), Make("lib", "2")}, database), "lib2 web2 ")
      << "its needs change with it";
}

}  // namespace
}  // namespace assist::agent::package_installer

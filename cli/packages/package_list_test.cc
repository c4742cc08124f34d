#include "cli/packages/package_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

json::Object Page(std::string_view text) { return *json::ParseObject(text, 64); }

std::vector<PackageRow> Rows() {
  std::vector<PackageRow> rows;
  const Status read = ReadPackages(Page(R"({"Packages":{"Package":[
    {"PackageId":"p-1","Kind":"package","Name":"nginx","PackageVersion":"1.2","Os":"linux","Arch":"amd64","Sequence":7,
     "Size":1536,"UnpackedSize":4096,"Sha256":"aa","Format":"zip","Publisher":"ops","PublisherKeyId":"sha256:ab",
     "Description":"web\u001b[31m","Stock":true,"Deprecated":false,"Channels":["stable","test"],
     "CreationTime":"2026-03-01T00:00:00Z"},
    {"Name":"nginx","PackageVersion":"1.10","Os":"linux","Arch":"arm64","Deprecated":true},
    {"Name":"nginx","PackageVersion":"1.10","Os":"linux","Arch":"amd64","Channels":{"Channel":["beta"]}},
    {"Name":"curl","PackageVersion":"8","Expires":"2026-01-01T00:00:00Z"}]}})"),
                                   rows);
  EXPECT_TRUE(read) << read.error().detail;
  return rows;
}

TEST(PackageListTest, TheHighestVersionStandsFirst) {
  std::vector<PackageRow> rows = Rows();
  SortPackages(rows);
  std::vector<std::string> order;
  for (const PackageRow& row : rows) order.push_back(row.name + row.version + row.arch);
  EXPECT_THAT(order, ElementsAre("curl8all", "nginx1.10amd64", "nginx1.10arm64", "nginx1.2amd64"));
  EXPECT_EQ(VersionsIn(rows, 2), "8, 1.10 ...");
  EXPECT_EQ(VersionsIn(rows, 3), "8, 1.10, 1.2");
}

TEST(PackageListTest, ATableAndAViewTellWhatTheServerTells) {
  const std::vector<PackageRow> rows = Rows();
  Look look;
  look.now = *ParseIso8601("2026-03-02T00:00:00Z");
  const std::string table = PackageTable(rows, look).Render(look, {});
  EXPECT_THAT(table, HasSubstr("nginx\t1.2\tlinux/amd64\tstable, test\t-\t1.5 KiB\t2026-03-01T00:00:00Z\tops"));
  EXPECT_THAT(table, HasSubstr("nginx\t1.10\tlinux/arm64\t-\tdeprecated"));
  EXPECT_THAT(table, HasSubstr("\tbeta\t"));
  EXPECT_THAT(table, HasSubstr("curl\t8\tall\t-\texpired"));
  EXPECT_THAT(table, Not(HasSubstr("\x1b")));
  const std::string facts = PackagesFacts({rows[0]}, look);
  EXPECT_THAT(facts, HasSubstr("1.5 KiB zip, sha256:aa"));
  EXPECT_THAT(facts, HasSubstr("sha256:ab"));
  EXPECT_THAT(facts, HasSubstr("Stock agents"));
  const auto json = json::ParseObject(PackagesJson(rows), 64);
  ASSERT_TRUE(json);
  EXPECT_EQ(json->at("TotalCount").as_int64(), 4);
}

TEST(PackageListTest, WhatIsNoListIsRefused) {
  std::vector<PackageRow> rows;
  EXPECT_FALSE(ReadPackages(Page("{}"), rows));
  EXPECT_FALSE(ReadPackages(Page(R"({"Packages":{"Package":[{"PackageVersion":"1"}]}})"), rows));
  std::vector<InstalledRow> installed;
  EXPECT_FALSE(ReadInstalled(Page("{}"), installed));
}

TEST(PackageListTest, WhatMachinesReportIsShownByTheirNames) {
  std::vector<InstalledRow> rows;
  ASSERT_TRUE(ReadInstalled(Page(R"({"InstancePluginStatusSet":{"InstancePluginStatus":[{"InstanceId":"mi-1",
    "PluginStatusSet":{"PluginStatus":[{"PluginName":"nginx","PluginVersion":"1.2","PluginStatus":"Installed",
    "LastHeartbeatTime":"2026-03-01T00:00:00Z"}]}},{"InstanceId":"mi-2"}]}})"),
                            rows));
  const NameBook names(std::vector<NamedMachine>{{"mi-1", "web-1", true}});
  const std::string table = InstalledTable(rows, names, Look()).Render(Look(), {});
  EXPECT_THAT(table, HasSubstr("web-1\tnginx\t1.2\tInstalled\t2026-03-01T00:00:00Z\n"));
  EXPECT_THAT(InstalledJson(rows, names), HasSubstr(R"("InstanceName":"web-1")"));
}

TEST(PackageListTest, SizesAreInTheUnitThatFits) {
  EXPECT_EQ(SizeText(0), "0 B");
  EXPECT_EQ(SizeText(1023), "1023 B");
  EXPECT_EQ(SizeText(1024), "1.0 KiB");
  EXPECT_EQ(SizeText((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(SizeText(std::int64_t{5} << 30), "5.0 GiB");
  EXPECT_EQ(SizeText(std::int64_t{5} << 40), "5120.0 GiB");
}

}  // namespace
}  // namespace assist::cli

#include "cli/machines/ls_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const Text kText(Language::kEnglish);

Result<LsOptions> Read(const std::vector<std::string>& words) {
  auto parsed = ParseVerb(LsSpec(), words, kText);
  if (!parsed) return Forward(parsed);
  return ReadLs(*parsed, kText);
}

TEST(LsOptionsTest, WithoutAnythingAllMachinesByName) {
  const LsOptions options = Read({}).value();
  EXPECT_THAT(options.machines, IsEmpty());
  EXPECT_EQ(options.sort, MachineOrder::kName);
  EXPECT_THAT(LsFilter(options), IsEmpty());
}

TEST(LsOptionsTest, WhatTheServerCanFilterItFilters) {
  const LsOptions options =
      Read({"web*", "-i", "mi-1,mi-2", "--name", "db", "-t", "role=web", "--offline", "--os", "freebsd"}).value();
  EXPECT_THAT(options.machines, ElementsAre("web*", "mi-1", "mi-2", "db"));
  EXPECT_THAT(LsFilter(options), ElementsAre(Pair("Tag.1.Key", "role"), Pair("Tag.1.Value", "web"),
                                             Pair("Connected", "false"), Pair("OsType", "FreeBSD")));
  EXPECT_THAT(LsFilter(Read({"--online"}).value()), ElementsAre(Pair("Connected", "true")));
}

TEST(LsOptionsTest, WhatIsWrongIsRefused) {
  EXPECT_FALSE(Read({"--online", "--offline"}));
  EXPECT_FALSE(Read({"--sort", "size"}));
  EXPECT_FALSE(Read({"--limit", "0"}));
  EXPECT_FALSE(Read({"-t", "web"}));
}

}  // namespace
}  // namespace assist::cli

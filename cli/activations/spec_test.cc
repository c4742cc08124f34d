#include "cli/activations/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const Text kText(Language::kEnglish);

Result<ActivationOptions> Read(const std::vector<std::string>& words) {
  auto parsed = ParseVerb(ActivationSpec(), words, kText);
  if (!parsed) return Forward(parsed);
  return ReadActivation(*parsed, kText);
}

TEST(ActivationSpecTest, WhatIsGivenGoesToTheServerAndNothingElse) {
  EXPECT_THAT(Read({"create"}).value().parameters, IsEmpty());
  EXPECT_THAT(Read({"create", "-n", "200", "--hours", "24", "--name", "web", "--description", "d", "--ip", "10.0.0.0/8",
                    "-t", "role=web"})
                  .value()
                  .parameters,
              ElementsAre(Pair("InstanceCount", "200"), Pair("TimeToLiveInHours", "24"), Pair("InstanceName", "web"),
                          Pair("Description", "d"), Pair("IpAddressRange", "10.0.0.0/8"), Pair("Tag.1.Key", "role"),
                          Pair("Tag.1.Value", "web")));
  EXPECT_EQ(Read({"create"}).value().server, "");
  EXPECT_EQ(Read({"create", "--server", "https://a:1"}).value().server, "https://a:1");
  EXPECT_EQ(Read({"create", "--download", "http://a:2"}).value().download, "http://a:2");
  EXPECT_FALSE(Read({"create", "--count", "many"}));
}

TEST(ActivationSpecTest, DisableAndRmNeedIds) {
  EXPECT_EQ(Read({"disable", "A-1"}).value().verb, ActivationOptions::Verb::kDisable);
  EXPECT_TRUE(Read({"rm", "A-1", "--yes"}).value().yes);
  EXPECT_FALSE(Read({"rm"}));
  EXPECT_FALSE(Read({"disable"}));
  EXPECT_EQ(Read({"ls"}).value().verb, ActivationOptions::Verb::kList);
}

}  // namespace
}  // namespace assist::cli

#include "agent/containers/choose.h"

#include <gtest/gtest.h>

namespace assist::agent::containers {
namespace {

std::string Code(const Outcome<Wanted>& wanted) { return wanted ? "fine" : wanted.error().code; }
std::string Chosen(std::string_view id, std::string_view name, const std::vector<Container>& containers) {
  const auto wanted = ParseWanted(id, name);
  if (!wanted) return wanted.error().code;
  const auto chosen = Choose(*wanted, containers);
  if (!chosen) return chosen.error().code;
  return chosen->value_or("none");
}

TEST(ChooseTest, TheRuntimeInFrontOfAnIdIsUnderstood) {
  const std::string id(64, 'A');
  EXPECT_EQ(ParseWanted(id, "")->only, std::nullopt);
  EXPECT_EQ(ParseWanted("docker://" + id, "")->only, Runtime::kDocker);
  EXPECT_EQ(ParseWanted("containerd://" + id, "")->only, Runtime::kCri);
  EXPECT_EQ(ParseWanted("cri-o://" + id, "")->only, Runtime::kCri);
  EXPECT_EQ(ParseWanted("docker://" + id, "")->id, std::string(64, 'a'));
  EXPECT_EQ(Code(ParseWanted("rkt://" + id, "")), "UnsupportedContainerRuntime");
  // As the stock agent says it.
  EXPECT_EQ(ParseWanted("rkt://" + id, "").error().why,
            "The container runtime specified in the containerId is not supported.");
}

TEST(ChooseTest, WhatCanBeNoContainerIsRefused) {
  EXPECT_EQ(Code(ParseWanted("docker://", "web")), "InvalidContainerId");
  EXPECT_EQ(Code(ParseWanted("xyz", "")), "InvalidContainerId");
  EXPECT_EQ(Code(ParseWanted(std::string(65, 'a'), "")), "InvalidContainerId");
  EXPECT_EQ(Code(ParseWanted("--help", "")), "InvalidContainerId");
  EXPECT_EQ(Code(ParseWanted("", "a b")), "InvalidContainerName");
  EXPECT_EQ(Code(ParseWanted("", "a;b")), "InvalidContainerName");
  EXPECT_EQ(Code(ParseWanted("", "--privileged")), "fine") << "never handed to a program";
}

TEST(ChooseTest, TheIdItsBeginningOrANameFindsAContainer) {
  const std::vector<Container> all = {{"aa11", {"web", "pod/web"}, true, "running"},
                                      {"aa22", {"db"}, true, "running"},
                                      {"bb33", {"old"}, false, "exited"}};
  EXPECT_EQ(Chosen("aa11", "", all), "aa11");
  EXPECT_EQ(Chosen("AA1", "", all), "aa11");
  EXPECT_EQ(Chosen("", "db", all), "aa22");
  EXPECT_EQ(Chosen("", "pod/web", all), "aa11");
  EXPECT_EQ(Chosen("aa1", "web", all), "aa11");
  EXPECT_EQ(Chosen("cc", "", all), "none");
  EXPECT_EQ(Chosen("", "we", all), "none") << "a name is whole";
  EXPECT_EQ(Chosen("cc", "web", all), "none");
  EXPECT_EQ(Chosen("aa", "", all), "InvalidContainerId");
  EXPECT_EQ(Chosen("aa1", "db", all), "ContainerNameAndIdNotMatch");
  EXPECT_EQ(Chosen("bb", "", all), "ContainerStateAbnormal");
  EXPECT_EQ(Chosen("", "old", all), "ContainerStateAbnormal");
}

TEST(ChooseTest, OfSeveralWithOneNameTheRunningOneIsMeant) {
  std::vector<Container> all = {
      {"a1", {"web"}, false, "exited"}, {"a2", {"web"}, true, "running"}, {"a3", {"web"}, false, "exited"}};
  EXPECT_EQ(Chosen("", "web", all), "a2");
  all[0].running = true;
  EXPECT_EQ(Chosen("", "web", all), "ContainerNameDuplicated");
  all[0].running = all[1].running = false;
  EXPECT_EQ(Chosen("", "web", all), "ContainerStateAbnormal");
}

}  // namespace
}  // namespace assist::agent::containers

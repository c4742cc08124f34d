#include "agent/containers/listing.h"

#include <gtest/gtest.h>

namespace assist::agent::containers {
namespace {

TEST(ListingTest, DockersListIsRead) {
  const auto list = ParseDockerList(R"([
    {"Id":"ab12","Names":["/web","/other/alias"],"State":"running","Status":"Up 2 hours","Ports":[]},
    {"Id":"cd34","Names":["/old"],"State":"exited"},
    {"Id":"ef56","Names":null,"State":"paused"}])");
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 3u);
  EXPECT_EQ((*list)[0].id, "ab12");
  EXPECT_EQ((*list)[0].names, (std::vector<std::string>{"web", "other/alias"}));
  EXPECT_TRUE((*list)[0].running);
  EXPECT_FALSE((*list)[1].running);
  EXPECT_EQ((*list)[1].state, "exited");
  EXPECT_FALSE((*list)[2].running);
}

TEST(ListingTest, CrictlsListIsRead) {
  const auto list = ParseCriList(R"({"containers":[
    {"id":"ab12","podSandboxId":"p","metadata":{"name":"nginx","attempt":0},"state":"CONTAINER_RUNNING",
     "labels":{"io.kubernetes.container.name":"nginx","io.kubernetes.pod.name":"web-0",
               "io.kubernetes.pod.namespace":"shop"}},
    {"id":"cd34","metadata":{"name":"job"},"state":"CONTAINER_EXITED"},
    {"id":"ef56"}]})");
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 3u);
  EXPECT_EQ((*list)[0].names, (std::vector<std::string>{"nginx", "web-0/nginx", "shop/web-0/nginx"}));
  EXPECT_TRUE((*list)[0].running);
  EXPECT_EQ((*list)[1].names, std::vector<std::string>{"job"});
  EXPECT_FALSE((*list)[1].running);
  EXPECT_TRUE((*list)[2].names.empty());
  EXPECT_TRUE(ParseCriList("{}")->empty());
}

TEST(ListingTest, WhatIsNoListIsRefused) {
  for (const char* text : {"", "{}", "[1]", "[{\"Names\":[]}]", "[{\"Id\":1}]", "<html>"}) {
    EXPECT_FALSE(ParseDockerList(text)) << text;
  }
  for (const char* text : {"", "[]", "{\"containers\":[{}]}", "{\"containers\":[{\"id\":{}}]}"}) {
    EXPECT_FALSE(ParseCriList(text)) << text;
  }
}

TEST(ListingTest, TheMessageOfAnErrorIsTakenOut) {
  EXPECT_EQ(DockerMessage("{\"cause\":\"c\",\"message\":\"no such container\"}"), "no such container");
  EXPECT_EQ(DockerMessage("plain"), "plain");
  EXPECT_EQ(DockerMessage("{\"a\":1}"), "{\"a\":1}");
}

}  // namespace
}  // namespace assist::agent::containers

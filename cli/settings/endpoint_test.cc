#include "cli/settings/endpoint.h"

#include <gtest/gtest.h>

namespace assist::cli {
namespace {

TEST(EndpointTest, EveryFormThatPeopleWriteIsUnderstood) {
  const struct {
    const char* text;
    Endpoint want;
  } cases[] = {
      {"assist.example.com", {"assist.example.com", 8443, true}},
      {"10.0.0.5:9000", {"10.0.0.5", 9000, true}},
      {"https://assist.example.com", {"assist.example.com", 443, true}},
      {"https://assist.example.com:8443/", {"assist.example.com", 8443, true}},
      {"HTTPS://a", {"a", 443, true}},
      {"http://127.0.0.1:8080", {"127.0.0.1", 8080, false}},
      {"http://localhost", {"localhost", 80, false}},
      {"http://[::1]:8080", {"::1", 8080, false}},
      {"[fd00::1]:8443", {"fd00::1", 8443, true}},
      {"[fd00::1]", {"fd00::1", 8443, true}},
  };
  for (const auto& c : cases) {
    const auto endpoint = ParseEndpoint(c.text, Text(Language::kEnglish));
    ASSERT_TRUE(endpoint) << c.text << ": " << endpoint.error().detail;
    EXPECT_EQ(*endpoint, c.want) << c.text << " became " << endpoint->Url();
  }
}

TEST(EndpointTest, WhatIsNoEndpointIsRefusedWithTheReason) {
  const struct {
    const char* text;
    const char* why;
  } cases[] = {
      {"", "empty"},
      {"ftp://a", "https://host:port"},
      {"https://", "host:port"},
      {"https://a/api", "path"},
      {"https://key:secret@a", "keys do not belong"},
      {"a:0", "host:port"},
      {"a:65536", "host:port"},
      {"a:12x", "host:port"},
      {"a:", "host:port"},
      {"::1", "host:port"},
      {"[::1", "host:port"},
      {"[host]:1", "host:port"},
      {"[::1]x", "host:port"},
      {"a b", "host:port"},
      {"http://assist.example.com", "loopback"},
      {"http://10.0.0.1:80", "loopback"},
      {"http://127.evil.example", "loopback"},
      {"http://127.0.0.1.example", "loopback"},
  };
  for (const auto& c : cases) {
    const auto endpoint = ParseEndpoint(c.text, Text(Language::kEnglish));
    ASSERT_FALSE(endpoint) << c.text;
    EXPECT_NE(endpoint.error().detail.find(c.why), std::string::npos) << c.text << ": " << endpoint.error().detail;
  }
}

TEST(EndpointTest, TheUrlBracketsIpv6) {
  EXPECT_EQ((Endpoint{"::1", 80, false}).Url(), "http://[::1]:80");
  EXPECT_EQ((Endpoint{"a", 8443, true}).Url(), "https://a:8443");
}

}  // namespace
}  // namespace assist::cli

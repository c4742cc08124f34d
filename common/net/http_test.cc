#include "common/net/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/net/address.h"

namespace assist {
namespace {

using ::testing::ElementsAre;

TEST(HttpHeadersTest, NamesAreComparedWithoutCaseAndOrderIsKept) {
  HttpHeaders headers{{"A", "1"}, {"x-Y", "2"}, {"a", "3"}};
  EXPECT_EQ(*headers.Find("X-y"), "2");
  EXPECT_EQ(headers.Get("a"), "1");
  EXPECT_THAT(headers.FindAll("a"), ElementsAre("1", "3"));
  EXPECT_EQ(headers.Find("x"), nullptr);
  EXPECT_EQ(headers.Get("x"), "");
  headers.Set("A", "4");
  EXPECT_THAT(headers.FindAll("a"), ElementsAre("4"));
  headers.Remove("X-Y");
  EXPECT_EQ(headers.size(), 1u);
}

TEST(HttpHeadersTest, TokensAreFoundInLists) {
  const HttpHeaders headers{{"Connection", "keep-alive,  Upgrade "}, {"connection", "x"}};
  EXPECT_TRUE(headers.HasToken("connection", "upgrade"));
  EXPECT_TRUE(headers.HasToken("connection", "X"));
  EXPECT_FALSE(headers.HasToken("connection", "Up"));
  EXPECT_FALSE(headers.HasToken("connection", ""));
}

HttpRequest Handshake() {
  HttpRequest request;
  request.headers = {{"Host", "h"},
                     {"Upgrade", "WebSocket"},
                     {"Connection", "Upgrade"},
                     {"Sec-WebSocket-Version", "13"},
                     {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  return request;
}

TEST(WebSocketUpgradeTest, EveryPartOfTheHandshakeIsNeeded) {
  EXPECT_TRUE(IsWebSocketUpgrade(Handshake()));
  for (const char* name : {"Upgrade", "Connection", "Sec-WebSocket-Version", "Sec-WebSocket-Key"}) {
    auto request = Handshake();
    request.headers.Remove(name);
    EXPECT_FALSE(IsWebSocketUpgrade(request)) << name;
  }
  auto request = Handshake();
  request.method = "POST";
  EXPECT_FALSE(IsWebSocketUpgrade(request));
  request = Handshake();
  request.minor_version = 0;
  EXPECT_FALSE(IsWebSocketUpgrade(request));
  request = Handshake();
  request.headers.Set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=");
  EXPECT_FALSE(IsWebSocketUpgrade(request));
  request.headers.Set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25\njZQ==");
  EXPECT_FALSE(IsWebSocketUpgrade(request));
}

TEST(AddressTest, HostsAndPortsInTheirForms) {
  EXPECT_EQ(ParseHostPort("a.example:443").value(), (HostPort{"a.example", 443}));
  EXPECT_EQ(ParseHostPort("1.2.3.4:0").value(), (HostPort{"1.2.3.4", 0}));
  EXPECT_EQ(ParseHostPort("[::1]:8443").value(), (HostPort{"::1", 8443}));
  EXPECT_EQ(ParseHostPort("[::1]", 80).value(), (HostPort{"::1", 80}));
  EXPECT_EQ(ParseHostPort("a", 80).value(), (HostPort{"a", 80}));
  EXPECT_EQ(FormatHostPort({"::1", 80}), "[::1]:80");
  EXPECT_EQ(FormatHostPort({"a", 80}), "a:80");
  for (const char* bad : {"", ":", "a", "a:", "a:x", "a:65536", "a:-1", "a:1:2", "::1:80", "[::1", "[::1]x:1", "[a]:1",
                          "[1.2.3.4]:5", "a b:1", "a/b:1", "a\n:1"}) {
    EXPECT_FALSE(ParseHostPort(bad)) << bad;
  }
}

TEST(AddressTest, UrlsInTheirForms) {
  auto url = ParseHttpUrl("https://server.example/a?b=c#d").value();
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.server, (HostPort{"server.example", 443}));
  EXPECT_EQ(url.target, "/a?b=c");
  url = ParseHttpUrl("http://user:p%40ss@10.0.0.1:3128").value();
  EXPECT_FALSE(url.tls);
  EXPECT_EQ(url.server, (HostPort{"10.0.0.1", 3128}));
  EXPECT_EQ(url.target, "/");
  EXPECT_EQ(url.user_info, "user:p%40ss");
  EXPECT_EQ(ParseHttpUrl("http://[::1]:5?x").value().target, "/?x");
  for (const char* bad : {"", "server.example", "ftp://a", "https://", "https://a b/", "https://*/", "http://a:0/",
                          "http:///x", "https://a:99999", "https://a/\r\nX: y"}) {
    EXPECT_FALSE(ParseHttpUrl(bad)) << bad;
  }
}

TEST(AddressTest, LoopbackIsWhatStaysOnThisMachine) {
  for (const char* host : {"localhost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  }
  for (const char* host : {"localhost.evil.example", "10.0.0.1", "::2", "", "127.0.0.1.example"}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

}  // namespace
}  // namespace assist

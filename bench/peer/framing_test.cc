#include "bench/peer/framing.h"

#include <gtest/gtest.h>

namespace assist::bench {
namespace {

TEST(FramingTest, AnAnswerIsDoneWithItsLastByteOfBodyAndNotBefore) {
  const std::string text = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nConnection: Close\r\n\r\nhello";
  HttpMessage message;
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(ReadHttp(std::string_view(text).substr(0, size), message), Progress::kMore) << size;
  }
  ASSERT_EQ(ReadHttp(text + "HTTP", message), Progress::kDone);
  EXPECT_EQ(message.status, 200);
  EXPECT_EQ(message.body_bytes, 5u);
  EXPECT_EQ(message.bytes(), text.size());
  EXPECT_TRUE(message.close);
}

TEST(FramingTest, WhatIsNotSpokenHereIsRefused) {
  HttpMessage message;
  EXPECT_EQ(ReadHttp("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", message), Progress::kBad);
  EXPECT_EQ(ReadHttp("HTTP/1.1 200 OK\r\n\r\n", message), Progress::kBad);
  EXPECT_EQ(ReadHttp("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", message), Progress::kBad);
  EXPECT_EQ(ReadHttp("HTTP/1.1 101 Switching Protocols\r\n\r\n", message), Progress::kDone);
  EXPECT_EQ(ReadHttp("GET /x HTTP/1.1\r\nHost: a\r\n\r\n", message), Progress::kDone);
  EXPECT_EQ(message.status, 0);
}

TEST(FramingTest, HeadersAreFoundByNameOnly) {
  const std::string_view head = "GET /X-A:1 HTTP/1.1\r\nX-AB: no\r\nx-a:  yes \r\nX-A: second\r\n\r\nX-C: body\r\n";
  EXPECT_EQ(HeaderValue(head, "X-A"), "yes");
  EXPECT_EQ(HeaderValue(head, "X-B"), "");
  EXPECT_EQ(HeaderValue(head, "X-C"), "");
}

TEST(FramingTest, FramesOfEitherSideComeBackAsTheyWere) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{125}, std::size_t{126}, std::size_t{65535}}) {
    const std::string payload(size, 'k');
    for (const auto mask : {std::optional<std::uint32_t>(0xA1B2C3D4U), std::optional<std::uint32_t>()}) {
      std::string bytes;
      AppendFrame(bytes, kText, payload, mask);
      Frame frame;
      EXPECT_EQ(ReadFrame(std::string_view(bytes).substr(0, bytes.size() - 1), frame), Progress::kMore);
      ASSERT_EQ(ReadFrame(bytes + "x", frame), Progress::kDone);
      EXPECT_EQ(frame.bytes, bytes.size());
      EXPECT_EQ(frame.opcode, kText);
      EXPECT_EQ(frame.payload, payload);
      if (mask && size > 0) {
        EXPECT_EQ(bytes.find(payload), std::string::npos);
      }
    }
  }
}

TEST(FramingTest, AFragmentIsRefused) {
  Frame frame;
  EXPECT_EQ(ReadFrame(std::string_view("\x01\x01x", 3), frame), Progress::kBad);
}

}  // namespace
}  // namespace assist::bench

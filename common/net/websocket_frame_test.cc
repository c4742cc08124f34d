#include "common/net/websocket_frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "common/base/random.h"

namespace assist::net_internal {
namespace {

using Mask = std::array<std::uint8_t, 4>;
constexpr Mask kMask = {0x37, 0xfa, 0x21, 0x3d};

// Everything that a decoder finds: `text:…`, `ping:…`, `close:<code>:…`, and at last `error:<code>` or nothing.
std::vector<std::string> Decode(std::string_view bytes, bool masked, std::size_t step, std::size_t max = 1000) {
  WebSocketDecoder decoder(masked, max);
  std::vector<std::string> found;
  while (!bytes.empty()) {
    std::string_view piece = bytes.substr(0, step);
    bytes.remove_prefix(piece.size());
    while (!piece.empty()) {
      auto item = decoder.Put(piece);
      if (!item) {
        found.push_back(item.error().code == Errc::kTooLarge ? "error:1009" : "error:1002");
        return found;
      }
      if (!*item) continue;
      switch ((*item)->opcode) {
        case Opcode::kText:
          found.push_back("text:" + (*item)->payload);
          break;
        case Opcode::kBinary:
          found.push_back("binary:" + (*item)->payload);
          break;
        case Opcode::kPing:
          found.push_back("ping:" + (*item)->payload);
          break;
        case Opcode::kPong:
          found.push_back("pong:" + (*item)->payload);
          break;
        default:
          found.push_back("close:" + std::to_string((*item)->close_code) + ":" + (*item)->payload);
      }
    }
  }
  return found;
}

std::vector<std::string> Decode(std::string_view bytes, bool masked = false) {
  const auto whole = Decode(bytes, masked, bytes.size() + 1);
  EXPECT_EQ(Decode(bytes, masked, 1), whole);  // byte by byte is the same
  return whole;
}

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using List = std::vector<std::string>;

TEST(WebSocketFrameTest, TheExamplesOfTheRfc) {
  // RFC 6455, section 5.7
  EXPECT_EQ(Decode("\x81\x05Hello"), List{"text:Hello"});
  EXPECT_EQ(Decode("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", true), List{"text:Hello"});
  EXPECT_EQ(Decode("\x01\x03Hel\x80\x02lo"), List{"text:Hello"});
  EXPECT_EQ(Decode("\x89\x05Hello"), List{"ping:Hello"});
  EXPECT_EQ(Decode("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", true), List{"pong:Hello"});
  const std::string bytes(256, 'b');
  EXPECT_EQ(Decode(std::string("\x82\x7e\x01\x00", 4) + bytes), List{"binary:" + bytes});
  EXPECT_EQ(EncodeFrame(Opcode::kText, "Hello", std::nullopt), "\x81\x05Hello");
  EXPECT_EQ(EncodeFrame(Opcode::kText, "Hello", kMask), "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
}

TEST(WebSocketFrameTest, EveryLengthComesBack) {
  for (const std::size_t size : {0u, 1u, 124u, 125u, 126u, 127u, 1000u, 65'534u, 65'535u, 65'536u, 100'000u}) {
    std::string payload(size, '\0');
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>(i * 7);
    EXPECT_EQ(Decode(EncodeFrame(Opcode::kBinary, payload, std::nullopt), false, 999, 100'000),
              List{"binary:" + payload});
    EXPECT_EQ(Decode(EncodeFrame(Opcode::kBinary, payload, kMask), true, 3, 100'000), List{"binary:" + payload});
  }
}

TEST(WebSocketFrameTest, ControlFramesMayComeBetweenFragments) {
  const std::string bytes = EncodeFrame(Opcode::kText, "a", kMask, false) + EncodeFrame(Opcode::kPing, "p", kMask) +
                            EncodeFrame(Opcode::kContinuation, "", kMask, false) +
                            EncodeFrame(Opcode::kPong, "", kMask) + EncodeFrame(Opcode::kContinuation, "b", kMask) +
                            EncodeFrame(Opcode::kText, "c", kMask);
  EXPECT_THAT(Decode(bytes, true), ElementsAre("ping:p", "pong:", "text:ab", "text:c"));
}

TEST(WebSocketFrameTest, WhatTheProtocolForbidsEndsIt) {
  const std::vector<std::string> bad = {
      {"\xc1\x00", 2},  // reserved bit
      {"\x83\x00", 2},  // unknown kinds
      {"\x8b\x00", 2},
      {"\x80\x00", 2},          // a continuation of nothing
      {"\x09\x00", 2},          // control frame in parts
      {"\x89\x7e\x00\x7e", 4},  // control frame too long
      {"\x81\x7e\x00\x7d", 4},  // lengths not in the shortest form
      {"\x81\x7f\x00\x00\x00\x00\x00\x00\xff\xff", 10},
      {"\x81\x7f\x80\x00\x00\x00\x00\x00\x00\x00", 10},
      {"\x88\x01\x03", 3},              // half a close code
      {"\x88\x02\x03\xe7", 4},          // 999
      {"\x88\x02\x03\xed", 4},          // 1005
      {"\x88\x02\x03\xee", 4},          // 1006
      {"\x88\x02\x0b\xb7", 4},          // 2999
      {"\x88\x02\x13\x88", 4},          // 5000
      {"\x81\x80\x01\x02\x03\x04", 6},  // a server that masks
  };
  for (const auto& bytes : bad)
    EXPECT_THAT(Decode(bytes), ElementsAre("error:1002")) << ::testing::PrintToString(bytes);
  EXPECT_THAT(Decode("\x81\x01x", true), ElementsAre("error:1002"));  // a client that does not
  EXPECT_THAT(Decode(std::string("\x01\x01"
                                 "a\x81\x01"
                                 "b",
                                 6)),
              ElementsAre("error:1002"));  // a message inside another
}

TEST(WebSocketFrameTest, ALongMessageIsRefusedBeforeItComes) {
  EXPECT_EQ(Decode(std::string("\x81\x7e\x03\xe8", 4) + std::string(1000, 'x')),
            List{"text:" + std::string(1000, 'x')});
  EXPECT_THAT(Decode(std::string("\x81\x7e\x03\xe9", 4)), ElementsAre("error:1009"));
  EXPECT_THAT(Decode(std::string("\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10)), ElementsAre("error:1009"));
  // in parts
  const std::string half = EncodeFrame(Opcode::kText, std::string(501, 'x'), std::nullopt, false);
  const std::string rest = EncodeFrame(Opcode::kContinuation, std::string(500, 'x'), std::nullopt);
  EXPECT_THAT(Decode(half + rest), ElementsAre("error:1009"));
}

TEST(WebSocketFrameTest, CloseFramesTellCodeAndReason) {
  EXPECT_THAT(Decode(EncodeFrame(Opcode::kClose, ClosePayload(1001, "bye"), std::nullopt)),
              ElementsAre("close:1001:bye"));
  EXPECT_THAT(Decode(std::string("\x88\x00", 2)), ElementsAre("close:1005:"));
  EXPECT_THAT(Decode(EncodeFrame(Opcode::kClose, ClosePayload(4999, ""), kMask), true), ElementsAre("close:4999:"));
  EXPECT_EQ(ClosePayload(1000, std::string(500, 'x')).size(), 125u);
  std::string chinese;
  for (int i = 0; i < 100; ++i) chinese += "云";
  EXPECT_EQ(ClosePayload(1000, chinese).size(), 125u);  // two of the code, then 41 whole characters
  EXPECT_EQ(ClosePayload(1000, "a" + chinese).size(), 123u);
  EXPECT_EQ(ClosePayload(1000, "ab" + chinese).size(), 124u);
}

TEST(WebSocketFrameTest, CutFramesGiveNothing) {
  const std::string frame = EncodeFrame(Opcode::kText, std::string(300, 'x'), kMask);
  for (std::size_t i = 0; i < frame.size(); ++i) {
    EXPECT_THAT(Decode(frame.substr(0, i), true, 50), IsEmpty()) << i;
  }
}

TEST(WebSocketFrameTest, NoiseNeverDoesHarm) {
  SeededRandom random(4);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random.Below(40), '\0');
    random.Fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    const bool masked = random.Below(2) == 0;
    EXPECT_EQ(Decode(bytes, masked, 1), Decode(bytes, masked, 1 + random.Below(10)));
  }
}

}  // namespace
}  // namespace assist::net_internal

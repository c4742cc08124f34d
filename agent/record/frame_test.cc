#include "agent/record/frame.h"

#include <gtest/gtest.h>

#include "agent/record/bytes.h"

namespace assist::agent::record {
namespace {

TEST(BytesTest, WhatIsWrittenIsRead) {
  ByteWriter writer;
  writer.U8(7);
  writer.U32(0xdeadbeef);
  writer.U64(0x0123456789abcdefULL);
  writer.I64(-5);
  writer.Text("text");
  ByteReader reader(writer.bytes());
  EXPECT_EQ(reader.U8(), 7);
  EXPECT_EQ(reader.U32(), 0xdeadbeefU);
  EXPECT_EQ(reader.U64(), 0x0123456789abcdefULL);
  EXPECT_EQ(reader.I64(), -5);
  EXPECT_EQ(reader.Text(), "text");
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.left(), 0u);
}

TEST(BytesTest, BehindTheEndThereAreZerosAndAFlag) {
  ByteReader reader(
      std::string_view("\x05\x00\x00\x00"
                       "abc",
                       7));
  EXPECT_EQ(reader.Text(), "");
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.U64(), 0u);
}

TEST(FrameTest, AFrameIsReadBackFromTheMiddleOfABuffer) {
  const std::string bytes = EncodeFrame(3, "payload") + "next";
  Frame frame;
  ASSERT_EQ(DecodeFrame(bytes, 100, frame), FrameState::kWhole);
  EXPECT_EQ(frame.type, 3);
  EXPECT_EQ(frame.payload, "payload");
  EXPECT_EQ(frame.size(), bytes.size() - 4);
  EXPECT_EQ(FrameSize(bytes), bytes.size() - 4);
}

TEST(FrameTest, APayloadInTwoPartsGivesTheSameFrame) {
  EXPECT_EQ(FrameHeader(3, "pay", "load"), FrameHeader(3, "payload"));
}

TEST(FrameTest, EveryPrefixIsIncompleteAndNeverWhole) {
  const std::string bytes = EncodeFrame(3, "payload");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Frame frame;
    EXPECT_EQ(DecodeFrame(std::string_view(bytes).substr(0, size), 100, frame), FrameState::kIncomplete) << size;
  }
}

TEST(FrameTest, EveryBitFlipIsSeen) {
  const std::string good = EncodeFrame(3, "payload");
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    Frame frame;
    EXPECT_NE(DecodeFrame(bytes, 1 << 30, frame), FrameState::kWhole) << bit;
  }
}

TEST(FrameTest, ALengthAboveTheLimitIsDamage) {
  Frame frame;
  EXPECT_EQ(DecodeFrame(EncodeFrame(1, "12345678"), 7, frame), FrameState::kDamaged);
}

}  // namespace
}  // namespace assist::agent::record

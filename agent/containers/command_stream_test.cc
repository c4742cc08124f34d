#include "agent/containers/command_stream.h"

#include <gtest/gtest.h>

#include "agent/containers/docker_stream.h"

namespace assist::agent::containers {
namespace {

class CommandStreamTest : public ::testing::Test {
 protected:
  /// In pieces of `size` bytes.
  void Put(std::string_view bytes, std::size_t size) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) {
      stream_.Put(bytes.substr(0, size), output_);
    }
  }
  const Marks marks_ = MakeMarks("0123456789abcdeffedcba9876543210");
  CommandStream stream_{marks_};
  std::string output_;
};

TEST_F(CommandStreamTest, BeginningAndEndAreTakenOutHoweverTheBytesCome) {
  const std::string all = marks_.begin + "one\ntwo" + marks_.end + "3.";
  for (std::size_t size = 1; size <= all.size(); ++size) {
    CommandStream stream(marks_);
    std::string output;
    for (std::size_t at = 0; at < all.size(); at += size) stream.Put(all.substr(at, size), output);
    EXPECT_TRUE(stream.begun());
    EXPECT_EQ(output, "one\ntwo") << size;
    EXPECT_EQ(stream.exit_code(), 3);
  }
}

TEST_F(CommandStreamTest, OutputIsNotHeldBackWithoutNeed) {
  Put(marks_.begin + "hello", 1000);
  EXPECT_EQ(output_, "hello");
  EXPECT_FALSE(stream_.exit_code());
  Put("\x1f", 1);
  EXPECT_EQ(output_, "hello") << "it may be the end";
  Put("x", 1);
  EXPECT_EQ(output_, "hello\x1fx");
}

TEST_F(CommandStreamTest, WhatOnlyLooksLikeTheEndIsOutput) {
  const std::string odd = marks_.end + "x." + marks_.end + "123456789012";
  Put(marks_.begin + odd, 7);
  EXPECT_FALSE(stream_.exit_code());
  stream_.PutEnd(output_);
  EXPECT_EQ(output_, odd);
}

TEST_F(CommandStreamTest, WhatComesInsteadOfTheBeginningIsTheRuntimesWord) {
  Put("exec failed: no such file\n", 3);
  stream_.PutEnd(output_);
  EXPECT_FALSE(stream_.begun());
  EXPECT_EQ(stream_.before(), "exec failed: no such file\n");
  EXPECT_EQ(output_, "");
}

TEST_F(CommandStreamTest, ThatWordIsBounded) {
  for (int i = 0; i < 1000; ++i) Put(std::string(1000, 'x'), 1000);
  EXPECT_EQ(stream_.before().size(), CommandStream::kMaxBefore);
  Put(marks_.begin + "y", 1000);
  EXPECT_EQ(output_, "y");
}

TEST_F(CommandStreamTest, BehindTheEndNothingCounts) {
  Put(marks_.begin + marks_.end + "0." + "a daemon goes on", 5);
  stream_.PutEnd(output_);
  EXPECT_EQ(output_, "");
  EXPECT_EQ(stream_.exit_code(), 0);
}

TEST_F(CommandStreamTest, TheMarkThatTheScriptSeesIsNotTheOneInTheOutput) {
  EXPECT_EQ(marks_.end.find(marks_.task), std::string::npos);
  EXPECT_EQ(marks_.begin.find(marks_.task), std::string::npos);
  EXPECT_EQ(marks_.task, "0123456789abcdef");
}

TEST(RunLineTest, AScriptIsCutIntoArgumentsBetweenCharacters) {
  const Marks marks = MakeMarks("0123456789abcdeffedcba9876543210");
  const auto empty = RunLine(marks, "");
  EXPECT_EQ(RunLine(marks, "x").size(), empty.size());
  std::string script;
  while (script.size() < 350'000) script += "\xE4\xB8\xAD";
  script.insert(0, "a");
  const auto line = RunLine(marks, script);
  ASSERT_EQ(line.size(), empty.size() + 3);
  std::string whole;
  for (std::size_t i = empty.size() - 1; i < line.size(); ++i) {
    EXPECT_LE(line[i].size(), 100'000u);
    EXPECT_NE(static_cast<unsigned char>(line[i].front()) & 0xC0U, 0x80U);
    whole += line[i];
  }
  EXPECT_EQ(whole, script);
}

TEST(DockerStreamTest, FramesAreTakenApartHoweverTheBytesCome) {
  using std::string_literals::operator""s;
  const std::string all = "\x01\0\0\0\0\0\0\x03one\x02\0\0\0\0\0\0\x02 2\x01\0\0\0\0\0\0\0"s;
  for (std::size_t size = 1; size <= all.size(); ++size) {
    DockerStream stream;
    std::string output;
    for (std::size_t at = 0; at < all.size(); at += size) EXPECT_TRUE(stream.Put(all.substr(at, size), output));
    EXPECT_EQ(output, "one 2");
  }
  DockerStream stream;
  std::string output;
  EXPECT_FALSE(stream.Put("HTTP/1.1", output));
  DockerStream large;
  EXPECT_FALSE(large.Put("\x01\0\0\0\x7f\0\0\0x"s, output));
}

}  // namespace
}  // namespace assist::agent::containers

#include "agent/task_engine/spool_reader.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "agent/disk/fake_disk.h"
#include "agent/supervisor/spool.h"

namespace assist::agent::task_engine {
namespace {

class SpoolReaderTest : public ::testing::Test {
 protected:
  SpoolReaderTest() { Write(""); }
  void Write(const std::string& body) {
    disk_.Put("spool", supervisor::EncodeHead({"boot", SystemTime{}, SteadyTime{}}) + body);
  }
  static std::string Output(const std::string& bytes) { return supervisor::EncodeOutputHeader(bytes) + bytes; }
  template <class T>
  T Run(asio::awaitable<T> call) {
    std::optional<T> result;
    asio::co_spawn(io_, std::move(call), [&](std::exception_ptr, T value) { result.emplace(std::move(value)); });
    io_.restart();
    io_.poll();
    return std::move(*result);
  }
  SpoolReader::Chunk Read(std::size_t max = 1 << 20) { return *Run(reader_.Read(max)); }

  asio::io_context io_;
  disk::FakeDisk disk_{io_.get_executor()};
  SpoolReader reader_{disk_, "spool"};
};

TEST_F(SpoolReaderTest, FramesArePutTogetherUpToTheMaximum) {
  Write(Output("abc") + Output("defg") + Output("hi"));
  auto chunk = Read(7);
  EXPECT_EQ(chunk.bytes, "abcdefg");
  EXPECT_EQ(chunk.end, 7u);
  EXPECT_TRUE(chunk.more);
  EXPECT_EQ(reader_.offset(), 0u) << "reading does not move";
  EXPECT_EQ(Read(7).bytes, "abcdefg");
  reader_.Advance();
  chunk = Read(7);
  EXPECT_EQ(chunk.bytes, "hi");
  EXPECT_FALSE(chunk.more);
  EXPECT_EQ(chunk.end, 9u);
}

TEST_F(SpoolReaderTest, AFrameLargerThanTheMaximumIsGivenWhole) {
  Write(Output(std::string(60'000, 'x')) + Output("y"));
  EXPECT_EQ(Read(10).bytes.size(), 60'000u);
}

TEST_F(SpoolReaderTest, AGapEndsAChunkAndIsPassedByTheNext) {
  Write(Output("abc") + supervisor::EncodeGap(100) + Output("xyz"));
  auto chunk = Read();
  EXPECT_EQ(chunk.bytes, "abc");
  EXPECT_TRUE(chunk.more);
  reader_.Advance();
  chunk = Read();
  EXPECT_EQ(chunk.bytes, "xyz");
  EXPECT_EQ(chunk.end, 6u) << "offsets count kept bytes";
  EXPECT_FALSE(chunk.more);
}

TEST_F(SpoolReaderTest, ATornFrameIsReadWhenItIsWhole) {
  const std::string body = Output("abc") + Output("defg");
  Write(body.substr(0, body.size() - 1));
  EXPECT_EQ(Read().bytes, "abc");
  EXPECT_FALSE(Read().more);
  reader_.Advance();
  EXPECT_EQ(Read().bytes, "");
  Write(body);
  EXPECT_EQ(Read().bytes, "defg");
}

TEST_F(SpoolReaderTest, ADamagedFrameEndsTheReading) {
  std::string body = Output("abc") + Output("defg") + Output("hi");
  body[Output("abc").size() + 10] ^= 1;
  Write(body);
  EXPECT_EQ(Read().bytes, "abc");
  EXPECT_FALSE(Read().more);
}

TEST_F(SpoolReaderTest, EveryOffsetCanBeSoughtFromEveryOther) {
  std::string all;
  std::string body;
  for (int i = 0; i < 30; ++i) {
    const std::string part(static_cast<std::size_t>(i % 5), static_cast<char>('a' + i));
    body += Output(part);
    all += part;
    if (i == 12) body += supervisor::EncodeGap(7);
  }
  Write(body);
  for (std::size_t from = 0; from <= all.size(); ++from) {
    for (std::size_t to = 0; to <= all.size(); ++to) {
      ASSERT_TRUE(Run(reader_.Seek(from)));
      ASSERT_EQ(reader_.offset(), from);
      ASSERT_TRUE(Run(reader_.Seek(to)));
      ASSERT_EQ(reader_.offset(), to);
      std::string rest;
      for (auto chunk = Read(); !chunk.bytes.empty(); chunk = Read()) {
        rest += chunk.bytes;
        reader_.Advance();
      }
      ASSERT_EQ(rest, all.substr(to)) << from << " " << to;
    }
  }
}

TEST_F(SpoolReaderTest, BehindTheEndThereIsNothing) {
  Write(Output("abc"));
  ASSERT_TRUE(Run(reader_.Seek(1000)));
  EXPECT_EQ(reader_.offset(), 3u);
  EXPECT_EQ(Read().bytes, "");
}

TEST_F(SpoolReaderTest, AMissingSpoolIsSaidSo) {
  SpoolReader none(disk_, "none");
  EXPECT_EQ(Run(none.Read(10)).error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace assist::agent::task_engine

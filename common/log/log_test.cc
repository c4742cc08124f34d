#include "common/log/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <regex>

#include "common/base/secret.h"
#include "common/log/log_sinks.h"
#include "test/support/system/scratch_folder.h"

namespace assist {
namespace {

// What must not be logged does not compile.
static_assert(!std::is_constructible_v<LogField, std::string_view, Secret<std::string>>);
static_assert(!std::is_constructible_v<LogField, std::string_view, const Secret<int>&>);
static_assert(!std::is_constructible_v<LogField, std::string_view, double>);
static_assert(!std::is_constructible_v<LogField, std::string_view, const void*>);

class LogTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string Last() const { return sink_.lines().back().second; }
  std::string Field(std::string_view value) {
    log_.Info("e", {{"v", value}});
    return Last().substr(4);
  }
  MemoryLogSink sink_;
  Log log_{sink_, LogLevel::kInfo};
};

TEST_F(LogTest, FieldsOfEveryKindStandBehindTheEvent) {
  const InvokeId id("t-1");
  log_.Info("task.finished", {{"task", id}, {"exit", 0}, {"late", true}, {"by", std::string("me")}, {"at", "x"}});
  EXPECT_EQ(Last(), "task.finished task=t-1 exit=0 late=true by=me at=x");
  log_.Info("n", {{"a", std::numeric_limits<std::int64_t>::min()},
                  {"b", std::numeric_limits<std::uint64_t>::max()},
                  {"c", static_cast<std::int8_t>(-1)},
                  {"d", static_cast<std::uint8_t>(200)}});
  EXPECT_EQ(Last(), "n a=-9223372036854775808 b=18446744073709551615 c=-1 d=200");
  log_.Info("alone");
  EXPECT_EQ(Last(), "alone");
}

TEST_F(LogTest, ALineStaysALineWhateverTheValue) {
  EXPECT_EQ(Field("plain-1./:@"), "plain-1./:@");
  EXPECT_EQ(Field(""), "\"\"");
  EXPECT_EQ(Field("two words"), "\"two words\"");
  EXPECT_EQ(Field("a=b"), "\"a=b\"");
  EXPECT_EQ(Field("say \"hi\" \\"), "\"say \\\"hi\\\" \\\\\"");
  EXPECT_EQ(Field("a\nb\r\tc"), "\"a\\nb\\r\\tc\"");
  EXPECT_EQ(Field(std::string_view("\0\x1b[31m\x7f", 7)), "\"\\x00\\x1b[31m\\x7f\"");
}

TEST_F(LogTest, GoodUtf8IsShownAndEverythingElseEscaped) {
  EXPECT_EQ(Field("云助手"), "\"云助手\"");
  EXPECT_EQ(Field("😀é"), "\"😀é\"");
  EXPECT_EQ(Field("\xff\xc3"), "\"\\xff\\xc3\"");
  EXPECT_EQ(Field("\xc0\xaf"), "\"\\xc0\\xaf\"");                    // overlong
  EXPECT_EQ(Field("\xed\xa0\x80"), "\"\\xed\\xa0\\x80\"");           // surrogate
  EXPECT_EQ(Field("\xf4\x90\x80\x80"), "\"\\xf4\\x90\\x80\\x80\"");  // beyond U+10FFFF
  EXPECT_EQ(Field("\xc2\x9b"), "\"\\xc2\\x9b\"");                    // C1 control: starts an escape sequence
  EXPECT_EQ(Field("\xe2\x80\xa8\xe2\x80\xae"), "\"\\xe2\\x80\\xa8\\xe2\\x80\\xae\"");
}

TEST_F(LogTest, EveryByteValueStaysOnOneLine) {
  for (int first = 0; first < 256; ++first) {
    for (const int second : {0, 10, 34, 92, 0x80, 0xbf, 0xff}) {
      const std::string value{static_cast<char>(first), static_cast<char>(second)};
      const std::string shown = Field(value);
      for (const char c : shown) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) << first;
    }
  }
}

TEST_F(LogTest, LinesBelowTheThresholdAreNotMade) {
  log_.Debug("quiet");
  EXPECT_TRUE(sink_.lines().empty());
  log_.Warn("loud");
  log_.Error("louder");
  ASSERT_EQ(sink_.lines().size(), 2u);
  EXPECT_EQ(sink_.lines()[0].first, LogLevel::kWarn);
  EXPECT_EQ(sink_.lines()[1].first, LogLevel::kError);
  EXPECT_EQ(sink_.Count("loud"), 1u);
  Log nothing;
  nothing.Error("lost");
  EXPECT_FALSE(nothing.enabled(LogLevel::kError));
}

TEST_F(LogTest, LevelsHaveNames) {
  EXPECT_EQ(ParseLogLevel("warn").value(), LogLevel::kWarn);
  EXPECT_EQ(ParseLogLevel("off").value(), LogLevel::kOff);
  EXPECT_EQ(ParseLogLevel("WARN").error().code, Errc::kInvalid);
  EXPECT_EQ(Name(LogLevel::kDebug), "debug");
}

class LogFileTest : public ::testing::Test {
 protected:
  static std::string Read(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  const test::ScratchFolder scratch_;
  const std::string folder_ = scratch_.path();
};

TEST_F(LogFileTest, ALineHasTimeLevelAndText) {
  auto sink = MakeFileLogSink({folder_ + "/log"}).value();
  Log log(*sink, LogLevel::kDebug);
  log.Info("task.finished", {{"text", "{} %s"}});
  const std::string line = Read(folder_ + "/log");
  EXPECT_TRUE(std::regex_match(
      line, std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z info task\.finished text="\{\} %s"\n)")))
      << line;
}

TEST_F(LogFileTest, FilesAreTurnedAndOldOnesGo) {
  auto sink = MakeFileLogSink({folder_ + "/log", 1000, 2}).value();
  Log log(*sink, LogLevel::kDebug);
  for (int i = 0; i < 200; ++i) log.Info("e", {{"i", i}});
  std::uintmax_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    ++files;
    EXPECT_LE(entry.file_size(), 1000u);
  }
  EXPECT_EQ(files, 3u);
  EXPECT_NE(Read(folder_ + "/log").find("i=199"), std::string::npos);
}

TEST_F(LogFileTest, AFileThatCannotBeOpenedIsAnError) {
  std::ofstream(folder_ + "/file") << "x";
  auto sink = MakeFileLogSink({folder_ + "/file/log"});
  ASSERT_FALSE(sink);
  EXPECT_NE(sink.error().detail.find(folder_ + "/file/log"), std::string::npos);
}

TEST(StderrLogTest, LinesGoToStderr) {
  ::testing::internal::CaptureStderr();
  {
    auto sink = MakeStderrLogSink();
    Log log(*sink, LogLevel::kInfo);
    log.Warn("seen");
  }
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), ::testing::EndsWith("Z warn seen\n"));
}

}  // namespace
}  // namespace assist

#include "common/archive/writer.h"

#include <gtest/gtest.h>

#include "common/archive/testing/recording_target.h"
#include "common/crypto/hash.h"

namespace assist::archive {
namespace {

class WriterTest : public testing::TestWithParam<Format> {
 protected:
  static Status Write(ArchiveWriter& writer, const std::string& path, unsigned mode, const std::string& content) {
    if (Status done = writer.OpenFile(path, mode, content.size()); !done) return done;
    for (std::size_t at = 0; at < content.size(); at += 100'000) {
      if (Status done = writer.Append(std::string_view(content).substr(at, 100'000)); !done) return done;
    }
    return writer.FinishFile();
  }

  static std::string Noise(std::size_t size) {
    std::string text;
    for (std::uint32_t i = 1; text.size() < size; i = i * 1664525 + 1013904223)
      text.push_back(static_cast<char>(i >> 24));
    return text;
  }

  /// The same archive each time.
  static std::string Sample(Contents& contents, const WriteOptions& options = {}) {
    MemorySink sink;
    const auto writer = MakeWriter(GetParam(), sink, options);
    EXPECT_TRUE(writer->AddFolder("empty"));
    EXPECT_TRUE(Write(*writer, "bin/run.sh", 0755, "#!/bin/sh\n"));
    EXPECT_TRUE(Write(*writer, "data/big", 0600, Noise(1'000'000)));
    EXPECT_TRUE(Write(*writer, "data/nothing", 0644, ""));
    EXPECT_TRUE(Write(*writer, "long/" + std::string(200, 'n') + "/中文", 0644, "x"));
    EXPECT_TRUE(writer->AddLink("run", "bin/run.sh"));
    EXPECT_TRUE(writer->AddLink("far", "long/" + std::string(200, 'n') + "/中文"));
    auto finished = writer->Finish();
    EXPECT_TRUE(finished);
    contents = std::move(*finished);
    return sink.bytes();
  }
};

TEST_P(WriterTest, WhatIsWrittenIsReadAgain) {
  Contents written;
  const std::string bytes = Sample(written);
  MemorySource source(bytes);
  test::RecordingTarget target;
  const auto read = Unpack(source, GetParam(), {}, target);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->files, written.files);
  EXPECT_EQ(read->folders, written.folders);
  EXPECT_EQ(read->unpacked_size, written.unpacked_size);
  ASSERT_EQ(read->files.size(), 6U);
  EXPECT_EQ(read->files[0].path, "bin/run.sh");
  EXPECT_EQ(read->files[0].mode, 0755U);
  EXPECT_EQ(read->files[1].sha256, Sha256Hex(Noise(1'000'000)));
  EXPECT_EQ(read->files[1].mode, 0600U);
  EXPECT_EQ(target.files["data/big"], Noise(1'000'000));
  EXPECT_EQ(read->folders, (std::vector<std::string>{"bin", "data", "empty", "long", "long/" + std::string(200, 'n')}));
}

TEST_P(WriterTest, TheSameGivesTheSameBytesAndTheTimeIsTheCallers) {
  Contents contents;
  const std::string first = Sample(contents);
  EXPECT_EQ(first, Sample(contents));
  WriteOptions later;
  later.time = 1'700'000'000;
  EXPECT_NE(first, Sample(contents, later));
}

TEST_P(WriterTest, WhatAReaderWouldRefuseIsNotWritten) {
  MemorySink sink;
  const auto writer = MakeWriter(GetParam(), sink, {});
  EXPECT_EQ(writer->OpenFile("../x", 0644, 0).error().reason, reason::kParentPath);
  EXPECT_EQ(writer->OpenFile("x", 04755, 0).error().reason, reason::kSetId);
  EXPECT_EQ(writer->AddLink("l", "/etc").error().reason, reason::kLinkLeaves);
  ASSERT_TRUE(Write(*writer, "a", 0644, "x"));
  EXPECT_EQ(writer->OpenFile("a", 0644, 1).error().reason, reason::kDuplicate);
  ASSERT_TRUE(writer->AddLink("out", "../x"));
  EXPECT_EQ(writer->Finish().error().reason, reason::kLinkLeaves);
}

TEST_P(WriterTest, AFileThatChangesItsSizeIsAnError) {
  MemorySink sink;
  const auto writer = MakeWriter(GetParam(), sink, {});
  ASSERT_TRUE(writer->OpenFile("a", 0644, 3));
  EXPECT_EQ(writer->Append("four").error().reason, reason::kSizeDisagrees);
  ASSERT_TRUE(writer->Append("ab"));
  EXPECT_EQ(writer->FinishFile().error().reason, reason::kSizeDisagrees);
}

TEST_P(WriterTest, LimitsHoldForWritersToo) {
  WriteOptions options;
  options.limits.archive_size = 1000;
  MemorySink sink;
  const auto writer = MakeWriter(GetParam(), sink, options);
  Status done = Write(*writer, "a", 0644, Noise(1'000'000));
  EXPECT_EQ(done.error().reason, reason::kArchiveSize);
  options = {};
  options.limits.file_size = 10;
  EXPECT_EQ(MakeWriter(GetParam(), sink, options)->OpenFile("a", 0644, 11).error().reason, reason::kFileSize);
}

INSTANTIATE_TEST_SUITE_P(Formats, WriterTest, testing::Values(Format::kZip, Format::kTarZst),
                         [](const auto& param) { return param.param == Format::kZip ? "Zip" : "TarZst"; });

}  // namespace
}  // namespace assist::archive

#include "agent/files/check.h"

#include <gtest/gtest.h>

#include "agent/files/testing/fake_files_machine.h"

namespace assist::agent::files {
namespace {

wire::FileTask File() { return FakeFilesMachine::File("f-1", 1, "a.txt", "hello\n"); }

std::string Why(const tl::expected<void, Outcome>& checked) {
  return checked ? "" : checked.error().param + "=" + checked.error().value;
}
std::string Why(const tl::expected<Content, Outcome>& checked) {
  return checked ? "" : checked.error().param + "=" + checked.error().value;
}

TEST(FileCheckTest, ANameAndContentMustBeThere) {
  EXPECT_EQ(Why(CheckName(File())), "");
  wire::FileTask file = File();
  file.content = Secret<std::string>("");
  EXPECT_EQ(Why(CheckName(file)), "EmptyFile=");
  file.name = "";
  EXPECT_EQ(Why(CheckName(file)), "FileNameInvalid=") << "the name is looked at first";
  file = File();
  file.name = std::string("a\0b", 3);
  EXPECT_EQ(Why(CheckName(file)), std::string("FileNameInvalid=a\0b", 19));
  file = File();
  file.destination = std::string("/srv\0/etc", 9);
  const auto checked = CheckName(file);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().trouble, wire::FileTrouble::kFolder);
}

TEST(FileCheckTest, ContentIsDecodedAndItsSignatureIsThatOfTheText) {
  wire::FileTask file = File();
  auto content = CheckContent(file);
  ASSERT_TRUE(content);
  EXPECT_EQ(content->bytes, "hello\n");
  EXPECT_EQ(content->mode, 0644u);
  for (char& c : file.signature) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(Why(CheckContent(file)), "") << "in upper case, too";
  file.signature = std::string(32, '0');
  EXPECT_EQ(Why(CheckContent(file)), "InvalidSignature=" + file.signature);
  file.signature = "";
  EXPECT_EQ(Why(CheckContent(file)), "InvalidSignature=");
  file.content = Secret<std::string>("@@@");
  EXPECT_EQ(Why(CheckContent(file)), "InvalidFileContent=") << "before the signature";
}

TEST(FileCheckTest, AModeHasThreeOrFourOctalDigits) {
  wire::FileTask file = File();
  for (const auto& [text, mode] :
       {std::pair<const char*, std::uint32_t>{"644", 0644}, {"0600", 0600}, {"4755", 04755}, {"000", 0}, {"", 0644}}) {
    file.mode = text;
    const auto content = CheckContent(file);
    ASSERT_TRUE(content) << text;
    EXPECT_EQ(content->mode, mode) << text;
  }
  for (const char* text : {"77", "0899", "00644", "abc", "-644", " 644", "64 "}) {
    file.mode = text;
    EXPECT_EQ(Why(CheckContent(file)), std::string("InvalidFileMode=") + text);
  }
}

}  // namespace
}  // namespace assist::agent::files

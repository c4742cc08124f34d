#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "common/windows/certificate_store.h"
#include "common/windows/error.h"
#include "common/windows/file.h"
#include "common/windows/private_folder.h"
#include "common/windows/security.h"
#include "common/windows/wide.h"
// Behind system.h.
#include <sddl.h>

namespace assist {
namespace {

class WindowsFileTest : public ::testing::Test {
 protected:
  WindowsFileTest() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = PathFromWide(std::filesystem::temp_directory_path().wstring()) + "/assist-windows-" + test->name();
    EXPECT_TRUE(RemoveTree(folder_));
    EXPECT_TRUE(MakeFolders(folder_, 0700));
  }
  ~WindowsFileTest() override { EXPECT_TRUE(RemoveTree(folder_)); }
  std::string folder_;
};

TEST(WideTest, TextSurvivesBothWays) {
  const std::string text = "caf\xc3\xa9 \xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x98\x80";
  EXPECT_EQ(ToUtf8(ToWide(text)), text);
  EXPECT_EQ(ToWide("\xe4\xb8\xad"), L"\x4e2d");
  EXPECT_EQ(ToUtf8(ToWide("a\xff"
                          "b")),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(ToWide(""), L"");
}

TEST(WideTest, LongAbsolutePathsGetThePrefix) {
  EXPECT_EQ(WidePath("C:/a/b"), L"C:\\a\\b");
  const std::string part(200, 'x');
  EXPECT_EQ(WidePath("C:/" + part + "/" + part), ToWide("\\\\?\\C:\\" + part + "\\" + part));
  EXPECT_EQ(WidePath("C:/" + part + "//./y/../" + part), ToWide("\\\\?\\C:\\" + part + "\\" + part));
  EXPECT_EQ(WidePath("//host/share/" + part + "/" + part), ToWide("\\\\?\\UNC\\host\\share\\" + part + "\\" + part));
  EXPECT_TRUE(IsAbsoluteWindowsPath("c:\\x"));
  EXPECT_FALSE(IsAbsoluteWindowsPath("c:x"));
  EXPECT_FALSE(IsAbsoluteWindowsPath("/x"));
}

TEST(WindowsErrorTest, SaysWhatWasTriedAndTheNumber) {
  const Error error = WindowsError(ERROR_FILE_NOT_FOUND, "open", "C:/x");
  EXPECT_EQ(error.code, Errc::kNotFound);
  EXPECT_TRUE(error.detail.starts_with("cannot open C:/x: ")) << error.detail;
  EXPECT_NE(error.detail.find("error 2"), std::string::npos) << error.detail;
  EXPECT_EQ(WindowsError(ERROR_DISK_FULL, "write", "x").code, Errc::kUnavailable);
}

TEST(CertificateStoreTest, AnErrorIsNotTakenForTheEndOfAStore) {
  EXPECT_TRUE(IsEndOfStore(0x80092004));  // CRYPT_E_NOT_FOUND
  EXPECT_TRUE(IsEndOfStore(ERROR_NO_MORE_FILES));
  for (const DWORD error : {DWORD{ERROR_SUCCESS}, DWORD{ERROR_ACCESS_DENIED}, DWORD{ERROR_NOT_ENOUGH_MEMORY}}) {
    EXPECT_FALSE(IsEndOfStore(error)) << error;
  }
  const auto stores = ReadCertificateStores();
  EXPECT_TRUE(stores) << stores.error().detail;
}

TEST_F(WindowsFileTest, AFileIsReplacedWhole) {
  const std::string path = folder_ + "/\xe4\xb8\xad";
  ASSERT_TRUE(WriteFileAtomically(path, "one", 0600));
  ASSERT_TRUE(WriteFileAtomically(path, "two", 0600));
  EXPECT_EQ(*ReadFile(path, 100), "two");
  EXPECT_EQ(ReadFile(path, 2).error().code, Errc::kTooLarge);
  EXPECT_EQ(*ListFolder(folder_), (std::vector<std::string>{"\xe4\xb8\xad"}));
  EXPECT_TRUE(SyncFolder(folder_));
  EXPECT_TRUE(RemoveFile(path));
  EXPECT_TRUE(RemoveFile(path));
  EXPECT_FALSE(Exists(path));
  EXPECT_EQ(ReadFile(path, 100).error().code, Errc::kNotFound);
}

TEST_F(WindowsFileTest, FoldersAreMadeAndTakenAwayWithAllTheyHold) {
  const std::string deep = folder_ + "/a/" + std::string(120, 'b') + "/" + std::string(120, 'c');
  const Status made = MakeFolders(deep, 0700);
  ASSERT_TRUE(made) << made.error().detail;
  ASSERT_TRUE(MakeFolders(deep, 0700));
  ASSERT_TRUE(WriteFileAtomically(deep + "/file", "x", 0600));
  EXPECT_FALSE(MakeFolders(deep + "/file", 0700));
  EXPECT_TRUE(RemoveTree(folder_ + "/a"));
  EXPECT_FALSE(Exists(folder_ + "/a"));
  EXPECT_TRUE(RemoveTree(folder_ + "/a"));
}

TEST_F(WindowsFileTest, BytesAreWrittenAndReadWhereTheyBelong) {
  OpenHow how;
  how.access = GENERIC_READ | GENERIC_WRITE;
  how.disposition = CREATE_NEW;
  const std::string path = folder_ + "/file";
  const auto file = OpenFile(path, how);
  ASSERT_TRUE(file) << file.error().detail;
  ASSERT_TRUE(WriteAt(file->get(), "abcdef", 0, path));
  ASSERT_TRUE(WriteAt(file->get(), "XY", 2, path));
  EXPECT_EQ(*ReadAt(file->get(), 100, 1, path), "bXYef");
  EXPECT_EQ(*ReadAt(file->get(), 100, 100, path), "");
  ASSERT_TRUE(Resize(file->get(), 3, path));
  EXPECT_EQ(*SizeOf(file->get(), path), 3U);
  EXPECT_FALSE(OpenFile(path, how)) << "CREATE_NEW of what is there";
}

TEST_F(WindowsFileTest, WhatIsPrivateIsForTheSystemTheAdministratorsAndUs) {
  auto security = PrivateSecurity::Make();
  ASSERT_TRUE(security) << security.error().detail;
  EXPECT_TRUE(security->ApplyTo(folder_));
  EXPECT_TRUE(OwnSid()->starts_with("S-1-"));
}

TEST(PrivateSecurityTest, AnAdministratorsOwnAccountIsNotLetInBesideTheAdministrators) {
  auto security = PrivateSecurity::Make();
  ASSERT_TRUE(security) << security.error().detail;
  LPWSTR text = nullptr;
  ASSERT_NE(::ConvertSecurityDescriptorToStringSecurityDescriptorW(
                security->get()->lpSecurityDescriptor, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &text, nullptr),
            0);
  const std::string list = ToUtf8(text);
  ::LocalFree(text);
  const bool self = list.find(*OwnSid()) != std::string::npos;
  EXPECT_EQ(self, !*IsAdministrator()) << list;
  EXPECT_NE(list.find(";;;BA)"), std::string::npos) << list;
  EXPECT_NE(list.find(";;;SY)"), std::string::npos) << list;
}

// A folder of another account, and a link: test/windows/test_windows_ways.py, since this process can make neither.
TEST_F(WindowsFileTest, APrivateFolderIsMadeAndTakenAgain) {
  const std::string path = folder_ + "/above/private";
  for (int i = 0; i < 2; ++i) {
    const Status taken = TakePrivateFolder(path);
    ASSERT_TRUE(taken) << taken.error().detail;
    ASSERT_TRUE(MakeFolders(path + "/below", 0711));
    ASSERT_TRUE(WriteFileAtomically(path + "/file", "x", 0600));
  }
  EXPECT_FALSE(TakePrivateFolder(path + "/file"));
}

TEST(PrivateFolderTest, OnlyTheSystemTheAdministratorsAndThisAccountAreTrusted) {
  const std::string self = "S-1-5-21-1-2-3-1001";
  for (const char* owner : {"S-1-5-18", "S-1-5-32-544", "S-1-5-21-1-2-3-1001"})
    EXPECT_TRUE(IsTrustedOwner(owner, self));
  for (const char* owner : {"S-1-5-21-1-2-3-1002", "S-1-5-32-545", "S-1-5-7", "S-1-1-0", "S-1-5-19", "", "S-1-5-180"}) {
    EXPECT_FALSE(IsTrustedOwner(owner, self)) << owner;
  }
}

}  // namespace
}  // namespace assist

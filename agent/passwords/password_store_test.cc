#include "agent/passwords/password_store.h"

#include <gtest/gtest.h>

#include "agent/passwords/logon.h"
#include "common/windows/file.h"
#include "common/windows/security.h"
#include "common/windows/wide.h"
// Behind system.h.
#include <aclapi.h>
#include <sddl.h>

namespace assist::agent::passwords {
namespace {

class PasswordStoreTest : public testing::Test {
 protected:
  static std::string Folder() {
    std::wstring folder(MAX_PATH, L'\0');
    folder.resize(::GetTempPathW(MAX_PATH, folder.data()));
    return PathFromWide(folder) + "passwords-" + std::to_string(::GetCurrentProcessId());
  }
  ~PasswordStoreTest() override { (void)RemoveTree(folder_); }
  Status Set(const std::string& name, const std::string& password) const {
    return store_.Set(name, Secret<std::string>(password));
  }
  std::string Get(const std::string& name) const {
    Result<WidePassword> password = store_.Read(name);
    return password ? ToUtf8(password->Reveal()) : "error: " + password.error().detail;
  }

  const std::string folder_ = Folder();
  PasswordStore store_{folder_};
};

TEST_F(PasswordStoreTest, APasswordComesBackAndDoesNotStandInItsFile) {
  const std::string secret = "Ro\xC3\x9F & \xE4\xB8\xAD\xE6\x96\x87 \"%PATH%\" !";
  ASSERT_TRUE(Set("deploy", secret));
  EXPECT_EQ(Get("deploy"), secret);
  EXPECT_EQ(Get("DEPLOY"), secret) << "capitals do not count";
  const std::string bytes = ReadFile(folder_ + "/p-deploy.password", 65536).value();
  EXPECT_EQ(bytes.find("PATH"), std::string::npos);
  ASSERT_TRUE(Set("deploy", "another"));
  EXPECT_EQ(Get("deploy"), "another");
}

TEST(WidePasswordTest, NothingOfAShortOneStaysWhereItWasMovedFrom) {
  WidePassword from("short!");
  const WidePassword to(std::move(from));
  EXPECT_STREQ(to.Reveal(), L"short!");
  // The object's own bytes: a short std::wstring would have the text in them.
  const std::wstring_view was(reinterpret_cast<const wchar_t*>(&from), sizeof from / sizeof(wchar_t));
  EXPECT_EQ(was.find(L"sho"), std::wstring_view::npos);
}

TEST(WidePasswordTest, WipedIsAllThatATextHadRoomFor) {
  std::string text(40, 'x');
  text.resize(3);
  std::wstring wide(40, L'x');
  wide.resize(3);
  const char* const bytes = text.data();
  const wchar_t* const words = wide.data();
  WipeText(text);
  WipeText(wide);
  EXPECT_TRUE(text.empty() && wide.empty());
  EXPECT_EQ(std::string_view(bytes, 40).find('x'), std::string_view::npos);
  EXPECT_EQ(std::wstring_view(words, 40).find(L'x'), std::wstring_view::npos);
}

TEST_F(PasswordStoreTest, OneThatIsNotThereNamesTheWayOut) {
  const Result<WidePassword> password = store_.Read("deploy");
  ASSERT_FALSE(password);
  EXPECT_EQ(password.error().code, Errc::kNotFound);
  EXPECT_NE(password.error().detail.find("assist-agent password set deploy"), std::string::npos);
}

TEST_F(PasswordStoreTest, NamesAreListedAndRemoved) {
  EXPECT_EQ(store_.List().value(), std::vector<std::string>());
  ASSERT_TRUE(Set("two", "2"));
  ASSERT_TRUE(Set("One", "1"));
  EXPECT_EQ(store_.List().value(), (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(store_.Remove("ONE"));
  EXPECT_EQ(store_.Remove("one").error().code, Errc::kNotFound);
  EXPECT_EQ(store_.List().value(), (std::vector<std::string>{"two"}));
}

TEST_F(PasswordStoreTest, NoFileStandsForAnother) {
  ASSERT_TRUE(Set("weak", "1"));
  ASSERT_TRUE(Set("strong", "2"));
  ASSERT_TRUE(
      WriteFileAtomically(folder_ + "/p-strong.password", ReadFile(folder_ + "/p-weak.password", 65536).value(), 0600));
  EXPECT_EQ(Get("weak"), "1");
  EXPECT_EQ(Get("strong").substr(0, 6), "error:") << "bound to its name";
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/p-weak.password", "damaged", 0600));
  EXPECT_NE(Get("weak").find("assist-agent password set weak"), std::string::npos) << Get("weak");
}

TEST_F(PasswordStoreTest, NamesAndPasswordsThatCannotBeAreRefused) {
  for (const char* name : {"", "a/b", "a\\b", "..\\x", "a b", "a:b", "\xC3\xA4"}) {
    EXPECT_EQ(Set(name, "x").error().code, Errc::kInvalid) << name;
    EXPECT_EQ(store_.Read(name).error().code, Errc::kInvalid) << name;
    EXPECT_EQ(store_.Remove(name).error().code, Errc::kInvalid) << name;
  }
  EXPECT_EQ(Set(std::string(65, 'a'), "x").error().code, Errc::kInvalid);
  EXPECT_TRUE(Set(std::string(64, 'a'), "x"));
  const Status con = Set("con", "x");
  EXPECT_TRUE(con) << "its file is not called as a device is";
  EXPECT_EQ(Set("a", "").error().code, Errc::kInvalid);
  EXPECT_EQ(Set("a", std::string(257, 'x')).error().code, Errc::kInvalid);
  EXPECT_EQ(Set("a", "\xFF\xFE").error().code, Errc::kInvalid);
  EXPECT_EQ(Set("a", std::string("a\0b", 3)).error().code, Errc::kInvalid);
}

TEST_F(PasswordStoreTest, TheFolderIsForTheSystemTheAdministratorsAndTheAgentAlone) {
  ASSERT_TRUE(Set("deploy", "x"));
  const std::string own = OwnSid().value();
  for (const std::string& path : {folder_, folder_ + "/p-deploy.password"}) {
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    PACL list = nullptr;
    ASSERT_EQ(::GetNamedSecurityInfoW(WidePath(path).data(), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, nullptr,
                                      nullptr, &list, nullptr, &descriptor),
              DWORD{ERROR_SUCCESS});
    ASSERT_NE(list, nullptr);
    EXPECT_GE(list->AceCount, 1);
    for (DWORD i = 0; i < list->AceCount; ++i) {
      void* entry = nullptr;
      ASSERT_NE(::GetAce(list, i, &entry), 0);
      auto* ace = static_cast<ACCESS_ALLOWED_ACE*>(entry);
      if (ace->Header.AceType != ACCESS_ALLOWED_ACE_TYPE) continue;
      LPWSTR sid = nullptr;
      ASSERT_NE(::ConvertSidToStringSidW(&ace->SidStart, &sid), 0);
      const std::string who = ToUtf8(sid);
      ::LocalFree(sid);
      EXPECT_TRUE(who == own || who == "S-1-5-18" || who == "S-1-5-32-544")
          << who << " at " << path << " has " << ace->Mask;
    }
    ::LocalFree(descriptor);
  }
}

/// This process' own, as LogOn() would give that of another.
UniqueHandle OwnToken(DWORD access) {
  HANDLE own = nullptr;
  EXPECT_NE(::OpenProcessToken(::GetCurrentProcess(), access, &own), 0);
  return UniqueHandle(own);
}

/// Whether this thread acts as somebody.
bool ActsAsItself() {
  HANDLE token = nullptr;
  const bool itself = ::OpenThreadToken(::GetCurrentThread(), TOKEN_QUERY, TRUE, &token) == 0;
  const DWORD error = ::GetLastError();
  const UniqueHandle owner(token);
  return itself && error == ERROR_NO_TOKEN;
}

TEST_F(PasswordStoreTest, AFolderIsEnteredAsTheAccountAndTheThreadIsItselfAfterwards) {
  ASSERT_TRUE(MakeFolders(folder_, 0700));
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/file", "x", 0600));
  const UniqueHandle token = OwnToken(TOKEN_QUERY | TOKEN_DUPLICATE | TOKEN_IMPERSONATE);
  for (const HANDLE as : {token.get(), HANDLE{nullptr}}) {
    EXPECT_EQ(EnterFolder(as, folder_), DWORD{ERROR_SUCCESS});
    EXPECT_TRUE(ActsAsItself());
    EXPECT_EQ(EnterFolder(as, folder_ + "/file"), DWORD{ERROR_DIRECTORY});
    EXPECT_TRUE(ActsAsItself());
    EXPECT_EQ(EnterFolder(as, folder_ + "/none"), DWORD{ERROR_FILE_NOT_FOUND});
    EXPECT_TRUE(ActsAsItself());
  }
  // Nobody can act by this one: that it is refused shows that the account is asked, not the process.
  EXPECT_EQ(EnterFolder(OwnToken(TOKEN_QUERY).get(), folder_), DWORD{ERROR_ACCESS_DENIED});
  EXPECT_TRUE(ActsAsItself());
}

TEST_F(PasswordStoreTest, WithoutAPasswordNobodyIsLoggedOn) {
  const Result<UniqueHandle> token = LogOn({"somebody", "never-set", folder_, {}});
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace assist::agent::passwords

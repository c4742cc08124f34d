#include "agent/passwords/patient_logon.h"

#include <gtest/gtest.h>

#include <array>

#include "agent/passwords/account.h"
#include "agent/passwords/password_store.h"
#include "common/windows/file.h"
#include "common/windows/wide.h"
// Behind system.h.
#include <lmcons.h>

namespace assist::agent::passwords {
namespace {

using std::chrono::seconds;

/// Wine logs nobody on: what Windows answers is told by the test.
class PatientLogonTest : public testing::Test {
 protected:
  static std::string Folder() {
    std::wstring folder(MAX_PATH, L'\0');
    folder.resize(::GetTempPathW(MAX_PATH, folder.data()));
    return PathFromWide(folder) + "patient-" + std::to_string(::GetCurrentProcessId());
  }
  PatientLogonTest() { Set("deploy"); }
  ~PatientLogonTest() override { (void)RemoveTree(folder_); }
  void Set(const std::string& name) { EXPECT_TRUE(store_.Set(name, Secret<std::string>("the same"))); }
  /// Whether Windows was asked.
  bool Asks(const std::string& name = "deploy") {
    const int before = asked_;
    const Result<UniqueHandle> token = patient_.LogOn({"CORP\\somebody", name, folder_, {}});
    EXPECT_EQ(token.has_value(), answer_ == ERROR_SUCCESS && asked_ > before);
    if (!token) words_ = token.error().detail;
    return asked_ > before;
  }

  const std::string folder_ = Folder();
  PasswordStore store_{folder_};
  SteadyTime now_{seconds(1000)};
  DWORD answer_ = ERROR_LOGON_FAILURE;
  int asked_ = 0;
  std::string words_;
  PatientLogon patient_{[this](const supervisor::WindowsLogon&, std::uint32_t& refused) -> Result<UniqueHandle> {
                          ++asked_;
                          refused = answer_;
                          if (answer_ == ERROR_SUCCESS) return UniqueHandle();
                          return Fail(Errc::kDenied, "Windows' words");
                        },
                        [this] { return now_; }};
};

TEST_F(PatientLogonTest, AWrongPasswordIsTriedAMinuteLaterThenAfterTwiceAsLong) {
  for (const int pause : {60, 120, 240, 480, 900, 900}) {
    EXPECT_TRUE(Asks());
    EXPECT_EQ(words_, "Windows' words");
    now_ += seconds(pause - 1);
    EXPECT_FALSE(Asks()) << pause;
    EXPECT_FALSE(Asks("DEPLOY")) << "capitals do not count";
    EXPECT_NE(words_.find("not tried again for 1 s"), std::string::npos) << words_;
    EXPECT_NE(words_.find("assist-agent password set DEPLOY"), std::string::npos) << words_;
    now_ += seconds(1);
  }
}

TEST_F(PatientLogonTest, APasswordThatIsSetAnewEndsThePauseAndItsLength) {
  EXPECT_TRUE(Asks());
  now_ += seconds(60);
  EXPECT_TRUE(Asks());
  EXPECT_FALSE(Asks());
  Set("deploy");  // with the same text: whoever set it may have changed the account's
  EXPECT_TRUE(Asks());
  now_ += seconds(60);
  EXPECT_TRUE(Asks()) << "a minute again";
}

TEST_F(PatientLogonTest, ARightOneEndsItAndOtherRefusalsBeginNone) {
  EXPECT_TRUE(Asks());
  now_ += seconds(60);
  answer_ = ERROR_SUCCESS;
  EXPECT_TRUE(Asks());
  EXPECT_TRUE(Asks());
  answer_ = ERROR_LOGON_TYPE_NOT_GRANTED;
  EXPECT_TRUE(Asks());
  EXPECT_TRUE(Asks());
  answer_ = ERROR_LOGON_FAILURE;
  EXPECT_TRUE(Asks());
  now_ += seconds(60);
  EXPECT_TRUE(Asks()) << "the length begins anew too";
}

TEST_F(PatientLogonTest, EachNameHasItsOwnAndOneThatIsNotThereHasNone) {
  Set("other");
  EXPECT_TRUE(Asks());
  EXPECT_TRUE(Asks("other"));
  EXPECT_FALSE(Asks());
  ASSERT_TRUE(store_.Remove("deploy"));
  EXPECT_TRUE(Asks()) << "to be told of the way out";
  EXPECT_TRUE(Asks());
}

TEST(AccountTest, ABareNameIsLoggedOnWhereItWasFound) {
  std::array<wchar_t, UNLEN + 1> buffer{};
  DWORD size = static_cast<DWORD>(buffer.size());
  ASSERT_NE(::GetUserNameW(buffer.data(), &size), 0);
  const std::string own = ToUtf8(buffer.data());
  const Result<KnownAccount> known = LookUp(own);
  ASSERT_TRUE(known) << known.error().detail;
  ASSERT_FALSE(known->domain.empty());
  EXPECT_EQ(PartsForLogon(own), (supervisor::AccountParts{known->domain, own}));
  EXPECT_EQ(PartsForLogon("LOCAL SERVICE").domain, "NT AUTHORITY");
  EXPECT_EQ(PartsForLogon("no-such-account-here"), (supervisor::AccountParts{".", "no-such-account-here"}));
  EXPECT_EQ(PartsForLogon("CORP\\deploy"), (supervisor::AccountParts{"CORP", "deploy"}));
  EXPECT_EQ(PartsForLogon(".\\deploy"), (supervisor::AccountParts{".", "deploy"}));
  EXPECT_EQ(PartsForLogon("deploy@corp.example"), (supervisor::AccountParts{"", "deploy@corp.example"}));
}

TEST(AccountTest, ADotIsThisMachine) {
  std::array<wchar_t, UNLEN + 1> own{};
  DWORD size = static_cast<DWORD>(own.size());
  ASSERT_NE(::GetUserNameW(own.data(), &size), 0);
  const Result<KnownAccount> bare = LookUp(ToUtf8(own.data()));
  const Result<KnownAccount> dotted = LookUp(".\\" + ToUtf8(own.data()));
  ASSERT_TRUE(bare && dotted) << (dotted ? "" : dotted.error().detail);
  EXPECT_EQ(bare->sid, dotted->sid);
  EXPECT_EQ(LookUp("no-such-account-here").error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace assist::agent::passwords

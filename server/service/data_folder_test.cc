#include "server/service/data_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace assist::server::service {
namespace {

using std::chrono::hours;

class DataFolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/assist-data-XXXXXX";
    ASSERT_NE(::mkdtemp(path), nullptr);
    path_ = path;
  }
  void TearDown() override { std::filesystem::remove_all(path_); }

  std::string path_;
  SystemTime now_ = FromUnixMillis(1'800'000'000'000);
};

TEST_F(DataFolderTest, TwoServersDoNotShareAFolder) {
  Result<DataFolder> first = DataFolder::Open(path_);
  ASSERT_TRUE(first);
  Result<DataFolder> second = DataFolder::Open(path_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kConflict);
  EXPECT_NE(second.error().detail.find(path_), std::string::npos);
}

TEST_F(DataFolderTest, TheCaStaysAndTheLeafIsRenewedInItsLastThird) {
  Result<DataFolder> folder = DataFolder::Open(path_);
  ASSERT_TRUE(folder);
  Result<CertificateAndKey> ca = folder->LoadOrMakeCa(now_);
  ASSERT_TRUE(ca);
  EXPECT_EQ(folder->LoadOrMakeCa(now_ + hours(24 * 365))->certificate_pem, ca->certificate_pem);
  const std::vector<std::string> names = {"127.0.0.1", "assist.example.com"};
  Result<CertificateAndKey> leaf = folder->LoadOrMakeLeaf(*ca, names, now_);
  ASSERT_TRUE(leaf);
  EXPECT_EQ(folder->LoadOrMakeLeaf(*ca, names, now_ + hours(24 * 200))->certificate_pem, leaf->certificate_pem);
  EXPECT_NE(folder->LoadOrMakeLeaf(*ca, names, now_ + hours(24 * 300))->certificate_pem, leaf->certificate_pem);
}

TEST_F(DataFolderTest, ANewNameMakesANewLeaf) {
  Result<DataFolder> folder = DataFolder::Open(path_);
  Result<CertificateAndKey> ca = folder->LoadOrMakeCa(now_);
  ASSERT_TRUE(folder->LoadOrMakeLeaf(*ca, {"a.example.com"}, now_));
  EXPECT_TRUE(folder->LeafIsGood(*ca, {"a.example.com"}, now_));
  EXPECT_FALSE(folder->LeafIsGood(*ca, {"a.example.com", "10.0.0.1"}, now_));
}

TEST_F(DataFolderTest, AdminFileIsForItsOwnerOnlyAndReadsBack) {
  Result<DataFolder> folder = DataFolder::Open(path_);
  EXPECT_EQ(folder->ReadAdmin().error().code, Errc::kNotFound);
  ASSERT_TRUE(folder->WriteAdmin({"https://h:1", "LTAIx", Secret<std::string>("s\"x"), "/ca.pem", "sha256:00"}));
  struct stat info {};
  ASSERT_EQ(::stat(folder->File("admin.json").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  Result<DataFolder::Admin> read = folder->ReadAdmin();
  ASSERT_TRUE(read);
  EXPECT_EQ(read->access_key_secret.Reveal(), "s\"x");
  std::ofstream(folder->File("admin.json")) << "[";
  EXPECT_EQ(folder->ReadAdmin().error().code, Errc::kInvalid);
}

TEST(EndpointTest, IsTheFirstAdvertisedNameElseAnAddress) {
  const HostPort any{"0.0.0.0", 8443};
  EXPECT_EQ(Endpoint({{"assist.example.com", 0}, {"x", 1}}, any, true), "https://assist.example.com:8443");
  EXPECT_EQ(Endpoint({{"assist.example.com", 443}}, any, true), "https://assist.example.com:443");
  EXPECT_EQ(Endpoint({}, {"127.0.0.1", 80}, false), "http://127.0.0.1:80");
  EXPECT_EQ(Endpoint({}, any, true).find("0.0.0.0"), std::string::npos);
}

TEST(EndpointTest, CertificateNamesHoldWhatClientsMayUse) {
  const std::vector<std::string> names = CertificateNames({{"assist.example.com", 0}});
  for (const char* name : {"localhost", "127.0.0.1", "::1", "assist.example.com"}) {
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
  }
}

}  // namespace
}  // namespace assist::server::service

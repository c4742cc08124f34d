#include "agent/artifact/check_manifest.h"

#include <gtest/gtest.h>

#include "agent/artifact/refuse.h"
#include "agent/artifact/testing/fake_artifacts.h"
#include "common/base/random.h"

namespace assist::agent::artifact {
namespace {

using package::Kind;
using package::Refusal;

class CheckManifestTest : public ::testing::Test {
 protected:
  CheckManifestTest() {
    EXPECT_TRUE(trust::Add({"ops", *package::PublisherKeyFromPem(key_.Public().Pem()), true, false}, publishers_));
    made_ = MakeTestPackage("nginx", "1.2", 5, {{"a", "bytes"}});
  }
  Result<package::Manifest> Check(const package::Envelope& envelope, Kind kind = Kind::kPackage) {
    return CheckEnvelope(envelope, kind, publishers_, {"linux", "amd64"}, FromUnixMillis(1'700'000'000'000));
  }
  Result<package::Manifest> Check() { return Check(SignForTests(made_.manifest, key_)); }
  template <class T>
  static std::string Word(const Result<T>& result) {
    return result ? "" : std::string(result.error().reason);
  }

  SeededRandom random_{1};
  PrivateKey key_ = PrivateKey::GenerateEd25519(random_);
  trust::Publishers publishers_;
  TestPackage made_;
};

TEST_F(CheckManifestTest, WhatAPinnedPublisherSignedIsTaken) {
  const auto manifest = Check();
  ASSERT_TRUE(manifest) << manifest.error().detail;
  EXPECT_EQ(manifest->name, "nginx");
}

TEST_F(CheckManifestTest, EachRefusalHasItsWord) {
  auto envelope = SignForTests(made_.manifest, key_);
  EXPECT_EQ(Word(Check(envelope, Kind::kAgent)), "UntrustedPublisher") << "pinned for packages alone";
  envelope.manifest[10] ^= 1;
  EXPECT_EQ(Word(Check(envelope)), "BadSignature");
  EXPECT_EQ(Word(Check(SignForTests(made_.manifest, PrivateKey::GenerateEd25519(random_)))), "UntrustedPublisher");
  EXPECT_EQ(Word(Check(*package::Sign("{}", key_))), "BadManifest");
  made_.manifest.kind = Kind::kAgent;
  EXPECT_EQ(Word(Check()), "BadManifest") << "a release is no package";
  made_.manifest.kind = Kind::kPackage;
  made_.manifest.os = "windows";
  EXPECT_EQ(Word(Check()), "WrongPlatform");
  made_.manifest.os = "linux";
  made_.manifest.arch = "arm64";
  EXPECT_EQ(Word(Check()), "WrongPlatform");
  made_.manifest.arch = "amd64";
  made_.manifest.expires = FromUnixMillis(1'700'000'000'000);
  EXPECT_EQ(Word(Check()), "Expired");
  made_.manifest.expires = FromUnixMillis(1'700'000'001'000);
  EXPECT_EQ(Word(Check()), "");
}

TEST_F(CheckManifestTest, WhatIsOfferedMustBeWhatWasAskedFor) {
  const package::Manifest& m = made_.manifest;
  EXPECT_TRUE(CheckOffer(m, {}));
  EXPECT_TRUE(CheckOffer(m, {"nginx", ""}));
  EXPECT_TRUE(CheckOffer(m, {"nginx", "1.2"}));
  EXPECT_EQ(Word(CheckOffer(m, {"apache", "1.2"})), "BadManifest");
  const Status other = CheckOffer(m, {"nginx", "1.1"});
  EXPECT_EQ(Word(other), "BadManifest");
  EXPECT_EQ(other.error().detail, "what is offered is nginx 1.2 instead of nginx 1.1");
}

TEST_F(CheckManifestTest, NeitherOldManifestsNorLowerVersionsComeBack) {
  package::Manifest& m = made_.manifest;
  EXPECT_TRUE(CheckOrder(m, {}));
  EXPECT_TRUE(CheckOrder(m, {5, "1.2"})) << "the same once more";
  EXPECT_EQ(Word(CheckOrder(m, {6, std::nullopt})), "OldManifest");
  EXPECT_EQ(Word(CheckOrder(m, {5, "1.10"})), "Downgrade");
  EXPECT_TRUE(CheckOrder(m, {5, "1.2", 5}));
  EXPECT_TRUE(CheckOrder(m, {4, "1.1", 4}));
  EXPECT_EQ(Word(CheckOrder(m, {5, "1.1", 5})), "OldManifest") << "which of the two is older?";
  m.downgrade = true;
  EXPECT_EQ(Word(CheckOrder(m, {5, "1.10", 5})), "OldManifest");
  EXPECT_TRUE(CheckOrder(m, {5, "1.10"}));
  EXPECT_EQ(Word(CheckOrder(m, {6, "1.10"})), "OldManifest");
}

TEST_F(CheckManifestTest, FilesAreComparedOneByOne) {
  using Files = std::vector<package::FileEntry>;
  const Files wanted = {{"b", 1, "hb", 0644, ""}, {"a", 1, "ha", 0755, ""}, {"l", 0, "", 0644, "a"}};
  Files found = {wanted[1], wanted[0], wanted[2]};
  EXPECT_FALSE(Difference(wanted, found, true, false));
  const auto differs = [&](auto change, bool modes = true, bool more = false) {
    Files other = found;
    change(other);
    return Difference(wanted, other, modes, more).value_or("");
  };
  EXPECT_EQ(differs([](Files& f) { f.erase(f.begin()); }), "a is missing");
  EXPECT_EQ(differs([](Files& f) { f.pop_back(); }), "l is missing");
  EXPECT_NE(differs([](Files& f) { f[0].sha256 = "x"; }), "");
  EXPECT_NE(differs([](Files& f) { f[0].size = 2; }), "");
  EXPECT_NE(differs([](Files& f) { f[0].mode = 0777; }), "");
  EXPECT_EQ(differs([](Files& f) { f[0].mode = 0777; }, false), "");
  EXPECT_NE(differs([](Files& f) { f[2].link = "b"; }), "");
  EXPECT_NE(differs([](Files& f) { f[0].link = "b"; }), "");
  for (const char* more : {"0", "aa", "z"}) {
    const auto add = [more](Files& f) { f.push_back({more, 1, "h", 0644, ""}); };
    EXPECT_EQ(differs(add), std::string(more) + " is not in the manifest");
    EXPECT_EQ(differs(add, true, true), "");
  }
}

TEST(RefuseTest, ErrorsAreRefusalsByTheirReason) {
  const Status refused = Refuse(Refusal::kNoSpace, "x");
  EXPECT_EQ(RefusalOf(refused.error()), Refusal::kNoSpace);
  EXPECT_EQ(RefusalOf(Error{Errc::kTooLarge, "disk full"}), Refusal::kNoSpace);
  EXPECT_EQ(RefusalOf(Error{Errc::kInternal, "I/O error"}), std::nullopt);
  EXPECT_EQ(RefusalOf(Error{Errc::kDenied, "", "NotHealthy"}), Refusal::kNotHealthy);
}

}  // namespace
}  // namespace assist::agent::artifact

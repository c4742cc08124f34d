#include "protocol/package/envelope.h"

#include <gtest/gtest.h>

#include "common/base/random.h"

namespace assist::package {
namespace {

PrivateKey Key(std::uint64_t seed = 1) {
  SeededRandom random(seed);
  return PrivateKey::GenerateEd25519(random);
}

TEST(EnvelopeTest, WhatIsSignedIsReadBackAndVerified) {
  const auto envelope = Sign("{\"Format\":1}", Key());
  ASSERT_TRUE(envelope);
  const auto read = ParseEnvelope(WriteEnvelope(*envelope));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->manifest, "{\"Format\":1}");
  EXPECT_EQ(read->key, envelope->key);
  EXPECT_TRUE(Verify(*read));
}

TEST(EnvelopeTest, AnyChangeSpoilsTheSignature) {
  const auto envelope = Sign("abc", Key());
  ASSERT_TRUE(envelope);
  Envelope other = *envelope;
  other.manifest += " ";
  EXPECT_FALSE(Verify(other));
  other = *envelope;
  other.signature[5] ^= 1;
  EXPECT_FALSE(Verify(other));
  other = *envelope;
  other.key = Sign("abc", Key(2))->key;
  EXPECT_FALSE(Verify(other));
}

TEST(EnvelopeTest, ASignatureOfTheBareManifestIsNone) {
  const PrivateKey key = Key();
  Envelope envelope = *Sign("abc", key);
  envelope.signature = *key.SignEd25519("abc");
  EXPECT_FALSE(Verify(envelope));
}

TEST(EnvelopeTest, AKeyIsALineAndBack) {
  const auto key = PublisherKeyFromPem(Key().Public().Pem());
  ASSERT_TRUE(key) << key.error().detail;
  EXPECT_EQ(key->bytes.size(), 32U);
  EXPECT_EQ(FormatKey(*key).size(), 8U + 44U);
  EXPECT_EQ(*ParsePublisherKey(FormatKey(*key)), *key);
  EXPECT_EQ(KeyId(*key).size(), 7U + 16U);
  for (const char* bad : {"", "ed25519:", "ed25519:AAAA", "rsa:AAAA", "ed25519:!!!!"}) {
    EXPECT_FALSE(ParsePublisherKey(bad)) << bad;
  }
}

TEST(EnvelopeTest, MembersOfAnotherKindAreRefused) {
  const std::string good = WriteEnvelope(*Sign("abc", Key()));
  ASSERT_TRUE(ParseEnvelope(good));
  for (const char* member : {"Manifest", "Signature", "PublicKey"}) {
    std::string bad = good;
    bad.replace(bad.find(member), 3, "Xxx");
    const auto read = ParseEnvelope(bad);
    ASSERT_FALSE(read) << member;
    EXPECT_NE(read.error().detail.find(member), std::string::npos) << read.error().detail;
  }
}

TEST(EnvelopeTest, TheIdOfAKeyIsAlwaysTheSame) {
  // SHA-256 of 32 zero bytes.
  EXPECT_EQ(KeyId(PublisherKey{std::string(32, '\0')}), "sha256:66687aadf862bd77");
  EXPECT_EQ(FormatKey(PublisherKey{std::string(32, '\0')}), "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
}

TEST(EnvelopeTest, OnlyEd25519Signs) {
  EXPECT_FALSE(Sign("abc", PrivateKey::GenerateEcP256()));
  EXPECT_FALSE(PublisherKeyFromPem(PrivateKey::GenerateEcP256().Public().Pem()));
}

TEST(EnvelopeTest, WhatIsNoneIsRefusedByName) {
  const auto error = [](std::string_view text) { return ParseEnvelope(text).error().detail; };
  EXPECT_NE(error("[]").find("JSON object"), std::string::npos);
  EXPECT_NE(error("{}").find("Manifest"), std::string::npos);
  EXPECT_NE(error(R"({"Manifest":"?","Signature":"","PublicKey":""})").find("Manifest: is not base64"),
            std::string::npos);
  EXPECT_NE(error(R"({"Manifest":"","Signature":"AAAA","PublicKey":"ed25519:"})").find("Signature"), std::string::npos);
  EXPECT_EQ(ParseEnvelope(std::string(kMaxEnvelopeBytes + 1, ' ')).error().code, Errc::kTooLarge);
}

}  // namespace
}  // namespace assist::package

#include "common/crypto/keys.h"

#include <gtest/gtest.h>

#include "common/crypto/hex.h"

namespace assist {
namespace {

using crypto_internal::ToHex;

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

// SubjectPublicKeyInfo and signature made by `openssl genrsa 2048` and `openssl dgst -md5 -sign`.
#include "common/crypto/rsa_md5_vector.inc"

TEST(Ed25519Test, PublishedVectors) {
  struct Vector {
    std::string seed, message, signature;
  };
  // RFC 8032, section 7.1, tests 1 to 3.
  const Vector vectors[] = {{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "",
                             "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701"
                             "cf9b46bd25bf5f0595bbe2465"
                             "5141438e7a100b"},
                            {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72",
                             "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d"
                             "0f11d8c387b2eaeb4302aeeb0"
                             "0d291612bb0c00"},
                            {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82",
                             "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f7609"
                             "84dc6594a7c15e9716ed28dc0"
                             "27beceea1ec40a"}};
  for (const auto& vector : vectors) {
    const auto key = PrivateKey::FromEd25519Seed(Secret<std::string>(FromHex(vector.seed))).value();
    const std::string message = FromHex(vector.message);
    const std::string signature = key.SignEd25519(message).value();
    EXPECT_EQ(ToHex(signature), vector.signature);
    EXPECT_TRUE(key.Public().VerifyEd25519(message, signature));
    EXPECT_FALSE(key.Public().VerifyEd25519(message + "x", signature));
  }
}

TEST(Ed25519Test, AChangedOrCutSignatureIsWrong) {
  SeededRandom random(1);
  const PrivateKey key = PrivateKey::GenerateEd25519(random);
  const std::string signature = key.SignEd25519("hello").value();
  const PublicKey open = key.Public();
  ASSERT_TRUE(open.VerifyEd25519("hello", signature));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    std::string wrong = signature;
    wrong[i] = static_cast<char>(wrong[i] ^ 1);
    EXPECT_FALSE(open.VerifyEd25519("hello", wrong)) << i;
    EXPECT_FALSE(open.VerifyEd25519("hello", signature.substr(0, i))) << i;
  }
  EXPECT_FALSE(open.VerifyEd25519("hello", signature + "x"));
}

TEST(Ed25519Test, TheSameRandomNumbersMakeTheSameKey) {
  SeededRandom a(7), b(7), c(8);
  const std::string pem = PrivateKey::GenerateEd25519(a).Public().Pem();
  EXPECT_EQ(PrivateKey::GenerateEd25519(b).Public().Pem(), pem);
  EXPECT_NE(PrivateKey::GenerateEd25519(c).Public().Pem(), pem);
}

TEST(KeysTest, EveryKindGoesThroughPemAndBack) {
  SeededRandom random(2);
  const PrivateKey keys[] = {PrivateKey::GenerateEd25519(random), PrivateKey::GenerateEcP256(),
                             PrivateKey::GenerateRsa()};
  const KeyKind kinds[] = {KeyKind::kEd25519, KeyKind::kEcP256, KeyKind::kRsa};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(keys[i].kind(), kinds[i]);
    const auto again = PrivateKey::FromPem(keys[i].Pem()).value();
    EXPECT_EQ(again.kind(), kinds[i]);
    EXPECT_EQ(again.Public().Pem(), keys[i].Public().Pem());
    const auto open = PublicKey::FromPem(keys[i].Public().Pem()).value();
    EXPECT_EQ(open.kind(), kinds[i]);
    EXPECT_EQ(open.Pem(), keys[i].Public().Pem());
  }
  EXPECT_EQ(keys[0].Public().Pem().substr(0, 27), "-----BEGIN PUBLIC KEY-----\n");
}

TEST(RsaMd5Test, ASignatureOfTheCommandLineToolIsVerified) {
  const auto key = PublicKey::FromPem(kRsaPublicPem).value();
  EXPECT_EQ(key.kind(), KeyKind::kRsa);
  EXPECT_TRUE(key.VerifyRsaMd5(kRsaMessage, FromHex(kRsaMd5Signature)));
  EXPECT_FALSE(key.VerifyRsaMd5(std::string(kRsaMessage) + "x", FromHex(kRsaMd5Signature)));
  EXPECT_FALSE(key.VerifyRsaMd5(kRsaMessage, FromHex(kRsaSha256Signature)));  // the digest is part of the scheme
  EXPECT_FALSE(key.VerifyRsaMd5(kRsaMessage, ""));
  EXPECT_FALSE(key.VerifyRsaMd5(kRsaMessage, std::string(256, '\xff')));
  const auto pkcs1 = PublicKey::FromPem(kRsaPublicPkcs1Pem).value();
  EXPECT_EQ(pkcs1.Pem(), key.Pem());
}

TEST(RsaMd5Test, WhatIsSignedHereIsVerifiedHere) {
  const PrivateKey key = PrivateKey::GenerateRsa();
  const std::string signature = key.SignRsaMd5("mi-1machine1589187701000uuid").value();
  EXPECT_EQ(signature.size(), 256u);
  EXPECT_TRUE(key.Public().VerifyRsaMd5("mi-1machine1589187701000uuid", signature));
  EXPECT_FALSE(PrivateKey::GenerateRsa().Public().VerifyRsaMd5("mi-1machine1589187701000uuid", signature));
}

TEST(KeysTest, AKeyOfTheWrongKindNeitherSignsNorVerifies) {
  SeededRandom random(3);
  const PrivateKey ed = PrivateKey::GenerateEd25519(random);
  const PrivateKey ec = PrivateKey::GenerateEcP256();
  EXPECT_EQ(ed.SignRsaMd5("x").error().code, Errc::kInvalid);
  EXPECT_EQ(ec.SignEd25519("x").error().code, Errc::kInvalid);
  EXPECT_FALSE(ed.Public().VerifyRsaMd5("x", ed.SignEd25519("x").value()));
  EXPECT_FALSE(ec.Public().VerifyEd25519("x", ed.SignEd25519("x").value()));
}

TEST(KeysTest, BadKeysAreRefused) {
  const std::string good = PrivateKey::GenerateEcP256().Public().Pem();
  for (std::size_t size = 0; size < good.size() - 1; ++size) {
    EXPECT_FALSE(PublicKey::FromPem(std::string_view(good).substr(0, size))) << size;
  }
  EXPECT_FALSE(PublicKey::FromPem(kRsa1024PublicPem));
  EXPECT_FALSE(PublicKey::FromPem(kP384PublicPem));
  EXPECT_FALSE(PublicKey::FromPem(PrivateKey::GenerateEcP256().Pem().Reveal()));  // the secret half is not sent around
  EXPECT_FALSE(PublicKey::FromPem(std::string(100'000, 'x')));
  EXPECT_FALSE(PrivateKey::FromPem(Secret<std::string>(kEncryptedPrivatePem)));
  EXPECT_FALSE(PrivateKey::FromPem(Secret<std::string>("")));
  EXPECT_FALSE(PrivateKey::FromEd25519Seed(Secret<std::string>("short")));
  EXPECT_EQ(PublicKey::FromPem("nonsense").error().code, Errc::kInvalid);
}

TEST(KeysTest, OfACheckedKeyTheNumbersAreNotLookedAtAgain) {
  const PrivateKey key = PrivateKey::GenerateRsa();
  const std::string good = key.Public().Pem();
  const auto read = PublicKey::FromCheckedPem(good);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->Pem(), good);
  EXPECT_TRUE(read->VerifyRsaMd5("text", key.SignRsaMd5("text").value()));
  EXPECT_FALSE(PublicKey::FromCheckedPem(good.substr(0, good.size() / 2)));
  EXPECT_FALSE(PublicKey::FromCheckedPem(kRsa1024PublicPem));
  int refused_by_their_numbers = 0;
  for (std::size_t at = good.size() / 2; at < good.size() / 2 + 8; ++at) {
    std::string wrong = good;
    wrong[at] = wrong[at] == 'A' ? 'B' : 'A';
    const auto unchecked = PublicKey::FromCheckedPem(wrong);
    if (unchecked && !PublicKey::FromPem(wrong)) ++refused_by_their_numbers;
  }
  EXPECT_GT(refused_by_their_numbers, 0);
}

TEST(KeysTest, EveryFlippedByteOfAPublicKeyIsHandled) {
  const std::string good = PrivateKey::GenerateEcP256().Public().Pem();
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string wrong = good;
    wrong[i] = static_cast<char>(wrong[i] ^ 4);
    auto key = PublicKey::FromPem(wrong);  // refused, or another good key; never a crash
    if (key) {
      EXPECT_EQ(key->kind(), KeyKind::kEcP256);
    }
  }
}

}  // namespace
}  // namespace assist

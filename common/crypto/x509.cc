#include "common/crypto/x509.h"

#if defined(_WIN32)
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#endif
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <array>
#include <cctype>
#include <ctime>

#include "common/crypto/hash.h"
#include "common/crypto/hex.h"
#include "common/crypto/keys.h"
#include "common/crypto/openssl_ptr.h"

namespace assist {

using crypto_internal::BioPtr;
using crypto_internal::CertificatePtr;
using crypto_internal::FreeWith;
using crypto_internal::KeyPtr;
using crypto_internal::MemoryBio;
using crypto_internal::ReadingBio;
using crypto_internal::TakeOpensslError;
using crypto_internal::TextOf;

namespace {

using ExtensionPtr = std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>>;
constexpr std::chrono::hours kClockDifference{1};

std::time_t ToTimeT(SystemTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

Result<CertificatePtr> Parse(std::string_view pem) {
  CertificatePtr certificate(PEM_read_bio_X509(ReadingBio(pem).get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) return Fail(Errc::kInvalid, "this is no certificate in PEM: " + TakeOpensslError());
  return certificate;
}

std::string ToPem(X509* certificate) {
  const BioPtr out = MemoryBio();
  ASSIST_CHECK(PEM_write_bio_X509(out.get(), certificate) == 1);
  return TextOf(out.get());
}

Status SetCommonName(X509_NAME* name, std::string_view common_name) {
  // RFC 5280 allows 64 characters; the SANs are what counts, so a longer host name is cut here.
  const std::string_view cut = common_name.substr(0, 64);
  if (cut.empty() || X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, crypto_internal::Bytes(cut),
                                                static_cast<int>(cut.size()), -1, 0) != 1) {
    return Fail(Errc::kInvalid,
                "'" + std::string(common_name) + "' is no name for a certificate: " + TakeOpensslError());
  }
  return {};
}

void AddExtension(X509* certificate, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
  ASSIST_CHECK(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

CertificatePtr NewCertificate(const PrivateKey& key, SystemTime from, SystemTime until) {
  CertificatePtr certificate(X509_new());
  ASSIST_CHECK(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  std::array<unsigned char, 16> serial{};
  ASSIST_CHECK(RAND_bytes(serial.data(), serial.size()) == 1);
  serial[0] = static_cast<unsigned char>((serial[0] & 0x7f) | 0x40);  // positive and of full length
  const std::unique_ptr<BIGNUM, FreeWith<BN_free>> number(BN_bin2bn(serial.data(), serial.size(), nullptr));
  ASSIST_CHECK(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get())) != nullptr);
  ASSIST_CHECK(ASN1_TIME_set(X509_getm_notBefore(certificate.get()), ToTimeT(from)) != nullptr);
  ASSIST_CHECK(ASN1_TIME_set(X509_getm_notAfter(certificate.get()), ToTimeT(until)) != nullptr);
  ASSIST_CHECK(X509_set_pubkey(certificate.get(), key.native()) == 1);
  return certificate;
}

SystemTime FromAsn1(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return {};
  const auto month = static_cast<unsigned>(parts.tm_mon + 1);
  const std::chrono::year_month_day day(std::chrono::year(parts.tm_year + 1900), std::chrono::month(month),
                                        std::chrono::day(static_cast<unsigned>(parts.tm_mday)));
  return std::chrono::sys_days(day) + std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min) +
         std::chrono::seconds(parts.tm_sec);
}

// DNS names are put into the certificate as they are, so what has no place in one is refused.
bool IsDnsName(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (const char c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '.' && c != '_' && c != '*') return false;
  }
  return true;
}

Result<NamesPtr> MakeNames(const LeafRequest& request) {
  NamesPtr names(sk_GENERAL_NAME_new_null());
  ASSIST_CHECK(names != nullptr);
  auto add = [&names](int type, std::string_view bytes) {
    ASN1_STRING* value = type == GEN_DNS ? ASN1_IA5STRING_new() : ASN1_OCTET_STRING_new();
    ASSIST_CHECK(ASN1_STRING_set(value, bytes.data(), static_cast<int>(bytes.size())) == 1);
    GENERAL_NAME* name = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(name, type, value);
    ASSIST_CHECK(sk_GENERAL_NAME_push(names.get(), name) > 0);
  };
  for (const auto& dns : request.dns_names) {
    if (!IsDnsName(dns)) return Fail(Errc::kInvalid, "'" + dns + "' is no DNS name for a certificate");
    add(GEN_DNS, dns);
  }
  for (const auto& text : request.ip_addresses) {
    std::array<char, 16> bytes{};
    if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
      add(GEN_IPADD, {bytes.data(), 4});
    } else if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) {
      add(GEN_IPADD, {bytes.data(), 16});
    } else {
      return Fail(Errc::kInvalid, "'" + text + "' is no IP address");
    }
  }
  return names;
}

}  // namespace

Result<CertificateAndKey> MakeCa(std::string_view common_name, SystemTime now, std::chrono::seconds lifetime) {
  if (lifetime <= std::chrono::seconds(0)) return Fail(Errc::kInvalid, "a certificate must live longer than 0 s");
  const PrivateKey key = PrivateKey::GenerateEcP256();
  const CertificatePtr certificate = NewCertificate(key, now - kClockDifference, now + lifetime);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  if (Status named = SetCommonName(name, common_name); !named) return Forward(named);
  ASSIST_CHECK(X509_set_issuer_name(certificate.get(), name) == 1);
  AddExtension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  AddExtension(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash");
  if (X509_sign(certificate.get(), key.native(), EVP_sha256()) == 0) {
    return Fail(Errc::kInternal, "cannot sign a certificate: " + TakeOpensslError());
  }
  return CertificateAndKey{ToPem(certificate.get()), key.Pem()};
}

Result<CertificateAndKey> MakeLeaf(const CertificateAndKey& ca, const LeafRequest& request, SystemTime now) {
  auto issuer = Parse(ca.certificate_pem);
  if (!issuer) return Forward(issuer);
  auto issuer_key = PrivateKey::FromPem(ca.key_pem);
  if (!issuer_key) return Forward(issuer_key);
  if (Status matches = CheckKeyMatches(ca); !matches) return Forward(matches);
  if (X509_check_ca(issuer->get()) != 1) return Fail(Errc::kInvalid, "the certificate to sign with is not a CA's");
  const SystemTime ca_end = FromAsn1(X509_get0_notAfter(issuer->get()));
  if (now >= ca_end) return Fail(Errc::kExpired, "the CA expired at " + FormatIso8601(ca_end));
  if (request.lifetime <= std::chrono::seconds(0)) {
    return Fail(Errc::kInvalid, "a certificate must live longer than 0 s");
  }
  auto names = MakeNames(request);
  if (!names) return Forward(names);
  if (sk_GENERAL_NAME_num(names->get()) == 0) return Fail(Errc::kInvalid, "a server's certificate needs a name");

  const PrivateKey key = PrivateKey::GenerateEcP256();
  const CertificatePtr certificate =
      NewCertificate(key, now - kClockDifference, std::min<SystemTime>(ca_end, now + request.lifetime));
  if (Status named = SetCommonName(X509_get_subject_name(certificate.get()), request.common_name); !named) {
    return Forward(named);
  }
  ASSIST_CHECK(X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer->get())) == 1);
  AddExtension(certificate.get(), issuer->get(), NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(certificate.get(), issuer->get(), NID_key_usage, "critical,digitalSignature");
  AddExtension(certificate.get(), issuer->get(), NID_ext_key_usage, "serverAuth");
  AddExtension(certificate.get(), issuer->get(), NID_subject_key_identifier, "hash");
  AddExtension(certificate.get(), issuer->get(), NID_authority_key_identifier, "keyid");
  ASSIST_CHECK(X509_add1_ext_i2d(certificate.get(), NID_subject_alt_name, names->get(), 0, 0) == 1);
  if (X509_sign(certificate.get(), issuer_key->native(), EVP_sha256()) == 0) {
    return Fail(Errc::kInternal, "cannot sign a certificate: " + TakeOpensslError());
  }
  return CertificateAndKey{ToPem(certificate.get()), key.Pem()};
}

Result<CertificateInfo> ReadCertificate(std::string_view pem) {
  auto certificate = Parse(pem);
  if (!certificate) return Forward(certificate);
  X509* x509 = certificate->get();
  CertificateInfo info;
  info.not_before = FromAsn1(X509_get0_notBefore(x509));
  info.not_after = FromAsn1(X509_get0_notAfter(x509));
  info.is_ca = X509_check_ca(x509) == 1;
  X509_NAME* subject = X509_get_subject_name(x509);
  if (const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1); at >= 0) {
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (size > 0) info.common_name.assign(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
  }
  const NamesPtr names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x509, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    int type = 0;
    const auto* value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(name, &type));
    if (type != GEN_DNS && type != GEN_IPADD) continue;
    const std::string bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                            static_cast<std::size_t>(ASN1_STRING_length(value)));
    if (type == GEN_DNS) {
      info.dns_names.push_back(bytes);
    } else if (bytes.size() == 4 || bytes.size() == 16) {
      std::array<char, INET6_ADDRSTRLEN> text{};
      ::inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
      info.ip_addresses.emplace_back(text.data());
    }
  }
  unsigned char* der = nullptr;
  const int size = i2d_X509(x509, &der);
  ASSIST_CHECK(size > 0);
  info.fingerprint = "sha256:" + Sha256Hex({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  ERR_clear_error();
  return info;
}

Result<std::vector<std::string>> SplitPem(std::string_view pem) {
  const BioPtr in = ReadingBio(pem);
  std::vector<std::string> parts;
  for (;;) {
    const CertificatePtr certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
    if (certificate == nullptr) break;
    parts.push_back(ToPem(certificate.get()));
  }
  const unsigned long error = ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (parts.empty() || !at_end) {
    return Fail(Errc::kInvalid, "this is no list of certificates in PEM: " + TakeOpensslError());
  }
  ERR_clear_error();
  return parts;
}

Status CheckSignedBy(std::string_view leaf_pem, std::string_view ca_pem) {
  auto leaf = Parse(leaf_pem);
  if (!leaf) return Forward(leaf);
  auto ca = Parse(ca_pem);
  if (!ca) return Forward(ca);
  const KeyPtr key(X509_get_pubkey(ca->get()));
  const bool good = key != nullptr && X509_check_ca(ca->get()) == 1 &&
                    X509_check_issued(ca->get(), leaf->get()) == X509_V_OK && X509_verify(leaf->get(), key.get()) == 1;
  ERR_clear_error();
  if (!good) return Fail(Errc::kDenied, "the certificate is not signed by this CA");
  return {};
}

Status CheckKeyMatches(const CertificateAndKey& pair) {
  auto certificate = Parse(pair.certificate_pem);
  if (!certificate) return Forward(certificate);
  auto key = PrivateKey::FromPem(pair.key_pem);
  if (!key) return Forward(key);
  if (X509_check_private_key(certificate->get(), key->native()) != 1) {
    ERR_clear_error();
    return Fail(Errc::kDenied, "the private key does not belong to the certificate");
  }
  return {};
}

Result<std::string> ParseFingerprint(std::string_view fingerprint) {
  constexpr std::string_view kPrefix = "sha256:";
  std::string digits;
  if (fingerprint.size() > kPrefix.size()) {
    std::string prefix(fingerprint.substr(0, kPrefix.size()));
    for (char& c : prefix) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (prefix == kPrefix) {
      for (const char c : fingerprint.substr(kPrefix.size())) {
        if (c == ':' && digits.size() % 2 == 0 && !digits.empty()) continue;
        digits.push_back(c);
      }
    }
  }
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size() && digits.size() == 64; i += 2) {
    const auto value = [](char c) -> int {
      if (c >= '0' && c <= '9') return c - '0';
      if (c >= 'a' && c <= 'f') return c - 'a' + 10;
      if (c >= 'A' && c <= 'F') return c - 'A' + 10;
      return -1;
    };
    const int high = value(digits[i]), low = value(digits[i + 1]);
    if (high < 0 || low < 0) break;
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  if (bytes.size() != 32) {
    return Fail(Errc::kInvalid, "a fingerprint is written sha256: and 64 hex digits, not '" +
                                    std::string(fingerprint.substr(0, 100)) + "'");
  }
  return bytes;
}

}  // namespace assist

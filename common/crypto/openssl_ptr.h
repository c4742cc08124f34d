// Owners of OpenSSL objects and the text of its last error; only for .cc files of rooms that use OpenSSL.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

#include "common/base/check.h"

namespace assist::crypto_internal {

template <auto Function>
struct FreeWith {
  template <class T>
  void operator()(T* object) const noexcept {
    Function(object);
  }
};
using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using KeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using CertificatePtr = std::unique_ptr<X509, FreeWith<X509_free>>;

/// Empties the thread's error queue and returns the newest reason.
[[nodiscard]] inline std::string TakeOpensslError() {
  unsigned long last = 0;
  while (const unsigned long code = ERR_get_error()) last = code;
  if (last == 0) return "no reason given";
  const char* reason = ERR_reason_error_string(last);
  return reason != nullptr ? reason : "error " + std::to_string(last);
}

/// A BIO that reads `text`, which must outlive it.
[[nodiscard]] inline BioPtr ReadingBio(std::string_view text) {
  BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  ASSIST_CHECK(bio != nullptr);
  return bio;
}

[[nodiscard]] inline BioPtr MemoryBio() {
  BioPtr bio(BIO_new(BIO_s_mem()));
  ASSIST_CHECK(bio != nullptr);
  return bio;
}

[[nodiscard]] inline std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

[[nodiscard]] inline const unsigned char* Bytes(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace assist::crypto_internal

// Hashes and MACs. Inputs and results are raw bytes in strings. Pure; any thread. An out-of-memory in OpenSSL ends the
// process, nothing else can fail.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace assist {

[[nodiscard]] std::string Sha256(std::string_view data);                            ///< 32 bytes, FIPS 180-4.
[[nodiscard]] std::string Md5(std::string_view data);                               ///< 16 bytes, RFC 1321.
[[nodiscard]] std::string HmacSha1(std::string_view key, std::string_view data);    ///< 20 bytes, RFC 2104.
[[nodiscard]] std::string HmacSha256(std::string_view key, std::string_view data);  ///< 32 bytes, RFC 4231.
[[nodiscard]] std::string Sha256Hex(std::string_view data);                         ///< 64 lower-case digits.
[[nodiscard]] std::string Md5Hex(std::string_view data);                            ///< 32 lower-case digits.

/// Takes as long for equal as for unequal texts of one length: for signatures, tokens, codes.
[[nodiscard]] bool ConstantTimeEqual(std::string_view a, std::string_view b) noexcept;

/// SHA-256 of what comes in pieces. One thread.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;
  void Update(std::string_view data);
  /// 32 bytes; the object starts anew.
  [[nodiscard]] std::string Finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace assist

#include "common/crypto/md5_stream.h"

#include <openssl/evp.h>

#include "common/base/check.h"

namespace assist {

void Md5Stream::Free::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Md5Stream::Md5Stream() : context_(EVP_MD_CTX_new()) {
  ASSIST_CHECK(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_md5(), nullptr) == 1);
}
Md5Stream::~Md5Stream() = default;

void Md5Stream::Update(std::string_view data) {
  ASSIST_CHECK(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1);
}

std::string Md5Stream::Finish() {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  ASSIST_CHECK(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(out.data()), &size) == 1);
  out.resize(size);
  return out;
}

}  // namespace assist

#include "server/openapi/nonce_window.h"

#include <cstring>

#include "common/crypto/hash.h"

namespace assist::server::openapi {

NonceWindow::NonceWindow(std::chrono::seconds life, std::size_t max, std::size_t max_per_key)
    : life_(life), max_(max), max_per_key_(max_per_key) {}

NonceWindow::Use NonceWindow::Take(std::string_view access_key_id, std::string_view nonce, SteadyTime now) {
  std::string text(access_key_id);
  text += '\0';
  text += nonce;
  const std::string hash = Sha256(text);
  Digest digest;
  std::memcpy(digest.data(), hash.data(), sizeof digest);

  const std::lock_guard lock(mutex_);
  Forget(now);
  if (used_.contains(digest)) return Use::kUsed;
  if (used_.size() >= max_) return Use::kFull;
  auto& of_key = keys_[std::string(access_key_id)];
  if (!of_key) of_key = std::make_unique<std::uint32_t>(0);
  if (*of_key >= max_per_key_) return Use::kFull;
  ++*of_key;
  used_.insert(digest);
  by_age_.push_back({now + life_, digest, of_key.get()});
  return Use::kFresh;
}

void NonceWindow::Forget(SteadyTime now) {
  while (!by_age_.empty() && by_age_.front().expires <= now) {
    used_.erase(by_age_.front().digest);
    --*by_age_.front().of_key;
    by_age_.pop_front();
  }
  if (by_age_.empty()) keys_.clear();
}

std::size_t NonceWindow::size() const {
  const std::lock_guard lock(mutex_);
  return used_.size();
}

}  // namespace assist::server::openapi

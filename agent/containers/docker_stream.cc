#include "agent/containers/docker_stream.h"

#include <algorithm>

namespace assist::agent::containers {
namespace {

constexpr std::size_t kHeadBytes = 8;
constexpr std::uint32_t kMaxFrame = 16U << 20;

}  // namespace

bool DockerStream::Put(std::string_view bytes, std::string& output) {
  while (!bytes.empty()) {
    if (left_ > 0) {
      const std::size_t size = std::min<std::size_t>(left_, bytes.size());
      output += bytes.substr(0, size);
      bytes.remove_prefix(size);
      left_ -= static_cast<std::uint32_t>(size);
      continue;
    }
    const std::size_t size = std::min(kHeadBytes - head_.size(), bytes.size());
    head_ += bytes.substr(0, size);
    bytes.remove_prefix(size);
    if (head_.size() < kHeadBytes) return true;
    if (static_cast<unsigned char>(head_[0]) > 2 || head_[1] != 0 || head_[2] != 0 || head_[3] != 0) return false;
    for (std::size_t i = 4; i < kHeadBytes; ++i) left_ = left_ << 8 | static_cast<unsigned char>(head_[i]);
    head_.clear();
    if (left_ > kMaxFrame) return false;
  }
  return true;
}

}  // namespace assist::agent::containers

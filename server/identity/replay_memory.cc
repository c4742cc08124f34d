#include "server/identity/replay_memory.h"

#include <cstring>
#include <string>

#include "common/crypto/hash.h"

namespace assist::server::identity {

void ReplayMemory::Turn(SteadyTime now) {
  if (now - turned_ < window_) return;
  if (now - turned_ >= 2 * window_) {
    former_.clear();
    current_.clear();
  } else {
    former_ = std::move(current_);
    current_ = {};
  }
  turned_ = now;
}

ReplayMemory::Answer ReplayMemory::Insert(std::string_view agent, std::string_view id, SteadyTime now) {
  Turn(now);
  std::string text(agent);
  text.push_back('\0');
  text.append(id);
  const std::string digest = Sha256(text);
  std::uint64_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  if (current_.contains(hash) || former_.contains(hash)) return Answer::kRepeated;
  if (size() >= max_entries_) return Answer::kFull;
  current_.insert(hash);
  return Answer::kFresh;
}

}  // namespace assist::server::identity

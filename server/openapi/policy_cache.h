// Policies that were read already, by their text: each call's key comes with its own. Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "server/policy/policy.h"

namespace assist::server::openapi {

class PolicyCache {
 public:
  /// A text that is no policy gives one that allows nothing.
  [[nodiscard]] std::shared_ptr<const policy::Policy> Get(const std::string& text);

 private:
  static constexpr std::size_t kMost = 256;  ///< Then all are forgotten: at most 4 MiB of texts.
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const policy::Policy>> known_;
};

}  // namespace assist::server::openapi

// `assist-agent trust add|list|remove`: publishers whose packages and releases this machine takes (agent/trust).
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"

namespace CLI {
class App;
}

namespace assist::agent::service {

class TrustCommand {
 public:
  explicit TrustCommand(CLI::App& app);
  [[nodiscard]] bool parsed() const;
  /// The exit code of the program.
  int Run() const;

 private:
  CLI::App* trust_ = nullptr;
  std::string verb_, key_, name_, for_, root_;
  bool json_ = false;
};

/// Of `register --publisher-key`: kInvalid names the key that is none. Nothing is written.
[[nodiscard]] Status CheckPublisherKeys(const std::vector<std::string>& keys);
/// Pins these for packages and releases.
Status PinPublishers(const std::string& root, const std::vector<std::string>& keys);

}  // namespace assist::agent::service

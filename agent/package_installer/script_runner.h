// Port: runs a package's script to its end. The real one is agent/package_installer/system, tests have one that changes
// a pretended machine. One executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "common/base/result.h"

namespace assist::agent::package_installer {

namespace asio = boost::asio;

class ScriptRunner {
 public:
  virtual ~ScriptRunner() = default;

  struct Call {
    std::string folder;  ///< Of the package, relative to the state root: where it runs.
    std::string script;  ///< Path inside of it.
    std::vector<std::pair<std::string, std::string>> variables;  ///< Beside the environment of this program.
    std::chrono::seconds timeout{600};
    bool through_stop = false;  ///< It cleans up: the stop sign does not end it.
  };
  enum class How : std::uint8_t { kExited, kTimedOut, kStopped };
  struct End {
    How how = How::kExited;
    int code = 0;  ///< With kExited; 128 + its number for a signal.
  };
  /// Ends what the script started with it, when the time is over or the stop sign is set. An error: not started.
  virtual asio::awaitable<Result<End>> Run(Call call) = 0;
  /// The absolute path of what lies below the state root, as scripts of this system like it.
  [[nodiscard]] virtual std::string Absolute(const std::string& relative) const = 0;
};

}  // namespace assist::agent::package_installer

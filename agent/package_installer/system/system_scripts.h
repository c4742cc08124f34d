// Scripts of packages as processes of this system. What they print goes where this program prints. Owned by a program
// that does nothing else: on POSIX it becomes the one to which orphans below it fall, and all that descends from it is
// ended at a time-out or a stop. One executor; looks at the process in short intervals.
//
// POSIX: a script is executed, and read by /bin/sh when it cannot be. Windows: .bat and .cmd by cmd, .ps1 by
// PowerShell, other files are executed.
#pragma once

#include <string>

#include "agent/artifact/stop_sign.h"
#include "agent/package_installer/script_runner.h"
#include "common/async/clock.h"

namespace assist::agent::package_installer {

class SystemScripts final : public ScriptRunner {
 public:
  /// `root`: absolute. The references outlive this.
  SystemScripts(std::string root, Clock& clock, const artifact::StopSign& stop);

  asio::awaitable<Result<End>> Run(Call call) override;
  [[nodiscard]] std::string Absolute(const std::string& relative) const override;

 private:
  const std::string root_;
  Clock& clock_;
  const artifact::StopSign& stop_;
};

}  // namespace assist::agent::package_installer

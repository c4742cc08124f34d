// Installs, removes, starts, stops one service on a machine whose service system is known. Blocks; one thread.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/service_framework/service_host.h"
#include "common/service_framework/service_system.h"

namespace assist {

class ServiceInstaller {
 public:
  /// `image`: the files belong to a machine that does not run; no tool of it is asked for anything. `host` outlives
  /// this.
  ServiceInstaller(ServiceSystem system, bool image, ServiceHost& host) : system_(system), image_(image), host_(host) {}

  /// Writes the unit and makes it start with the machine; starts nothing now. Where a package brought the unit, that
  /// one is taken as it is. The path of the unit.
  Result<std::string> Install(const ServiceUnit& unit);
  /// Stops it, and takes away what Install made. kConflict: a package brought it. kNotFound: it is not installed.
  Status Uninstall(const std::string& name);
  Status Start(const std::string& name);
  Status Stop(const std::string& name);

  enum class State { kRunning, kStopped, kNotInstalled };
  /// Lets the service system's tool speak for itself on the output.
  Result<State> Ask(const std::string& name);

 private:
  [[nodiscard]] bool OfPackage(const std::string& name) const;
  [[nodiscard]] bool Installed(const std::string& name) const;
  [[nodiscard]] std::string RcParent() const;
  Status Enable(const std::string& name);
  Status Disable(const std::string& name);
  Status ReadUnitsAgain();
  Status MustRun(const std::vector<std::string>& words);

  const ServiceSystem system_;
  const bool image_;
  ServiceHost& host_;
};

}  // namespace assist

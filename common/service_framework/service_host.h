// Port: what an installer does to a machine. The real one is posix_service_host.h. Every call blocks; one thread.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"

namespace assist {

class ServiceHost {
 public:
  virtual ~ServiceHost() = default;
  [[nodiscard]] virtual bool Exists(const std::string& path) const = 0;
  /// Makes the folders above it too. Replaces what is there.
  virtual Status Write(const std::string& path, const std::string& text, unsigned mode) = 0;
  /// One that is not there is no error.
  virtual Status Remove(const std::string& path) = 0;
  /// Makes a symbolic link, and the folders above it; one that is there is replaced.
  virtual Status Link(const std::string& path, const std::string& target) = 0;
  /// Runs a program with this process's output; its exit code. kNotFound: there is no such program.
  virtual Result<int> Run(const std::vector<std::string>& words) = 0;
  [[nodiscard]] virtual bool UserExists(const std::string& name) const = 0;
};

}  // namespace assist

// The machine itself, or files below a folder that will be one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/service_framework/service_host.h"

namespace assist {

class PosixServiceHost final : public ServiceHost {
 public:
  /// `below`: empty for the machine itself; else every path lies below that folder, and nothing is run.
  explicit PosixServiceHost(std::string below) : below_(std::move(below)) {}

  [[nodiscard]] bool Exists(const std::string& path) const override;
  Status Write(const std::string& path, const std::string& text, unsigned mode) override;
  Status Remove(const std::string& path) override;
  Status Link(const std::string& path, const std::string& target) override;
  Result<int> Run(const std::vector<std::string>& words) override;
  [[nodiscard]] bool UserExists(const std::string& name) const override;

 private:
  const std::string below_;
};

}  // namespace assist

// What this agent calls itself.
#pragma once

#include <string>
#include <string_view>

namespace assist::agent::service {

/// In version.cc, of its own: programs of the tests call themselves otherwise.
extern const char* const kVersion;

/// `linux_amd64/0.1.0`, in the form of the stock agent (agent-protocol reference, section 4).
[[nodiscard]] inline std::string UserAgent(std::string_view os, std::string_view arch) {
  return std::string(os) + "_" + std::string(arch) + "/" + kVersion;
}

}  // namespace assist::agent::service

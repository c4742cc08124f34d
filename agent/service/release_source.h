// Where `assist-agent release apply` gets a release from. In a file of its own, release_source.cc, so that the programs
// of the tests have another one.
#pragma once

#include <memory>
#include <string>

#include "agent/update/ports.h"

namespace assist::agent::service {

/// What the command line says of a release.
struct ReleaseWanted {
  std::string root;      ///< Absolute.
  std::string version;   ///< Empty: not said.
  std::string file;      ///< Archive on this machine; empty: the server is asked.
  std::string envelope;  ///< Of that archive.
};
[[nodiscard]] update::Outcome<std::unique_ptr<update::ReleaseSource>> MakeReleaseSource(const ReleaseWanted& wanted);

}  // namespace assist::agent::service

// A release as a publisher signed it: an envelope of kind `agent`, checked as packages are (agent/artifact), fetched
// and unpacked straight into its slot. Which sequences this machine has run is kept in ROOT/update/history.json. One
// executor; what is passed in outlives it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "agent/artifact/check_manifest.h"
#include "agent/artifact/obtain.h"
#include "agent/disk/disk.h"
#include "agent/trust/publishers.h"
#include "agent/update/ports.h"
#include "protocol/package/envelope.h"
#include "protocol/package/manifest.h"

namespace assist::agent::update {

class SignedRelease final : public ReleaseSource {
 public:
  struct Options {
    package::Envelope envelope;
    std::string name = "assist-agent";  ///< Sequences are kept by name: another one would have none.
    std::string version;                ///< Asked for; empty: any.
    trust::Publishers publishers;
    artifact::Platform platform = artifact::ThisPlatform();
    std::string running;                   ///< Version of the agent that is to be replaced.
    std::string program = "assist-agent";  ///< What a release must have.
    artifact::Obtainer::Options fetch;     ///< `parts` is set here.
  };
  SignedRelease(Options options, const artifact::Obtainer::Ports& ports);

  /// UntrustedPublisher, BadSignature, BadManifest, WrongPlatform, Expired, OldManifest, Downgrade.
  asio::awaitable<Outcome<ReleaseFacts>> Open() override;
  /// All of Obtainer::Obtain().
  asio::awaitable<Outcome<std::vector<std::string>>> Unpack(std::string folder) override;
  asio::awaitable<Status> Proven() override;

 private:
  Options options_;
  const artifact::Obtainer::Ports ports_;
  artifact::Obtainer obtainer_;
  std::optional<package::Manifest> manifest_;
  std::map<std::string, std::int64_t> highest_;  ///< Of each name.
};

}  // namespace assist::agent::update

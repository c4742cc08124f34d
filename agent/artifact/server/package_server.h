// The server as a source of packages and releases: look-ups, archives in pieces, and what this machine tells of them.
// Requests are signed as those of the running agent, but name no run of it: beside one with the same identity this is
// no second agent for the server. One connection, made when it is needed, one request at a time. One executor.
//
// Errors: kUnavailable, kExpired: the server is away or cannot answer now. Refusals: NotFound, NotSupported (a stock
// server), Unreachable (it does not take this machine, or is not trusted).
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/artifact/artifact_source.h"
#include "agent/identity/identity.h"
#include "agent/identity/signed_connection.h"
#include "common/async/clock.h"
#include "common/base/random.h"
#include "common/net/http_client.h"
#include "protocol/package/envelope.h"
#include "protocol/package/manifest.h"

namespace assist::agent::artifact {

/// What to install: a version, or else the channel's; neither: as the server decides.
struct Query {
  std::string name;
  std::string version;
  std::string channel;
  package::Kind kind = package::Kind::kPackage;
  std::string os, arch;  ///< In the manifest's words.
};

/// As the stock plug-in manager tells it (agent-protocol reference, section 16.4).
struct StatusWord {
  std::string name;
  std::string version;
  bool removed = false;
};

class PackageServer final : public ArtifactSource {
 public:
  struct Options {
    std::string user_agent;
    std::optional<HttpProxy> proxy;
    std::chrono::seconds patience{60};  ///< For one answer, the connection included.
  };
  /// The references outlive this.
  PackageServer(identity::Identity identity, Options options, Clock& clock, Random& random)
      : identity_(std::move(identity)), options_(std::move(options)), clock_(clock), random_(random) {}

  /// The wanted one first, then those that it may need.
  asio::awaitable<Result<std::vector<package::Envelope>>> LookUp(Query query);
  asio::awaitable<Result<Piece>> Read(std::string sha256, std::uint64_t offset, std::size_t size) override;
  asio::awaitable<Status> Tell(std::vector<StatusWord> words);

 private:
  asio::awaitable<Status> Connect(SteadyTime deadline);
  asio::awaitable<Result<HttpResponse>> Send(HttpRequest request);

  const identity::Identity identity_;
  const Options options_;
  Clock& clock_;
  Random& random_;
  identity::ClockSkew skew_;
  std::unique_ptr<TlsClientContext> trust_;  // null: plain HTTP, or not made yet
  std::unique_ptr<identity::SignedConnection> connection_;
};

}  // namespace assist::agent::artifact

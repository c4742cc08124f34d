#include "server/service/artifact_keeper.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/control/packages.h"

namespace assist::server::service {
namespace {

constexpr std::int64_t kTold = 20;  // missing ones that are named in the log at a time

}  // namespace

asio::awaitable<Result<ArtifactKeeper::Round>> ArtifactKeeper::Look() {
  Round round;
  const SystemTime before = clock_.Now() - kSpared;
  // Those that are old now; only then is the store asked. Who publishes one meanwhile has looked for it, and so it is
  // not old any more when it is to be removed.
  Result<std::vector<std::string>> old = co_await artifacts_.Older(before);
  if (!old) co_return Forward(old);
  std::set<std::string> unnamed(old->begin(), old->end());
  control::NamedArtifactsIn in;
  for (;;) {
    control::NamedArtifactsIn slice = in;
    Result<control::NamedArtifactsOut> named = co_await runner_.Read(control::NamedArtifacts, std::move(slice));
    if (!named) co_return Forward(named);
    if (named->artifacts.empty()) break;
    for (const store::NamedArtifact& artifact : named->artifacts) {
      unnamed.erase(artifact.sha256);
      std::string sha256 = artifact.sha256;
      Result<std::optional<std::int64_t>> size = co_await artifacts_.Find(std::move(sha256));
      if (!size) co_return Forward(size);
      if (*size && **size == artifact.size) continue;
      if (++round.missing > kTold) continue;
      log_.Error("artifact.missing",
                 {{"sha256", artifact.sha256},
                  {"what",
                   "a published package names this archive, and it is not here as it should be: copy it into the "
                   "folder `artifacts` of the data from where the backup of that folder is, or send it anew "
                   "(assist pkg publish)"}});
    }
    in.after = named->artifacts.back().sha256;
  }
  for (const std::string& sha256 : unnamed) {
    std::string name = sha256;
    Status removed = co_await artifacts_.RemoveOlder(std::move(name), before);
    if (!removed) co_return Forward(removed);
    log_.Info("artifact.removed", {{"sha256", sha256}, {"why", "no package names it"}});
    ++round.removed;
  }
  Result<std::int64_t> parts = co_await artifacts_.RemoveOlderParts(before);
  if (!parts) co_return Forward(parts);
  round.removed += *parts;
  co_return round;
}

asio::awaitable<void> ArtifactKeeper::Run() {
  for (;;) {
    Result<Round> round = co_await Look();
    if (!round) {
      log_.Error("artifact.not_looked_at", {{"why", round.error().detail}});
    } else if (round->missing > 0) {
      log_.Error("artifact.missing_count", {{"count", round->missing}});
    }
    co_await clock_.SleepFor(std::chrono::hours(1));
  }
}

}  // namespace assist::server::service

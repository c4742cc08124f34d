#include "agent/service/release_source.h"

#include <chrono>
#include <cstdio>
#include <optional>

#include "agent/artifact/refuse.h"
#include "agent/artifact/server/package_server.h"
#include "agent/artifact/system/file_source.h"
#include "agent/artifact/system/system_archive_disk.h"
#include "agent/identity/identity.h"
#include "agent/inventory/facts.h"
#include "agent/service/machine.h"
#include "agent/service/root_folder.h"
#include "agent/service/run_to_end.h"
#include "agent/service/settings.h"
#include "agent/service/update_files.h"
#include "agent/service/version.h"
#include "agent/trust/store/publisher_store.h"
#include "agent/update/signed_release.h"
#include "common/files/files.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/system_random.h"
#include "common/runtime/thread_blocking_pool.h"

namespace assist::agent::service {
namespace {

using package::Refusal;
using Envelopes = std::vector<package::Envelope>;

constexpr const char* kReleaseName = "assist-agent";
constexpr int kLookUpTries = 6;
constexpr std::chrono::seconds kBetweenLookUps{2};
constexpr std::chrono::seconds kPatience{60};

asio::awaitable<std::optional<Result<Envelopes>>> LookUpOnce(artifact::PackageServer& server, artifact::Query query,
                                                             Clock& clock) {
  std::optional<Result<Envelopes>> out;
  for (int attempt = 1;; ++attempt) {
    artifact::Query copy = query;
    out.emplace(co_await server.LookUp(std::move(copy)));
    const bool again = !*out && (out->error().code == Errc::kUnavailable || out->error().code == Errc::kExpired);
    if (!again || attempt >= kLookUpTries) co_return out;
    co_await clock.SleepFor(kBetweenLookUps);
  }
}

update::Refused RefusedAs(const Error& error, Refusal otherwise) {
  return {artifact::RefusalOf(error).value_or(otherwise), error.detail};
}

/// A signed release with all that it stands on.
class RealRelease final : public update::ReleaseSource {
 public:
  explicit RealRelease(const ReleaseWanted& wanted)
      : wanted_(wanted), disk_(MakeDisk(wanted.root, pool_)), archives_(wanted.root, pool_, stop_) {}

  asio::awaitable<update::Outcome<update::ReleaseFacts>> Open() override { co_return co_await release_->Open(); }
  asio::awaitable<update::Outcome<std::vector<std::string>>> Unpack(std::string folder) override {
    std::string slot = wanted_.root + "/" + folder;
    auto files = co_await release_->Unpack(std::move(folder));
    if (!files) co_return files;
    Status settled = SettleModes(slot, *files);
    if (!settled) co_return tl::unexpected(RefusedAs(settled.error(), Refusal::kInterrupted));
    co_return files;
  }
  asio::awaitable<Status> Proven() override { co_return co_await release_->Proven(); }

  /// Finds the envelope, before anything of the update begins.
  update::Outcome<void> Find() {
    Result<trust::Publishers> publishers = trust::PublisherStore(wanted_.root).Load();
    if (!publishers) return tl::unexpected(RefusedAs(publishers.error(), Refusal::kUntrustedPublisher));
    update::Outcome<package::Envelope> envelope = wanted_.file.empty() ? FromServer() : FromFile();
    if (!envelope) return tl::unexpected(std::move(envelope.error()));
    update::SignedRelease::Options options;
    options.envelope = std::move(*envelope);
    options.name = kReleaseName;
    options.version = wanted_.version;
    options.publishers = std::move(*publishers);
    const std::optional<StatusNote> note = RootFolder::ReadStatus(wanted_.root);
    options.running = note && !note->version.empty() ? note->version : kVersion;
    options.program = kAgentProgram;
    release_.emplace(std::move(options), artifact::Obtainer::Ports{*disk_, archives_, *source_, clock_, stop_, say_});
    return {};
  }

 private:
  update::Outcome<package::Envelope> FromFile() {
    const Result<std::string> text = ReadFile(wanted_.envelope, package::kMaxEnvelopeBytes);
    if (!text) return update::Refuse(Refusal::kNotFound, "--envelope: " + text.error().detail);
    Result<package::Envelope> envelope = package::ParseEnvelope(*text);
    if (!envelope) return update::Refuse(Refusal::kBadManifest, wanted_.envelope + ": " + envelope.error().detail);
    source_ = std::make_unique<artifact::FileSource>(wanted_.file, pool_);
    return std::move(*envelope);
  }

  update::Outcome<package::Envelope> FromServer() {
    Result<AgentSettings> settings = LoadSettings(wanted_.root);
    if (!settings) return update::Refuse(Refusal::kNotSupported, settings.error().detail);
    Result<identity::Identity> who = identity::IdentityStore(wanted_.root).Load();
    if (!who) return update::Refuse(Refusal::kUnreachable, who.error().detail);
    const inventory::Facts facts = inventory::Collect(inventory::SystemSources());
    artifact::Query query;
    query.name = kReleaseName;
    query.version = wanted_.version;
    query.kind = package::Kind::kAgent;
    const artifact::Platform platform = artifact::ThisPlatform();
    query.os = platform.os;
    query.arch = platform.arch;
    std::optional<Result<Envelopes>> found;
    {
      // Its connection belongs to this loop: the archive is asked for in another one.
      artifact::PackageServer asks(*who, OptionsOf(*settings, facts), clock_, random_);
      found = RunToEnd(LookUpOnce(asks, std::move(query), clock_));
    }
    if (!*found) return tl::unexpected(RefusedAs(found->error(), Refusal::kUnreachable));
    if ((*found)->empty()) return update::Refuse(Refusal::kNotFound, "the server has no such release");
    source_ = std::make_unique<artifact::PackageServer>(std::move(*who), OptionsOf(*settings, facts), clock_, random_);
    return std::move((*found)->front());
  }

  static artifact::PackageServer::Options OptionsOf(const AgentSettings& settings, const inventory::Facts& facts) {
    artifact::PackageServer::Options options;
    options.user_agent = UserAgent(facts.os_type, facts.arch);
    options.proxy = settings.proxy;
    options.patience = kPatience;
    return options;
  }

  const ReleaseWanted wanted_;
  SystemClock clock_;
  SystemRandom random_;
  ThreadBlockingPool pool_{1, "release"};
  artifact::StopSign stop_;
  const artifact::Say say_ = [](const std::string& line) {
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  };
  std::unique_ptr<disk::Disk> disk_;
  artifact::SystemArchiveDisk archives_;
  std::unique_ptr<artifact::ArtifactSource> source_;
  std::optional<update::SignedRelease> release_;
};

}  // namespace

update::Outcome<std::unique_ptr<update::ReleaseSource>> MakeReleaseSource(const ReleaseWanted& wanted) {
  auto release = std::make_unique<RealRelease>(wanted);
  update::Outcome<void> found = release->Find();
  if (!found) return tl::unexpected(std::move(found.error()));
  std::unique_ptr<update::ReleaseSource> source = std::move(release);
  return source;
}

}  // namespace assist::agent::service

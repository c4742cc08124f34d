// From a manifest to a folder with exactly its files: fetched with resume, hashed, unpacked, compared. Packages and
// releases of the agent (agent/update) come this way. One executor.
//
//   artifact::Obtainer obtainer(options, {disk, archives, source, clock, stop, say});
//   Status got = co_await obtainer.Obtain(manifest, "packages/.staging");  // checked by check_manifest.h before
//   … rename the folder to its place, sync its parent; then co_await obtainer.Forget(manifest)
//
// Refusals (refuse.h): NoSpace, Unreachable, NotFound, Truncated, WrongHash, UnsafeArchive, TooLarge, NotSupported,
// Interrupted.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/artifact/archive_disk.h"
#include "agent/artifact/artifact_source.h"
#include "agent/artifact/stop_sign.h"
#include "agent/disk/disk.h"
#include "common/async/clock.h"
#include "common/base/result.h"
#include "protocol/package/manifest.h"

namespace assist::agent::artifact {

/// A line for who watches: the output of the task, or a terminal.
using Say = std::function<void(const std::string& line)>;

class Obtainer {
 public:
  struct Options {
    std::string parts = "packages/.parts";         ///< Folder of what is fetched; survives restarts. Made when missing.
    std::size_t piece = std::size_t{1} << 20;      ///< Bytes asked for at a time: what is held in memory.
    int tries = 12;                                ///< Without a new byte; then Unreachable.
    std::chrono::milliseconds first_pause{1'000};  ///< After a try; doubles …
    std::chrono::milliseconds longest_pause{30'000};  ///< … up to this.
    std::uint64_t margin = std::uint64_t{64} << 20;   ///< Bytes that stay free on the disk.
  };
  /// All outlive the Obtainer.
  struct Ports {
    disk::Disk& disk;
    ArchiveDisk& archives;
    ArtifactSource& source;
    Clock& clock;
    const StopSign& stop;
    const Say& say;
  };
  Obtainer(Options options, const Ports& ports) : options_(std::move(options)), ports_(ports) {}

  /// `manifest` outlives the call. `staging`: its parent exists; what lies there goes. When this returns Ok the folder
  /// has exactly the manifest's files, synced; its name is not synced in its parent. After a failure a part of it may
  /// lie there; what was fetched stays for the next time, unless it is wrong.
  asio::awaitable<Status> Obtain(const package::Manifest& manifest, std::string staging);
  /// What was fetched for it is not needed any more.
  asio::awaitable<Status> Forget(const package::Manifest& manifest);
  /// Of the parts only those of these archives stay: what is given up does not fill the disk.
  asio::awaitable<Status> KeepOnly(std::vector<std::string> sha256);

 private:
  struct Fetch;
  [[nodiscard]] std::string PartOf(const package::Manifest& manifest) const;
  asio::awaitable<Status> CheckSpace(const package::Manifest& manifest, const Fetch& fetch);
  asio::awaitable<Status> Resume(const package::Manifest& manifest, Fetch& fetch);
  asio::awaitable<Status> FetchRest(const package::Manifest& manifest, Fetch& fetch);
  asio::awaitable<Result<ArtifactSource::Piece>> AskPatiently(std::string sha256, std::uint64_t offset,
                                                              std::size_t size);
  asio::awaitable<Status> Pause(std::chrono::milliseconds pause);
  asio::awaitable<Status> FetchAll(const package::Manifest& manifest);
  asio::awaitable<Status> Unpack(const package::Manifest& manifest, std::string staging);

  const Options options_;
  const Ports ports_;
};

}  // namespace assist::agent::artifact

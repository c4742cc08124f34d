#include "agent/artifact/obtain.h"

#include <algorithm>
#include <utility>

#include "agent/artifact/check_manifest.h"
#include "agent/artifact/refuse.h"
#include "common/crypto/hash.h"
#include "protocol/encoding/hex.h"

namespace assist::agent::artifact {
namespace {

using package::Refusal;

constexpr std::chrono::milliseconds kLook{250};  // how long a pause goes on after the stop sign is set

std::string InMebibytes(std::uint64_t bytes) { return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB"; }

Status Stopped() { return Refuse(Refusal::kInterrupted, "the operation was stopped"); }

}  // namespace

/// What of an archive is there.
struct Obtainer::Fetch {
  std::string part;
  std::uint64_t have = 0;
  Sha256Stream hash;
  bool resumed = false;
};

std::string Obtainer::PartOf(const package::Manifest& manifest) const {
  return options_.parts + "/" + manifest.archive.sha256;
}

asio::awaitable<Status> Obtainer::Obtain(const package::Manifest& manifest, std::string staging) {
  disk::Access folder;
  folder.mode = 0700;
  Status ready = co_await ports_.disk.CreateFolder(options_.parts, folder);
  if (!ready) co_return ready;
  // Of the last time, when that ended in between; it takes space that is counted next.
  ready = co_await ports_.disk.RemoveTree(staging);
  if (!ready) co_return ready;
  Status fetched = co_await FetchAll(manifest);
  if (!fetched) co_return fetched;
  co_return co_await Unpack(manifest, std::move(staging));
}

asio::awaitable<Status> Obtainer::Forget(const package::Manifest& manifest) {
  Status removed = co_await ports_.disk.RemoveFile(PartOf(manifest));
  if (!removed && removed.error().code == Errc::kNotFound) co_return Status();
  co_return removed;
}

asio::awaitable<Status> Obtainer::KeepOnly(std::vector<std::string> sha256) {
  auto names = co_await ports_.disk.List(options_.parts);
  if (!names && names.error().code == Errc::kNotFound) co_return Status();
  if (!names) co_return Forward(names);
  for (const std::string& name : *names) {
    if (std::find(sha256.begin(), sha256.end(), name) != sha256.end()) continue;
    Status removed = co_await ports_.disk.RemoveFile(options_.parts + "/" + name);
    if (!removed && removed.error().code != Errc::kNotFound) co_return removed;
  }
  co_return Status();
}

asio::awaitable<Status> Obtainer::CheckSpace(const package::Manifest& manifest, const Fetch& fetch) {
  const auto free = co_await ports_.archives.Free();
  if (!free) co_return tl::make_unexpected(free.error());
  const std::uint64_t rest = static_cast<std::uint64_t>(manifest.archive.size) - fetch.have;
  const std::uint64_t need = rest + static_cast<std::uint64_t>(manifest.archive.unpacked_size) + options_.margin;
  if (*free >= need) co_return Status();
  co_return Refuse(Refusal::kNoSpace, manifest.name + " " + manifest.version + " needs " + InMebibytes(need) +
                                          " on the disk of the agent's folder, " + InMebibytes(*free) + " are free");
}

asio::awaitable<Status> Obtainer::FetchAll(const package::Manifest& manifest) {
  // Twice at most: a part that was there may be wrong (a power cut leaves zeros at its end), one just fetched not.
  for (int round = 0;; ++round) {
    Fetch fetch;
    fetch.part = PartOf(manifest);
    Status resumed = co_await Resume(manifest, fetch);
    if (!resumed) co_return resumed;
    Status space = co_await CheckSpace(manifest, fetch);
    if (!space) co_return space;
    Status fetched = co_await FetchRest(manifest, fetch);
    if (!fetched) co_return fetched;
    if (encoding::HexEncode(fetch.hash.Finish()) == manifest.archive.sha256) co_return Status();
    Status removed = co_await ports_.disk.RemoveFile(fetch.part);
    if (!removed) co_return removed;
    if (round == 0 && fetch.resumed) {
      ports_.say("what an earlier try had fetched is damaged: fetching all of it");
      continue;
    }
    co_return Refuse(Refusal::kWrongHash,
                     "the archive of " + manifest.name + " " + manifest.version + " is not the one that was signed");
  }
}

asio::awaitable<Status> Obtainer::Resume(const package::Manifest& manifest, Fetch& fetch) {
  const auto size = co_await ports_.disk.Size(fetch.part);
  if (!size && size.error().code == Errc::kNotFound) co_return Status();
  if (!size) co_return tl::make_unexpected(size.error());
  if (*size > static_cast<std::uint64_t>(manifest.archive.size)) {
    co_return co_await ports_.disk.RemoveFile(fetch.part);
  }
  while (fetch.have < *size) {
    if (ports_.stop.is_set()) co_return Stopped();
    auto bytes = co_await ports_.disk.Read(fetch.part, fetch.have, options_.piece);
    if (!bytes) co_return Forward(bytes);
    if (bytes->empty()) co_return Fail(Errc::kInternal, fetch.part + " became shorter while it was read");
    fetch.hash.Update(*bytes);
    fetch.have += bytes->size();
  }
  fetch.resumed = fetch.have > 0;
  if (fetch.resumed) {
    ports_.say("of the archive " + std::to_string(fetch.have) + " of " + std::to_string(manifest.archive.size) +
               " bytes are there from an earlier try");
  }
  co_return Status();
}

asio::awaitable<Status> Obtainer::FetchRest(const package::Manifest& manifest, Fetch& fetch) {
  const auto size = static_cast<std::uint64_t>(manifest.archive.size);
  while (fetch.have < size) {
    if (ports_.stop.is_set()) co_return Stopped();
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(options_.piece, size - fetch.have));
    std::string sha256 = manifest.archive.sha256;
    auto piece = co_await AskPatiently(std::move(sha256), fetch.have, want);
    if (!piece) co_return Forward(piece);
    if (piece->total != size || piece->bytes.empty() || piece->bytes.size() > want) {
      const bool less = piece->total < size || piece->bytes.empty();
      co_return Refuse(less ? Refusal::kTruncated : Refusal::kWrongHash,
                       "the archive of " + manifest.name + " " + manifest.version + " has " +
                           std::to_string(piece->total) + " bytes where it comes from, the manifest says " +
                           std::to_string(size));
    }
    fetch.hash.Update(piece->bytes);
    const std::size_t came = piece->bytes.size();
    Status written = co_await ports_.disk.Append(fetch.part, std::move(piece->bytes), false);
    if (!written) co_return written;
    fetch.have += came;
  }
  co_return Status();
}

asio::awaitable<Result<ArtifactSource::Piece>> Obtainer::AskPatiently(std::string sha256, std::uint64_t offset,
                                                                      std::size_t size) {
  std::chrono::milliseconds pause = options_.first_pause;
  for (int attempt = 1;; ++attempt) {
    std::string name = sha256;
    auto piece = co_await ports_.source.Read(std::move(name), offset, size);
    if (piece) co_return piece;
    const Errc code = piece.error().code;
    if (code == Errc::kNotFound && piece.error().reason.empty()) {
      co_return Refuse(Refusal::kNotFound, "the archive " + sha256 + " is not there: " + piece.error().detail);
    }
    if (code != Errc::kUnavailable && code != Errc::kExpired) co_return piece;
    if (attempt >= options_.tries) {
      co_return Refuse(Refusal::kUnreachable, "after " + std::to_string(attempt) + " tries: " + piece.error().detail +
                                                  "; what was fetched is kept for the next time");
    }
    ports_.say("cannot fetch: " + piece.error().detail + "; again in " + std::to_string(pause.count() / 1000) + " s");
    Status waited = co_await Pause(pause);
    if (!waited) co_return Forward(waited);
    pause = std::min(2 * pause, options_.longest_pause);
  }
}

asio::awaitable<Status> Obtainer::Pause(std::chrono::milliseconds pause) {
  const SteadyTime end = ports_.clock.Steady() + pause;
  while (ports_.clock.Steady() < end) {
    if (ports_.stop.is_set()) co_return Stopped();
    const SteadyTime next = std::min<SteadyTime>(end, ports_.clock.Steady() + kLook);
    co_await ports_.clock.SleepUntil(next);
  }
  co_return Status();
}

asio::awaitable<Status> Obtainer::Unpack(const package::Manifest& manifest, std::string staging) {
  if (ports_.stop.is_set()) co_return Stopped();
  disk::Access open;
  open.mode = 0755;  // what a package brings may be for everybody; the folders above decide
  Status made = co_await ports_.disk.CreateFolder(staging, open);
  if (!made) co_return made;
  ArchiveDisk::Limits limits;
  limits.bytes = static_cast<std::uint64_t>(manifest.archive.unpacked_size);
  limits.files = static_cast<std::uint32_t>(manifest.files.size());
  std::string part = PartOf(manifest);
  auto came = co_await ports_.archives.Unpack(std::move(part), manifest.archive.format, staging, limits);
  if (!came) co_return Forward(came);
  if (auto differs = Difference(manifest.files, *came, ports_.archives.has_modes(), false)) {
    co_return Refuse(Refusal::kWrongHash, "the archive of " + manifest.name + " " + manifest.version +
                                              " does not hold what its manifest says: " + *differs);
  }
  co_return Status();
}

}  // namespace assist::agent::artifact

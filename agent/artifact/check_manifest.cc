#include "agent/artifact/check_manifest.h"

#include <algorithm>
#include <string_view>

#include "agent/artifact/refuse.h"
#include "protocol/package/version.h"

namespace assist::agent::artifact {
namespace {

using package::FileEntry;
using package::Refusal;

bool ByPath(const FileEntry* a, const FileEntry* b) { return a->path < b->path; }

std::vector<const FileEntry*> Sorted(const std::vector<FileEntry>& files) {
  std::vector<const FileEntry*> sorted;
  sorted.reserve(files.size());
  for (const FileEntry& file : files) sorted.push_back(&file);
  std::sort(sorted.begin(), sorted.end(), ByPath);
  return sorted;
}

std::optional<std::string> Compare(const FileEntry& wanted, const FileEntry& found, bool modes) {
  if (wanted.link.empty() != found.link.empty()) return wanted.path + " is not what the manifest says (file, link)";
  if (wanted.link != found.link) return "the link " + wanted.path + " leads elsewhere than the manifest says";
  if (!wanted.link.empty()) return std::nullopt;
  if (wanted.size != found.size) {
    return wanted.path + " has " + std::to_string(found.size) + " bytes, the manifest says " +
           std::to_string(wanted.size);
  }
  if (wanted.sha256 != found.sha256) return wanted.path + " has other bytes than the manifest says";
  if (modes && wanted.mode != found.mode) return wanted.path + " has other permissions than the manifest says";
  return std::nullopt;
}

}  // namespace

Platform ThisPlatform() {
  Platform platform;
#if defined(_WIN32)
  platform.os = "windows";
#elif defined(__FreeBSD__)
  platform.os = "freebsd";
#else
  platform.os = "linux";
#endif
#if defined(__x86_64__)
  platform.arch = "amd64";
#elif defined(__aarch64__)
  platform.arch = "arm64";
#elif defined(__i386__)
  platform.arch = "386";
#else
  platform.arch = "unknown";
#endif
  return platform;
}

Result<package::Manifest> CheckEnvelope(const package::Envelope& envelope, package::Kind kind,
                                        const trust::Publishers& publishers, const Platform& platform, SystemTime now) {
  if (Status may = trust::MayPublish(publishers, envelope.key, kind); !may) {
    return Refuse(Refusal::kUntrustedPublisher, may.error().detail);
  }
  if (!package::Verify(envelope)) {
    return Refuse(Refusal::kBadSignature,
                  "the signature is not that of the manifest by the key " + package::KeyId(envelope.key));
  }
  auto manifest = package::ParseManifest(envelope.manifest);
  if (!manifest) return Refuse(Refusal::kBadManifest, manifest.error().detail);
  const std::string what = manifest->name + " " + manifest->version;
  if (manifest->kind != kind) {
    return Refuse(Refusal::kBadManifest, what + " is of the kind " + std::string(package::Name(manifest->kind)) +
                                             ", not " + std::string(package::Name(kind)));
  }
  if (!package::Fits(*manifest, platform.os, platform.arch)) {
    return Refuse(Refusal::kWrongPlatform, what + " is for " + manifest->os + "/" + manifest->arch +
                                               ", this machine is " + platform.os + "/" + platform.arch);
  }
  if (manifest->expires && *manifest->expires <= now) {
    return Refuse(Refusal::kExpired, "the manifest of " + what + " was good until " +
                                         FormatIso8601(*manifest->expires) + ": publish it anew");
  }
  return manifest;
}

Status CheckOffer(const package::Manifest& manifest, const Wanted& wanted) {
  const bool fits = (wanted.name.empty() || manifest.name == wanted.name) &&
                    (wanted.version.empty() || manifest.version == wanted.version);
  if (fits) return {};
  const std::string asked = (wanted.name.empty() ? manifest.name : wanted.name) +
                            (wanted.version.empty() ? std::string() : " " + wanted.version);
  return Refuse(Refusal::kBadManifest,
                "what is offered is " + manifest.name + " " + manifest.version + " instead of " + asked);
}

Status CheckOrder(const package::Manifest& manifest, const Remembered& remembered) {
  if (manifest.sequence < remembered.highest_sequence) {
    return Refuse(Refusal::kOldManifest, "the manifest of " + manifest.name + " " + manifest.version +
                                             " has the sequence " + std::to_string(manifest.sequence) +
                                             ", this machine has had " + std::to_string(remembered.highest_sequence) +
                                             ": publish it anew");
  }
  if (remembered.version && manifest.sequence == remembered.sequence && manifest.version != *remembered.version) {
    return Refuse(Refusal::kOldManifest, "the manifest of " + manifest.name + " " + manifest.version +
                                             " has the sequence " + std::to_string(manifest.sequence) +
                                             ", which is that of " + *remembered.version +
                                             ", which is installed: publish it anew");
  }
  if (remembered.version && !manifest.downgrade &&
      package::CompareVersions(manifest.version, *remembered.version) < 0) {
    return Refuse(Refusal::kDowngrade, manifest.name + " " + *remembered.version + " is installed, " +
                                           manifest.version +
                                           " is lower and its manifest does not allow that (Downgrade)");
  }
  return {};
}

std::optional<std::string> Difference(const std::vector<FileEntry>& wanted, const std::vector<FileEntry>& found,
                                      bool modes, bool more_is_fine) {
  const auto left = Sorted(wanted);
  const auto right = Sorted(found);
  std::size_t at = 0;
  for (const FileEntry* file : left) {
    while (at < right.size() && right[at]->path < file->path) {
      if (!more_is_fine) return right[at]->path + " is not in the manifest";
      ++at;
    }
    if (at == right.size() || right[at]->path != file->path) return file->path + " is missing";
    if (auto differs = Compare(*file, *right[at], modes)) return differs;
    ++at;
  }
  if (!more_is_fine && at < right.size()) return right[at]->path + " is not in the manifest";
  return std::nullopt;
}

}  // namespace assist::agent::artifact

// What `assist pkg` does with files here: keys, archives, manifests, envelopes. Every call blocks; one thread. Errors
// are one line for the user, which names the file and the way out.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/packages/terms.h"
#include "cli/text/text.h"
#include "common/archive/archive.h"
#include "common/base/random.h"
#include "common/base/result.h"
#include "common/crypto/keys.h"
#include "protocol/package/envelope.h"
#include "protocol/package/manifest.h"

namespace assist::cli {

/// A folder below TMPDIR (or /tmp), mode 0700, that goes with all that is in it.
class ScratchFolder {
 public:
  [[nodiscard]] static Result<ScratchFolder> Make();
  ScratchFolder(ScratchFolder&& other) noexcept;
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// Makes an Ed25519 key in a new file, PKCS#8 in PEM, mode 0600. kConflict: the file is there.
[[nodiscard]] Result<package::PublisherKey> CreatePublisherKey(const std::string& path, Random& random,
                                                               const Text& text);
/// `warnings`: others can read it.
[[nodiscard]] Result<PrivateKey> LoadPublisherKey(const std::string& path, const Text& text,
                                                  std::vector<std::string>& warnings);

/// `folder`/package.toml; nothing is said where it is not there.
[[nodiscard]] Result<PackageTerms> LoadPackageToml(const std::string& folder, const Text& text);
[[nodiscard]] bool IsFolder(const std::string& path);
/// By the ending of its name; kInvalid: neither .zip nor .tar.zst.
[[nodiscard]] Result<package::ArchiveFormat> FormatOfFile(const std::string& path, const Text& text);

/// Is told of bytes that were read, now and then.
using FileProgress = std::function<void(std::uint64_t bytes)>;

/// Packs `folder` into `archive`, by the rules of the system that it is for; the manifest tells of it.
[[nodiscard]] Result<package::Manifest> PackPackage(const std::string& folder, const std::string& archive,
                                                    const PackageTerms& terms, SystemTime now, const Text& text,
                                                    const FileProgress& progress);
/// The manifest of an archive that was packed elsewhere; all of it is read and must keep the rules.
[[nodiscard]] Result<package::Manifest> DescribeArchive(const std::string& archive, PackageTerms terms, SystemTime now,
                                                        const Text& text, const FileProgress& progress);

/// The exact bytes, which parse.
[[nodiscard]] Result<std::string> LoadManifest(const std::string& path, const Text& text);

struct LoadedEnvelope {
  std::string bytes;
  package::Envelope envelope;
  package::Manifest manifest;
};
/// One whose signature is that of its manifest.
[[nodiscard]] Result<LoadedEnvelope> LoadEnvelope(const std::string& path, const Text& text);
/// kInvalid unless `archive` has the size and the hash that the manifest names.
[[nodiscard]] Status CheckArchive(const std::string& archive, const package::Manifest& manifest,
                                  const std::string& envelope, const Text& text);

/// Replaces or makes a file with mode 0644.
[[nodiscard]] Status StoreText(const std::string& path, std::string_view bytes);

/// What archive::Inspect and the like told, for the user.
[[nodiscard]] Error ArchiveError(const std::string& path, const Error& error, const Text& text);
/// Windows has rules of its own for names.
[[nodiscard]] archive::NameRules RulesFor(const PackageTerms& terms);
[[nodiscard]] archive::Format ArchiveFormatOf(package::ArchiveFormat format);

}  // namespace assist::cli

// What is asked of a signed manifest before a byte of its archive is fetched. Pure; any thread. Every error is a
// refusal (refuse.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/trust/publishers.h"
#include "common/base/result.h"
#include "common/base/time.h"
#include "protocol/package/envelope.h"
#include "protocol/package/manifest.h"

namespace assist::agent::artifact {

/// What this machine is, in the manifest's words.
struct Platform {
  std::string os;    ///< linux, windows, freebsd
  std::string arch;  ///< amd64, arm64, 386
};
/// Those of the program that runs: what it was built for.
[[nodiscard]] Platform ThisPlatform();

/// Signature, trust for `kind`, form, platform, expiry: UntrustedPublisher, BadSignature, BadManifest, WrongPlatform,
/// Expired. The key is looked at before the signature, and both before the bytes are read.
[[nodiscard]] Result<package::Manifest> CheckEnvelope(const package::Envelope& envelope, package::Kind kind,
                                                      const trust::Publishers& publishers, const Platform& platform,
                                                      SystemTime now);

/// What was asked for. A server chooses among what publishers signed: it is held to the question.
struct Wanted {
  std::string name;     ///< Empty: any (the operator has named a file).
  std::string version;  ///< Empty: any.
};
/// BadManifest: signed, but not what was asked for.
[[nodiscard]] Status CheckOffer(const package::Manifest& manifest, const Wanted& wanted);

/// What this machine remembers of a name.
struct Remembered {
  std::int64_t highest_sequence = 0;   ///< Of all manifests that it ever installed; 0: none.
  std::optional<std::string> version;  ///< What is installed.
  std::int64_t sequence = 0;           ///< Of what is installed; 0: not known.
};
/// OldManifest, Downgrade. The sequence that was installed last is no older one, unless it is of another version: two
/// manifests of one sequence cannot be told apart by their age.
[[nodiscard]] Status CheckOrder(const package::Manifest& manifest, const Remembered& remembered);

/// What differs between a manifest's files and those that are there: a sentence that names the first; nothing when all
/// is as it should. `more_is_fine`: files that the manifest does not name are passed over (a package writes into its
/// folder when it runs). `modes`: permission bits are compared too.
[[nodiscard]] std::optional<std::string> Difference(const std::vector<package::FileEntry>& wanted,
                                                    const std::vector<package::FileEntry>& found, bool modes,
                                                    bool more_is_fine);

}  // namespace assist::agent::artifact

// The programs of a release of assist-agent: which belong to it, and whether they are of the version that is said.
// Every call blocks; one thread. Errors are one line for the user.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cli/packages/terms.h"
#include "cli/text/text.h"
#include "common/base/result.h"

namespace assist::cli {

/// File names, for a system in the manifest's words.
[[nodiscard]] std::vector<std::string> ReleasePrograms(std::string_view os);

/// Copies them from `from` (other files there are left) into the new folder `to`, mode 0755. kNotFound: one is missing.
[[nodiscard]] Status StageRelease(const std::string& from, const std::string& to, std::string_view os,
                                  const Text& text);
/// Unpacks an archive of them into the new folder `to`. kNotFound: one is missing.
[[nodiscard]] Status UnpackRelease(const std::string& archive, const std::string& to, const PackageTerms& terms,
                                   const Text& text);

/// Whether programs of that system run here.
[[nodiscard]] bool RunsHere(std::string_view os, std::string_view arch);
/// kInvalid unless `folder`/assist-agent prints this version within `limit`.
[[nodiscard]] Status CheckReleaseVersion(const std::string& folder, const std::string& version,
                                         std::chrono::milliseconds limit, const Text& text);

}  // namespace assist::cli

// What is said of a package before it is one: by options of `assist pkg publish`, by a package.toml, and by what was
// packed. Together they make the manifest. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/text/text.h"
#include "common/base/result.h"
#include "common/base/time.h"
#include "protocol/package/manifest.h"

namespace assist::cli {

/// Absent, empty: not said.
struct PackageTerms {
  std::optional<std::string> name;
  std::optional<std::string> version;
  std::optional<std::string> os;
  std::optional<std::string> arch;
  std::optional<std::string> kind;
  std::optional<std::string> format;  ///< zip, tar.zst
  std::optional<std::string> install;
  std::optional<std::string> uninstall;
  std::optional<std::string> verify;
  std::optional<std::string> description;
  std::optional<std::string> publisher;
  std::optional<std::string> expires;    ///< A day, a time, or how long from now: `90d`, `12h`, `2w`.
  std::optional<std::int64_t> timeout;   ///< Seconds.
  std::optional<std::int64_t> sequence;  ///< Default: milliseconds since 1970.
  std::optional<bool> downgrade;
  std::optional<bool> stock;
  std::optional<package::Plugin> plugin;  ///< Of config.json in a package for stock agents.
  std::vector<std::string> depends;       ///< `name`, `name>=1.2`
  std::vector<std::string> channels;      ///< Of the server; no part of the manifest.
};

/// Of a package.toml: the names above, in small letters. An unknown key, or a value of another type, is kInvalid and
/// named.
[[nodiscard]] Result<PackageTerms> ParsePackageToml(std::string_view toml, const Text& text);

/// What `first` says, else what `second` says.
[[nodiscard]] PackageTerms Merge(PackageTerms first, const PackageTerms& second);

/// `format` as said; zip for what stock agents take; else tar.zst.
[[nodiscard]] package::ArchiveFormat FormatOf(const PackageTerms& terms);

/// The manifest; every rule of protocol/package is kept, kInvalid names what is wrong.
[[nodiscard]] Result<package::Manifest> MakeManifest(const PackageTerms& terms, package::Archive archive,
                                                     std::vector<package::FileEntry> files, SystemTime now,
                                                     const Text& text);

/// `nginx-conf_1.2_linux_amd64.tar.zst`: what a package is called where it is not said.
[[nodiscard]] std::string ArchiveName(const PackageTerms& terms);

}  // namespace assist::cli

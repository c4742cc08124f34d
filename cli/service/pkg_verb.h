// What the verbs of `assist pkg` are, a function each; those with an Inquiry on the executor of their coroutines.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "cli/packages/package_list.h"
#include "cli/packages/spec.h"
#include "cli/service/inquiry.h"

namespace assist::cli {

// Without a server (pkg_local.cc). Blocks.
[[nodiscard]] ExitCode PkgKey(const PkgOptions& options, Program& program);
[[nodiscard]] ExitCode PkgBuild(const PkgOptions& options, Program& program);
[[nodiscard]] ExitCode PkgSign(const PkgOptions& options, Program& program);

/// An archive with its signed manifest, about to be published.
struct ReadyPackage {
  std::string archive;   ///< Its file.
  std::string envelope;  ///< JSON.
  package::Archive told;
  std::vector<std::string> channels;
};
/// By the options: packs into `scratch`, or takes an archive; signs, or takes an envelope. What is wrong is an Error of
/// one line.
[[nodiscard]] Result<ReadyPackage> PreparePackage(const PkgOptions& options, const std::string& scratch,
                                                  Program& program);
/// Uploads and publishes.
asio::awaitable<ExitCode> PublishReady(Inquiry& ask, ReadyPackage ready);

// Of the server (pkg_list.cc).
asio::awaitable<ExitCode> PkgList(PkgOptions options, Inquiry& ask);
asio::awaitable<ExitCode> PkgShow(PkgOptions options, Inquiry& ask);
asio::awaitable<ExitCode> PkgChange(PkgOptions options, Inquiry& ask);
asio::awaitable<ExitCode> PkgStatus(PkgOptions options, Inquiry& ask);

}  // namespace assist::cli

// The scripts that install an agent: text that carries the fingerprint of the server's CA and the SHA-256 of every
// package it may take, so that they trust nothing that they fetch. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/download/package_list.h"

namespace assist::server::download {

/// For POSIX shells. `ca_fingerprint`: as registration takes it (`sha256:…`); empty with plain HTTP. `packages`: of
/// NewestAgents().
[[nodiscard]] std::string InstallSh(std::string_view ca_fingerprint, const std::vector<Listed>& packages);
/// For PowerShell 3 and younger.
[[nodiscard]] std::string InstallPs1(std::string_view ca_fingerprint, const std::vector<Listed>& packages);

namespace internal {
/// install.sh and install.ps1 as they stand beside this file, with `@NAME@` where something is put in.
extern const char* const kInstallSh;
extern const char* const kInstallPs1;
}  // namespace internal

}  // namespace assist::server::download

// The lines that install an agent on a machine that has none: each fetches the server's install script, compares it
// with its SHA-256 and only then runs it, so that the connection need not be trusted. Pure.
#pragma once

#include <string>
#include <string_view>

namespace assist::cli {

/// What CreateActivation gave, and what of the server a machine has to know.
struct NewActivation {
  std::string id;
  std::string code;
  std::string server;       ///< https://host:port, as machines reach it.
  std::string fingerprint;  ///< `sha256:…`; empty: the system's certificates are trusted, or plain HTTP.
  std::string download;     ///< Where packages are fetched, as machines reach it; empty: `server`.
  std::string sh_sha256;    ///< Of /download/install.sh; empty: the server has no packages for it.
  std::string ps1_sha256;   ///< Of /download/install.ps1; likewise.
  bool freebsd = false;     ///< install.sh has a package for FreeBSD.
};

/// A word of a POSIX shell: quoted when it has characters that one would obey.
[[nodiscard]] std::string ShellWord(const std::string& word);

/// Registers a machine that has the agent; for any shell.
[[nodiscard]] std::string RegisterLine(const NewActivation& activation);
/// For any shell; asks sudo where it is not root. The code goes through pipes: arguments are shown to every user of a
/// machine.
[[nodiscard]] std::string LinuxInstallLine(const NewActivation& activation);
/// The same with what FreeBSD has.
[[nodiscard]] std::string FreeBsdInstallLine(const NewActivation& activation);
/// For Windows PowerShell 3 to 5.1, which every Windows since 2012 has. What was compared is what runs: it never lies
/// in a file.
[[nodiscard]] std::string WindowsInstallLine(const NewActivation& activation);

}  // namespace assist::cli

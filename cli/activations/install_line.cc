#include "cli/activations/install_line.h"

#include <fmt/format.h>

#include <algorithm>

namespace assist::cli {
namespace {

bool IsWordCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("-_./:+=@,").find(c) != std::string_view::npos;
}

std::string SingleQuoted(const std::string& text, std::string_view quote_inside) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += quote_inside;
    } else {
      out += c;
    }
  }
  return out + "'";
}

/// For PowerShell: only a quotation mark means anything within single ones.
std::string PowerShellWord(const std::string& word) { return SingleQuoted(word, "''"); }

/// `assist` itself believed the server without a fingerprint, by the system's certificates: so shall the machine.
bool TrustsSystem(const NewActivation& activation) {
  return activation.fingerprint.empty() && activation.server.starts_with("https://");
}

const std::string& DownloadOf(const NewActivation& activation) {
  return activation.download.empty() ? activation.server : activation.download;
}

/// For root: fetch, compare, run. -k and the like are right: it is the digest that is trusted. The code comes from the
/// standard input, since arguments and a caller's environment are not for it.
std::string FetchAndRun(const NewActivation& activation, std::string_view fetchers, std::string_view digests) {
  std::string arguments = "--server " + ShellWord(activation.server) + " --activation-id " + ShellWord(activation.id);
  if (!activation.download.empty()) arguments += " --download \"$u\"";
  if (TrustsSystem(activation)) arguments += " --ca-fingerprint system";
  return fmt::format(
      "u={0}; d=$(mktemp -d) && trap 'rm -rf \"$d\"' EXIT && trap 'exit 1' HUP INT TERM && {{ {1} || {{ echo "
      "\"$u/download/install.sh could not be fetched\" >&2; false; }}; }} && h=$({2}) && if [ \"${{h%% *}}\" = {3} ]; "
      "then sh \"$d/i\" {4} --code-from-stdin; "
      "else echo \"this is not the install script that the line was made for: make a new line\" >&2; exit 1; fi",
      ShellWord(DownloadOf(activation)), fetchers, digests, activation.sh_sha256, arguments);
}

/// As a line for any shell, csh too: `script` runs as root, whoever pastes it.
std::string AsRoot(const NewActivation& activation, const std::string& script) {
  return fmt::format("echo {} | sh -c '[ \"$(id -u)\" = 0 ] && exec sh -c \"$0\"; exec sudo sh -c \"$0\"' {}",
                     ShellWord(activation.code), SingleQuoted(script, "'\\''"));
}

}  // namespace

std::string ShellWord(const std::string& word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), IsWordCharacter);
  return plain ? word : SingleQuoted(word, "'\\''");
}

std::string RegisterLine(const NewActivation& activation) {
  std::string line = fmt::format("echo {} | assist-agent register --server {} --activation-id {} --activation-code -",
                                 ShellWord(activation.code), ShellWord(activation.server), ShellWord(activation.id));
  if (!activation.fingerprint.empty()) line += " --ca-fingerprint " + ShellWord(activation.fingerprint);
  return line;
}

std::string LinuxInstallLine(const NewActivation& activation) {
  return AsRoot(activation, FetchAndRun(activation,
                                        "curl -fsSk --connect-timeout 20 --speed-time 60 --speed-limit 1 -o \"$d/i\" "
                                        "\"$u/download/install.sh\" || wget -q --no-check-certificate -O \"$d/i\" "
                                        "\"$u/download/install.sh\"",
                                        "sha256sum \"$d/i\" || openssl dgst -sha256 -r \"$d/i\""));
}

std::string FreeBsdInstallLine(const NewActivation& activation) {
  return AsRoot(activation, FetchAndRun(activation,
                                        "fetch -q -T 60 --no-verify-peer --no-verify-hostname -o \"$d/i\" "
                                        "\"$u/download/install.sh\"",
                                        "sha256 -q \"$d/i\""));
}

std::string WindowsInstallLine(const NewActivation& activation) {
  return fmt::format(
      "& {{ $ErrorActionPreference='Stop'; if($PSVersionTable.PSVersion.Major -ge 6){{throw 'paste this into Windows "
      "PowerShell (powershell.exe)'}}; $p=[Net.ServicePointManager]; $c=$p::ServerCertificateValidationCallback; "
      "try{{ $env:ASSIST_ACTIVATION_CODE={0}; $u={1}; $p::SecurityProtocol=3072; "
      "$p::ServerCertificateValidationCallback={{$true}}; "
      "$b=(New-Object Net.WebClient).DownloadData(\"$u/download/install.ps1\"); "
      "$h=[BitConverter]::ToString([Security.Cryptography.SHA256]::Create().ComputeHash($b)).Replace('-',''); "
      "if($h -ne '{2}'){{throw 'this is not the install script that the line was made for: make a new line'}}; "
      "& ([ScriptBlock]::Create([Text.Encoding]::UTF8.GetString($b))) -Server {4} -Download $u -ActivationId {3}{5} }}"
      "finally{{ $p::ServerCertificateValidationCallback=$c; Remove-Item Env:ASSIST_ACTIVATION_CODE -ErrorAction "
      "SilentlyContinue }} }}",
      PowerShellWord(activation.code), PowerShellWord(DownloadOf(activation)), activation.ps1_sha256,
      PowerShellWord(activation.id), PowerShellWord(activation.server),
      TrustsSystem(activation) ? " -CaFingerprint system" : "");
}

}  // namespace assist::cli

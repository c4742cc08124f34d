#include "cli/service/files.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "common/crypto/x509.h"
#include "common/posix/file.h"

namespace assist::cli {
namespace {

constexpr std::size_t kMaxSettings = std::size_t{1} << 20;
constexpr std::size_t kMaxScript = std::size_t{12}
                                   << 20;  // the server takes requests of 16 MiB, scripts travel in Base64

std::string FolderOf(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// A path that means the same from another folder.
std::string Absolute(const std::string& path) {
  if (path.starts_with('/')) return path;
  char* folder = ::getcwd(nullptr, 0);
  if (folder == nullptr) return path;
  std::string absolute = fmt::format("{}/{}", folder, path);
  std::free(folder);
  return absolute;
}

void WarnIfOpen(const std::string& path, const Text& text, std::vector<std::string>& warnings) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || (info.st_mode & 077) == 0) return;
  warnings.push_back(text(msg::kOthersMayRead, path));
}

Result<std::string> ReadStandardInput(const Text& text) {
  std::string all;
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got == 0) return all;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected<Error>(ErrnoError(errno, "read", "standard input"));
    all.append(buffer.data(), static_cast<std::size_t>(got));
    if (all.size() > kMaxScript) return Fail(Errc::kTooLarge, text(msg::kScriptTooLong, kMaxScript >> 20));
  }
}

}  // namespace

Result<std::string> ConfigPath(const Environment& environment, const Text& text) {
  const char* home = environment("HOME");
  std::string folder = home == nullptr ? "" : home;
  if (folder.empty()) {
    const passwd* user = ::getpwuid(::getuid());
    if (user != nullptr && user->pw_dir != nullptr) folder = user->pw_dir;
  }
  if (folder.empty()) return Fail(Errc::kInvalid, text(msg::kNoHome));
  return folder + "/.assist/config.toml";
}

Result<Layer> ReadConfig(const std::string& path, const Text& text) {
  auto toml = ReadFile(path, kMaxSettings);
  if (!toml) {
    if (toml.error().code == Errc::kNotFound) return Layer{};
    return Forward(toml);
  }
  auto layer = ParseConfig(*toml, text);
  if (!layer) return Fail(Errc::kInvalid, text(msg::kConfigUnusable, path, layer.error().detail));
  return layer;
}

Status StoreConfig(const std::string& path, const Layer& layer) {
  if (auto made = MakeFolders(FolderOf(path), 0700); !made) return made;
  return WriteFileAtomically(path, WriteConfig(layer), 0600);
}

Result<Layer> ReadCredentials(const std::string& path, const Text& text) {
  auto json = ReadFile(path, kMaxSettings);
  if (!json) return Forward(json);
  auto layer = ParseCredentials(*json, FolderOf(Absolute(path)), text);
  if (!layer) return Fail(Errc::kInvalid, text(msg::kNoCredentials, path, layer.error().detail));
  return layer;
}

Result<std::string> CheckCaFile(const std::string& path, const Text& text) {
  auto pem = ReadFile(path, kMaxSettings);
  if (!pem) return Forward(pem);
  const auto trust = TlsClientContext::TrustPem(*pem);
  if (!trust) return Fail(Errc::kInvalid, text(msg::kNoCertificate, path));
  return Absolute(path);
}

Result<Loaded> LoadSettings(const CommonOptions& options, const Environment& environment, const Text& text) {
  Loaded loaded;
  std::vector<Layer> layers = {options.layer};
  if (!options.credentials.empty()) {
    auto layer = ReadCredentials(options.credentials, text);
    if (!layer) return Forward(layer);
    WarnIfOpen(options.credentials, text, loaded.warnings);
    layers.push_back(std::move(*layer));
  }
  layers.push_back(FromEnvironment(environment));
  const char* credentials = environment("ASSIST_CREDENTIALS");
  if (options.credentials.empty() && credentials != nullptr && *credentials != '\0') {
    auto layer = ReadCredentials(credentials, text);
    if (!layer) return Fail(layer.error().code, text(msg::kNamedByCredentials, layer.error().detail));
    WarnIfOpen(credentials, text, loaded.warnings);
    layers.push_back(std::move(*layer));
  }
  auto path = ConfigPath(environment, text);
  if (path) {
    auto layer = ReadConfig(*path, text);
    if (!layer) return Forward(layer);
    if (layer->access_key_secret) WarnIfOpen(*path, text, loaded.warnings);
    layers.push_back(std::move(*layer));
  }
  auto settings = Complete(Merge(layers), text);
  if (!settings) return Forward(settings);
  loaded.settings = std::move(*settings);
  return loaded;
}

Result<std::unique_ptr<TlsClientContext>> MakeTrust(const Settings& settings, const Text& text) {
  if (!settings.endpoint.tls) return std::unique_ptr<TlsClientContext>();
  if (!settings.ca_file.empty()) {
    auto pem = ReadFile(settings.ca_file, kMaxSettings);
    if (pem) {
      auto trust = TlsClientContext::TrustPem(*pem);
      if (!trust) return Fail(Errc::kInvalid, text(msg::kNoCertificate, settings.ca_file));
      return trust;
    }
    const bool elsewhere = pem.error().code == Errc::kNotFound && !settings.ca_fingerprint.empty();
    if (!elsewhere) return Fail(Errc::kInvalid, text(msg::kCaUnreadable, pem.error().detail));
  }
  if (!settings.ca_fingerprint.empty()) return TlsClientContext::TrustFingerprint("sha256:" + settings.ca_fingerprint);
  return TlsClientContext::TrustSystem();
}

Result<std::string> CaFingerprint(const Settings& settings, const Text& text) {
  if (!settings.endpoint.tls) return std::string();
  if (!settings.ca_file.empty()) {
    auto pem = ReadFile(settings.ca_file, kMaxSettings);
    if (pem) {
      auto certificates = SplitPem(*pem);
      if (!certificates) return Fail(Errc::kInvalid, text(msg::kNoCertificate, settings.ca_file));
      for (const std::string& certificate : *certificates) {
        const auto info = ReadCertificate(certificate);
        if (info && info->is_ca) return info->fingerprint;
      }
      return Fail(Errc::kInvalid, text(msg::kNoCertificate, settings.ca_file));
    }
    if (settings.ca_fingerprint.empty()) return Fail(Errc::kInvalid, text(msg::kCaUnreadable, pem.error().detail));
  }
  if (!settings.ca_fingerprint.empty()) return "sha256:" + settings.ca_fingerprint;
  return std::string();
}

Result<std::string> ReadScript(const std::string& path, const Text& text) {
  if (path == "-") return ReadStandardInput(text);
  return ReadFile(path, kMaxScript);
}

}  // namespace assist::cli

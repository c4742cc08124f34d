#include "cli/service/files.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

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

void WarnIfOpen(const std::string& path, std::vector<std::string>& warnings) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || (info.st_mode & 077) == 0) return;
  warnings.push_back(fmt::format("{} holds a secret key and others may read it: chmod 600 {}", path, path));
}

Result<std::string> ReadStandardInput() {
  std::string all;
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got == 0) return all;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected<Error>(ErrnoError(errno, "read", "standard input"));
    all.append(buffer.data(), static_cast<std::size_t>(got));
    if (all.size() > kMaxScript) return Fail(Errc::kTooLarge, "the script is too long");
  }
}

}  // namespace

Result<std::string> ConfigPath(const Environment& environment) {
  const char* home = environment("HOME");
  std::string folder = home == nullptr ? "" : home;
  if (folder.empty()) {
    const passwd* user = ::getpwuid(::getuid());
    if (user != nullptr && user->pw_dir != nullptr) folder = user->pw_dir;
  }
  if (folder.empty()) return Fail(Errc::kInvalid, "there is no home directory: set HOME");
  return folder + "/.assist/config.toml";
}

Result<Layer> ReadConfig(const std::string& path) {
  auto text = ReadFile(path, kMaxSettings);
  if (!text) {
    if (text.error().code == Errc::kNotFound) return Layer{};
    return Forward(text);
  }
  auto layer = ParseConfig(*text);
  if (!layer) return Fail(Errc::kInvalid, fmt::format("{} is not usable: {}", path, layer.error().detail));
  return layer;
}

Status StoreConfig(const std::string& path, const Layer& layer) {
  if (auto made = MakeFolders(FolderOf(path), 0700); !made) return made;
  return WriteFileAtomically(path, WriteConfig(layer), 0600);
}

Result<Layer> ReadCredentials(const std::string& path) {
  auto text = ReadFile(path, kMaxSettings);
  if (!text) return Forward(text);
  auto layer = ParseCredentials(*text, FolderOf(Absolute(path)));
  if (!layer) return Fail(Errc::kInvalid, fmt::format("{} is no credentials file: {}", path, layer.error().detail));
  return layer;
}

Result<std::string> CheckCaFile(const std::string& path) {
  auto text = ReadFile(path, kMaxSettings);
  if (!text) return Forward(text);
  const auto trust = TlsClientContext::TrustPem(*text);
  if (!trust) return Fail(Errc::kInvalid, fmt::format("{} holds no certificate in PEM form", path));
  return Absolute(path);
}

Result<Loaded> LoadSettings(const CommonOptions& options, const Environment& environment) {
  Loaded loaded;
  std::vector<Layer> layers = {options.layer};
  if (!options.credentials.empty()) {
    auto layer = ReadCredentials(options.credentials);
    if (!layer) return Forward(layer);
    WarnIfOpen(options.credentials, loaded.warnings);
    layers.push_back(std::move(*layer));
  }
  layers.push_back(FromEnvironment(environment));
  const char* credentials = environment("ASSIST_CREDENTIALS");
  if (options.credentials.empty() && credentials != nullptr && *credentials != '\0') {
    auto layer = ReadCredentials(credentials);
    if (!layer) return Fail(layer.error().code, layer.error().detail + " (named by ASSIST_CREDENTIALS)");
    WarnIfOpen(credentials, loaded.warnings);
    layers.push_back(std::move(*layer));
  }
  auto path = ConfigPath(environment);
  if (path) {
    auto layer = ReadConfig(*path);
    if (!layer) return Forward(layer);
    if (layer->access_key_secret) WarnIfOpen(*path, loaded.warnings);
    layers.push_back(std::move(*layer));
  }
  auto settings = Complete(Merge(layers));
  if (!settings) return Forward(settings);
  loaded.settings = std::move(*settings);
  return loaded;
}

Result<std::unique_ptr<TlsClientContext>> MakeTrust(const Settings& settings) {
  if (!settings.endpoint.tls) return std::unique_ptr<TlsClientContext>();
  if (!settings.ca_file.empty()) {
    auto pem = ReadFile(settings.ca_file, kMaxSettings);
    if (pem) {
      auto trust = TlsClientContext::TrustPem(*pem);
      if (!trust) return Fail(Errc::kInvalid, fmt::format("{} holds no certificate in PEM form", settings.ca_file));
      return trust;
    }
    const bool elsewhere = pem.error().code == Errc::kNotFound && !settings.ca_fingerprint.empty();
    if (!elsewhere) return Fail(Errc::kInvalid, "the CA file is not readable: " + pem.error().detail);
  }
  if (!settings.ca_fingerprint.empty()) return TlsClientContext::TrustFingerprint("sha256:" + settings.ca_fingerprint);
  return TlsClientContext::TrustSystem();
}

Result<std::string> ReadScript(const std::string& path) {
  if (path == "-") return ReadStandardInput();
  return ReadFile(path, kMaxScript);
}

}  // namespace assist::cli

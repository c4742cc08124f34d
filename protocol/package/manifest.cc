#include "protocol/package/manifest.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>
#include <utility>

#include "protocol/json/json.h"
#include "protocol/json/reader.h"
#include "protocol/package/version.h"

namespace assist::package {
namespace {

/// A file that anybody changes, in a folder where root runs scripts, makes anybody root.
constexpr std::uint32_t kWritableByOthers = 022;

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool IsHex(std::string_view text, std::size_t size) {
  return text.size() == size &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsShown(std::string_view text, std::size_t most) {
  return text.size() <= most &&
         std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

/// Where a link leads, seen from its folder, without leaving the package: "a/b" with "../c" is fine, with "../../c"
/// not. What it leads to by other links is checked when the archive is unpacked.
bool StaysInside(std::string_view path, std::string_view link) {
  if (link.empty() || link.size() > kMaxPathBytes || link[0] == '/') return false;
  auto depth = std::count(path.begin(), path.end(), '/');
  while (!link.empty()) {
    const std::size_t slash = link.find('/');
    const std::string_view name = link.substr(0, slash);
    link = slash == std::string_view::npos ? std::string_view() : link.substr(slash + 1);
    if (name == "..") {
      if (--depth < 0) return false;
    } else if (!name.empty() && name != ".") {
      ++depth;
    }
    if (std::any_of(name.begin(), name.end(),
                    [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\\' || c == ':'; })) {
      return false;
    }
  }
  return true;
}

void ReadArchive(json::Reader& in, Manifest& out) {
  auto archive = in.Child("Archive");
  if (!archive) return in.Refuse("Archive", "is missing");
  const std::string_view format = archive->String("Format");
  if (format == "zip") {
    out.archive.format = ArchiveFormat::kZip;
  } else if (format != "tar.zst") {
    archive->Refuse("Format", "is neither zip nor tar.zst");
  }
  out.archive.sha256 = archive->String("Sha256");
  out.archive.md5 = archive->StringOr("Md5", "");
  out.archive.size = archive->Int("Size", 1, kMaxArchiveBytes);
  out.archive.unpacked_size = archive->Int("UnpackedSize", 0, kMaxUnpackedBytes);
  out.archive.files = archive->Int("Files", 0, static_cast<std::int64_t>(kMaxFiles));
  if (!IsHex(out.archive.sha256, 64)) archive->Refuse("Sha256", "is not 64 lower-case hex digits");
  if (!out.archive.md5.empty() && !IsHex(out.archive.md5, 32))
    archive->Refuse("Md5", "is not 32 lower-case hex digits");
}

void ReadScripts(json::Reader& in, Manifest& out) {
  auto scripts = in.Child("Scripts");
  if (!scripts) return;
  for (const auto& [name, target] :
       {std::pair("Install", &out.scripts.install), std::pair("Uninstall", &out.scripts.uninstall),
        std::pair("Verify", &out.scripts.verify)}) {
    *target = scripts->StringOr(name, "");
    if (!target->empty() && !IsInnerPath(*target)) scripts->Refuse(name, "is not a path inside the package");
  }
}

void ReadPlugin(json::Reader& in, Manifest& out) {
  auto plugin = in.Child("Plugin");
  if (!plugin) return;
  constexpr std::int64_t kDay = 86'400;
  Plugin& to = out.plugin.emplace();
  to.run_path = plugin->String("RunPath");
  if (!IsInnerPath(to.run_path)) plugin->Refuse("RunPath", "is not a path inside the package");
  to.timeout = std::chrono::seconds(plugin->IntOr("Timeout", 60, 1, kDay));
  const std::string_view type = plugin->StringOr("PluginType", "Once");
  if (!IsOneOf(type, {"Once", "Persist"})) plugin->Refuse("PluginType", "is neither Once nor Persist");
  to.type = type == "Persist" ? Plugin::Type::kPersist : Plugin::Type::kOnce;
  to.heartbeat_interval = std::chrono::seconds(plugin->IntOr("HeartbeatInterval", 0, 0, kDay));
  to.add_sys_tag = plugin->BoolOr("AddSysTag", false);
  to.pre_installed = plugin->BoolOr("IsPreInstalled", false);
  if (!out.stock) plugin->Refuse("RunPath", "is of a stock agent's plug-in, and Stock is not set");
  if (out.kind != Kind::kPackage) plugin->Refuse("RunPath", "is of a plug-in, and this is an agent");
}

void ReadFiles(json::Reader& in, Manifest& out) {
  std::set<std::string> seen;
  in.Each("Files", [&](json::Reader& item) {
    if (out.files.size() >= kMaxFiles) return item.Refuse("Path", "too many files");
    FileEntry file;
    file.path = item.String("Path");
    file.link = item.StringOr("Link", "");
    if (!IsInnerPath(file.path)) item.Refuse("Path", "is not a path inside the package");
    if (!seen.insert(file.path).second) item.Refuse("Path", "is there twice");
    if (!file.link.empty()) {
      if (!StaysInside(file.path, file.link)) item.Refuse("Link", "leads out of the package");
    } else {
      file.size = item.Int("Size", 0, kMaxUnpackedBytes);
      file.sha256 = item.String("Sha256");
      file.mode = static_cast<std::uint32_t>(item.IntOr("Mode", 0644, 0, 0777));
      if ((file.mode & kWritableByOthers) != 0) item.Refuse("Mode", "is writable by others");
      if (!IsHex(file.sha256, 64)) item.Refuse("Sha256", "is not 64 lower-case hex digits");
    }
    out.files.push_back(std::move(file));
  });
  for (const std::string* script : {&out.scripts.install, &out.scripts.uninstall, &out.scripts.verify}) {
    if (!script->empty() && !seen.contains(*script)) in.Refuse("Scripts", "name a file that the package does not have");
  }
}

void ReadDependencies(json::Reader& in, Manifest& out) {
  in.Each("Dependencies", [&](json::Reader& item) {
    if (out.dependencies.size() >= kMaxDependencies) return item.Refuse("Name", "too many dependencies");
    Dependency dependency{std::string(item.String("Name")), std::string(item.StringOr("Version", ""))};
    if (!IsName(dependency.name)) item.Refuse("Name", "is no name of a package");
    if (dependency.name == out.name) item.Refuse("Name", "is the package itself");
    if (!IsVersionRule(dependency.version)) item.Refuse("Version", "is not like >=1.2, =1.2 or empty");
    out.dependencies.push_back(std::move(dependency));
  });
}

void ReadNames(json::Reader& in, Manifest& out) {
  const auto kind = ParseKind(in.StringOr("Kind", "package"));
  if (!kind) in.Refuse("Kind", "is neither package nor agent");
  out.kind = kind.value_or(Kind::kPackage);
  out.name = in.String("Name");
  if (!IsName(out.name))
    in.Refuse("Name", "must be at most 64 letters, digits and ._+- and begin with a letter or digit");
  out.version = in.String("Version");
  if (!IsVersion(out.version)) {
    in.Refuse("Version", "must be at most 32 letters, digits and .+~- and begin with a letter or digit");
  }
  out.os = in.StringOr("Os", "all");
  if (!IsOneOf(out.os, {"linux", "windows", "freebsd", "all"}))
    in.Refuse("Os", "must be linux, windows, freebsd or all");
  out.arch = in.StringOr("Arch", "all");
  if (!IsOneOf(out.arch, {"amd64", "arm64", "386", "all"})) in.Refuse("Arch", "must be amd64, arm64, 386 or all");
  out.description = in.StringOr("Description", "");
  if (out.description.size() > 1024) in.Refuse("Description", "is longer than 1024 bytes");
  out.publisher = in.StringOr("Publisher", "");
  if (!IsShown(out.publisher, 64)) in.Refuse("Publisher", "is longer than 64 bytes or has control characters");
}

/// Windows opens the device whatever follows the first dot, and in any case ("Naming Files, Paths, and Namespaces").
bool IsDevice(std::string_view name) {
  std::string word(name.substr(0, name.find('.')));
  for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (IsOneOf(word, {"con", "nul", "prn", "aux"})) return true;
  return word.size() == 4 && (word.starts_with("com") || word.starts_with("lpt")) && word[3] >= '1' && word[3] <= '9';
}

}  // namespace

bool IsName(std::string_view name) noexcept {
  const auto alnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  if (name.size() > 64 || name.ends_with('.') || IsDevice(name)) return false;
  return !name.empty() && alnum(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return alnum(c) || c == '.' || c == '_' || c == '+' || c == '-';
  });
}

bool IsInnerPath(std::string_view path) noexcept {
  if (path.empty() || path.size() > kMaxPathBytes) return false;
  int depth = 0;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    if (name.empty() || name == "." || name == ".." || name.size() > 255) return false;
    for (const char c : name) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\' || c == ':') return false;
    }
    if (slash == std::string_view::npos) return true;
    if (++depth > kMaxDepth) return false;
    path = path.substr(slash + 1);
  }
}

Result<Manifest> ParseManifest(std::string_view bytes) {
  if (bytes.size() > kMaxManifestBytes) return Fail(Errc::kTooLarge, "the manifest is longer than 1 MiB");
  auto object = json::ParseObject(bytes);
  if (!object) return Fail(Errc::kInvalid, "the manifest is no JSON object: " + object.error().detail);
  json::Reader in(*object);
  const std::int64_t format = in.Int("Format", 1);
  if (in.status() && format > kFormat) {
    return Fail(Errc::kInvalid,
                "the manifest has format " + std::to_string(format) + ", this program knows up to 1: update it");
  }
  Manifest out;
  ReadNames(in, out);
  out.sequence = in.Int("Sequence", 1);
  out.downgrade = in.BoolOr("Downgrade", false);
  out.stock = in.BoolOr("Stock", false);
  out.timeout = std::chrono::seconds(in.IntOr("Timeout", 600, 1, 86'400));
  ReadArchive(in, out);
  ReadScripts(in, out);
  ReadPlugin(in, out);
  ReadFiles(in, out);
  ReadDependencies(in, out);
  if (const std::string_view expires = in.StringOr("Expires", ""); !expires.empty()) {
    const auto time = ParseIso8601(expires);
    if (!time) in.Refuse("Expires", "is not a time like 2027-01-31T00:00:00Z");
    if (time) out.expires = *time;
  }
  if (!in.status()) return in.Error();
  return out;
}

std::string WriteManifest(const Manifest& m) {
  json::Object out;
  out["Format"] = kFormat;
  out["Kind"] = Name(m.kind);
  out["Name"] = m.name;
  out["Version"] = m.version;
  out["Os"] = m.os;
  out["Arch"] = m.arch;
  out["Sequence"] = m.sequence;
  if (m.downgrade) out["Downgrade"] = true;
  if (m.stock) out["Stock"] = true;
  if (!m.description.empty()) out["Description"] = m.description;
  if (!m.publisher.empty()) out["Publisher"] = m.publisher;
  if (m.expires) out["Expires"] = FormatIso8601(*m.expires);
  out["Timeout"] = static_cast<std::int64_t>(m.timeout.count());
  json::Object archive;
  archive["Format"] = Name(m.archive.format);
  archive["Sha256"] = m.archive.sha256;
  if (!m.archive.md5.empty()) archive["Md5"] = m.archive.md5;
  archive["Size"] = m.archive.size;
  archive["UnpackedSize"] = m.archive.unpacked_size;
  archive["Files"] = m.archive.files;
  out["Archive"] = std::move(archive);
  json::Object scripts;
  if (!m.scripts.install.empty()) scripts["Install"] = m.scripts.install;
  if (!m.scripts.uninstall.empty()) scripts["Uninstall"] = m.scripts.uninstall;
  if (!m.scripts.verify.empty()) scripts["Verify"] = m.scripts.verify;
  out["Scripts"] = std::move(scripts);
  if (m.plugin) {
    json::Object plugin;
    plugin["RunPath"] = m.plugin->run_path;
    plugin["Timeout"] = static_cast<std::int64_t>(m.plugin->timeout.count());
    plugin["PluginType"] = m.plugin->type == Plugin::Type::kPersist ? "Persist" : "Once";
    plugin["HeartbeatInterval"] = static_cast<std::int64_t>(m.plugin->heartbeat_interval.count());
    plugin["AddSysTag"] = m.plugin->add_sys_tag;
    plugin["IsPreInstalled"] = m.plugin->pre_installed;
    out["Plugin"] = std::move(plugin);
  }
  json::Array dependencies;
  for (const Dependency& dependency : m.dependencies) {
    json::Object item;
    item["Name"] = dependency.name;
    item["Version"] = dependency.version;
    dependencies.push_back(std::move(item));
  }
  out["Dependencies"] = std::move(dependencies);
  json::Array files;
  for (const FileEntry& file : m.files) {
    json::Object item;
    item["Path"] = file.path;
    if (!file.link.empty()) {
      item["Link"] = file.link;
    } else {
      item["Size"] = file.size;
      item["Sha256"] = file.sha256;
      item["Mode"] = static_cast<std::int64_t>(file.mode);
    }
    files.push_back(std::move(item));
  }
  out["Files"] = std::move(files);
  return json::Write(out);
}

bool Fits(const Manifest& manifest, std::string_view os, std::string_view arch) noexcept {
  return (manifest.os == "all" || manifest.os == os) && (manifest.arch == "all" || manifest.arch == arch);
}

std::string_view Name(Kind kind) noexcept { return kind == Kind::kAgent ? "agent" : "package"; }
std::string_view Name(ArchiveFormat format) noexcept { return format == ArchiveFormat::kZip ? "zip" : "tar.zst"; }
std::optional<Kind> ParseKind(std::string_view word) noexcept {
  if (word == "package") return Kind::kPackage;
  if (word == "agent") return Kind::kAgent;
  return std::nullopt;
}

}  // namespace assist::package

#include "agent/artifact/testing/fake_artifacts.h"

#include <charconv>

#include "agent/artifact/refuse.h"
#include "common/crypto/hash.h"

namespace assist::agent::artifact {

std::string PackForTests(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string out;
  for (const auto& [path, bytes] : files) out += path + " " + std::to_string(bytes.size()) + "\n" + bytes;
  return out;
}

TestPackage MakeTestPackage(std::string name, std::string version, std::int64_t sequence,
                            const std::vector<std::pair<std::string, std::string>>& files) {
  TestPackage made;
  made.archive = PackForTests(files);
  package::Manifest& m = made.manifest;
  m.name = std::move(name);
  m.version = std::move(version);
  m.os = m.arch = "all";
  m.sequence = sequence;
  for (const auto& [path, bytes] : files) {
    package::FileEntry entry;
    entry.path = path;
    entry.size = static_cast<std::int64_t>(bytes.size());
    entry.sha256 = Sha256Hex(bytes);
    m.archive.unpacked_size += entry.size;
    m.files.push_back(std::move(entry));
    if (path == "install") m.scripts.install = path;
    if (path == "uninstall") m.scripts.uninstall = path;
    if (path == "verify") m.scripts.verify = path;
  }
  m.archive.files = static_cast<std::int64_t>(files.size());
  m.archive.size = static_cast<std::int64_t>(made.archive.size());
  m.archive.sha256 = Sha256Hex(made.archive);
  return made;
}

package::Envelope SignForTests(const package::Manifest& manifest, const PrivateKey& key) {
  return *package::Sign(package::WriteManifest(manifest), key);
}

asio::awaitable<Result<ArtifactSource::Piece>> FakeSource::Read(std::string sha256, std::uint64_t offset,
                                                                std::size_t size) {
  ++asked;
  if (trouble) {
    Status ok = trouble(offset);
    if (!ok) co_return Forward(ok);
  }
  const auto found = archives.find(sha256);
  if (found == archives.end()) co_return Fail(Errc::kNotFound, "no such archive");
  Piece piece;
  piece.total = found->second.size();
  if (offset < piece.total) piece.bytes = found->second.substr(static_cast<std::size_t>(offset), size);
  served += piece.bytes.size();
  co_return piece;
}

asio::awaitable<Result<std::vector<package::FileEntry>>> FakeArchiveDisk::Unpack(std::string archive,
                                                                                 package::ArchiveFormat /*format*/,
                                                                                 std::string folder, Limits limits) {
  const std::string bytes = disk_.Content(archive);
  std::string_view rest = bytes;
  std::vector<std::string> written;
  std::uint64_t total = 0;
  while (!rest.empty()) {
    const std::size_t line = rest.find('\n');
    const std::size_t blank = rest.substr(0, line).rfind(' ');
    if (line == std::string_view::npos || blank == std::string_view::npos) {
      co_return Refuse(package::Refusal::kUnsafeArchive, "no archive of tests");
    }
    std::size_t size = 0;
    std::from_chars(rest.data() + blank + 1, rest.data() + line, size);
    const std::string path(rest.substr(0, blank));
    std::string content(rest.substr(line + 1, size));
    rest.remove_prefix(line + 1 + content.size());
    total += content.size();
    if (total > limits.bytes || written.size() >= limits.files) {
      co_return Refuse(package::Refusal::kTooLarge, "more comes out than the manifest says");
    }
    std::string place = folder + "/" + path;
    const disk::Access access;
    Status put = co_await through_.WriteFile(place, std::move(content), access);
    if (!put) co_return Forward(put);
    written.push_back(std::move(place));
  }
  Status synced = co_await through_.SyncFiles(std::move(written));
  if (!synced) co_return Forward(synced);
  synced = co_await through_.SyncFolder(folder);
  if (!synced) co_return Forward(synced);
  co_return Look(folder);
}

asio::awaitable<Result<std::vector<package::FileEntry>>> FakeArchiveDisk::Measure(std::string folder,
                                                                                  std::set<std::string> only) {
  if (!disk_.Has(folder)) co_return Fail(Errc::kNotFound, "no folder: " + folder);
  std::vector<package::FileEntry> found = Look(folder);
  std::erase_if(found, [&only](const auto& file) { return !only.empty() && !only.contains(file.path); });
  co_return found;
}

std::vector<package::FileEntry> FakeArchiveDisk::Look(const std::string& folder) const {
  std::vector<package::FileEntry> found;
  for (const std::string& path : disk_.Paths()) {
    if (!path.starts_with(folder + "/") || disk_.IsFolder(path)) continue;
    package::FileEntry entry;
    entry.path = path.substr(folder.size() + 1);
    const std::string bytes = disk_.Content(path);
    entry.size = static_cast<std::int64_t>(bytes.size());
    entry.sha256 = Sha256Hex(bytes);
    found.push_back(std::move(entry));
  }
  return found;
}

}  // namespace assist::agent::artifact

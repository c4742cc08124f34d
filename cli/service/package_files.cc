#include "cli/service/package_files.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/packages/plugin_config.h"
#include "common/archive/folder/folder.h"
#include "common/archive/reason.h"
#include "common/base/secret.h"
#include "common/posix/file.h"

namespace assist::cli {
namespace {

constexpr std::size_t kMaxKey = std::size_t{64} << 10;
constexpr std::size_t kMaxToml = std::size_t{1} << 20;
constexpr std::size_t kMaxConfig = std::size_t{1} << 20;

int RemoveOne(const char* path, const struct stat*, int, struct FTW*) { return ::remove(path); }

archive::ProgressCall Told(const FileProgress& progress) {
  if (!progress) return {};
  return [&progress](const archive::Progress& done) {
    progress(std::max(done.packed, done.unpacked));
    return true;
  };
}

/// Keeps one file of an archive, and passes the others over.
class OneFile final : public archive::UnpackTarget {
 public:
  explicit OneFile(std::string path) : path_(std::move(path)) {}
  Status MakeFolder(const std::string&) override { return {}; }
  Status OpenFile(const std::string& path) override {
    open_ = path == path_;
    if (open_) bytes_.emplace();
    return {};
  }
  Status Append(std::string_view bytes) override {
    if (open_ && bytes_->size() + bytes.size() > kMaxConfig) return Fail(Errc::kTooLarge, path_ + " is too large");
    if (open_) bytes_->append(bytes);
    return {};
  }
  Status FinishFile(unsigned) override { return {}; }
  Status MakeLink(const std::string&, const std::string&) override { return {}; }
  [[nodiscard]] const std::optional<std::string>& bytes() const noexcept { return bytes_; }

 private:
  const std::string path_;
  bool open_ = false;
  std::optional<std::string> bytes_;
};

/// Of what stock agents take as a plug-in: what its config.json says goes into the manifest. Without one it is none.
Status ReadPlugin(archive::ArchiveSource& source, PackageTerms& terms, const Text& text) {
  if (!terms.stock.value_or(false) || terms.kind.value_or("package") != "package") return {};
  OneFile config("config.json");
  archive::Options options;
  options.names = RulesFor(terms);
  const auto unpacked = archive::Unpack(source, ArchiveFormatOf(FormatOf(terms)), options, config);
  if (!unpacked) return tl::unexpected<Error>(ArchiveError("config.json", unpacked.error(), text));
  if (!config.bytes()) return {};
  auto plugin = ParsePluginConfig(*config.bytes(), terms.name.value_or(""), terms.version.value_or(""));
  if (!plugin) return Fail(Errc::kInvalid, text(msg::kPkgNoManifest, EscapeLine(plugin.error().detail)));
  terms.plugin = std::move(*plugin);
  return {};
}

Result<package::Manifest> ManifestOf(const std::string& archive, const archive::Contents& contents, PackageTerms terms,
                                     SystemTime now, const Text& text) {
  auto source = archive::OpenArchive(archive);
  if (!source) return tl::unexpected<Error>(ArchiveError(archive, source.error(), text));
  if (Status read = ReadPlugin(**source, terms, text); !read) return Forward(read);
  const auto digests = archive::DigestFile(archive);
  if (!digests) return tl::unexpected<Error>(ArchiveError(archive, digests.error(), text));
  package::Archive told;
  told.format = FormatOf(terms);
  told.sha256 = digests->sha256;
  told.md5 = digests->md5;
  told.size = static_cast<std::int64_t>(digests->size);
  told.unpacked_size = static_cast<std::int64_t>(contents.unpacked_size);
  told.files = static_cast<std::int64_t>(contents.files.size());
  std::vector<package::FileEntry> files;
  for (const archive::Entry& entry : contents.files) {
    files.push_back({entry.path, static_cast<std::int64_t>(entry.size), entry.sha256, entry.mode, entry.link});
  }
  return MakeManifest(terms, std::move(told), std::move(files), now, text);
}

}  // namespace

Result<ScratchFolder> ScratchFolder::Make() {
  const char* const base = std::getenv("TMPDIR");
  std::string path = std::string(base == nullptr || *base == '\0' ? "/tmp" : base) + "/assist-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return tl::unexpected<Error>(ErrnoError(errno, "make", path));
  return ScratchFolder(std::move(path));
}

ScratchFolder::ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

ScratchFolder::~ScratchFolder() {
  constexpr int kOpenFolders = 16;
  if (!path_.empty()) ::nftw(path_.c_str(), RemoveOne, kOpenFolders, FTW_DEPTH | FTW_PHYS);
}

Result<package::PublisherKey> CreatePublisherKey(const std::string& path, Random& random, const Text& text) {
  const PrivateKey key = PrivateKey::GenerateEd25519(random);
  auto publisher = package::PublisherKeyFromPem(key.Public().Pem());
  if (!publisher) return publisher;
  auto file = OpenFile(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!file && file.error().code == Errc::kConflict) {
    return Fail(Errc::kConflict, text(msg::kPkgKeyThere, EscapeLine(path)));
  }
  if (!file) return Forward(file);
  const Secret<std::string> pem = key.Pem();
  Status written = WriteAll(file->get(), pem.Reveal(), path);
  if (written && ::fsync(file->get()) != 0) written = tl::unexpected<Error>(ErrnoError(errno, "sync", path));
  if (!written) {
    static_cast<void>(RemoveFile(path));  // half a key is none, and the name shall be free
    return Forward(written);
  }
  return publisher;
}

Result<PrivateKey> LoadPublisherKey(const std::string& path, const Text& text, std::vector<std::string>& warnings) {
  auto pem = ReadFile(path, kMaxKey);
  if (!pem) return Forward(pem);
  auto key = PrivateKey::FromPem(Secret<std::string>(std::move(*pem)));
  if (!key || key->kind() != KeyKind::kEd25519) {
    return Fail(Errc::kInvalid, text(msg::kPkgNotAKey, EscapeLine(path)));
  }
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & 077) != 0) {
    warnings.push_back(text(msg::kPkgKeyOpen, EscapeLine(path)));
  }
  return key;
}

Result<PackageTerms> LoadPackageToml(const std::string& folder, const Text& text) {
  const std::string path = folder + "/package.toml";
  if (!Exists(path)) return PackageTerms();
  auto toml = ReadFile(path, kMaxToml);
  if (!toml) return Forward(toml);
  return ParsePackageToml(*toml, text);
}

bool IsFolder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

Result<package::ArchiveFormat> FormatOfFile(const std::string& path, const Text& text) {
  if (path.ends_with(".zip")) return package::ArchiveFormat::kZip;
  if (path.ends_with(".tar.zst")) return package::ArchiveFormat::kTarZst;
  return Fail(Errc::kInvalid, text(msg::kPkgNeitherNor, EscapeLine(path)));
}

archive::NameRules RulesFor(const PackageTerms& terms) {
  return terms.os.value_or("all") == "windows" ? archive::NameRules::kWindows : archive::NameRules::kPosix;
}

archive::Format ArchiveFormatOf(package::ArchiveFormat format) {
  return format == package::ArchiveFormat::kZip ? archive::Format::kZip : archive::Format::kTarZst;
}

Error ArchiveError(const std::string& path, const Error& error, const Text& text) {
  return Error{error.code, text(msg::kPkgBadArchive, EscapeLine(path), EscapeLine(error.detail)), {}};
}

Result<package::Manifest> PackPackage(const std::string& folder, const std::string& archive, const PackageTerms& terms,
                                      SystemTime now, const Text& text, const FileProgress& progress) {
  archive::PackOptions options;
  options.write.names = RulesFor(terms);
  options.progress = Told(progress);
  const auto contents = archive::PackFolder(folder, archive, ArchiveFormatOf(FormatOf(terms)), options);
  if (!contents) return tl::unexpected<Error>(ArchiveError(folder, contents.error(), text));
  return ManifestOf(archive, *contents, terms, now, text);
}

Result<package::Manifest> DescribeArchive(const std::string& archive, PackageTerms terms, SystemTime now,
                                          const Text& text, const FileProgress& progress) {
  auto format = FormatOfFile(archive, text);
  if (!format) return Forward(format);
  terms.format = std::string(package::Name(*format));
  auto source = archive::OpenArchive(archive);
  if (!source) return tl::unexpected<Error>(ArchiveError(archive, source.error(), text));
  archive::Options options;
  options.names = RulesFor(terms);
  options.progress = Told(progress);
  const auto contents = archive::Inspect(**source, ArchiveFormatOf(*format), options);
  if (!contents) return tl::unexpected<Error>(ArchiveError(archive, contents.error(), text));
  return ManifestOf(archive, *contents, terms, now, text);
}

Result<std::string> LoadManifest(const std::string& path, const Text& text) {
  auto bytes = ReadFile(path, package::kMaxManifestBytes);
  if (!bytes) return bytes;
  const auto manifest = package::ParseManifest(*bytes);
  if (!manifest) {
    return Fail(Errc::kInvalid, text(msg::kPkgBadManifest, EscapeLine(path), EscapeLine(manifest.error().detail)));
  }
  return bytes;
}

Result<LoadedEnvelope> LoadEnvelope(const std::string& path, const Text& text) {
  auto bytes = ReadFile(path, package::kMaxEnvelopeBytes);
  if (!bytes) return Forward(bytes);
  auto envelope = package::ParseEnvelope(*bytes);
  if (!envelope) {
    return Fail(Errc::kInvalid, text(msg::kPkgBadEnvelope, EscapeLine(path), EscapeLine(envelope.error().detail)));
  }
  auto manifest = package::ParseManifest(envelope->manifest);
  if (!manifest) {
    return Fail(Errc::kInvalid, text(msg::kPkgBadEnvelope, EscapeLine(path), EscapeLine(manifest.error().detail)));
  }
  if (!package::Verify(*envelope)) return Fail(Errc::kInvalid, text(msg::kPkgSignatureWrong, EscapeLine(path)));
  return LoadedEnvelope{std::move(*bytes), std::move(*envelope), std::move(*manifest)};
}

Status CheckArchive(const std::string& archive, const package::Manifest& manifest, const std::string& envelope,
                    const Text& text) {
  const auto digests = archive::DigestFile(archive);
  if (!digests) return tl::unexpected<Error>(ArchiveError(archive, digests.error(), text));
  if (digests->sha256 == manifest.archive.sha256) return {};
  return Fail(Errc::kInvalid,
              text(msg::kPkgEnvelopeOfOther, EscapeLine(envelope), manifest.archive.sha256, digests->sha256));
}

Status StoreText(const std::string& path, std::string_view bytes) { return WriteFileAtomically(path, bytes, 0644); }

}  // namespace assist::cli

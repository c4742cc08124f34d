#include "common/archive/catalog.h"

#include <algorithm>
#include <utility>

#include "common/archive/path.h"

namespace assist::archive {
namespace {

/// Links over links: what Linux follows before it says ELOOP.
constexpr int kMostLinks = 40;
/// Names walked for all links together: what a crafted archive may cost.
constexpr std::uint64_t kMostSteps = 1'000'000;

std::string_view ParentOf(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

}  // namespace

std::string HexDigits(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    text.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    text.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
  return text;
}

std::string Catalog::Key(std::string_view path) const {
  return options_.names == NameRules::kWindows ? FoldCase(path) : std::string(path);
}

Status Catalog::CountBytes(std::size_t bytes) {
  path_bytes_ += bytes;
  if (path_bytes_ <= options_.limits.path_bytes) return {};
  return Fail(
      Errc::kTooLarge,
      "the paths in the archive are longer than " + std::to_string(options_.limits.path_bytes) + " bytes together",
      reason::kPathBytes);
}

Status Catalog::AddParents(std::string_view path, std::vector<std::string>& made) {
  const std::string_view parent = ParentOf(path);
  if (parent.empty()) return {};
  const auto found = known_.find(Key(parent));
  if (found == known_.end()) return AddName(parent, Kind::kFolder, {}, made);
  if (found->second.kind != Kind::kFolder) {
    return Fail(Errc::kInvalid,
                "'" + Shown(path) + "' goes through '" + Shown(found->second.path) + "', which is no folder",
                reason::kNotAFolder);
  }
  if (found->second.path != parent) {
    return Fail(Errc::kInvalid,
                "'" + Shown(parent) + "' and '" + Shown(found->second.path) + "' differ by the case of letters alone",
                reason::kSameButCase);
  }
  return {};
}

Status Catalog::AddName(std::string_view path, Kind kind, std::string_view target, std::vector<std::string>& made) {
  if (Status good = AddParents(path, made); !good) return good;
  std::string key = Key(path);
  const auto found = known_.find(key);
  if (found != known_.end()) {
    const Known& known = found->second;
    if (known.path != path) {
      return Fail(Errc::kInvalid,
                  "'" + Shown(path) + "' and '" + Shown(known.path) + "' differ by the case of letters alone",
                  reason::kSameButCase);
    }
    if (kind == Kind::kFolder && known.kind == Kind::kFolder) return {};
    return Fail(Errc::kInvalid, "'" + Shown(path) + "' is in the archive twice", reason::kDuplicate);
  }
  if (Status good = CountBytes(path.size() + target.size()); !good) return good;
  const std::size_t most = kind == Kind::kFolder ? options_.limits.folders : options_.limits.files;
  if ((kind == Kind::kFolder ? contents_.folders.size() : contents_.files.size()) >= most) {
    return Fail(Errc::kTooLarge,
                "the archive has more than " + std::to_string(most) + (kind == Kind::kFolder ? " folders" : " files"),
                kind == Kind::kFolder ? reason::kFolders : reason::kFiles);
  }
  if (kind == Kind::kFolder) {
    contents_.folders.emplace_back(path);
    made.emplace_back(path);
  }
  known_.emplace(std::move(key), Known{kind, std::string(path), std::string(target)});
  return {};
}

Status Catalog::AddFolder(std::string_view path, std::vector<std::string>& made) {
  if (Status good = CheckPath(path, options_.names, options_.limits); !good) return good;
  return AddName(path, Kind::kFolder, {}, made);
}

Status Catalog::AddFile(std::string_view path, unsigned mode, std::vector<std::string>& made) {
  if (Status good = CheckPath(path, options_.names, options_.limits); !good) return good;
  if ((mode & 06000U) != 0) {
    return Fail(Errc::kInvalid, "'" + Shown(path) + "' has a set-user-id or set-group-id bit", reason::kSetId);
  }
  if (Status good = AddName(path, Kind::kFile, {}, made); !good) return good;
  Entry entry;
  entry.path = path;
  entry.mode = mode & kModes;
  contents_.files.push_back(std::move(entry));
  return {};
}

Status Catalog::AddLink(std::string_view path, std::string_view target, std::vector<std::string>& made) {
  if (Status good = CheckPath(path, options_.names, options_.limits); !good) return good;
  if (options_.names == NameRules::kWindows) {
    return Fail(Errc::kInvalid, "'" + Shown(path) + "' is a link; packages for Windows have none",
                reason::kLinkOnWindows);
  }
  if (Status good = CheckLinkTarget(path, target, options_.limits); !good) return good;
  if (Status good = AddName(path, Kind::kLink, target, made); !good) return good;
  Entry entry;
  entry.path = path;
  entry.link = target;
  contents_.files.push_back(std::move(entry));
  return {};
}

Status Catalog::Data(std::string_view bytes, std::uint64_t packed) {
  const Limits& limits = options_.limits;
  Entry& file = contents_.files.back();
  if (bytes.size() > limits.file_size - std::min(file.size, limits.file_size)) {
    return Fail(Errc::kTooLarge,
                "'" + Shown(file.path) + "' has more than " + std::to_string(limits.file_size) + " bytes",
                reason::kFileSize);
  }
  if (bytes.size() > limits.unpacked_size - std::min(contents_.unpacked_size, limits.unpacked_size)) {
    return Fail(Errc::kTooLarge,
                "unpacked the archive has more than " + std::to_string(limits.unpacked_size) + " bytes",
                reason::kUnpackedSize);
  }
  file.size += bytes.size();
  contents_.unpacked_size += bytes.size();
  if (contents_.unpacked_size > limits.ratio_free &&
      (contents_.unpacked_size - limits.ratio_free) / limits.ratio > packed) {
    return Fail(Errc::kTooLarge,
                "'" + Shown(file.path) + "': the archive unpacks to more than " + std::to_string(limits.ratio) +
                    " times its size",
                reason::kRatio);
  }
  hash_.Update(bytes);
  return {};
}

void Catalog::FinishFile() { contents_.files.back().sha256 = HexDigits(hash_.Finish()); }

Status Catalog::Resolve(const Known& link, std::uint64_t& steps) const {
  std::vector<std::string> place;  // names of the folder that was come to
  // Names that are still to be walked, the next one last.
  std::vector<std::string> ahead;
  const auto walk = [&ahead](std::string_view path) {
    std::vector<std::string> names;
    for (std::size_t from = 0; from <= path.size();) {
      const std::size_t slash = std::min(path.find('/', from), path.size());
      if (slash != from) names.emplace_back(path.substr(from, slash - from));
      from = slash + 1;
    }
    ahead.insert(ahead.end(), std::make_move_iterator(names.rbegin()), std::make_move_iterator(names.rend()));
  };
  walk(link.path);
  for (int links = 0; !ahead.empty();) {
    if (++steps > kMostSteps || place.size() > options_.limits.depth) {
      return Fail(Errc::kTooLarge,
                  "the link '" + Shown(link.path) + "' -> '" + Shown(link.target) +
                      "' leads too deep, or the archive's links are too long together",
                  reason::kDepth);
    }
    const std::string name = std::move(ahead.back());
    ahead.pop_back();
    if (name == ".") continue;
    if (name == "..") {
      if (place.empty()) {
        return Fail(Errc::kInvalid,
                    "the link '" + Shown(link.path) + "' -> '" + Shown(link.target) + "' leads out of the archive",
                    reason::kLinkLeaves);
      }
      place.pop_back();
      continue;
    }
    std::string path;
    for (const std::string& part : place) path += part + "/";
    path += name;
    const auto found = known_.find(path);
    if (found == known_.end() || found->second.kind != Kind::kLink) {
      place.push_back(name);
      continue;
    }
    if (++links > kMostLinks) {
      return Fail(Errc::kInvalid,
                  "the link '" + Shown(link.path) + "' -> '" + Shown(link.target) + "' goes over more than " +
                      std::to_string(kMostLinks) + " links",
                  reason::kLinkLoop);
    }
    walk(found->second.target);
  }
  return {};
}

Status Catalog::ResolveLinks() const {
  std::uint64_t steps = 0;
  for (const auto& [key, known] : known_) {
    if (known.kind != Kind::kLink) continue;
    if (Status good = Resolve(known, steps); !good) return good;
  }
  return {};
}

std::vector<const Entry*> Catalog::Links() const {
  std::vector<const Entry*> links;
  for (const Entry& entry : contents_.files) {
    if (!entry.link.empty()) links.push_back(&entry);
  }
  std::ranges::sort(links, {}, &Entry::path);
  return links;
}

Contents Catalog::Take() {
  std::ranges::sort(contents_.files, {}, &Entry::path);
  std::ranges::sort(contents_.folders);
  known_.clear();
  return std::move(contents_);
}

}  // namespace assist::archive

// tar in zstd: read once, from front to back. Everything that is no content of a file counts against a bound of its
// own, so that headers without end unpack to nothing else than a refusal.
#include <algorithm>
#include <optional>
#include <utility>

#include "common/archive/extraction.h"
#include "common/archive/path.h"
#include "common/archive/tar_header.h"
#include "common/archive/zstd_stream.h"

namespace assist::archive {
namespace {

using tar::kBlock;

constexpr std::size_t kPiece = 128 << 10;
constexpr std::uint64_t kOverheadOfEntry = 4096;  // header, pax header and padding of one, generously
constexpr std::uint64_t kMostBehind = 1 << 20;    // zeros behind the end: tar fills its last record, 10 KiB by default

tl::unexpected<Error> Malformed(const std::string& what) {
  return Fail(Errc::kInvalid, "no good tar: " + what, reason::kMalformed);
}

class TarPass {
 public:
  TarPass(ArchiveSource& source, const Options& options, UnpackTarget* target)
      : stream_(source, options.limits.window_log),
        extraction_(options, target),
        limits_(options.limits),
        piece_(kPiece, '\0') {}

  Result<Contents> Run() {
    std::string block(kBlock, '\0');
    while (true) {
      if (Status good = Overhead(block.data(), kBlock); !good) return Forward(good);
      if (Status go_on = extraction_.Tell(stream_.packed()); !go_on) return Forward(go_on);
      if (tar::IsZero(block)) break;
      auto header = tar::ParseHeader(block);
      if (!header) return Forward(header);
      if (Status good = One(std::move(*header)); !good) return Forward(good);
    }
    if (HasNext()) return Malformed("it ends behind a header for the next entry");
    if (Status good = End(); !good) return Forward(good);
    return extraction_.Finish();
  }

 private:
  [[nodiscard]] bool HasNext() const noexcept { return pax_ || long_name_ || long_link_; }

  Status ReadAll(char* into, std::size_t size) {
    while (size > 0) {
      auto read = stream_.Read(into, size);
      if (!read) return Forward(read);
      if (*read == 0) return Fail(Errc::kInvalid, "the tar ends too early", reason::kTruncated);
      into += *read;
      size -= *read;
    }
    return {};
  }

  Status Overhead(char* into, std::size_t size) {
    overhead_ += size;
    if (overhead_ > (std::uint64_t{limits_.files} + limits_.folders + 1) * kOverheadOfEntry) {
      return Fail(Errc::kTooLarge, "the tar has too many headers", reason::kHeader);
    }
    return ReadAll(into, size);
  }

  /// Zeros up to the next block.
  Status Padding(std::uint64_t size) {
    std::string zeros(static_cast<std::size_t>((kBlock - size % kBlock) % kBlock), '\1');
    if (Status good = Overhead(zeros.data(), zeros.size()); !good) return good;
    if (tar::IsZero(zeros)) return {};
    return Fail(Errc::kInvalid, "the tar has bytes that belong to no file", reason::kHiddenData);
  }

  /// The content of an entry that is about the next one.
  Result<std::string> Text(const tar::Header& header, std::uint64_t most, std::string_view too_large) {
    if (header.size > most) {
      return Fail(
          Errc::kTooLarge,
          "a header of the tar has " + std::to_string(header.size) + " bytes, more than " + std::to_string(most),
          too_large);
    }
    std::string text(static_cast<std::size_t>(header.size), '\0');
    if (Status good = Overhead(text.data(), text.size()); !good) return Forward(good);
    if (Status good = Padding(header.size); !good) return Forward(good);
    return text;
  }

  Status TakePax(const tar::Header& header) {
    auto text = Text(header, tar::kMostPax, reason::kHeader);
    if (!text) return Forward(text);
    auto pax = tar::ParsePax(*text);
    if (!pax) return Forward(pax);
    if (header.type == tar::kGlobalPax) {
      // `git archive` writes a comment there.
      if (!pax->path && !pax->link && !pax->size) return {};
      return Fail(Errc::kInvalid, "the tar has one name or size for all entries", reason::kAmbiguous);
    }
    if (pax_) return Fail(Errc::kInvalid, "the tar has two pax headers for one entry", reason::kAmbiguous);
    pax_ = std::move(*pax);
    return {};
  }

  Status TakeLong(const tar::Header& header, std::optional<std::string>& into) {
    if (into) return Fail(Errc::kInvalid, "the tar has two long names for one entry", reason::kAmbiguous);
    auto text = Text(header, std::uint64_t{limits_.path_length} + 2, reason::kPathLength);  // "/" and NUL at the end
    if (!text) return Forward(text);
    if (text->ends_with('\0')) text->pop_back();
    into = std::move(*text);
    return {};
  }

  /// What headers before this one said about it.
  Status Complete(tar::Header& header) {
    const auto replace = [&](std::string& field, std::optional<std::string>& gnu,
                             std::optional<std::string> pax) -> Status {
      if (gnu && pax && *gnu != *pax) {
        return Fail(Errc::kInvalid, "'" + Shown(*pax) + "' has another name beside this one", reason::kTwoNames);
      }
      if (gnu) field = std::move(*gnu);
      if (pax) field = std::move(*pax);
      gnu.reset();
      return {};
    };
    tar::Pax pax = std::exchange(pax_, std::nullopt).value_or(tar::Pax{});
    if (Status good = replace(header.name, long_name_, std::move(pax.path)); !good) return good;
    if (Status good = replace(header.link, long_link_, std::move(pax.link)); !good) return good;
    if (pax.size) header.size = *pax.size;
    return {};
  }

  Status One(tar::Header header) {
    switch (header.type) {
      case tar::kPax:
      case tar::kGlobalPax:
        return TakePax(header);
      case tar::kGnuLongName:
        return TakeLong(header, long_name_);
      case tar::kGnuLongLink:
        return TakeLong(header, long_link_);
      default:
        break;
    }
    if (Status good = Complete(header); !good) return good;
    std::string_view path = header.name;
    if (path.starts_with("./")) path.remove_prefix(2);  // `tar -C FOLDER .`
    if (header.type == tar::kFolder && path.ends_with('/')) path.remove_suffix(1);
    if (header.type != tar::kFile && header.size != 0) {
      return Fail(Errc::kInvalid, "'" + Shown(header.name) + "' has content, and is no file", reason::kAmbiguous);
    }
    switch (header.type) {
      case tar::kFile:
        return File(path, header);
      case tar::kFolder:
        if (header.name == "./" || header.name == ".") return {};
        return extraction_.Folder(path);
      case tar::kLink:
        return extraction_.Link(path, header.link);
      case tar::kHardLink:
        return Fail(Errc::kInvalid, "'" + Shown(path) + "' is a hard link: pack it with tar --hard-dereference",
                    reason::kHardLink);
      default:
        return Fail(Errc::kInvalid,
                    "'" + Shown(path) + "' is no file, folder or link (tar's type '" +
                        Shown(std::string_view(&header.type, 1)) + "')",
                    reason::kSpecialFile);
    }
  }

  Status File(std::string_view path, const tar::Header& header) {
    if (header.size > limits_.file_size) {
      return Fail(Errc::kTooLarge,
                  "'" + Shown(path) + "' has " + std::to_string(header.size) + " bytes, more than " +
                      std::to_string(limits_.file_size),
                  reason::kFileSize);
    }
    if (Status good = extraction_.StartFile(path, header.mode); !good) return good;
    for (std::uint64_t left = header.size; left > 0;) {
      auto read = stream_.Read(piece_.data(), static_cast<std::size_t>(std::min<std::uint64_t>(left, piece_.size())));
      if (!read) return Forward(read);
      if (*read == 0) return Fail(Errc::kInvalid, "'" + Shown(path) + "' ends too early", reason::kTruncated);
      left -= *read;
      if (Status good = extraction_.Data(std::string_view(piece_).substr(0, *read), stream_.packed()); !good)
        return good;
    }
    if (Status good = Padding(header.size); !good) return good;
    return extraction_.FinishFile();
  }

  /// A second block of zeros, and then nothing else.
  Status End() {
    std::string block(kBlock, '\0');
    if (Status good = ReadAll(block.data(), kBlock); !good) return good;
    std::uint64_t behind = 0;
    std::string_view got = block;
    while (!got.empty()) {
      if (!tar::IsZero(got) || behind > kMostBehind) {
        return Fail(Errc::kInvalid, "something lies behind the end of the tar", reason::kHiddenData);
      }
      auto read = stream_.Read(piece_.data(), piece_.size());
      if (!read) return Forward(read);
      got = std::string_view(piece_).substr(0, *read);
      behind += *read;
    }
    return {};
  }

  ZstdReader stream_;
  Extraction extraction_;
  const Limits& limits_;
  std::string piece_;
  std::uint64_t overhead_ = 0;  // bytes that are no file's content
  // Of the next entry.
  std::optional<tar::Pax> pax_;
  std::optional<std::string> long_name_;
  std::optional<std::string> long_link_;
};

}  // namespace

Result<Contents> ReadTarZst(ArchiveSource& source, const Options& options, UnpackTarget* target) {
  TarPass pass(source, options, target);
  return pass.Run();
}

}  // namespace assist::archive

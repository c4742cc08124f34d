// Why an archive is refused: `reason` of the Error. Up to the "." it is the word of refusals that people and scripts
// see (UnsafeArchive, TooLarge, Truncated, NotSupported, NoSpace, Interrupted), after it which rule. Never rename: they
// reach logs.
#pragma once

#include <string_view>

namespace assist::archive {

namespace reason {

// Names.
inline constexpr std::string_view kAbsolutePath = "UnsafeArchive.AbsolutePath";
inline constexpr std::string_view kParentPath = "UnsafeArchive.ParentPath";  ///< ".." (or ".") as a name.
inline constexpr std::string_view kEmptyName = "UnsafeArchive.EmptyName";    ///< "", "a//b".
inline constexpr std::string_view kBackslash = "UnsafeArchive.Backslash";
inline constexpr std::string_view kControlCharacter = "UnsafeArchive.ControlCharacter";  ///< NUL too.
inline constexpr std::string_view kNotUtf8 = "UnsafeArchive.NotUtf8";
inline constexpr std::string_view kReservedName = "UnsafeArchive.ReservedName";  ///< Of Windows.
inline constexpr std::string_view kDuplicate = "UnsafeArchive.Duplicate";
inline constexpr std::string_view kSameButCase = "UnsafeArchive.SameButCase";
inline constexpr std::string_view kNotAFolder = "UnsafeArchive.NotAFolder";  ///< A path through a file or a link.
inline constexpr std::string_view kTwoNames = "UnsafeArchive.TwoNames";      ///< One entry, different names.
// Kinds of entries.
inline constexpr std::string_view kLinkLeaves = "UnsafeArchive.LinkLeaves";
inline constexpr std::string_view kLinkLoop = "UnsafeArchive.LinkLoop";
inline constexpr std::string_view kHardLink = "UnsafeArchive.HardLink";
inline constexpr std::string_view kSpecialFile = "UnsafeArchive.SpecialFile";  ///< Devices, pipes, sparse files.
inline constexpr std::string_view kSetId = "UnsafeArchive.SetId";              ///< A set-user-id or set-group-id bit.
// The form.
inline constexpr std::string_view kMalformed = "UnsafeArchive.Malformed";
inline constexpr std::string_view kAmbiguous = "UnsafeArchive.Ambiguous";    ///< Could be read in two ways.
inline constexpr std::string_view kOverlap = "UnsafeArchive.Overlap";        ///< Two entries of the same bytes.
inline constexpr std::string_view kHiddenData = "UnsafeArchive.HiddenData";  ///< Before, between or behind entries.
inline constexpr std::string_view kHeadersDisagree = "UnsafeArchive.HeadersDisagree";
inline constexpr std::string_view kSizeDisagrees = "UnsafeArchive.SizeDisagrees";
inline constexpr std::string_view kWrongChecksum = "UnsafeArchive.WrongChecksum";
// Limits.
inline constexpr std::string_view kArchiveSize = "TooLarge.Archive";
inline constexpr std::string_view kUnpackedSize = "TooLarge.Unpacked";
inline constexpr std::string_view kFileSize = "TooLarge.File";
inline constexpr std::string_view kFiles = "TooLarge.Files";
inline constexpr std::string_view kFolders = "TooLarge.Folders";
inline constexpr std::string_view kDepth = "TooLarge.Depth";
inline constexpr std::string_view kPathLength = "TooLarge.Path";
inline constexpr std::string_view kPathBytes = "TooLarge.Paths";
inline constexpr std::string_view kRatio = "TooLarge.Ratio";
inline constexpr std::string_view kHeader = "TooLarge.Header";  ///< A central directory, a pax header.
inline constexpr std::string_view kWindow = "TooLarge.Window";
// The rest.
inline constexpr std::string_view kTruncated = "Truncated";
inline constexpr std::string_view kEncrypted = "NotSupported.Encrypted";
inline constexpr std::string_view kMethod = "NotSupported.Method";
inline constexpr std::string_view kZip64 = "NotSupported.Zip64";
inline constexpr std::string_view kSeveralDisks = "NotSupported.SeveralDisks";
inline constexpr std::string_view kTarFormat = "NotSupported.TarFormat";
inline constexpr std::string_view kLinkOnWindows = "NotSupported.Link";
inline constexpr std::string_view kInterrupted = "Interrupted";
inline constexpr std::string_view kNoSpace = "NoSpace";  ///< Of folder/: the disk is full.

}  // namespace reason

/// "UnsafeArchive" of "UnsafeArchive.Duplicate".
[[nodiscard]] constexpr std::string_view WordOf(std::string_view reason) noexcept {
  return reason.substr(0, reason.find('.'));
}

}  // namespace assist::archive

// Files that are sent to machines (openapi.md, 11.11; agent-protocol.md, 14): what is told of one, and the forms that
// the API refuses. What only the machine knows (does the owner exist, may the folder be made) its agent says. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assist::server::model {

/// In which form the caller gave the content. Written to the store: never renumber.
enum class FileContentType : std::uint8_t { kPlainText = 1, kBase64 = 2 };
[[nodiscard]] std::string_view Name(FileContentType type) noexcept;  ///< PlainText, Base64
[[nodiscard]] std::optional<FileContentType> ParseFileContentType(std::string_view word) noexcept;

/// All texts as the caller gave them.
struct FileTerms {
  std::string name;  ///< Agents join it to the folder as it is.
  std::string target_dir;
  FileContentType content_type = FileContentType::kPlainText;
  std::string owner{"root"};
  std::string group{"root"};
  std::string mode{"0644"};
  bool overwrite = false;  ///< Else an existing file is left alone, and that machine's task fails.

  friend bool operator==(const FileTerms&, const FileTerms&) = default;
};

/// No text of a file system: it has a NUL.
[[nodiscard]] bool IsFileName(std::string_view text) noexcept;
/// An absolute path of Unix or Windows (`/srv`, `C:\srv`, `\\host\\share`) without control characters: agents would
/// take another from the folder in which they happen to run.
[[nodiscard]] bool IsTargetDir(std::string_view text) noexcept;
/// What can be the name of a user or a group: without control characters, `:` and `/`.
[[nodiscard]] bool IsAccountName(std::string_view text) noexcept;
/// ^0?[0-7]{3,4}$
[[nodiscard]] bool IsFileMode(std::string_view text) noexcept;
/// The mode as agents take it: three or four digits.
[[nodiscard]] std::string_view ModeOfAgents(std::string_view mode) noexcept;

}  // namespace assist::server::model

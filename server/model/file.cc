#include "server/model/file.h"

#include <algorithm>

namespace assist::server::model {
namespace {

constexpr std::size_t kLongestMode = 4;

bool IsControl(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; }
bool IsLetter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

std::string_view Name(FileContentType type) noexcept {
  switch (type) {
    case FileContentType::kPlainText:
      return "PlainText";
    case FileContentType::kBase64:
      return "Base64";
  }
  return "";
}

std::optional<FileContentType> ParseFileContentType(std::string_view word) noexcept {
  for (const auto type : {FileContentType::kPlainText, FileContentType::kBase64}) {
    if (word == Name(type)) return type;
  }
  return std::nullopt;
}

bool IsFileName(std::string_view text) noexcept { return text.find('\0') == std::string_view::npos; }

bool IsTargetDir(std::string_view text) noexcept {
  if (std::any_of(text.begin(), text.end(), IsControl)) return false;
  const bool drive = text.size() >= 3 && IsLetter(text[0]) && text[1] == ':' && (text[2] == '\\' || text[2] == '/');
  return text.starts_with('/') || text.starts_with("\\\\") || drive;
}

bool IsAccountName(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(), [](char c) { return IsControl(c) || c == ':' || c == '/'; });
}

bool IsFileMode(std::string_view text) noexcept {
  if (text.size() == kLongestMode + 1 && text.front() == '0') text.remove_prefix(1);
  return (text.size() == kLongestMode - 1 || text.size() == kLongestMode) &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '7'; });
}

std::string_view ModeOfAgents(std::string_view mode) noexcept {
  return mode.size() > kLongestMode ? mode.substr(mode.size() - kLongestMode) : mode;
}

}  // namespace assist::server::model

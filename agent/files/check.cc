#include "agent/files/check.h"

#include <algorithm>
#include <utility>

#include "common/crypto/hash.h"
#include "protocol/encoding/base64.h"

namespace assist::agent::files {
namespace {

/// 3 or 4 octal digits; empty: 0644. Above 07777: neither.
std::uint32_t ParseMode(std::string_view text) {
  constexpr std::uint32_t kNone = 0xffff;
  if (text.empty()) return 0644;
  if (text.size() < 3 || text.size() > 4) return kNone;
  std::uint32_t mode = 0;
  for (const char c : text) {
    if (c < '0' || c > '7') return kNone;
    mode = mode * 8 + static_cast<std::uint32_t>(c - '0');
  }
  return mode;
}

bool IsSignatureOf(std::string_view signature, std::string_view content) {
  std::string lower(signature);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower == Md5Hex(content);
}

}  // namespace

tl::expected<void, Outcome> CheckName(const wire::FileTask& file) {
  // A name with a NUL would end there for the system: it is no name of a file.
  if (file.name.empty() || file.name.find('\0') != std::string::npos) {
    return tl::make_unexpected(Refused(wire::file_param::kName, file.name));
  }
  if (file.content.Reveal().empty()) return tl::make_unexpected(Refused(wire::file_param::kEmpty, ""));
  if (file.destination.find('\0') != std::string::npos) {
    return tl::make_unexpected(Failed(wire::FileTrouble::kFolder, "the folder's name has a zero byte"));
  }
  return {};
}

tl::expected<Content, Outcome> CheckContent(const wire::FileTask& file) {
  Content content;
  auto bytes = encoding::Base64Decode(file.content.Reveal());
  if (!bytes) return tl::make_unexpected(Refused(wire::file_param::kContent, ""));
  content.bytes = std::move(*bytes);
  if (!IsSignatureOf(file.signature, file.content.Reveal())) {
    return tl::make_unexpected(Refused(wire::file_param::kSignature, file.signature));
  }
  content.mode = ParseMode(file.mode);
  if (content.mode > 07777) return tl::make_unexpected(Refused(wire::file_param::kMode, file.mode));
  return content;
}

std::string PartName(std::string_view task_id) { return ".assist-" + std::string(task_id) + ".part"; }

}  // namespace assist::agent::files

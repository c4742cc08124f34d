#include "agent/supervisor/program/windows/system_code_pages.h"

#include "common/windows/system.h"
#include "common/windows/wide.h"

namespace assist::agent::supervisor {

std::string SystemCodePages::ToUtf8(std::uint32_t code_page, std::string_view bytes) const {
  const int size = static_cast<int>(bytes.size());
  // No flags: what is unknown becomes U+FFFD or what the table has for it. An unknown code page: that of the machine.
  const UINT page = ::IsValidCodePage(code_page) != 0 ? code_page : CP_OEMCP;
  std::wstring wide(bytes.size() * 2, L'\0');
  const int got = ::MultiByteToWideChar(page, 0, bytes.data(), size, wide.data(), static_cast<int>(wide.size()));
  if (got <= 0) return std::string(bytes);
  wide.resize(static_cast<std::size_t>(got));
  return assist::ToUtf8(wide);
}

}  // namespace assist::agent::supervisor

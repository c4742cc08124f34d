#include "agent/inventory/facts.h"

#include <array>
#include <utility>

#include "common/files/files.h"

namespace assist::agent::inventory {

std::string ReadLine(const std::string& path) {
  constexpr std::size_t kSmallFile = 4096;
  auto text = ReadFile(path, kSmallFile);
  if (!text) return {};
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r' || text->back() == ' ')) text->pop_back();
  return std::move(*text);
}

bool IsColdStart(const std::string& file, const std::string& boot_id) {
  return !boot_id.empty() && ReadLine(file) != boot_id;
}

Status NoteBoot(const std::string& file, const std::string& boot_id) {
  return WriteFileAtomically(file, boot_id, 0600);
}

std::string FormatOffset(std::chrono::seconds offset) {
  const std::int64_t minutes = (offset.count() < 0 ? -offset.count() : offset.count()) / 60;
  if (minutes == 0) return "UTC";
  std::string text = offset.count() < 0 ? "GMT-" : "GMT+";
  text += std::to_string(minutes / 60);
  text += minutes % 60 < 10 ? ":0" : ":";
  text += std::to_string(minutes % 60);
  return text;
}

std::string GoArch(std::string_view machine) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kNames = {{{"x86_64", "amd64"},
                                                                                    {"aarch64", "arm64"},
                                                                                    {"i386", "386"},
                                                                                    {"i586", "386"},
                                                                                    {"i686", "386"},
                                                                                    {"armv7l", "arm"},
                                                                                    {"armv6l", "arm"},
                                                                                    {"ppc64le", "ppc64le"}}};
  for (const auto& [ours, go] : kNames) {
    if (ours == machine) return std::string(go);
  }
  return std::string(machine);
}

}  // namespace assist::agent::inventory

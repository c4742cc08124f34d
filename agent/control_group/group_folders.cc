#include "agent/control_group/group_folders.h"

#include <charconv>
#include <vector>

namespace assist::agent::control_group {
namespace {

template <class Take>
void ForEachPiece(std::string_view text, char end, Take take) {
  while (!text.empty()) {
    const std::size_t at = text.find(end);
    take(text.substr(0, at));
    if (at == std::string_view::npos) return;
    text.remove_prefix(at + 1);
  }
}

std::vector<std::string_view> Split(std::string_view text, char end) {
  std::vector<std::string_view> out;
  ForEachPiece(text, end, [&out](std::string_view piece) { out.push_back(piece); });
  return out;
}

bool Has(std::string_view list, std::string_view word) {
  bool found = false;
  ForEachPiece(list, ',', [&](std::string_view piece) { found = found || piece == word; });
  return found;
}

/// Blanks and backslashes of a path stand there as three octal digits.
std::string Unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
      out.push_back(static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0')));
      i += 3;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

/// What of `groups` is in a mount whose root is `root`, as a path below `point`; empty: not to be seen there.
std::string Below(const std::string& point, const std::string& root, std::string_view path) {
  if (path.find("/..") != std::string_view::npos) return {};  // outside of this namespace
  std::string_view rest = path;
  if (root != "/") {
    if (!rest.starts_with(root)) return {};
    rest.remove_prefix(root.size());
    if (!rest.empty() && rest.front() != '/') return {};
  }
  if (rest == "/") rest = {};
  return point + std::string(rest);
}

/// The path of the hierarchy in /proc/self/cgroup: lines "4:memory:/path"; version 2 is "0::/path".
std::string_view PathIn(std::string_view groups, std::string_view controller) {
  std::string_view path;
  ForEachPiece(groups, '\n', [&](std::string_view line) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) return;
    const std::string_view names = line.substr(first + 1, second - first - 1);
    const bool it = controller.empty() ? names.empty() && line.substr(0, first) == "0" : Has(names, controller);
    if (it) path = line.substr(second + 1);
  });
  return path;
}

}  // namespace

GroupFolders FindGroupFolders(std::string_view mounts, std::string_view groups) {
  GroupFolders out;
  // 36 35 0:31 ROOT POINT options [optional fields] - TYPE source superoptions
  ForEachPiece(mounts, '\n', [&](std::string_view line) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) return;
    const auto head = Split(line.substr(0, dash), ' ');
    const auto tail = Split(line.substr(dash + 3), ' ');
    if (head.size() < 5 || tail.size() < 3) return;
    const std::string root = Unescape(head[3]);
    const std::string point = Unescape(head[4]);
    const auto take = [&](std::string& folder, std::string_view controller) {
      const std::string_view path = PathIn(groups, controller);
      if (folder.empty() && !path.empty()) folder = Below(point, root, path);
    };
    if (tail[0] == "cgroup2") take(out.unified, "");
    if (tail[0] != "cgroup") return;
    if (Has(tail[2], "memory")) take(out.memory, "memory");
    if (Has(tail[2], "cpuacct")) take(out.cpu, "cpuacct");
    if (Has(tail[2], "name=systemd")) take(out.systemd, "name=systemd");
  });
  return out;
}

long long NumberOf(std::string_view text, std::string_view name) {
  long long number = -1;
  ForEachPiece(text, '\n', [&](std::string_view line) {
    if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ') return;
    const std::string_view digits = line.substr(name.size() + 1);
    long long value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc() && end == digits.data() + digits.size() && value >= 0) number = value;
  });
  return number;
}

}  // namespace assist::agent::control_group

#include "server/download/package_list.h"

#include <algorithm>
#include <array>

namespace assist::server::download {
namespace {

using Format = AgentPackage::Format;

bool IsDigit(char c) noexcept { return c >= '0' && c <= '9'; }

bool IsPlainName(std::string_view name) {
  return !name.empty() && name.size() <= 200 && name.front() != '.' && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  std::string_view("._+~-").find(c) != std::string_view::npos;
         });
}

bool IsSha256(std::string_view text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

/// `text` without these ends; nothing when it has other ones, or nothing between them.
std::optional<std::string_view> Between(std::string_view text, std::string_view begin, std::string_view end) {
  if (text.size() <= begin.size() + end.size() || !text.starts_with(begin) || !text.ends_with(end)) return std::nullopt;
  return text.substr(begin.size(), text.size() - begin.size() - end.size());
}

struct Shape {
  std::string_view begin;
  std::string_view end;
  Format format;
  std::string_view architecture;
};
constexpr std::array<Shape, 9> kShapes{{
    {"assist-agent_", "_amd64.deb", Format::kDeb, "amd64"},
    {"assist-agent_", "_arm64.deb", Format::kDeb, "arm64"},
    {"assist-agent-", ".x86_64.rpm", Format::kRpm, "amd64"},
    {"assist-agent-", ".aarch64.rpm", Format::kRpm, "arm64"},
    {"assist-agent-", "-linux-x86_64.tar.gz", Format::kTar, "amd64"},
    {"assist-agent-", "-linux-aarch64.tar.gz", Format::kTar, "arm64"},
    {"assist-agent-", "-freebsd-amd64.pkg", Format::kPkg, "amd64"},
    {"assist-agent-", "-freebsd-arm64.pkg", Format::kPkg, "arm64"},
    {"assist-agent-", "-windows-amd64-setup.exe", Format::kSetup, "amd64"},
}};

/// Where a run of digits ends.
std::size_t Digits(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && IsDigit(text[at])) ++at;
  return at;
}

int Weight(std::string_view text, std::size_t at) noexcept {
  if (at >= text.size()) return 0;
  return text[at] == '~' ? -1 : static_cast<unsigned char>(text[at]) + 1;
}

}  // namespace

Result<std::vector<Listed>> ParseSums(std::string_view text) {
  std::vector<Listed> all;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::string where = "SHA256SUMS, line " + std::to_string(number) + ": ";
    if (line.size() < 67 || !IsSha256(line.substr(0, 64)) || line[64] != ' ' || (line[65] != ' ' && line[65] != '*')) {
      return Fail(Errc::kInvalid, where + "not as sha256sum writes it");
    }
    const std::string_view file = line.substr(66);
    if (!IsPlainName(file)) return Fail(Errc::kInvalid, where + "the file's name is not a plain one");
    if (std::any_of(all.begin(), all.end(), [file](const Listed& other) { return other.file == file; })) {
      return Fail(Errc::kInvalid, where + std::string(file) + " stands there twice");
    }
    if (all.size() == kMostPackages) {
      return Fail(Errc::kTooLarge, where + "more than " + std::to_string(kMostPackages) + " files");
    }
    all.push_back({std::string(file), std::string(line.substr(0, 64))});
  }
  return all;
}

std::string_view Name(AgentPackage::Format format) noexcept {
  switch (format) {
    case Format::kDeb:
      return "deb";
    case Format::kRpm:
      return "rpm";
    case Format::kTar:
      return "tar";
    case Format::kPkg:
      return "pkg";
    case Format::kSetup:
      return "setup";
  }
  return "";
}

std::optional<AgentPackage> ReadAgentPackage(std::string_view file) {
  for (const Shape& shape : kShapes) {
    const auto version = Between(file, shape.begin, shape.end);
    if (!version || !IsDigit(version->front())) continue;
    return AgentPackage{shape.format, std::string(shape.architecture), std::string(*version)};
  }
  return std::nullopt;
}

bool IsOlder(std::string_view a, std::string_view b) noexcept {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && IsDigit(a[i]) && IsDigit(b[j])) {
      while (i < a.size() && a[i] == '0') ++i;
      while (j < b.size() && b[j] == '0') ++j;
      const std::string_view left = a.substr(i, Digits(a, i) - i);
      const std::string_view right = b.substr(j, Digits(b, j) - j);
      if (left.size() != right.size()) return left.size() < right.size();
      if (left != right) return left < right;
      i += left.size();
      j += right.size();
      continue;
    }
    if (Weight(a, i) != Weight(b, j)) return Weight(a, i) < Weight(b, j);
    ++i;
    ++j;
  }
  return false;
}

std::vector<Listed> NewestAgents(const std::vector<Listed>& all) {
  struct Candidate {
    AgentPackage package;
    const Listed* listed;
  };
  std::vector<Candidate> newest;
  for (const Listed& listed : all) {
    auto package = ReadAgentPackage(listed.file);
    if (!package) continue;
    const auto same = std::find_if(newest.begin(), newest.end(), [&package](const Candidate& other) {
      return other.package.format == package->format && other.package.architecture == package->architecture;
    });
    if (same == newest.end()) {
      newest.push_back({std::move(*package), &listed});
    } else if (IsOlder(same->package.version, package->version)) {
      *same = {std::move(*package), &listed};
    }
  }
  std::stable_sort(newest.begin(), newest.end(),
                   [](const Candidate& a, const Candidate& b) { return a.package.format < b.package.format; });
  std::vector<Listed> out;
  for (const Candidate& candidate : newest) out.push_back(*candidate.listed);
  return out;
}

}  // namespace assist::server::download

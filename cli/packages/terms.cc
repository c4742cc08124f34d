#include "cli/packages/terms.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "cli/answer/escape.h"
#include "protocol/package/version.h"

namespace assist::cli {
namespace {

template <class T>
struct Key {
  const char* name;
  T PackageTerms::*member;
};

constexpr std::array kTexts = {
    Key<std::optional<std::string>>{"name", &PackageTerms::name},
    Key<std::optional<std::string>>{"version", &PackageTerms::version},
    Key<std::optional<std::string>>{"os", &PackageTerms::os},
    Key<std::optional<std::string>>{"arch", &PackageTerms::arch},
    Key<std::optional<std::string>>{"kind", &PackageTerms::kind},
    Key<std::optional<std::string>>{"format", &PackageTerms::format},
    Key<std::optional<std::string>>{"install", &PackageTerms::install},
    Key<std::optional<std::string>>{"uninstall", &PackageTerms::uninstall},
    Key<std::optional<std::string>>{"verify", &PackageTerms::verify},
    Key<std::optional<std::string>>{"description", &PackageTerms::description},
    Key<std::optional<std::string>>{"publisher", &PackageTerms::publisher},
    Key<std::optional<std::string>>{"expires", &PackageTerms::expires},
};
constexpr std::array kNumbers = {
    Key<std::optional<std::int64_t>>{"timeout", &PackageTerms::timeout},
    Key<std::optional<std::int64_t>>{"sequence", &PackageTerms::sequence},
};
constexpr std::array kFlags = {
    Key<std::optional<bool>>{"downgrade", &PackageTerms::downgrade},
    Key<std::optional<bool>>{"stock", &PackageTerms::stock},
};
constexpr std::array kLists = {
    Key<std::vector<std::string>>{"depends", &PackageTerms::depends},
    Key<std::vector<std::string>>{"channels", &PackageTerms::channels},
};

/// Takes `node` into the member of that name, if it is among `keys`. False: it is not. `right`: its type fits.
template <class T, std::size_t N>
bool Take(const std::array<Key<std::optional<T>>, N>& keys, std::string_view name, const toml::node& node,
          PackageTerms& terms, bool& right) {
  for (const auto& key : keys) {
    if (name != key.name) continue;
    const auto value = node.value_exact<T>();
    right = value.has_value();
    terms.*(key.member) = value;
    return true;
  }
  return false;
}

bool TakeList(std::string_view name, const toml::node& node, PackageTerms& terms, bool& right) {
  for (const auto& key : kLists) {
    if (name != key.name) continue;
    const toml::array* const array = node.as_array();
    right = array != nullptr;
    for (std::size_t i = 0; right && i < array->size(); ++i) {
      const auto value = array->get(i)->value_exact<std::string>();
      right = value.has_value();
      if (right) (terms.*(key.member)).push_back(*value);
    }
    return true;
  }
  return false;
}

/// `90d` from now; a day; a time.
std::optional<SystemTime> ParseExpiry(std::string_view word, SystemTime now) {
  if (const auto time = ParseIso8601(word)) return time;
  if (const auto day = ParseIso8601(fmt::format("{}T00:00:00Z", word))) return day;
  if (word.size() < 2) return std::nullopt;
  constexpr std::string_view kUnits = "mhdw";
  constexpr std::array<std::int64_t, 4> kSeconds = {60, 3'600, 86'400, 7 * 86'400};
  constexpr std::int64_t kMost = 100'000;
  const std::size_t unit = kUnits.find(word.back());
  std::int64_t count = 0;
  const char* const end = word.data() + word.size() - 1;
  const auto [stop, error] = std::from_chars(word.data(), end, count);
  if (unit == std::string_view::npos || error != std::errc() || stop != end || count < 1 || count > kMost) {
    return std::nullopt;
  }
  return now + std::chrono::seconds(count * kSeconds.at(unit));
}

package::Dependency ParseDependency(std::string_view word) {
  const std::size_t sign = word.find_first_of("<>=");
  if (sign == std::string_view::npos) return {std::string(word), ""};
  std::string name(word.substr(0, sign));
  while (name.ends_with(' ')) name.pop_back();
  std::string rule;
  for (const char c : word.substr(sign)) {
    if (c != ' ') rule += c;
  }
  return {std::move(name), std::move(rule)};
}

}  // namespace

Result<PackageTerms> ParsePackageToml(std::string_view toml, const Text& text) {
  toml::table table;
  try {
    table = toml::parse(toml);
  } catch (const toml::parse_error& error) {
    return Fail(Errc::kInvalid, text(msg::kPkgTomlLine, error.source().begin.line, EscapeLine(error.description())));
  }
  PackageTerms terms;
  for (const auto& [key, node] : table) {
    const std::string_view name = key.str();
    bool right = false;
    const bool known = Take(kTexts, name, node, terms, right) || Take(kNumbers, name, node, terms, right) ||
                       Take(kFlags, name, node, terms, right) || TakeList(name, node, terms, right);
    if (!known) return Fail(Errc::kInvalid, text(msg::kPkgTomlKey, EscapeLine(name), node.source().begin.line));
    if (!right) return Fail(Errc::kInvalid, text(msg::kPkgTomlType, EscapeLine(name), node.source().begin.line));
  }
  return terms;
}

PackageTerms Merge(PackageTerms first, const PackageTerms& second) {
  const auto take = [&](const auto& keys) {
    for (const auto& key : keys) {
      if (!(first.*(key.member))) first.*(key.member) = second.*(key.member);
    }
  };
  take(kTexts);
  take(kNumbers);
  take(kFlags);
  for (const auto& key : kLists) {
    if ((first.*(key.member)).empty()) first.*(key.member) = second.*(key.member);
  }
  return first;
}

package::ArchiveFormat FormatOf(const PackageTerms& terms) {
  if (terms.format) return *terms.format == "zip" ? package::ArchiveFormat::kZip : package::ArchiveFormat::kTarZst;
  return terms.stock.value_or(false) ? package::ArchiveFormat::kZip : package::ArchiveFormat::kTarZst;
}

Result<package::Manifest> MakeManifest(const PackageTerms& terms, package::Archive archive,
                                       std::vector<package::FileEntry> files, SystemTime now, const Text& text) {
  for (const auto& [value, option] : {std::pair(&terms.name, "--name"), std::pair(&terms.version, "--version")}) {
    if (!*value) return Fail(Errc::kInvalid, text(msg::kPkgNotSaid, option, std::string_view(option).substr(2)));
  }
  package::Manifest manifest;
  if (terms.kind) {
    const auto kind = package::ParseKind(*terms.kind);
    if (!kind) return Fail(Errc::kInvalid, text(msg::kNotAChoice, "kind", "package agent", EscapeLine(*terms.kind)));
    manifest.kind = *kind;
  }
  manifest.name = *terms.name;
  manifest.version = *terms.version;
  manifest.os = terms.os.value_or("all");
  manifest.arch = terms.arch.value_or("all");
  manifest.sequence = terms.sequence.value_or(ToUnixMillis(now));
  manifest.downgrade = terms.downgrade.value_or(false);
  manifest.stock = terms.stock.value_or(false);
  manifest.archive = std::move(archive);
  manifest.plugin = terms.plugin;
  manifest.scripts = {terms.install.value_or(""), terms.uninstall.value_or(""), terms.verify.value_or("")};
  manifest.timeout = std::chrono::seconds(terms.timeout.value_or(600));
  manifest.files = std::move(files);
  for (const std::string& word : terms.depends) manifest.dependencies.push_back(ParseDependency(word));
  manifest.description = terms.description.value_or("");
  manifest.publisher = terms.publisher.value_or("");
  if (terms.expires) {
    manifest.expires = ParseExpiry(*terms.expires, now);
    if (!manifest.expires) return Fail(Errc::kInvalid, text(msg::kPkgNotExpiry, EscapeLine(*terms.expires)));
    if (*manifest.expires <= now) return Fail(Errc::kInvalid, text(msg::kPkgExpired, EscapeLine(*terms.expires)));
  }
  if (manifest.stock && manifest.archive.format != package::ArchiveFormat::kZip) {
    return Fail(Errc::kInvalid, text(msg::kPkgStockZip));
  }
  // The one place that knows every rule.
  auto read = package::ParseManifest(package::WriteManifest(manifest));
  if (!read) return Fail(Errc::kInvalid, text(msg::kPkgNoManifest, EscapeLine(read.error().detail)));
  return read;
}

std::string ArchiveName(const PackageTerms& terms) {
  return fmt::format("{}_{}_{}_{}.{}", terms.name.value_or("package"), terms.version.value_or("0"),
                     terms.os.value_or("all"), terms.arch.value_or("all"), package::Name(FormatOf(terms)));
}

}  // namespace assist::cli

#include "server/control/stock_catalogue.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "protocol/package/envelope.h"
#include "protocol/package/version.h"
#include "server/control/upgrade_window.h"
#include "server/model/rollout.h"
#include "server/model/stock_upgrade.h"
#include "server/store/package_tables.h"
#include "server/store/plugin_tables.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

using Rows = std::vector<store::PackageRow>;
using store::PackageRow;

constexpr std::string_view kStable = "stable";
constexpr std::int64_t kPageRows = 500;
constexpr int kPages = 20;  // of all packages, when all plug-ins are asked for

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kArchWords = {
    {{"x64", "amd64"}, {"x86", "386"}, {"arm", "arm64"}, {"all", "all"}}};

bool SameWord(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// What a stock agent could use at all.
bool IsUsable(const PackageRow& row, const ReadContext& context) {
  return row.stock && row.format == package::ArchiveFormat::kZip && !row.md5.empty() &&
         (!row.expires || context.now < *row.expires);
}

bool FitsWord(std::string_view there, std::string_view asked) { return there == "all" || there == asked; }

std::optional<std::string> VersionOfChannel(store::ReadTx& tx, const store::PackageName& name) {
  for (const store::PackageChannel& channel : tx.packages().ChannelsOf(name)) {
    if (channel.channel == kStable && !channel.version.empty()) return channel.version;
  }
  return std::nullopt;
}

/// The manifest as it was published.
std::optional<package::Manifest> ManifestOf(store::ReadTx& tx, const PackageRow& row) {
  const auto envelope = package::ParseEnvelope(tx.packages().LoadEnvelope(row.key));
  if (!envelope) return std::nullopt;
  auto manifest = package::ParseManifest(envelope->manifest);
  if (!manifest) return std::nullopt;
  return std::move(*manifest);
}

/// Of one name: the version that was asked for, that of the channel, or of each system its newest.
Rows Choose(store::ReadTx& tx, const ReadContext& context, const store::PackageName& name,
            const ListStockPluginsIn& in) {
  Rows fitting = tx.packages().PackagesOf(name);
  std::erase_if(fitting, [&](const PackageRow& row) {
    return !IsUsable(row, context) || !FitsWord(row.os, in.os) || (!in.arch.empty() && !FitsWord(row.arch, in.arch));
  });
  if (!in.version.empty()) {
    std::erase_if(fitting, [&](const PackageRow& row) { return row.version != in.version; });
    return fitting;
  }
  std::erase_if(fitting, [](const PackageRow& row) { return row.deprecated; });
  if (const auto stable = VersionOfChannel(tx, name)) {
    std::erase_if(fitting, [&](const PackageRow& row) { return row.version != *stable; });
    return fitting;
  }
  std::map<std::string, const PackageRow*> newest;
  for (const PackageRow& row : fitting) {
    const PackageRow*& best = newest[row.arch];
    if (best == nullptr || package::CompareVersions(row.version, best->version) > 0) best = &row;
  }
  Rows out;
  for (const auto& [arch, row] : newest) out.push_back(*row);
  return out;
}

std::optional<StockPlugin> PluginOf(store::ReadTx& tx, const PackageRow& row) {
  const auto manifest = ManifestOf(tx, row);
  if (!manifest || !manifest->plugin) return std::nullopt;
  return StockPlugin{row.id, row.name, row.version, row.arch, row.publisher, row.sha256, row.md5, *manifest->plugin};
}

std::set<std::string> AllNames(store::ReadTx& tx) {
  std::set<std::string> names;
  store::PackageFilter filter;
  filter.kind = package::Kind::kPackage;
  model::PageRequest page;
  page.size = kPageRows;
  page.by_position = true;
  for (int i = 0; i < kPages; ++i) {
    const auto rows = tx.packages().ListPackages(filter, page);
    for (const PackageRow& row : rows.items) {
      if (row.stock) names.insert(row.name);
    }
    if (!rows.next) break;
    page.after = rows.next;
  }
  return names;
}

/// The package that the machine is to have instead of what it runs; nothing: it has the right one.
std::optional<PackageRow> Wanted(store::ReadTx& tx, const ReadContext& context, const StockUpdateIn& in) {
  const store::PackageName name{package::Kind::kAgent, std::string(kStockAgentName)};
  const auto version = VersionOfChannel(tx, name);
  if (!version || *version == in.version || !package::IsVersion(in.version)) return std::nullopt;
  std::optional<PackageRow> out;
  for (PackageRow& row : tx.packages().PackagesOf(name)) {
    if (row.version != *version || row.deprecated || !IsUsable(row, context)) continue;
    if (!FitsWord(row.os, in.os) || !FitsWord(row.arch, in.arch)) continue;
    // One for its own system goes before one for all.
    if (!out || (out->arch == "all" && row.arch != "all") || (out->os == "all" && row.os != "all"))
      out = std::move(row);
  }
  if (!out || package::CompareVersions(out->version, in.version) > 0) return out;
  const auto manifest = ManifestOf(tx, *out);
  if (manifest && manifest->downgrade) return out;
  return std::nullopt;
}

struct Decision {
  StockUpdateOut out;
  model::MachineKey machine;
  model::StockUpgrade known;
  std::int64_t sequence = 0;
};

Decision Decide(store::ReadTx& tx, const ReadContext& context, const StockUpdateIn& in) {
  Decision decision;
  const auto row = Wanted(tx, context, in);
  if (!row) return decision;
  const auto machine = tx.FindMachine(in.machine);
  if (!machine || machine->deregistered ||
      UpgradeWindowNow(tx, context, machine->region) != model::UpgradeWindow::kOpen) {
    return decision;
  }
  decision.machine = machine->key;
  decision.known = tx.plugins().UpgradeOf(machine->key).value_or(model::StockUpgrade());
  decision.sequence = row->sequence;
  decision.out.needed = model::MayTell(decision.known, row->version, row->sequence);
  decision.out.version = row->version;
  decision.out.sha256 = row->sha256;
  decision.out.md5 = row->md5;
  return decision;
}

}  // namespace

std::string_view ArchOfStockWord(std::string_view word) noexcept {
  for (const auto& [stock, arch] : kArchWords) {
    if (SameWord(word, stock) || word == arch) return arch;
  }
  return {};
}

std::string_view StockWordOfArch(std::string_view arch) noexcept {
  for (const auto& [stock, own] : kArchWords) {
    if (own == arch) return stock;
  }
  return {};
}

Result<ListStockPluginsOut> ListStockPlugins(store::ReadTx& tx, const ReadContext& context,
                                             const ListStockPluginsIn& in) {
  const std::set<std::string> names = in.name.empty() ? AllNames(tx) : std::set<std::string>{in.name};
  ListStockPluginsOut out;
  for (const std::string& name : names) {
    for (const PackageRow& row : Choose(tx, context, {package::Kind::kPackage, name}, in)) {
      if (out.plugins.size() == kStockPlugins) return out;
      if (auto plugin = PluginOf(tx, row)) out.plugins.push_back(std::move(*plugin));
    }
  }
  return out;
}

Result<CheckStockPluginsOut> CheckStockPlugins(store::ReadTx& tx, const ReadContext& context,
                                               const CheckStockPluginsIn& in) {
  CheckStockPluginsOut out;
  for (const auto& installed : in.installed) {
    if (out.newer.size() == kStockPlugins) break;
    const ListStockPluginsIn asked{installed.name, "", in.os, in.arch};
    const PackageRow* best = nullptr;
    const Rows rows = Choose(tx, context, {package::Kind::kPackage, installed.name}, asked);
    for (const PackageRow& row : rows) {
      if (best == nullptr || package::CompareVersions(row.version, best->version) > 0) best = &row;
    }
    if (best == nullptr || best->version == installed.version) continue;
    const auto manifest = ManifestOf(tx, *best);
    if (!manifest || !manifest->plugin || manifest->plugin->type != package::Plugin::Type::kPersist) continue;
    if (package::CompareVersions(best->version, installed.version) < 0 && !manifest->downgrade) continue;
    out.newer.push_back({best->name, best->version, manifest->plugin->timeout});
  }
  return out;
}

Result<FindStockArchiveOut> FindStockArchive(store::ReadTx& tx, const ReadContext& /*context*/,
                                             const FindStockArchiveIn& in) {
  const store::ArtifactUse use = tx.packages().UseOfArtifact(in.sha256);
  return FindStockArchiveOut{use.named && use.stock, use.size};
}

Result<StockUpdateOut> FindStockUpdate(store::ReadTx& tx, const ReadContext& context, const StockUpdateIn& in) {
  return Decide(tx, context, in).out;
}

Result<StockUpdateOut> TellStockUpdate(store::Tx& tx, Context& context, const StockUpdateIn& in) {
  Decision decision = Decide(tx, context, in);
  if (decision.out.needed) {
    tx.plugin_tables().PutUpgrade(
        decision.machine, model::Tell(std::move(decision.known), decision.out.version, decision.sequence, context.now));
  }
  return std::move(decision.out);
}

}  // namespace assist::server::control

// What is published for stock agents (manifests with Stock: true): plug-ins, and versions of those agents themselves
// (agent-protocol.md, 16.1, 16.6 and 17.1). docs/stock-packages.md is the operator's side. A plug-in is a zip with a
// `Plugin` in its manifest and an MD5; a version of the agent is of kind `agent` and named kStockAgentName.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/package/manifest.h"
#include "server/control/context.h"

namespace assist::server::control {

inline constexpr std::string_view kStockAgentName = "aliyun-assist";
inline constexpr std::size_t kStockPlugins = 200;  ///< Entries of an answer, and of a question about updates.

/// A system as the stock protocol names it, in a manifest's words: `X64` is amd64; empty when it is none of them.
[[nodiscard]] std::string_view ArchOfStockWord(std::string_view word) noexcept;
/// The reverse: x64, x86, arm, all.
[[nodiscard]] std::string_view StockWordOfArch(std::string_view arch) noexcept;

struct StockPlugin {
  std::string id;
  std::string name;
  std::string version;
  std::string arch;  ///< A manifest's word.
  std::string publisher;
  std::string sha256;
  std::string md5;
  package::Plugin plugin;
};
struct ListStockPluginsIn {
  std::string name;     ///< Exactly; empty: all.
  std::string version;  ///< Exactly, also a deprecated one; empty: what the channel `stable` names, else the newest.
  std::string os;       ///< linux, windows, freebsd
  std::string arch;     ///< A manifest's word; empty: of all, each its own newest.
};
struct ListStockPluginsOut {
  std::vector<StockPlugin> plugins;
};
Result<ListStockPluginsOut> ListStockPlugins(store::ReadTx& tx, const ReadContext& context,
                                             const ListStockPluginsIn& in);

struct CheckStockPluginsIn {
  std::string os;
  std::string arch;  ///< A manifest's word.
  struct Installed {
    std::string name;
    std::string version;
  };
  std::vector<Installed> installed;
};
struct CheckStockPluginsOut {
  struct Newer {
    std::string name;
    std::string version;
    std::chrono::seconds timeout{};
  };
  std::vector<Newer> newer;  ///< Of resident plug-ins: a higher version, or one whose manifest says Downgrade.
};
Result<CheckStockPluginsOut> CheckStockPlugins(store::ReadTx& tx, const ReadContext& context,
                                               const CheckStockPluginsIn& in);

/// An archive that is to be fetched without identity: only of a manifest with Stock: true.
struct FindStockArchiveIn {
  std::string sha256;
};
struct FindStockArchiveOut {
  bool found = false;
  std::int64_t size = 0;
};
Result<FindStockArchiveOut> FindStockArchive(store::ReadTx& tx, const ReadContext& context,
                                             const FindStockArchiveIn& in);

struct StockUpdateIn {
  InstanceId machine;   ///< Whose signature was verified; a stock agent.
  std::string os;       ///< linux, windows, freebsd
  std::string arch;     ///< amd64, 386, arm64
  std::string version;  ///< That it runs.
};
struct StockUpdateOut {
  bool needed = false;
  std::string version;  ///< The last part of the URL is `<version>_update.zip`.
  std::string sha256;
  std::string md5;
};
/// Whether the agent is to update itself now: the channel `stable` of kStockAgentName names another version that is
/// there for its system, higher or allowed to be lower; AgentUpgradeConfig of the machine's region allows it now; and
/// it did not fail too often (model/stock_upgrade.h).
Result<StockUpdateOut> FindStockUpdate(store::ReadTx& tx, const ReadContext& context, const StockUpdateIn& in);
/// The same, and notes that it was told.
Result<StockUpdateOut> TellStockUpdate(store::Tx& tx, Context& context, const StockUpdateIn& in);

}  // namespace assist::server::control

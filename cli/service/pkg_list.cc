// `assist pkg ls`, `show`, `channel`, `deprecate`, `rm`, `status`.
#include <algorithm>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/service/confirm.h"
#include "cli/service/pkg_verb.h"
#include "cli/verb/parse.h"
#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

constexpr std::size_t kNearOnes = 3;
constexpr std::size_t kVersionsNamed = 10;
constexpr std::int64_t kPage = 50;
constexpr std::size_t kMachinesInACall = 50;  // of ListPluginStatus with a name

encoding::FormFields Filter(const PkgOptions& options) {
  encoding::FormFields fields;
  const auto add = [&fields](const char* name, const std::string& value) {
    if (!value.empty()) fields.emplace_back(name, value);
  };
  add("Name", options.name);
  add("PackageVersion", options.version);
  add("Os", options.os);
  add("Arch", options.arch);
  add("Channel", options.channel);
  fields.emplace_back("Kind", options.kind.empty() ? "package" : options.kind);
  return fields;
}

asio::awaitable<Status> Describe(Inquiry& ask, encoding::FormFields filter, std::vector<PackageRow>& rows) {
  Listing listing{"DescribePackages", std::move(filter), kPage};
  Inquiry::TakePage take = [&rows](const json::Object& page) -> Result<bool> {
    if (Status read = ReadPackages(page, rows); !read) return Forward(read);
    return true;
  };
  Status listed = co_await ask.EachPage(std::move(listing), std::move(take));
  SortPackages(rows);
  co_return listed;
}

/// Nothing was found by the filter: says what there is instead.
asio::awaitable<ExitCode> ExplainNone(const PkgOptions& options, Inquiry& ask) {
  PkgOptions wider;
  wider.kind = options.kind;
  std::vector<PackageRow> all;
  Status listed = co_await Describe(ask, Filter(wider), all);
  if (!listed) co_return ask.exit();
  std::vector<PackageRow> same;
  std::vector<std::string_view> names;
  for (const PackageRow& row : all) {
    if (row.name == options.name) same.push_back(row);
    if (std::find(names.begin(), names.end(), row.name) == names.end()) names.emplace_back(row.name);
  }
  const Text& text = ask.text();
  std::string line = text(msg::kPkgNoSuch, EscapeLine(options.name));
  if (!same.empty()) {
    line = text(msg::kPkgNoSuchVersion, EscapeLine(options.name), VersionsIn(same, kVersionsNamed));
  } else if (const auto near = NearestWords(options.name, names, kNearOnes); !near.empty()) {
    std::string list;
    for (const std::string_view one : near) list += (list.empty() ? "" : ", ") + EscapeLine(one);
    line = text(msg::kPkgNoSuchNear, EscapeLine(options.name), list);
  }
  static_cast<void>(ask.Refuse(ExitCode::kRefused, "InvalidPackage.NotFound", line));
  co_return ask.exit();
}

asio::awaitable<Status> Installed(Inquiry& ask, const std::string& name, std::vector<std::string> ids,
                                  std::vector<InstalledRow>& rows) {
  // Without a name the operation takes one machine at a time.
  const std::size_t portion = name.empty() ? 1 : kMachinesInACall;
  for (std::size_t begin = 0; begin < ids.size(); begin += portion) {
    const std::size_t end = std::min(ids.size(), begin + portion);
    const std::vector<std::string> some(ids.begin() + static_cast<std::ptrdiff_t>(begin),
                                        ids.begin() + static_cast<std::ptrdiff_t>(end));
    Listing listing{"ListPluginStatus", InstanceFields(some), kPage};
    if (!name.empty()) listing.filter.emplace_back("Name", name);
    Inquiry::TakePage take = [&rows](const json::Object& page) -> Result<bool> {
      if (Status read = ReadInstalled(page, rows); !read) return Forward(read);
      return true;
    };
    Status listed = co_await ask.EachPage(std::move(listing), std::move(take));
    if (!listed) co_return listed;
  }
  co_return Status();
}

asio::awaitable<ExitCode> Channel(const PkgOptions& options, Inquiry& ask) {
  encoding::FormFields fields = {{"Name", options.name}, {"Channel", options.channel}};
  if (!options.version.empty()) fields.emplace_back("PackageVersion", options.version);
  if (!options.kind.empty()) fields.emplace_back("Kind", options.kind);
  auto answer = co_await ask.Ask("SetPackageChannel", std::move(fields));
  if (!answer) co_return ask.exit();
  if (ask.kind() == OutputKind::kJson) co_return ask.PrintJson(json::Write(*answer));
  json::Reader in(*answer);
  const std::string_view former = in.StringOr("Former", "");
  const std::string before = former.empty() ? "-" : EscapeLine(former);
  const std::string channel = EscapeLine(options.channel);
  const std::string name = EscapeLine(options.name);
  ask.Say(options.version.empty()
              ? ask.text()(msg::kPkgChannelTaken, channel, name, before)
              : ask.text()(msg::kPkgChannelSet, channel, name, EscapeLine(options.version), before));
  co_return ExitCode::kSuccess;
}

}  // namespace

asio::awaitable<ExitCode> PkgList(PkgOptions options, Inquiry& ask) {
  std::vector<PackageRow> rows;
  Status listed = co_await Describe(ask, Filter(options), rows);
  if (!listed) co_return ask.exit();
  const bool none = rows.empty();
  if (none && !options.name.empty()) {
    const ExitCode explained = co_await ExplainNone(options, ask);
    co_return explained;
  }
  if (!options.everything && options.version.empty()) {
    std::erase_if(rows, [](const PackageRow& row) { return row.deprecated; });
  }
  if (ask.kind() == OutputKind::kJson) co_return ask.PrintJson(PackagesJson(std::move(rows)));
  if (ask.kind() == OutputKind::kIds) {
    std::vector<std::string> ids;
    for (PackageRow& row : rows) ids.push_back(std::move(row.id));
    co_return ask.PrintIds(ids);
  }
  if (rows.empty()) {
    const bool any =
        !none || !options.channel.empty() || !options.os.empty() || !options.arch.empty() || !options.version.empty();
    const bool releases = options.kind == "agent";
    ask.Say(any ? ask.text()(msg::kPkgNoneLikeThat) : ask.text()(releases ? msg::kRelNone : msg::kPkgNone));
    co_return ExitCode::kSuccess;
  }
  co_return ask.PrintTable(PackageTable(rows, ask.look()));
}

asio::awaitable<ExitCode> PkgShow(PkgOptions options, Inquiry& ask) {
  std::vector<PackageRow> rows;
  Status listed = co_await Describe(ask, Filter(options), rows);
  if (!listed) co_return ask.exit();
  if (rows.empty()) {
    const ExitCode explained = co_await ExplainNone(options, ask);
    co_return explained;
  }
  if (options.version.empty()) {  // the highest, with all its systems
    const std::string newest = rows.front().version;
    std::erase_if(rows, [&newest](const PackageRow& row) { return row.version != newest; });
  }
  if (ask.kind() == OutputKind::kJson) co_return ask.PrintJson(PackagesJson(std::move(rows)));
  co_return ask.Print(PackagesFacts(rows, ask.look()));
}

asio::awaitable<ExitCode> PkgChange(PkgOptions options, Inquiry& ask) {
  if (options.verb == PkgOptions::Verb::kChannel) {
    const ExitCode exit = co_await Channel(options, ask);
    co_return exit;
  }
  const bool removes = options.verb == PkgOptions::Verb::kRemove;
  const std::string name = EscapeLine(options.name);
  const std::string version = EscapeLine(options.version);
  if (removes && !Confirm(ask.text()(msg::kPkgAskRemove, name, version), options.yes, ask)) co_return ask.exit();
  encoding::FormFields fields = {{"Name", options.name}, {"PackageVersion", options.version}};
  if (!options.kind.empty()) fields.emplace_back("Kind", options.kind);
  if (removes && !options.os.empty()) fields.emplace_back("Os", options.os);
  if (removes && !options.arch.empty()) fields.emplace_back("Arch", options.arch);
  if (!removes) fields.emplace_back("Deprecated", options.deprecated ? "true" : "false");
  auto answer = co_await ask.Ask(removes ? "RemovePackage" : "DeprecatePackage", std::move(fields));
  if (!answer) co_return ask.exit();
  if (ask.kind() == OutputKind::kJson) co_return ask.PrintJson(json::Write(*answer));
  json::Reader in(*answer);
  const std::int64_t count = in.IntOr("Count", 0);
  if (removes) {
    ask.Say(ask.text()(msg::kPkgRemoved, name, version, count));
  } else {
    ask.Say(options.deprecated ? ask.text()(msg::kPkgDeprecated, name, version)
                               : ask.text()(msg::kPkgUndeprecated, name, version));
  }
  co_return ExitCode::kSuccess;
}

asio::awaitable<ExitCode> PkgStatus(PkgOptions options, Inquiry& ask) {
  auto ids = co_await ask.FindTargets(std::move(options.targets));
  if (!ids) co_return ask.exit();
  std::vector<InstalledRow> rows;
  Status listed = co_await Installed(ask, options.name, std::move(*ids), rows);
  if (!listed) co_return ask.exit();
  std::vector<std::string> machines;
  for (const InstalledRow& row : rows) {
    if (std::find(machines.begin(), machines.end(), row.machine) == machines.end()) machines.push_back(row.machine);
  }
  if (ask.kind() == OutputKind::kIds) co_return ask.PrintIds(machines);
  const std::vector<NamedMachine> named = co_await ask.NamesOf(std::move(machines));
  const NameBook names(named);
  if (ask.kind() == OutputKind::kJson) co_return ask.PrintJson(InstalledJson(std::move(rows), names));
  if (rows.empty()) {
    ask.Say(ask.text()(msg::kPkgNothingInstalled));
    co_return ExitCode::kSuccess;
  }
  co_return ask.PrintTable(InstalledTable(rows, names, ask.look()));
}

}  // namespace assist::cli

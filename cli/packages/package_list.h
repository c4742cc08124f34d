// Packages as DescribePackages lists them, and what machines report to have (ListPluginStatus). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/run/names.h"
#include "cli/table/table.h"
#include "cli/text/text.h"
#include "common/base/result.h"
#include "protocol/json/json.h"

namespace assist::cli {

struct PackageRow {
  std::string id;
  std::string kind;
  std::string name;
  std::string version;
  std::string os;
  std::string arch;
  std::string format;
  std::string sha256;
  std::string publisher;
  std::string key_id;
  std::string description;
  std::string created;
  std::string expires;
  std::vector<std::string> channels;
  std::int64_t sequence = 0;
  std::int64_t size = 0;
  std::int64_t unpacked = 0;
  bool stock = false;
  bool deprecated = false;
  json::Object raw;
};

/// Appends the rows of a page.
[[nodiscard]] Status ReadPackages(const json::Object& page, std::vector<PackageRow>& into);
/// By name, the highest version first, then by system.
void SortPackages(std::vector<PackageRow>& rows);

[[nodiscard]] Table PackageTable(const std::vector<PackageRow>& rows, const Look& look);
/// {"PackageList":[…],"TotalCount":n}
[[nodiscard]] std::string PackagesJson(std::vector<PackageRow> rows);
/// One after another, with a blank line between.
[[nodiscard]] std::string PackagesFacts(const std::vector<PackageRow>& rows, const Look& look);
/// `1.2, 1.1`: each once, in the order of `rows`, at most `most`.
[[nodiscard]] std::string VersionsIn(const std::vector<PackageRow>& rows, std::size_t most);

/// What a machine reports of one package.
struct InstalledRow {
  std::string machine;
  std::string name;
  std::string version;
  std::string status;  ///< The API's word: Installed, Running, Crashed …
  std::string heard;
  json::Object raw;
};
[[nodiscard]] Status ReadInstalled(const json::Object& page, std::vector<InstalledRow>& into);
[[nodiscard]] Table InstalledTable(const std::vector<InstalledRow>& rows, const NameBook& names, const Look& look);
/// {"Installed":[{"InstanceId":…,"InstanceName":…,"PluginName":…}],"TotalCount":n}
[[nodiscard]] std::string InstalledJson(std::vector<InstalledRow> rows, const NameBook& names);

/// `12.3 MiB`, `97 B`.
[[nodiscard]] std::string SizeText(std::int64_t bytes);
/// `linux/amd64`, `linux`, `all`.
[[nodiscard]] std::string SystemText(std::string_view os, std::string_view arch);

}  // namespace assist::cli

// Machines as the server lists them: DescribeManagedInstances, and what DescribeCloudAssistantStatus adds. Pure; any
// thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/run/names.h"
#include "common/base/result.h"
#include "protocol/json/json.h"

namespace assist::cli {

struct MachineRow {
  std::string id;
  std::string name;
  bool online = false;
  std::string os;
  std::string os_version;
  std::string version;
  std::string address;  ///< The inner one, else the outer.
  std::string last_run;
  std::string registered;
  std::vector<std::pair<std::string, std::string>> tags;
  // Of DescribeCloudAssistantStatus.
  bool status_known = false;
  std::string last_seen;  ///< Empty: never.
  bool deaf = false;
  std::string expected_back;
  bool duplicate = false;
  bool weak_signature = false;
  bool known_by_address = false;
  std::optional<std::int64_t> clock_skew_ms;
  std::int64_t active_tasks = 0;
  json::Object raw;  ///< All that the server said, of both answers.
};

/// Appends the rows of a page of DescribeManagedInstances.
[[nodiscard]] Status ReadMachines(const json::Object& page, std::vector<MachineRow>& into);
/// Puts a page of DescribeCloudAssistantStatus into the rows from `begin` on; machines that are not there are passed
/// over.
[[nodiscard]] Status ReadStatus(const json::Object& page, std::size_t begin, std::vector<MachineRow>& rows);

[[nodiscard]] std::vector<NamedMachine> NamesOf(const std::vector<MachineRow>& rows);

enum class MachineOrder { kName, kId, kState, kSeen, kLastRun, kVersion, kOs, kAddress };
[[nodiscard]] std::optional<MachineOrder> ParseMachineOrder(std::string_view word);
/// Numbers in names count as such: web-2 stands before web-10. `kSeen`, `kLastRun`: the latest first. Equal ones stand
/// by name, then by id.
void SortMachines(MachineOrder order, bool reverse, std::vector<MachineRow>& rows);

/// `a` stands before `b`, with numbers in them as numbers.
[[nodiscard]] bool NaturalLess(std::string_view a, std::string_view b);

}  // namespace assist::cli

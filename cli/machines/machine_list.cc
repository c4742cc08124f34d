#include "cli/machines/machine_list.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

struct OrderName {
  std::string_view name;
  MachineOrder order;
};
constexpr std::array<OrderName, 8> kOrders = {{
    {"name", MachineOrder::kName},
    {"id", MachineOrder::kId},
    {"state", MachineOrder::kState},
    {"seen", MachineOrder::kSeen},
    {"last-run", MachineOrder::kLastRun},
    {"version", MachineOrder::kVersion},
    {"os", MachineOrder::kOs},
    {"address", MachineOrder::kAddress},
}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// The number at the front of `text` without its leading zeros, which is taken off.
std::string_view TakeNumber(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && IsDigit(text[end])) ++end;
  std::string_view number = text.substr(0, end);
  text.remove_prefix(end);
  while (number.size() > 1 && number[0] == '0') number.remove_prefix(1);
  return number;
}

/// Below zero when `a` stands before `b`.
int NaturalCompare(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (IsDigit(a[0]) && IsDigit(b[0])) {
      const std::string_view x = TakeNumber(a);
      const std::string_view y = TakeNumber(b);
      if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
      if (const int order = x.compare(y); order != 0) return order;
      continue;
    }
    if (a[0] != b[0]) return static_cast<unsigned char>(a[0]) < static_cast<unsigned char>(b[0]) ? -1 : 1;
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  return a.empty() ? (b.empty() ? 0 : -1) : 1;
}

int State(const MachineRow& row) { return row.duplicate ? 0 : row.deaf ? 1 : row.online ? 3 : 2; }

int Compare(MachineOrder order, const MachineRow& a, const MachineRow& b) {
  switch (order) {
    case MachineOrder::kName:
      break;
    case MachineOrder::kId:
      return a.id.compare(b.id);
    case MachineOrder::kState:
      return State(a) - State(b);
    case MachineOrder::kSeen:
      return b.last_seen.compare(a.last_seen);
    case MachineOrder::kLastRun:
      return b.last_run.compare(a.last_run);
    case MachineOrder::kVersion:
      return NaturalCompare(a.version, b.version);
    case MachineOrder::kOs:
      return NaturalCompare(a.os + a.os_version, b.os + b.os_version);
    case MachineOrder::kAddress:
      return NaturalCompare(a.address, b.address);
  }
  return NaturalCompare(a.name, b.name);
}

}  // namespace

Status ReadMachines(const json::Object& page, std::vector<MachineRow>& into) {
  json::Reader in(page);
  const auto* list = page.if_contains("Instances");
  std::size_t index = 0;
  in.Each("Instances", [&](json::Reader& item) {
    MachineRow row;
    row.id = std::string(item.String("InstanceId"));
    row.name = std::string(item.StringOr("InstanceName", ""));
    row.online = item.BoolOr("Connected", false);
    row.os = std::string(item.StringOr("OsType", ""));
    row.os_version = std::string(item.StringOr("OsVersion", ""));
    row.version = std::string(item.StringOr("AgentVersion", ""));
    row.address = std::string(item.StringOr("IntranetIp", ""));
    if (row.address.empty()) row.address = std::string(item.StringOr("InternetIp", ""));
    row.last_run = std::string(item.StringOr("LastInvokedTime", ""));
    row.registered = std::string(item.StringOr("RegistrationTime", ""));
    item.Each("Tags", [&row](json::Reader& tag) {
      row.tags.emplace_back(std::string(tag.StringOr("TagKey", "")), std::string(tag.StringOr("TagValue", "")));
    });
    row.raw = list->as_array()[index++].as_object();
    into.push_back(std::move(row));
  });
  if (!in.status()) return in.Error();
  return {};
}

Status ReadStatus(const json::Object& page, std::size_t begin, std::vector<MachineRow>& rows) {
  std::unordered_map<std::string_view, MachineRow*> by_id;
  for (std::size_t i = begin; i < rows.size(); ++i) by_id.emplace(rows[i].id, &rows[i]);
  json::Reader in(page);
  auto set = in.Child("InstanceCloudAssistantStatusSet");
  if (!set) {
    in.Refuse("InstanceCloudAssistantStatusSet", "is missing");
    return in.Error();
  }
  set->Each("InstanceCloudAssistantStatus", [&by_id](json::Reader& item) {
    const auto found = by_id.find(item.String("InstanceId"));
    if (found == by_id.end()) return;
    MachineRow& row = *found->second;
    row.status_known = true;
    row.last_seen = std::string(item.StringOr("LastHeartbeatTime", ""));
    row.deaf = item.BoolOr("Deaf", false);
    row.duplicate = item.BoolOr("Duplicate", false);
    row.expected_back = std::string(item.StringOr("ExpectedBackTime", ""));
    row.weak_signature = item.BoolOr("WeakSignature", false);
    row.known_by_address = item.BoolOr("KnownByAddress", false);
    if (item.Has("ClockSkewMs")) row.clock_skew_ms = item.Int("ClockSkewMs");
    row.active_tasks = item.IntOr("ActiveTaskCount", 0);
    row.raw["LastHeartbeatTime"] = row.last_seen;
    row.raw["ActiveTaskCount"] = row.active_tasks;
    row.raw["Deaf"] = row.deaf;
    row.raw["ExpectedBackTime"] = row.expected_back;
    row.raw["Duplicate"] = row.duplicate;
    row.raw["WeakSignature"] = row.weak_signature;
    row.raw["KnownByAddress"] = row.known_by_address;
    if (row.clock_skew_ms) row.raw["ClockSkewMs"] = *row.clock_skew_ms;
  });
  if (!in.status()) return in.Error();
  return {};
}

std::vector<NamedMachine> NamesOf(const std::vector<MachineRow>& rows) {
  std::vector<NamedMachine> names;
  names.reserve(rows.size());
  for (const MachineRow& row : rows) names.push_back({row.id, row.name, row.online});
  return names;
}

std::optional<MachineOrder> ParseMachineOrder(std::string_view word) {
  for (const OrderName& entry : kOrders) {
    if (entry.name == word) return entry.order;
  }
  return std::nullopt;
}

void SortMachines(MachineOrder order, bool reverse, std::vector<MachineRow>& rows) {
  std::sort(rows.begin(), rows.end(), [order, reverse](const MachineRow& a, const MachineRow& b) {
    if (const int result = Compare(order, a, b); result != 0) return reverse ? result > 0 : result < 0;
    if (const int result = NaturalCompare(a.name, b.name); result != 0) return result < 0;
    return a.id < b.id;
  });
}

bool NaturalLess(std::string_view a, std::string_view b) { return NaturalCompare(a, b) < 0; }

}  // namespace assist::cli

#include "cli/run/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/text/width.h"
#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::cli {

Result<MachinePage> ParseMachinePage(std::string_view body) {
  const auto object = json::ParseObject(body);
  if (!object) return Fail(Errc::kInvalid, object.error().detail);
  json::Reader in(*object);
  MachinePage page;
  in.Each("Instances", [&page](json::Reader& item) {
    NamedMachine machine;
    machine.id = std::string(item.String("InstanceId"));
    machine.name = std::string(item.StringOr("InstanceName", ""));
    machine.connected = item.BoolOr("Connected", false);
    page.machines.push_back(std::move(machine));
  });
  page.next_token = std::string(in.StringOr("NextToken", ""));
  if (!in.status()) return in.Error();
  return page;
}

NameBook::NameBook(const std::vector<NamedMachine>& known) {
  std::unordered_map<std::string_view, int> uses;
  for (const NamedMachine& machine : known) ++uses[machine.name];
  for (const NamedMachine& machine : known) {
    if (machine.name.empty()) continue;
    std::string shown = EscapeLine(machine.name);
    if (uses[machine.name] > 1) shown += fmt::format(" ({})", EscapeLine(machine.id));
    shown_.emplace(machine.id, std::move(shown));
    names_.emplace(machine.id, machine.name);
  }
}

std::string NameBook::Shown(const std::string& id) const {
  const auto found = shown_.find(id);
  return found == shown_.end() ? EscapeLine(id) : found->second;
}

std::string NameBook::NameOf(const std::string& id) const {
  const auto found = names_.find(id);
  return found == names_.end() ? std::string() : found->second;
}

std::size_t NameBook::Width(std::size_t max) const {
  std::size_t width = 0;
  for (const auto& [id, shown] : shown_) {
    const std::size_t columns = DisplayWidth(shown);
    if (columns <= max) width = std::max(width, columns);
  }
  return width;
}

}  // namespace assist::cli

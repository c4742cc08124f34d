#include "server/openapi/parameters.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <unordered_set>

#include "protocol/json/json.h"

namespace assist::server::openapi {
namespace {

/// Sorts by name and keeps the last of each.
void KeepLast(encoding::FormFields& fields) {
  std::stable_sort(fields.begin(), fields.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i + 1 < fields.size() && fields[i + 1].first == fields[i].first) continue;
    if (kept != i) fields[kept] = std::move(fields[i]);
    ++kept;
  }
  fields.resize(kept);
}

std::vector<std::string> EachOnce(std::vector<std::string> ids) {
  std::unordered_set<std::string> seen;
  std::erase_if(ids, [&seen](const std::string& id) { return !seen.insert(id).second; });
  return ids;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// `["a","b"]`, and the same with single quotes as the old Python command line prints lists.
std::vector<std::string> JsonList(std::string_view text, bool& malformed) {
  auto value = json::Parse(text, 2);
  if (!value && text.find('"') == std::string_view::npos) {
    std::string quoted(text);
    std::replace(quoted.begin(), quoted.end(), '\'', '"');
    value = json::Parse(quoted, 2);
  }
  std::vector<std::string> ids;
  if (value && value->is_array()) {
    for (const auto& item : value->get_array()) {
      if (item.is_string()) {
        if (!item.get_string().empty()) ids.emplace_back(json::View(item.get_string()));
      } else {
        malformed = true;
      }
    }
  } else {
    malformed = true;
  }
  if (malformed) ids.clear();
  return ids;
}

std::vector<std::string> CommaList(std::string_view text) {
  std::vector<std::string> ids;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    const std::string_view id = Trim(text.substr(0, end));
    if (!id.empty()) ids.emplace_back(id);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return ids;
}

}  // namespace

Parameters::Parameters(encoding::FormFields query, encoding::FormFields form) : fields_(std::move(query)) {
  fields_.insert(fields_.end(), std::make_move_iterator(form.begin()), std::make_move_iterator(form.end()));
  KeepLast(fields_);  // the form stands behind the query, so its value is the last
}

const std::string* Parameters::Find(std::string_view name) const noexcept {
  const auto at = std::lower_bound(fields_.begin(), fields_.end(), name,
                                   [](const auto& field, std::string_view wanted) { return field.first < wanted; });
  return at != fields_.end() && at->first == name ? &at->second : nullptr;
}

const std::string& Parameters::Get(std::string_view name) const noexcept {
  static const std::string kNothing;
  const std::string* value = Find(name);
  return value == nullptr ? kNothing : *value;
}

template <class F>
void Parameters::EachNumbered(std::string_view name, F visit) const {
  const std::string prefix = std::string(name) + '.';
  auto at = std::lower_bound(fields_.begin(), fields_.end(), prefix,
                             [](const auto& field, const std::string& wanted) { return field.first < wanted; });
  for (; at != fields_.end() && at->first.starts_with(prefix); ++at) {
    const char* const begin = at->first.data() + prefix.size();
    const char* const end = at->first.data() + at->first.size();
    std::uint32_t number = 0;
    const auto [rest, error] = std::from_chars(begin, end, number);
    if (error != std::errc() || *begin == '0' || number > 9'999'999) continue;
    visit(number, std::string_view(rest, static_cast<std::size_t>(end - rest)), at->second);
  }
}

std::vector<std::string> Parameters::List(std::string_view name) const {
  std::vector<std::pair<std::uint32_t, const std::string*>> numbered;
  EachNumbered(name, [&numbered](std::uint32_t number, std::string_view rest, const std::string& value) {
    if (rest.empty() && !value.empty()) numbered.emplace_back(number, &value);
  });
  std::sort(numbered.begin(), numbered.end());
  std::vector<std::string> values;
  values.reserve(numbered.size());
  for (const auto& [number, value] : numbered) values.push_back(*value);
  return values;
}

std::vector<Parameters::Pair> Parameters::Pairs(std::string_view name) const {
  std::map<std::uint32_t, Pair> numbered;
  EachNumbered(name, [&numbered](std::uint32_t number, std::string_view rest, const std::string& value) {
    if (rest == ".Key") numbered[number].key = value;
    if (rest == ".Value") numbered[number].value = value;
  });
  std::vector<Pair> pairs;
  for (auto& [number, pair] : numbered) pairs.push_back(std::move(pair));
  return pairs;
}

std::vector<Parameters::Filter> Parameters::Filters(std::string_view name) const {
  std::map<std::uint32_t, Filter> numbered;
  EachNumbered(name, [&numbered](std::uint32_t number, std::string_view rest, const std::string& value) {
    if (rest == ".TagKey") numbered[number].key = value;
    if (rest.starts_with(".TagValues.")) numbered[number];
  });
  for (auto& [number, filter] : numbered) {
    filter.values = List(std::string(name) + '.' + std::to_string(number) + ".TagValues");
  }
  std::vector<Filter> filters;
  for (auto& [number, filter] : numbered) filters.push_back(std::move(filter));
  return filters;
}

std::vector<std::string> Parameters::Instances(bool& malformed) const {
  auto ids = List("InstanceId");
  if (!ids.empty()) {
    const bool letters =
        ids.size() >= 4 && std::all_of(ids.begin(), ids.end(), [](const auto& id) { return id.size() == 1; });
    if (!letters) return EachOnce(std::move(ids));
    std::string joined;
    for (const auto& letter : ids) joined += letter;
    return {joined};
  }
  ids = List("InstanceIds");
  if (!ids.empty()) return EachOnce(std::move(ids));
  const std::string_view text = Trim(Get("InstanceIds"));
  if (!text.empty()) return EachOnce(text.front() == '[' ? JsonList(text, malformed) : CommaList(text));
  const std::string& alone = Get("InstanceId");
  if (!alone.empty()) return {alone};
  return {};
}

}  // namespace assist::server::openapi
